//! Through a proxy, past it, and what is told to whom on the way.
//!
//! This machine is never reached through a proxy when a reference says so (`localhost`, 127/8). `0.0.0.0` is this machine
//! too, and no name of it that counts: so the tests need no network.

use crate::support::fault::FaultRegistry;
use crate::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregOptions, Tinyproxy, tls_files};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{pull, push, webapp};

const PASSWORD: &str = "pr0xy-Passw0rd";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox
}

/// A host on this machine by a name that may be reached through a proxy.
fn abroad(host: &str) -> String {
    host.replace("127.0.0.1", "0.0.0.0")
}

fn reference(host: &str) -> String {
    format!("oci://{host}/org/webapp:1")
}

/// Push and pull, with `more` and what `set` adds to each command; nobody is told the proxy's password.
fn round_trip(sandbox: &Sandbox, host: &str, more: &[&str], set: impl Fn(Command<'_>) -> Command<'_>) {
    for run in [
        set(push(sandbox, &reference(host), "bob", more)).run(),
        set(pull(sandbox, &reference(host), "out", &[more, &["--force"]].concat())).run(),
    ] {
        assert!(!run.stderr().contains(PASSWORD) && !run.stdout().contains(PASSWORD), "{run:?}");
        run.ok();
    }
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

#[test]
fn a_real_proxy_tunnels_tls() {
    let sandbox = sandbox();
    let mut files = tls_files();
    (files.certificate, files.key) = files.server(&["127.0.0.1", "0.0.0.0"]);
    let Some(proxy) = Tinyproxy::start(Some(("bob", PASSWORD))) else { return };
    let options = DockerRegistryOptions { tls: Some(&files), client_certificates: true, ..Default::default() };
    let Some(registry) = DockerRegistry::start(options) else { return };
    let host = abroad(&registry.host());
    let line = [("ca-file", &files.ca), ("cert-file", &files.client_certificate), ("key-file", &files.client_key)];
    let line: Vec<String> =
        line.iter().flat_map(|(flag, path)| [format!("--{flag}"), path.display().to_string()]).collect();
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let address = format!("http://bob:{PASSWORD}@{}", proxy.host());
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let before = proxy.tunnels(&host);
        round_trip(&sandbox, &host, &line, |it| it.env(name, &address));
        assert!(proxy.tunnels(&host) > before, "{name}: {}", proxy.log());
    }
    // Without a scheme, and past it.
    round_trip(&sandbox, &host, &line, |it| it.env("HTTPS_PROXY", address.trim_start_matches("http://")));
    let before = proxy.tunnels(&host);
    round_trip(&sandbox, &host, &line, |it| it.env("HTTPS_PROXY", &address).env("NO_PROXY", &host));
    round_trip(&sandbox, &host, &line, |it| it.env("HTTP_PROXY", &address));
    round_trip(&sandbox, &registry.host(), &line, |it| it.env("HTTPS_PROXY", &address));
    assert_eq!(proxy.tunnels(&host), before, "{}", proxy.log());
    // A wrong password is the proxy's business, and is not shown.
    let wrong = address.replace(PASSWORD, "gu3ss");
    let error = push(&sandbox, &reference(&host), "bob", &line).env("HTTPS_PROXY", wrong).run().fails(5);
    assert!(error.contains(&format!("through the proxy {} (HTTPS_PROXY)", proxy.host())), "{error}");
    assert!(!error.contains("gu3ss"), "{error}");
}

#[test]
fn a_real_proxy_forwards_plain_http() {
    let sandbox = sandbox();
    let Some(proxy) = Tinyproxy::start(Some(("bob", PASSWORD))) else { return };
    let Some(olareg) = Olareg::start(OlaregOptions::default()) else { return };
    let fault = FaultRegistry::start();
    let address = format!("http://bob:{PASSWORD}@{}", proxy.host());
    for host in [abroad(&olareg.host()), abroad(&fault.host())] {
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            let before = proxy.forwarded(&host);
            round_trip(&sandbox, &host, &["--plain-http"], |it| it.env(name, &address));
            assert!(proxy.forwarded(&host) > before, "{name}: {}", proxy.log());
        }
    }
    assert!(fault.log().count() > 0 && !fault.log().saw(PASSWORD));
    let error = push(&sandbox, &reference(&abroad(&olareg.host())), "bob", &["--plain-http"]);
    let error = error.env("HTTP_PROXY", proxy.host()).run().fails(5);
    assert!(error.contains("the proxy before 0.0.0.0") && error.contains("USER:PASSWORD@"), "{error}");
}

#[test]
fn what_is_excepted_is_reached_without_the_proxy() {
    let sandbox = sandbox();
    let registry = FaultRegistry::start();
    let host = abroad(&registry.host());
    let (_, port) = host.rsplit_once(':').unwrap();
    let gone = "http://127.0.0.1:1";
    let pushing = || push(&sandbox, &reference(&host), "bob", &["--plain-http"]).env("http_proxy", gone);
    for except in ["*", "0.0.0.0", "0.0.0.0/8", &host, &format!("x.example, 0.0.0.0/31:{port}")] {
        for name in ["NO_PROXY", "no_proxy"] {
            pushing().env(name, except).run().ok();
        }
    }
    for except in ["", "0.0.0.1", "0.0.0.0:1", "10.0.0.0/8", "x.example"] {
        let error = pushing().env("NO_PROXY", except).run().fails(5);
        assert!(error.contains("through the proxy 127.0.0.1:1 (http_proxy)"), "{except}: {error}");
    }
}

#[test]
fn a_cgi_program_takes_no_proxy_from_its_clients() {
    let sandbox = sandbox();
    let registry = FaultRegistry::start();
    let pushing = || {
        let command = push(&sandbox, &reference(&abroad(&registry.host())), "bob", &["--plain-http"]);
        command.env("HTTP_PROXY", "http://127.0.0.1:1")
    };
    pushing().run().fails(5);
    pushing().env("REQUEST_METHOD", "GET").run().ok();
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_and_not_passed_by() {
    let (sandbox, files) = (sandbox(), tls_files());
    let registry = FaultRegistry::start();
    let host = abroad(&registry.host());
    let pushing = |more: &[&str]| push(&sandbox, &reference(&host), "bob", more);
    for address in [format!("socks5://bob:{PASSWORD}@127.0.0.1:1"), format!("http://bob:{PASSWORD}@")] {
        let error = pushing(&["--plain-http"]).env("HTTP_PROXY", address).run().fails(2);
        assert!(error.contains("HTTP_PROXY names no proxy") && error.contains("http://HOST:PORT"), "{error}");
        assert!(!error.contains(PASSWORD), "{error}");
    }
    // The library would show the certificate to such a proxy, and not check whose it is.
    let (certificate, key) = (files.client_certificate.display().to_string(), files.client_key.display().to_string());
    for more in [&["--cert-file", &certificate, "--key-file", &key][..], &["--tls-skip-verify"]] {
        let error = pushing(more).env("HTTPS_PROXY", "https://127.0.0.1:1").run().fails(2);
        assert!(error.contains("127.0.0.1:1 (HTTPS_PROXY), which speaks TLS") && error.contains("hint:"), "{error}");
    }
    assert_eq!(registry.log().count(), 0);
}
