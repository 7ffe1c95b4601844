//! Logging in and out: what is checked, where it is kept, who else can use it, and what is said.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fault::{ANY, Auth, FaultRegistry, GET, on};
use crate::support::peers::peer;
use crate::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregAuth, OlaregOptions, tls_files};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{push, webapp};

const SECRET: &str = "s3cret-Passw0rd";
const CONFIG: &str = "../home/.docker/config.json";

fn login<'a>(sandbox: &'a Sandbox, host: &str, more: &[&str]) -> Command<'a> {
    let words = ["login", host, "--username=bob", "--password-stdin"];
    sandbox.bobctl(words.iter().chain(more)).stdin(format!("{SECRET}\n"))
}

fn logout<'a>(sandbox: &'a Sandbox, host: &str) -> Command<'a> {
    sandbox.bobctl(["logout", host])
}

fn config(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.read(CONFIG)).unwrap()
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn bob() -> Value {
    json!({"auth": base64(&format!("bob:{SECRET}"))})
}

/// A helper in `bin` that keeps what it is told, each server's in a file, and notes how it was called.
fn keeper(sandbox: &Sandbox) {
    let kept = sandbox.path("kept").display().to_string();
    let script = format!(
        r#"#!/bin/sh
mkdir -p {kept}; input=$(cat); echo "$*" >> {kept}/calls
name=$(printf %s "$input" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/' | tr / _)
case $1 in
store) printf %s "$input" > "{kept}/$name" ;;
get) cat "{kept}/$name" 2>/dev/null || {{ echo 'credentials not found in native keychain'; exit 1; }} ;;
erase) rm -f "{kept}/$name" ;;
esac
"#
    );
    sandbox.write("bin/docker-credential-keeper", script);
    sandbox.executable("bin/docker-credential-keeper");
    sandbox.write(CONFIG, json!({"credsStore": "keeper", "detachKeys": "ctrl-e"}).to_string());
}

#[test]
fn a_login_is_checked_kept_and_from_then_on_used() {
    for (auth, requests) in [
        (Auth::basic("bob", SECRET), vec!["GET /v2/ 401", "GET /v2/ 200"]),
        (
            Auth::bearer("bob", SECRET).into(),
            vec!["GET /v2/ 401", "GET /token?service=fault-registry 200", "GET /v2/ 200"],
        ),
    ] {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let registry = FaultRegistry::builder().auth(auth).start();
        let (host, reference) = (registry.host(), registry.reference("a/b:1"));
        push(&sandbox, &reference, "bob", &[]).run().fails(4);
        let before = registry.log();
        let run = login(&sandbox, &host, &[]).run();
        let asked = registry.log().since(&before).requests();
        assert_eq!(asked.into_iter().filter(|line| !line.ends_with(" -")).collect::<Vec<_>>(), requests);
        assert!(run.stderr().contains(&format!("note: logged in to {host}")), "{run:?}");
        assert!(run.stderr().contains("warning: the password stands there unencrypted"), "{run:?}");
        assert!(!run.stderr().contains(SECRET), "{run:?}");
        assert_eq!(run.ok(), "");
        assert_eq!(config(&sandbox), json!({"auths": {&host: bob()}}));
        assert!(sandbox.tree("../home/.docker").contains("0600 config.json"));
        push(&sandbox, &reference, "bob", &[]).run().ok();

        let run = logout(&sandbox, &format!("oci://{host}/a/b")).run();
        assert_eq!(run.stderr(), format!("note: logged out of {host}\n"));
        assert_eq!(run.ok(), "");
        assert_eq!(config(&sandbox), json!({"auths": {}}));
        push(&sandbox, &reference, "bob", &[]).run().fails(4);
        let run = logout(&sandbox, &host).run();
        assert!(run.stderr().starts_with(&format!("note: not logged in to {host}: ")), "{run:?}");
        run.ok();
    }
}

#[test]
fn the_result_as_json() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let host = registry.host();
    let file = sandbox.home().join(".docker/config.json").display().to_string();
    let parse = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let creds = format!("bob:{SECRET}");
    let run = sandbox.bobctl(["login", &host, "--creds", &creds, "--format=json"]).run();
    assert!(run.stderr().contains("--creds shows in the process list"), "{run:?}");
    assert_eq!(parse(run.ok()), json!({"host": host, "username": "bob", "verified": true, "file": file}));
    let words = ["logout", &host, "-ojson"];
    assert_eq!(parse(sandbox.bobctl(words).run().ok()), json!({"host": host, "removed": true, "file": file}));
    assert_eq!(parse(sandbox.bobctl(words).run().ok()), json!({"host": host, "removed": false, "file": file}));
}

#[test]
fn what_the_registry_does_not_take_is_not_kept() {
    for auth in [
        Auth::basic("bob", "another"),
        Auth::bearer("bob", "another").into(),
        Auth::bearer("bob", "another").token_service_elsewhere().into(),
        // Where nobody would get a token too.
        Auth::bearer("bob", "another").anonymous_pull().into(),
    ] {
        let sandbox = Sandbox::new();
        let registry = FaultRegistry::builder().auth(auth).start();
        let error = login(&sandbox, &registry.host(), &[]).run().fails(4);
        assert!(error.contains(&format!("error: {} does not take the credentials\n", registry.host())), "{error}");
        assert!(error.contains("401") && error.contains("hint: check user name and password"), "{error}");
        assert!(!error.contains(SECRET) && !sandbox.exists("../home/.docker"), "{error}");
    }
}

#[test]
fn no_trace_and_no_error_has_the_password() {
    for auth in [Auth::basic("bob", SECRET), Auth::bearer("bob", SECRET).into()] {
        let sandbox = Sandbox::new();
        let registry = FaultRegistry::builder().auth(auth).start();
        registry.fault(on(ANY).refused().echo());
        for (password, code) in [(SECRET, Some(0)), ("gue55ed-wr0ng", Some(4))] {
            let words = ["login", &registry.host(), "--username=bob", "--password-stdin", "--debug", "-v"];
            let run = sandbox.bobctl(words).stdin(password).run();
            assert_eq!(run.code(), code, "{run:?}");
            assert!(run.stderr().contains("GET http"), "there is a trace: {run:?}");
            let pair = base64(&format!("bob:{password}"));
            for secret in [password, pair.trim_end_matches('=')] {
                assert!(!run.stderr().contains(secret), "{run:?}");
            }
        }
    }
}

#[test]
fn what_does_not_answer_as_a_registry_is_none_to_log_in_to() {
    let sandbox = Sandbox::new();
    let before = json!({"auths": {"ghcr.io": {"auth": "eDp5"}}}).to_string();
    sandbox.write(CONFIG, &before);
    let ping = || on(GET).path("/v2/?");
    for (rule, said) in [
        (ping().html(), "did not answer as a registry does"),
        (ping().answer(404), "did not answer as a registry does"),
        (ping().answer(401), "did not answer as a registry does"),
        (ping().answer(500), "cannot say now whether it takes the credentials"),
        (on(ANY).token().answer(500), "the token service of"),
        (on(ANY).token().html(), "did not answer as a registry does"),
    ] {
        let bearer = Auth::bearer("bob", SECRET);
        let registry = FaultRegistry::builder().auth(bearer).start();
        registry.fault(rule.clone());
        registry.fault(rule.refused());
        let error = login(&sandbox, &registry.host(), &[]).run().fails(5);
        assert!(error.contains(said), "{error}");
        assert!(!error.contains(SECRET), "{error}");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    login(&sandbox, &nobody.to_string(), &["--timeout=10s"]).run().fails(5);
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)).start();
    registry.fault(on(GET).path("/v2/?").error(403, "DENIED"));
    login(&sandbox, &registry.host(), &[]).run().fails(4);
    assert_eq!(sandbox.read(CONFIG), before);
}

#[test]
fn a_registry_that_asks_nobody_cannot_say_whether_the_login_is_right() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let run = login(&sandbox, &registry.host(), &[]).run();
    assert!(run.stderr().contains("lets everybody in, so whether it takes this login is not known"), "{run:?}");
    run.ok();
    assert!(!registry.log().saw(SECRET));
    assert_eq!(config(&sandbox)["auths"][registry.host()], bob());
}

#[test]
fn real_registries_take_it_and_real_tools_use_it() {
    let docker = DockerRegistry::start(DockerRegistryOptions { htpasswd: Some(("bob", SECRET)), ..Default::default() });
    let olareg = |auth| Olareg::start(OlaregOptions { auth: Some(auth), ..Default::default() });
    let [basic, token] = [OlaregAuth::Basic("bob", SECRET), OlaregAuth::Token("bob", SECRET)].map(olareg);
    let hosts =
        [docker.as_ref().map(|it| it.host()), basic.as_ref().map(|it| it.host()), token.as_ref().map(|it| it.host())];
    for host in hosts.into_iter().flatten() {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let wrong = ["login", &host, "--creds=bob:wrong"];
        assert!(sandbox.bobctl(wrong).run().fails(4).contains("does not take the credentials"));
        login(&sandbox, &host, &[]).run().ok();
        push(&sandbox, &format!("oci://{host}/team/app:1"), "bob", &[]).run().ok();
        let (image, podman) = (format!("{host}/team/app"), format!("docker://{host}/team/app"));
        if let Some(regctl) = peer("regctl") {
            sandbox.program(regctl.to_str().unwrap(), ["registry", "set", &host, "--tls=disabled"]).run().ok();
        }
        let lists: [(&str, &[&str]); 4] = [
            ("oras", &["repo", "tags", "--plain-http", &image]),
            ("crane", &["ls", "--insecure", &image]),
            ("regctl", &["tag", "ls", &image]),
            ("skopeo", &["list-tags", "--tls-verify=false", &podman]),
        ];
        let tools: Vec<_> = lists.into_iter().filter_map(|(name, words)| Some((peer(name)?, words))).collect();
        for (program, words) in &tools {
            let tags = sandbox.program(program.to_str().unwrap(), *words).run().ok();
            assert!(tags.contains('1'), "{program:?}: {tags}");
        }
        logout(&sandbox, &host).run().ok();
        push(&sandbox, &format!("oci://{host}/team/app:2"), "bob", &[]).run().fails(4);
        for (program, words) in &tools {
            let run = sandbox.program(program.to_str().unwrap(), *words).run();
            assert_ne!(run.code(), Some(0), "{program:?} still has it: {run:?}");
        }
    }
}

#[test]
fn a_login_that_another_tool_left_is_replaced_or_removed() {
    let Some(docker) =
        DockerRegistry::start(DockerRegistryOptions { htpasswd: Some(("bob", SECRET)), ..Default::default() })
    else {
        return;
    };
    let host = docker.host();
    for (tool, words) in [
        ("oras", vec!["login", "--plain-http", &host, "-u=bob", "--password-stdin"]),
        ("crane", vec!["auth", "login", &host, "-u=bob", "--password-stdin"]),
    ] {
        let Some(program) = peer(tool) else { continue };
        let sandbox = Sandbox::new();
        sandbox.program(program.to_str().unwrap(), &words).stdin(SECRET).run().ok();
        login(&sandbox, &host, &[]).run().ok();
        assert_eq!(config(&sandbox)["auths"], json!({&host: bob()}), "{tool}");
        sandbox.program(program.to_str().unwrap(), &words).stdin(SECRET).run().ok();
        logout(&sandbox, &host).run().ok();
        assert_eq!(config(&sandbox)["auths"], json!({}), "{tool}");
    }
}

#[test]
fn a_registry_with_a_certificate_of_its_own_authority() {
    let sandbox = Sandbox::new();
    let files = tls_files();
    let options = DockerRegistryOptions { htpasswd: Some(("bob", SECRET)), tls: Some(&files), ..Default::default() };
    let Some(registry) = DockerRegistry::start(options) else { return };
    let host = registry.host();
    let error = login(&sandbox, &host, &[]).run().fails(5);
    assert!(error.contains("is not trusted") && error.contains("--ca-file"), "{error}");
    login(&sandbox, &host, &["--ca-file", files.ca.to_str().unwrap()]).run().ok();
    let run = login(&sandbox, &host, &["--tls-skip-verify"]).run();
    assert!(run.stderr().contains("the certificate of") && run.stderr().contains("is not checked"), "{run:?}");
    run.ok();
}

#[test]
fn a_helper_keeps_the_login_and_gives_it_back() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    keeper(&sandbox);
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)).start();
    let (host, reference) = (registry.host(), registry.reference("a/b:1"));
    let run = login(&sandbox, &host, &["--format=json"]).path_first("bin").run();
    assert!(run.stderr().contains("docker-credential-keeper keeps the login"), "{run:?}");
    assert!(!run.stderr().contains("warning"), "{run:?}");
    assert_eq!(serde_json::from_str::<Value>(&run.ok()).unwrap()["helper"], "docker-credential-keeper");
    assert_eq!(config(&sandbox), json!({"credsStore": "keeper", "detachKeys": "ctrl-e", "auths": {&host: {}}}));
    let run = push(&sandbox, &reference, "bob", &["-v"]).path_first("bin").run();
    assert!(run.stderr().contains(&format!("credentials for {host} from docker-credential-keeper")), "{run:?}");
    run.ok();
    // What is called with it shows in the process list.
    assert!(!sandbox.read("kept/calls").contains(SECRET));
    // Docker's own format: others that know the helper use the same login.
    if let Some(crane) = peer("crane") {
        let words = ["ls", "--insecure", &format!("{host}/a/b")];
        let tags = sandbox.program(crane.to_str().unwrap(), words).path_first("bin").run().ok();
        assert_eq!(tags, "1\n");
    }
    logout(&sandbox, &host).path_first("bin").run().ok();
    assert_eq!(config(&sandbox)["auths"], json!({}));
    assert!(!sandbox.exists(format!("kept/{host}")));
    push(&sandbox, &reference, "bob", &[]).path_first("bin").run().fails(4);
}

#[test]
fn a_helper_that_fails_keeps_nothing_and_nothing_else_does() {
    let sandbox = Sandbox::new();
    keeper(&sandbox);
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let before = sandbox.read(CONFIG);
    let error = login(&sandbox, &registry.host(), &[]).run().fails(1);
    assert!(error.contains("docker-credential-keeper is not in PATH") && error.contains("'credsStore'"), "{error}");
    let script = format!("#!/bin/sh\ncat >/dev/null\necho 'no room for {SECRET}' >&2\nexit 1\n");
    sandbox.write("bin/docker-credential-keeper", script);
    for command in [login(&sandbox, &registry.host(), &[]), logout(&sandbox, &registry.host())] {
        let error = command.path_first("bin").run().fails(1);
        assert!(error.contains("docker-credential-keeper failed (exit status: 1): no room for"), "{error}");
    }
    let error = login(&sandbox, &registry.host(), &["--format=json"]).path_first("bin").run().fails(1);
    assert!(error.contains("no room for ***") && !error.contains(SECRET), "{error}");
    assert_eq!(sandbox.read(CONFIG), before);
}

#[test]
fn an_identity_token_logs_in_and_is_kept_as_one() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).identity_token("r3fresh")).start();
    let words = ["login", &registry.host(), "--username=<token>", "--password-stdin"];
    sandbox.bobctl(words).stdin("wrong").run().fails(4);
    sandbox.bobctl(words).stdin("r3fresh").run().ok();
    assert_eq!(
        config(&sandbox)["auths"][registry.host()],
        json!({"auth": base64("<token>:"), "identitytoken": "r3fresh"})
    );
    push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().ok();
}

#[test]
fn podmans_file_takes_the_place_of_dockers_where_the_environment_names_it() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let (host, reference) = (registry.host(), registry.reference("a/b:1"));
    let file = sandbox.path("podman/auth.json").display().to_string();
    login(&sandbox, &host, &[]).env("REGISTRY_AUTH_FILE", &file).run().ok();
    assert!(sandbox.read("podman/auth.json").contains(&host) && !sandbox.exists(CONFIG));
    push(&sandbox, &reference, "bob", &[]).env("REGISTRY_AUTH_FILE", &file).run().ok();
    // A flag says it more clearly than the environment; but the environment's file is still read first.
    let run = login(&sandbox, &host, &["--docker-config=docker"]).env("REGISTRY_AUTH_FILE", &file).run();
    assert!(run.stderr().contains(&format!("warning: {file} has a login for {host} too")), "{run:?}");
    run.ok();
    assert!(sandbox.read("docker/config.json").contains(&host));
    let run = sandbox.bobctl(["logout", &host, "--docker-config=docker"]).env("REGISTRY_AUTH_FILE", &file).run();
    assert!(run.stderr().contains(&format!("warning: there is still a login for {host}: {file}")), "{run:?}");
    run.ok();
    logout(&sandbox, &host).env("REGISTRY_AUTH_FILE", &file).run().ok();
    assert!(!sandbox.read("podman/auth.json").contains(&host));

    let variable = json!({"auths": {&host: bob()}}).to_string();
    let run = login(&sandbox, &host, &[]).env("DOCKER_AUTH_CONFIG", &variable).run();
    assert!(run.stderr().contains("DOCKER_AUTH_CONFIG has a login for"), "{run:?}");
    run.ok();
    let run = logout(&sandbox, &host).env("DOCKER_AUTH_CONFIG", &variable).run();
    assert!(run.stderr().contains(&format!("there is still a login for {host}: DOCKER_AUTH_CONFIG")), "{run:?}");
    run.ok();
}

#[test]
fn logins_of_many_processes_at_once_are_all_kept() {
    let sandbox = Sandbox::new();
    sandbox.write(CONFIG, json!({"auths": {"ghcr.io": {"auth": "eDp5"}}}).to_string());
    let start = |_| FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let registries: Vec<FaultRegistry> = (0..16).map(start).collect();
    let running: Vec<_> = registries.iter().map(|registry| login(&sandbox, &registry.host(), &[]).spawn()).collect();
    for run in running {
        run.wait().ok();
    }
    let auths = config(&sandbox)["auths"].take();
    assert!(registries.iter().all(|registry| auths[registry.host()] == bob()), "{auths}");
    assert_eq!(auths["ghcr.io"], json!({"auth": "eDp5"}));
}

#[test]
fn a_file_that_cannot_be_changed_is_said_so_and_left_alone() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let host = registry.host();
    let broken = "{\n  \"auths\": {\n    oops\n  }\n}\n";
    sandbox.write(CONFIG, broken);
    for command in [login(&sandbox, &host, &[]), logout(&sandbox, &host)] {
        let error = command.run().fails(1);
        assert!(error.contains("config.json is not valid JSON (line 3, column 5)"), "{error}");
        assert!(error.contains("hint: mend it") && !error.contains("oops"), "{error}");
    }
    assert_eq!(registry.log().count(), 0, "nobody was asked for nothing");
    assert_eq!(sandbox.read(CONFIG), broken);
    // Nobody can make a folder there, root included.
    let error = login(&sandbox, &host, &["--docker-config=/proc/docker"]).run().fails(1);
    assert!(error.contains("cannot write /proc/docker/config.json") && error.contains("hint:"), "{error}");
    let error = login(&sandbox, &host, &[]).env("HOME", "").run().fails(1);
    assert!(error.contains("HOME is not set") && error.contains("--docker-config"), "{error}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anybody_is_asked() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let host = registry.host();
    let url = format!("https://bob:{SECRET}@{host}");
    let cases: [(&[&str], &str, &str); 11] = [
        (&[&url], "", "credentials in a registry's address are refused"),
        (&["ghcr"], "", "is no registry host"),
        (&["hub.docker.com"], "", "web site"),
        (&[&host], "", "--username USER --password-stdin"),
        (&[&host, "--username=bob"], SECRET, "--username USER --password-stdin"),
        (&[&host, "--creds=bob"], SECRET, "--username USER --password-stdin"),
        (&[&host, "--password-stdin"], SECRET, "--password-stdin is given without --username"),
        (&[&host, "--username=bob", "--password-stdin"], "\n", "standard input has no password"),
        (&[&host, "--username=", "--password-stdin"], SECRET, "the user name is empty"),
        (&[&host, "--username=a:b", "--password-stdin"], SECRET, "the user name has a ':'"),
        (&[&host, "--creds=bob:"], "", "the password is empty"),
    ];
    for (words, stdin, said) in cases {
        let error = sandbox.bobctl(["login"].iter().chain(words)).stdin(stdin).run().fails(2);
        assert!(error.contains(said) && !error.contains(SECRET), "{words:?}: {error}");
    }
    assert!(sandbox.bobctl(["logout", &url]).run().fails(2).contains("are refused"));
    assert_eq!(registry.log().count(), 0);
    assert!(!sandbox.exists(CONFIG));
}

/// What a terminal shows of `command` when each text is typed once what it answers is to be seen.
fn at_a_terminal(sandbox: &Sandbox, command: &str, typed: &[(&str, &str)]) -> Option<String> {
    let script = peer("script")?;
    let wait = |(question, text): &(&str, &str)| {
        format!("until grep -q '{question}' seen; do sleep 0.02; done; sleep 0.2; printf '{text}'\n")
    };
    let typing: String = typed.iter().map(wait).collect();
    let line = format!(
        "touch seen\n({typing}until grep -q 'done: ' seen; do sleep 0.02; done) | {} --quiet --flush --command run.sh seen",
        script.display()
    );
    sandbox.write("run.sh", format!("#!/bin/sh\ntrap : INT\n{command}\necho \"done: $?\"; stty -a\n"));
    sandbox.executable("run.sh");
    sandbox.program("sh", ["-c", &line]).path_first("").timeout(Duration::from_secs(30)).run().ok();
    Some(sandbox.read("seen"))
}

#[test]
fn at_a_terminal_the_password_is_asked_for_and_not_shown() {
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let program = env!("CARGO_BIN_EXE_bobctl");
    let password = format!("{SECRET}\\r");
    for (flags, typed) in [
        ("", vec![("User name: ", "bob\\r"), ("Password: ", password.as_str())]),
        ("--username bob", vec![("Password: ", password.as_str())]),
        ("--creds bob --quiet", vec![("Password: ", password.as_str())]),
    ] {
        let sandbox = Sandbox::new();
        let command = format!("{program} login {} {flags}", registry.host());
        let Some(seen) = at_a_terminal(&sandbox, &command, &typed) else { return };
        assert!(seen.contains("done: 0") && seen.contains(" echo "), "{seen}");
        assert!(!seen.contains(SECRET), "{seen}");
        assert_eq!(config(&sandbox)["auths"][registry.host()], bob());
    }
}

#[test]
fn ctrl_c_at_the_question_leaves_a_terminal_that_shows_what_is_typed() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let command = format!("{} login {} --username bob --color=never", env!("CARGO_BIN_EXE_bobctl"), registry.host());
    let Some(seen) = at_a_terminal(&sandbox, &command, &[("Password: ", "half\\003")]) else { return };
    let lines: Vec<&str> = seen.lines().map(str::trim_end).collect();
    assert!(lines.contains(&"error: interrupted") && lines.contains(&"done: 130"), "{seen}");
    assert!(seen.contains(" echo ") && !seen.contains("-echo ") && !seen.contains("half"), "{seen}");
    assert!(!sandbox.exists(CONFIG));
    let Some(seen) = at_a_terminal(&sandbox, &command, &[("Password: ", "\\r")]) else { return };
    assert!(seen.contains("the password is empty") && seen.contains("done: 2"), "{seen}");
}
