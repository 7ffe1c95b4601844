//! Whom a registry is believed to be, and who it is shown that we are: client certificates, `certs.d`, the system's roots.

use std::path::{Path, PathBuf};

use crate::support::fault::{Auth, FaultRegistry, Listener};
use crate::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregOptions, TlsFiles, tls_files};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{pull, push, webapp};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox
}

/// A real registry that lets in only whoever shows a certificate of its authority.
#[track_caller]
fn closed(files: &TlsFiles) -> Option<DockerRegistry> {
    DockerRegistry::start(DockerRegistryOptions { tls: Some(files), client_certificates: true, ..Default::default() })
}

fn reference(host: &str) -> String {
    format!("oci://{host}/org/webapp:1")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Push and pull, with `more` and what `set` adds to each command.
fn round_trip(sandbox: &Sandbox, host: &str, more: &[&str], set: impl Fn(Command<'_>) -> Command<'_>) {
    set(push(sandbox, &reference(host), "bob", more)).run().ok();
    set(pull(sandbox, &reference(host), "out", &[more, &["--force"]].concat())).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

/// A folder of certificates for `host` below `folder`, of the files that are given.
fn lay_down(sandbox: &Sandbox, folder: &str, host: &str, files: &[(&str, &Path)]) {
    for (name, file) in files {
        sandbox.write(format!("{folder}/containers/certs.d/{host}/{name}"), std::fs::read(file).unwrap());
    }
}

const HOME: &str = "../home/.config";

#[test]
fn a_client_certificate_opens_a_registry_that_asks_for_one() {
    let (sandbox, files) = (sandbox(), tls_files());
    let Some(registry) = closed(&files) else { return };
    let host = registry.host();
    let (ca, certificate, key) = (text(&files.ca), text(&files.client_certificate), text(&files.client_key));
    round_trip(&sandbox, &host, &["--ca-file", ca, "--cert-file", certificate, "--key-file", key], |it| it);
    let unchecked = ["--tls-skip-verify", "--cert-file", certificate, "--key-file", key];
    round_trip(&sandbox, &host, &unchecked, |it| it);
}

#[test]
fn a_registry_that_asks_for_a_certificate_says_so_when_there_is_none() {
    let (sandbox, files, stranger) = (sandbox(), tls_files(), tls_files());
    let Some(registry) = closed(&files) else { return };
    let reference = reference(&registry.host());
    let ca = ["--ca-file", text(&files.ca)];
    for run in [push(&sandbox, &reference, "bob", &ca).run(), pull(&sandbox, &reference, "out", &ca).run()] {
        let error = run.fails(4);
        assert!(error.contains("asks for a client certificate") && error.contains("--cert-file"), "{error}");
    }
    let expired = files.client("expired", |params| {
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let strangers = (stranger.client_certificate.clone(), stranger.client_key.clone());
    for (certificate, key) in [expired, strangers] {
        let pair = ["--cert-file", text(&certificate), "--key-file", text(&key)];
        let error = push(&sandbox, &reference, "bob", &[&ca[..], &pair].concat()).run().fails(4);
        assert!(error.contains("does not accept the client certificate") && error.contains("hint:"), "{error}");
    }
    assert!(!sandbox.exists("out"));
}

#[test]
fn what_is_no_pair_is_refused_before_anybody_is_asked() {
    let (sandbox, files) = (sandbox(), tls_files());
    let registry = FaultRegistry::start();
    let (certificate, key) = (text(&files.client_certificate), text(&files.client_key));
    let secret = std::fs::read_to_string(key).unwrap();
    sandbox.write("encrypted.key", secret.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    sandbox.write("empty.pem", "");
    for (more, parts) in [
        (&["--cert-file", certificate][..], &["--key-file"][..]),
        (&["--key-file", key], &["--cert-file"]),
        (&["--cert-file", "none.pem", "--key-file", key], &["no such file for --cert-file: none.pem"]),
        (&["--cert-file", certificate, "--key-file", "none.key"], &["no such file for --key-file: none.key"]),
        (
            &["--cert-file", certificate, "--key-file", text(&files.key)],
            &["is not the one of the certificate", "hint:"],
        ),
        (&["--cert-file", certificate, "--key-file", "encrypted.key"], &["encrypted.key is encrypted", "openssl pkey"]),
        (&["--cert-file", "empty.pem", "--key-file", key], &["empty.pem has no certificate", "PEM"]),
        (&["--cert-file", certificate, "--key-file", "empty.pem"], &["empty.pem has no private key", "PEM"]),
        (&["--plain-http", "--cert-file", certificate, "--key-file", key], &["--plain-http", "--cert-file"]),
    ] {
        let error = push(&sandbox, &registry.reference("a/b:1"), "bob", more).run().fails(2);
        assert!(parts.iter().all(|part| error.contains(part)), "{more:?}: {error}");
        assert!(!error.contains(secret.lines().nth(1).unwrap()), "{error}");
    }
    assert_eq!(registry.log().count(), 0);
}

#[test]
fn each_side_of_a_link_has_a_certificate_of_its_own() {
    let (sandbox, one, other) = (sandbox(), tls_files(), tls_files());
    let (Some(bobs), Some(images)) = (closed(&one), closed(&other)) else { return };
    let flags = |prefix: &str, files: &TlsFiles| {
        let flag = |name: &str, path: &PathBuf| [format!("--{prefix}{name}"), text(path).to_owned()];
        [flag("ca-file", &files.ca), flag("cert-file", &files.client_certificate), flag("key-file", &files.client_key)]
            .concat()
    };
    for (host, files, note) in [(bobs.host(), &one, "a.b/c=bob"), (images.host(), &other, "a.b/c=image")] {
        let flags = flags("", files);
        let flags: Vec<&str> = flags.iter().map(String::as_str).chain(["-a", note]).collect();
        push(&sandbox, &reference(&host), "bob", &flags).run().ok();
    }
    let mut words = vec!["link".to_owned(), "artifact".to_owned(), reference(&bobs.host()), reference(&images.host())];
    words.extend(flags("from-", &one));
    let swapped = [words.clone(), flags("to-", &one)].concat();
    words.extend(flags("to-", &other));
    sandbox.bobctl(&words).run().ok();
    assert_ne!(sandbox.bobctl(&swapped).run().code(), Some(0));
}

#[test]
fn certificates_that_were_laid_down_for_a_host_are_used_there() {
    let (sandbox, files) = (sandbox(), tls_files());
    let Some(registry) = closed(&files) else { return };
    let host = registry.host();
    let (certificate, key) = (files.client_certificate.as_path(), files.client_key.as_path());
    let laid = [("ca.crt", files.ca.as_path()), ("me.cert", certificate), ("me.key", key)];
    // For another port, and so for another registry.
    lay_down(&sandbox, HOME, "127.0.0.1:1", &laid);
    push(&sandbox, &reference(&host), "bob", &[]).run().fails(5);
    lay_down(&sandbox, "xdg", &host, &laid);
    let xdg = sandbox.path("xdg");
    round_trip(&sandbox, &host, &[], |it| it.env("XDG_CONFIG_HOME", &xdg));
    // Half of it there, and the rest by flags.
    lay_down(&sandbox, HOME, &host, &laid[..1]);
    push(&sandbox, &reference(&host), "bob", &[]).run().fails(4);
    round_trip(&sandbox, &host, &["--cert-file", text(certificate), "--key-file", text(key)], |it| it);
    lay_down(&sandbox, HOME, &host, &laid[1..2]);
    let error = push(&sandbox, &reference(&host), "bob", &[]).run().fails(2);
    assert!(error.contains("me.cert is half of a pair") && error.contains("me.key is missing"), "{error}");
    lay_down(&sandbox, HOME, &host, &laid);
    round_trip(&sandbox, &host, &[], |it| it);
}

#[test]
fn certificates_that_were_laid_down_forbid_plain_http() {
    let (sandbox, files) = (sandbox(), tls_files());
    let registry = FaultRegistry::start();
    push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().ok();
    let before = registry.log();
    lay_down(&sandbox, HOME, &registry.host(), &[("ca.crt", &files.ca)]);
    let error = push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().fails(5);
    assert!(error.contains("does not speak TLS"), "{error}");
    assert_eq!(registry.log().since(&before).count(), 0);
    push(&sandbox, &registry.reference("a/b:1"), "bob", &["--plain-http"]).run().ok();
}

#[test]
fn the_environment_names_the_roots() {
    let (sandbox, files, other) = (sandbox(), tls_files(), tls_files());
    let Some(registry) = Olareg::start(OlaregOptions { tls: Some(&files), ..Default::default() }) else { return };
    let host = registry.host();
    sandbox.write("roots/0badcafe.0", std::fs::read(&files.ca).unwrap());
    let roots = sandbox.path("roots");
    round_trip(&sandbox, &host, &[], |it| it.env("SSL_CERT_FILE", &files.ca));
    round_trip(&sandbox, &host, &[], |it| it.env("SSL_CERT_DIR", &roots));
    round_trip(&sandbox, &host, &[], |it| it.env("SSL_CERT_FILE", &other.ca).env("SSL_CERT_DIR", &roots));
    round_trip(&sandbox, &host, &["--ca-file", text(&files.ca)], |it| it.env("SSL_CERT_FILE", &other.ca));
    let error = push(&sandbox, &reference(&host), "bob", &[]).env("SSL_CERT_FILE", &other.ca).run().fails(5);
    assert!(error.contains("is not trusted"), "{error}");
    let error = push(&sandbox, &reference(&host), "bob", &[]).env("SSL_CERT_FILE", "none.pem").run().fails(1);
    assert!(error.contains("SSL_CERT_FILE"), "{error}");
}

#[test]
fn a_certificate_for_another_name_is_told_so() {
    let (sandbox, files) = (sandbox(), tls_files());
    let Some(registry) = Olareg::start(OlaregOptions { tls: Some(&files), ..Default::default() }) else { return };
    // This machine too, by an address that is not in the certificate.
    let elsewhere = registry.host().replace("127.0.0.1", "0.0.0.0");
    let error = push(&sandbox, &reference(&elsewhere), "bob", &["--ca-file", text(&files.ca)]).run().fails(5);
    assert!(error.contains("it is for another name") && error.contains("hint:"), "{error}");
}

#[test]
fn headers_of_dockers_configuration_stay_at_the_registry() {
    let sandbox = sandbox();
    let auth = Auth::bearer("bob", "hunter2").token_service_elsewhere();
    let registry = FaultRegistry::builder().auth(auth).start();
    let headers =
        serde_json::json!({"X-Meta": "meta-value", "Authorization": "stolen", "Cookie": "crumbs", "TE": "told"});
    sandbox.write("../home/.docker/config.json", serde_json::json!({"HttpHeaders": headers}).to_string());
    let run = push(&sandbox, &registry.reference("a/b:1"), "bob", &["--creds", "bob:hunter2"]).run();
    assert!(!run.stderr().contains("meta-value"), "{run:?}");
    run.ok();
    let (all, tokens) = (registry.log(), registry.log().at(Listener::TokenService));
    let here = registry.log().at(Listener::Registry);
    assert!(tokens.count() > 0 && !tokens.saw("meta-value"));
    assert!(here.records().iter().all(|record| here.only(|it| it.started == record.started).saw("meta-value")));
    assert!(["stolen", "crumbs", "told"].iter().all(|value| !all.saw(value)));
}

#[test]
fn a_registry_that_offers_http_2_gets_it() {
    let (sandbox, files) = (sandbox(), tls_files());
    let Some(registry) = Olareg::start(OlaregOptions { tls: Some(&files), ..Default::default() }) else { return };
    let reference = reference(&registry.host());
    let ca = ["--ca-file", text(&files.ca), "--debug"];
    let pushed = push(&sandbox, &reference, "bob", &ca).run();
    let pulled = pull(&sandbox, &reference, "out", &ca).run();
    for run in [pushed, pulled] {
        let answers: Vec<&str> = run.stderr().lines().filter(|line| line.contains(", HTTP/")).collect();
        assert!(answers.len() > 2, "{run:?}");
        assert!(answers.iter().all(|line| line.contains(", HTTP/2")), "{run:?}");
        run.ok();
    }
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}
