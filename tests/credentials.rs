//! Where credentials come from: the files of docker and podman, their helpers, and what is said about them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::fault::{Auth, FaultRegistry};
use crate::support::peers::peer;
use crate::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregAuth, OlaregOptions};
use crate::support::sandbox::Sandbox;
use crate::support::story::{pull, push, webapp};

const SECRET: &str = "s3cret-Passw0rd";

const DOCKER: &str = "../home/.docker/config.json";
const RUNTIME: &str = "../run/containers/auth.json";
const CONFIG: &str = "../home/.config/containers/auth.json";
const LEGACY: &str = "../home/.dockercfg";

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Bob's login for `key`.
fn auths(key: &str) -> Value {
    json!({"auths": {key: {"auth": base64(&format!("bob:{SECRET}"))}}})
}

fn bearer() -> FaultRegistry {
    FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)).start()
}

/// A helper in `bin` that notes each call and then does what `then` says.
fn helper(sandbox: &Sandbox, then: &str) {
    let asked = sandbox.path("asked");
    sandbox.write("bin/docker-credential-probe", format!("#!/bin/sh\n(cat; echo) >> {}\n{then}\n", asked.display()));
    sandbox.executable("bin/docker-credential-probe");
    sandbox.write(DOCKER, json!({"credsStore": "probe"}).to_string());
}

#[test]
fn every_source_is_asked_and_the_first_wins() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = bearer();
    let reference = registry.reference("a/b:1");
    let login = auths(&registry.host());
    let variable = login.to_string();
    let pushed = |environment: &[(&str, &str)], origin: &str| {
        let command = push(&sandbox, &reference, "bob", &["-v"]);
        let run = environment.iter().fold(command, |command, (name, value)| command.env(name, value)).run();
        let line = format!("detail: credentials for {} from ", registry.host());
        let named: Vec<&str> = run.stderr().lines().filter(|text| text.starts_with(&line)).collect();
        assert!(named.len() == 1 && named[0].ends_with(origin), "{origin}: {run:?}");
        assert!(!run.stderr().contains(SECRET) && !run.stderr().contains(&base64(&format!("bob:{SECRET}"))));
        run.ok();
    };
    // From the last to the first: each goes before those that are there already. What has only others' logins, and what
    // is empty, ends no search.
    sandbox.write(CONFIG, auths("elsewhere.example").to_string());
    sandbox.write(RUNTIME, "{}");
    sandbox.write(DOCKER, "");
    for (file, content) in [(LEGACY, &login["auths"]), (CONFIG, &login), (RUNTIME, &login), (DOCKER, &login)] {
        sandbox.write(file, content.to_string());
        pushed(&[], file.trim_start_matches("../"));
    }
    sandbox.write("podman.json", &variable);
    let file = sandbox.path("podman.json").display().to_string();
    pushed(&[("REGISTRY_AUTH_FILE", &file)], "podman.json");
    pushed(&[("REGISTRY_AUTH_FILE", &file), ("DOCKER_AUTH_CONFIG", &variable)], "DOCKER_AUTH_CONFIG");
    pushed(&[("REGISTRY_AUTH_FILE", ""), ("DOCKER_AUTH_CONFIG", "")], ".docker/config.json");
}

#[test]
fn who_has_none_is_told_where_was_looked() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).anonymous_pull()).start();
    let (host, reference) = (registry.host(), registry.reference("a/b:1"));
    sandbox.write(CONFIG, auths("elsewhere.example").to_string());
    let error = push(&sandbox, &reference, "bob", &[]).run().fails(4);
    let looked = error.lines().next().unwrap();
    assert!(looked.contains(&format!("no credentials for {host}; looked in: ")), "{error}");
    assert!(looked.contains(".docker/config.json: no such file"), "{error}");
    assert!(looked.contains(&format!("containers/auth.json: no entry for {host}")), "{error}");
    assert!(!looked.contains(".dockercfg") && !looked.contains("run/containers"), "not what nobody has: {error}");
    assert!(error.contains(&format!("'bobctl login {host}'")), "{error}");

    push(&sandbox, &reference, "bob", &["--creds", &format!("bob:{SECRET}")]).run().ok();
    let run = pull(&sandbox, &reference, "out", &["-v"]).run();
    assert!(run.stderr().contains(&format!("detail: no credentials for {host}; looked in: ")), "{run:?}");
    run.ok();
}

#[test]
fn a_repository_goes_by_its_own_key() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = bearer();
    let host = registry.host();
    let wrong = json!({"auth": base64("bob:wrong")});
    let mut login = auths(&format!("{host}/team/app"));
    login["auths"][&host] = wrong;
    sandbox.write(CONFIG, login.to_string());
    let run = push(&sandbox, &registry.reference("team/app:1"), "bob", &["-v"]).run();
    assert!(run.stderr().contains(&format!("auth.json ({host}/team/app)")), "{run:?}");
    run.ok();
    let error = push(&sandbox, &registry.reference("team/other:1"), "bob", &[]).run().fails(4);
    assert!(error.contains("hint:") && !error.contains("wrong"), "{error}");
}

#[test]
fn two_repositories_of_one_registry_in_one_command_have_each_their_own() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).identity_token("r3fresh")).start();
    let host = registry.host();
    let config =
        json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).to_string();
    let descriptor = json!({
        "mediaType": "application/vnd.oci.image.config.v1+json", "size": config.len(),
        "digest": registry.put_blob("team/image", config).to_string(),
    });
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let image = json!({"schemaVersion": 2, "mediaType": media_type, "config": descriptor, "layers": []});
    registry.put_manifest("team/image", Some("1"), image.to_string());
    let (app, image) = (format!("{host}/team/app"), format!("{host}/team/image"));
    let mut login = auths(&app);
    login["auths"][&image] = json!({"identitytoken": "r3fresh"});
    sandbox.write(CONFIG, login.to_string());
    push(&sandbox, &format!("oci://{app}:1"), "bob", &[]).run().ok();
    let before = registry.log();
    let words = ["link", "artifact", &format!("oci://{app}:1"), &format!("oci://{image}:1"), "--allow-mismatch", "-v"];
    let run = sandbox.bobctl(words).run();
    for key in [&app, &image] {
        let line = format!("auth.json ({key})");
        assert_eq!(run.stderr().matches(&line).count(), 1, "{line}: {run:?}");
    }
    run.ok();
    let log = registry.log().since(&before);
    assert!(log.saw(SECRET) && log.saw("r3fresh"), "{:?}", log.requests());
}

#[test]
fn podmans_and_dockers_own_tools_and_this_one_share_files() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let docker = DockerRegistry::start(DockerRegistryOptions { htpasswd: Some(("bob", SECRET)), ..Default::default() });
    let olareg = Olareg::start(OlaregOptions { auth: Some(OlaregAuth::Token("bob", SECRET)), ..Default::default() });
    let hosts = [docker.as_ref().map(|it| it.host()), olareg.as_ref().map(|it| it.host())];
    for host in hosts.into_iter().flatten() {
        let reference = format!("oci://{host}/team/app:1");
        let logins: [(&str, &str, &[&str], &str); 4] = [
            (
                "skopeo",
                &host,
                &["login", "--tls-verify=false", "--authfile=auth.json", "-u=bob", "--password-stdin"],
                "auth.json",
            ),
            (
                "skopeo",
                &format!("{host}/team"),
                &["login", "--tls-verify=false", "--authfile=auth.json", "-u=bob", "--password-stdin"],
                "auth.json",
            ),
            (
                "oras",
                &host,
                &["login", "--plain-http", "--registry-config=config.json", "-u=bob", "--password-stdin"],
                "config.json",
            ),
            ("crane", &host, &["auth", "login", "-u=bob", "--password-stdin"], "config.json"),
        ];
        for (name, whom, words, file) in logins {
            let Some(program) = peer(name) else { continue };
            let folder = format!("{name}-{}", whom.replace(['/', ':'], "-"));
            sandbox.write(format!("{folder}/.keep"), "");
            let program = program.to_str().unwrap().to_owned();
            let login = sandbox.program(&program, words.iter().copied().chain([whom])).cwd(&folder);
            login.env("DOCKER_CONFIG", sandbox.path(&folder)).stdin(SECRET).run().ok();
            assert!(sandbox.read(format!("{folder}/{file}")).contains(whom), "{name}");
            let path = sandbox.path(&folder).join(file).display().to_string();
            let command = push(&sandbox, &reference, "bob", &["-v"]);
            let command = match file {
                "auth.json" => command.env("REGISTRY_AUTH_FILE", &path),
                _ => command.env("DOCKER_CONFIG", sandbox.path(&folder)),
            };
            let run = command.run();
            assert!(run.stderr().contains(&format!("credentials for {host} from {path}")), "{name}: {run:?}");
            run.ok();
        }
        // And the file that this one read is read by them.
        let Some(skopeo) = peer("skopeo") else { continue };
        sandbox.write(RUNTIME, auths(&format!("{host}/team/app")).to_string());
        push(&sandbox, &reference, "bob", &[]).run().ok();
        let words = ["list-tags", "--tls-verify=false", &format!("docker://{host}/team/app")];
        let tags = sandbox.program(skopeo.to_str().unwrap(), words).run().ok();
        assert!(tags.contains("\"1\""), "{tags}");
    }
}

#[test]
fn a_helper_is_asked_once_for_everything_that_is_pushed() {
    let sandbox = Sandbox::new();
    helper(&sandbox, &format!("sleep 0.1; echo '{{\"Username\":\"bob\",\"Secret\":\"{SECRET}\"}}'"));
    let names: Vec<String> = (0..20).map(|at| format!("file-{at}")).collect();
    for name in &names {
        sandbox.write(name, name);
    }
    for registry in [bearer(), FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start()] {
        let reference = registry.reference("a/b:1");
        let words = ["push", "artifact", &reference, "--artifact-type=application/vnd.example", "--concurrency=20"];
        let files = names.iter().flat_map(|name| ["--file", name]);
        let run = sandbox.bobctl(words.into_iter().chain(files)).path_first("bin").run();
        assert!(!run.stderr().contains("warning"), "{run:?}");
        run.ok();
        assert!(registry.log().count() > 20);
    }
    assert_eq!(sandbox.read("asked").lines().count(), 2, "once a host");
}

#[test]
fn a_helper_that_fails_breaks_no_public_pull_and_is_the_cause_of_a_failing_push() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).anonymous_pull()).start();
    let reference = registry.reference("a/b:1");
    push(&sandbox, &reference, "bob", &["--creds", &format!("bob:{SECRET}")]).run().ok();
    for (script, said) in [
        ("echo 'the keyring is locked' >&2; exit 1".to_owned(), "failed (exit status: 1): the keyring is locked"),
        (
            format!("echo '{{\"Secret\":\"{SECRET}\"}}'; echo \"{SECRET} is stale\" >&2; exit 3"),
            "failed (exit status: 3): *** is stale",
        ),
        (format!("echo {SECRET}"), "answered something that is no credential"),
        (format!("yes {SECRET}"), "answered more than 1048576 bytes"),
    ] {
        helper(&sandbox, &script);
        let said = format!(
            "docker-credential-probe ({}): {said}",
            sandbox.path("../home").canonicalize().unwrap().join(".docker/config.json").display()
        );
        let run = pull(&sandbox, &reference, "out", &["--force"]).path_first("bin").run();
        let warnings: Vec<&str> = run.stderr().lines().filter(|line| line.starts_with("warning:")).collect();
        assert_eq!(warnings, [format!("warning: {said}; going on without it")]);
        assert!(!run.stderr().contains(SECRET), "{run:?}");
        run.ok();
        let error = push(&sandbox, &reference, "bob", &[]).path_first("bin").run().fails(4);
        assert!(error.contains("no credentials for") && error.matches(&said).count() == 1, "{error}");
        assert!(!error.contains(SECRET), "{error}");
    }
    // And one that is not there at all.
    sandbox.write(DOCKER, json!({"credHelpers": {registry.host(): "gone"}}).to_string());
    let run = pull(&sandbox, &reference, "out", &["--force"]).run();
    assert!(run.stderr().contains("docker-credential-gone") && run.stderr().contains("is not in PATH"), "{run:?}");
    run.ok();
    let error = push(&sandbox, &reference, "bob", &[]).run().fails(4);
    assert!(error.contains("is not in PATH"), "{error}");
}

#[test]
fn what_a_helper_does_not_have_is_looked_for_in_its_file_and_then_in_the_next() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = bearer();
    helper(&sandbox, "echo 'credentials not found in native keychain'; exit 1");
    let mut config = json!({"auths": {registry.host(): {}}});
    config["credsStore"] = "probe".into();
    sandbox.write(DOCKER, config.to_string());
    sandbox.write(CONFIG, auths(&registry.host()).to_string());
    let run = push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).path_first("bin").run();
    assert!(!run.stderr().contains("warning"), "{run:?}");
    run.ok();
    config["auths"] = auths(&registry.host())["auths"].take();
    sandbox.write(DOCKER, config.to_string());
    let run = push(&sandbox, &registry.reference("a/b:2"), "bob", &["-v"]).path_first("bin").run();
    assert!(run.stderr().contains(".docker/config.json"), "{run:?}");
    run.ok();
}

#[test]
fn a_helper_that_hangs_is_left_by_ctrl_c() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = bearer();
    helper(&sandbox, "exec sleep 50");
    let running = push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).path_first("bin").spawn();
    running.until(|| sandbox.exists("asked"));
    let start = Instant::now();
    running.interrupt();
    running.wait().fails(130);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_broken_file_is_a_warning_for_who_reads_and_an_error_for_who_writes() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).anonymous_pull()).start();
    let (host, reference) = (registry.host(), registry.reference("a/b:1"));
    let creds = ["--creds", &format!("bob:{SECRET}")];
    push(&sandbox, &reference, "bob", &creds).run().ok();
    // Another file has the login, which may not be the one that was meant.
    sandbox.write(CONFIG, auths(&host).to_string());
    let bad_entry = json!({"auths": {&host: {"auth": format!("{SECRET}!")}}}).to_string();
    let entry = format!("the entry '{host}' of 'auths' has an 'auth' that is not the base64 of user:password");
    for (content, what) in [
        (format!("{{\"auths\":\n {{\"{host}\": {SECRET}}}}}"), "is not valid JSON (line 2, column "),
        (format!("[\"{SECRET}\"]"), "is not a JSON object (line 1, column "),
        (bad_entry, entry.as_str()),
    ] {
        sandbox.write(DOCKER, &content);
        let run = pull(&sandbox, &reference, "out", &["--force"]).run();
        let warning = run.stderr().lines().find(|line| line.starts_with("warning:")).unwrap_or_default();
        assert!(warning.contains(".docker/config.json: ") && warning.contains(what), "{run:?}");
        assert_eq!(run.stderr().matches("warning:").count(), 1, "{run:?}");
        assert!(!run.stderr().contains(SECRET), "{run:?}");
        run.ok();
        let before = registry.listing();
        let error = push(&sandbox, &registry.reference("a/b:2"), "bob", &[]).run().fails(1);
        assert!(error.contains("cannot be looked up") && error.contains(what) && error.contains("hint:"), "{error}");
        assert!(!error.contains(SECRET), "{error}");
        assert_eq!(registry.listing(), before);
        // Who says it all does not need the file.
        push(&sandbox, &reference, "bob", &creds).run().ok();
    }
}

#[test]
fn a_pull_secret_is_made_of_podmans_login_too() {
    let sandbox = Sandbox::new();
    sandbox.write(CONFIG, auths("ghcr.io").to_string());
    sandbox.write(DOCKER, "{");
    let words = ["create", "secret", "oci", "s", "--export", "--url"];
    let run = sandbox.bobctl(words.into_iter().chain(["ghcr.io", "--from-docker-config"])).run();
    assert!(run.stderr().contains("the login for ghcr.io is from") && run.stderr().contains("auth.json"), "{run:?}");
    assert!(run.stderr().contains("config.json: is not valid JSON"), "{run:?}");
    run.ok();
    let error = sandbox.bobctl(words.into_iter().chain(["quay.io", "--from-docker-config"])).run().fails(4);
    assert!(error.contains("auth.json: no entry for quay.io") && error.contains("bobctl login quay.io"), "{error}");
}
