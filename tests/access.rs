//! Who is asked for a password, how, and where it goes: TLS, Basic, Bearer, docker's files and helpers.

mod denied;
mod expiry;
mod tokens;

use crate::support::fault::{Auth, FaultRegistry};
use crate::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregAuth, OlaregOptions, tls_files};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, pull, push, webapp};

const SECRET: &str = "s3cret-Passw0rd";

/// Push and pull with what `login` adds to each command.
fn round_trip(sandbox: &Sandbox, reference: &str, more: &[&str], login: impl Fn(Command<'_>) -> Command<'_>) {
    for run in [
        login(push(sandbox, reference, "bob", more)).run(),
        login(pull(sandbox, reference, "out", &[more, &["--force"]].concat())).run(),
    ] {
        assert!(!run.stderr().contains(SECRET) && !run.stdout().contains(SECRET), "{run:?}");
        run.ok();
    }
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

fn docker_config(sandbox: &Sandbox, config: &serde_json::Value) {
    sandbox.write("../home/.docker/config.json", config.to_string());
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn every_way_to_give_a_password_works_on_every_registry_that_asks() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let docker = DockerRegistry::start(DockerRegistryOptions { htpasswd: Some(("bob", SECRET)), ..Default::default() });
    let basic = Olareg::start(OlaregOptions { auth: Some(OlaregAuth::Basic("bob", SECRET)), ..Default::default() });
    let token = Olareg::start(OlaregOptions { auth: Some(OlaregAuth::Token("bob", SECRET)), ..Default::default() });
    let bearer = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)).start();
    let hosts = [
        docker.as_ref().map(|it| it.host()),
        basic.as_ref().map(|it| it.host()),
        token.as_ref().map(|it| it.host()),
        Some(bearer.host()),
    ];
    for host in hosts.into_iter().flatten() {
        let reference = format!("oci://{host}/org/webapp:1");
        let creds = format!("bob:{SECRET}");
        round_trip(&sandbox, &reference, &["--creds", &creds], |command| command);
        round_trip(&sandbox, &reference, &["--username", "bob", "--password-stdin"], |command| {
            command.stdin(format!("{SECRET}\n"))
        });
        docker_config(&sandbox, &serde_json::json!({"auths": {&host: {"auth": base64(&creds)}}}));
        round_trip(&sandbox, &reference, &[], |command| command);
        docker_config(&sandbox, &serde_json::json!({}));
        let environment = serde_json::json!({"auths": {&host: {"auth": base64(&creds)}}}).to_string();
        round_trip(&sandbox, &reference, &[], |command| command.env("DOCKER_AUTH_CONFIG", &environment));
    }
}

#[test]
fn a_helper_is_asked_once_and_only_when_the_registry_asks() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write(
        "bin/docker-credential-probe",
        format!(
            "#!/bin/sh\ncat >> {0}/asked\necho >> {0}/asked\necho '{{\"Username\":\"bob\",\"Secret\":\"{SECRET}\"}}'\n",
            sandbox.work().display()
        ),
    );
    sandbox.executable("bin/docker-credential-probe");
    let open = FaultRegistry::start();
    let asks = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)).start();
    docker_config(&sandbox, &serde_json::json!({"credsStore": "probe"}));
    push(&sandbox, &open.reference("a/b:1"), "bob", &[]).path_first("bin").run().ok();
    assert!(!sandbox.exists("asked"));
    push(&sandbox, &asks.reference("a/b:1"), "bob", &[]).path_first("bin").run().ok();
    assert_eq!(sandbox.read("asked").trim(), asks.host());
}

#[test]
fn a_wrong_password_is_exit_code_4_and_is_not_shown() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let basic = FaultRegistry::builder().auth(Auth::basic("bob", "right")).start();
    let bearer = FaultRegistry::builder().auth(Auth::bearer("bob", "right")).start();
    for registry in [&basic, &bearer] {
        let creds = format!("bob:{SECRET}");
        let error = push(&sandbox, &registry.reference("a/b:1"), "bob", &["--creds", &creds]).run().fails(4);
        assert!(error.contains("hint:") && !error.contains(SECRET), "{error}");
        let error = push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().fails(4);
        assert!(error.contains("no credentials for") && error.contains("config.json"), "{error}");
        assert_eq!(registry.listing(), FaultRegistry::start().listing());
    }
}

#[test]
fn a_public_repository_is_pulled_without_a_login() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).anonymous_pull()).start();
    push(&sandbox, &registry.reference("a/b:1"), "bob", &["--creds", &format!("bob:{SECRET}")]).run().ok();
    pull(&sandbox, &registry.reference("a/b:1"), "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

#[test]
fn an_identity_token_is_traded_at_the_token_service() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", "unused").identity_token(SECRET)).start();
    let entry = serde_json::json!({"auth": base64("00000000-0000-0000-0000-000000000000:"), "identitytoken": SECRET});
    docker_config(&sandbox, &serde_json::json!({"auths": {registry.host(): entry}}));
    round_trip(&sandbox, &registry.reference("a/b:1"), &[], |command| command);
}

#[test]
fn tls_wants_a_trusted_certificate() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let files = tls_files();
    let Some(olareg) = Olareg::start(OlaregOptions { tls: Some(&files), ..Default::default() }) else { return };
    let reference = format!("oci://{}/org/webapp:1", olareg.host());
    let ca = files.ca.display().to_string();
    round_trip(&sandbox, &reference, &["--ca-file", &ca], |command| command);
    round_trip(&sandbox, &reference, &[], |command| command.env("SSL_CERT_FILE", &ca));
    let run = push(&sandbox, &reference, "bob", &["--tls-skip-verify"]).run();
    assert!(run.stderr().contains("warning: the certificate"), "{run:?}");
    run.ok();
    let error = push(&sandbox, &reference, "bob", &[]).run().fails(5);
    assert!(error.contains("certificate") && error.contains("--ca-file"), "{error}");
    let error = push(&sandbox, &reference, "bob", &["--plain-http"]).run().fails(1);
    assert!(error.contains("speaks HTTPS") && error.contains("leave --plain-http out"), "{error}");
    let plain = FaultRegistry::start();
    push(&sandbox, &plain.reference("a/b:1"), "bob", &["--ca-file", &ca]).run().fails(5);
    assert_eq!(plain.log().count(), 0);
}

#[test]
fn loopback_is_never_asked_through_a_proxy() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (registry, proxy) = (FaultRegistry::start(), FaultRegistry::start());
    let push = push(&sandbox, &registry.reference("a/b:1"), "bob", &[]);
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"];
    names.into_iter().fold(push, |command, name| command.env(name, proxy.url())).run().ok();
    assert_eq!(proxy.log().count(), 0);
}

#[test]
fn a_proxy_that_fails_is_named_without_its_password() {
    let sandbox = Sandbox::new();
    // A proxy that refuses, and one that is not there.
    let refusing = FaultRegistry::start();
    let gone = FaultRegistry::start().host();
    let pulling = |flag: &str| pull(&sandbox, "oci://registry.invalid/a/b:1", "out", &[flag]);
    for host in [&refusing.host(), &gone] {
        for (flag, name) in [
            ("--no-progress", "HTTPS_PROXY"),
            ("--no-progress", "https_proxy"),
            ("--no-progress", "ALL_PROXY"),
            ("--plain-http", "http_proxy"),
        ] {
            if flag == "--plain-http" && *host == refusing.host() {
                continue;
            }
            let proxy = format!("http://bob:{SECRET}@{host}");
            let error = pulling(flag).env(name, &proxy).run().fails(5);
            let expected = format!("registry.invalid cannot be reached through the proxy {host} ({name})");
            assert!(error.contains(&expected) && error.contains("NO_PROXY"), "{error}");
            assert!(!error.contains(SECRET) && !error.contains("bob"), "{error}");
            let direct = pulling(flag).env(name, &proxy).env("NO_PROXY", ".invalid").run().fails(5);
            assert!(!direct.contains("proxy") && direct.contains("registry.invalid"), "{direct}");
        }
    }
}

#[test]
fn a_host_that_is_not_there_is_exit_code_5() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let gone = FaultRegistry::start().reference("a/b:1");
    for run in [push(&sandbox, &gone, "bob", &[]).run(), pull(&sandbox, &gone, "out", &[]).run()] {
        let error = run.fails(5);
        assert!(error.contains("127.0.0.1"), "{error}");
    }
    let place = story::layout(&sandbox);
    pull(&sandbox, &place.tagged("1"), "out", &[]).run().fails(3);
}

#[test]
fn a_wrong_password_is_called_one_and_its_origin_named() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let error = push(&sandbox, &registry.reference("a/b:1"), "bob", &["--creds", "bob:guess"]).run().fails(4);
    assert!(error.contains("does not accept the credentials") && error.contains("came from --creds"), "{error}");
    assert!(!error.contains("guess"), "{error}");
    let error = pull(&sandbox, &registry.reference("a/b:1"), "out", &[]).run().fails(4);
    assert!(error.contains(&format!("bobctl login {}", registry.host())), "{error}");
}

#[test]
fn an_empty_docker_config_variable_is_none() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let login = serde_json::json!({"auths": {registry.host(): {"auth": base64(&format!("bob:{SECRET}"))}}});
    // What lies in the working folder came with somebody's checkout, and is nobody's login.
    sandbox.write("config.json", login.to_string());
    let reference = registry.reference("a/b:1");
    let error = push(&sandbox, &reference, "bob", &[]).env("DOCKER_CONFIG", "").run().fails(4);
    assert!(error.contains(".docker/config.json"), "{error}");
    docker_config(&sandbox, &login);
    push(&sandbox, &reference, "bob", &[]).env("DOCKER_CONFIG", "").run().ok();
}
