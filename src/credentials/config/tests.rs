use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use secrecy::ExposeSecret;

use super::*;
use crate::credentials::key::server_url;
use crate::credentials::tests::{host, plain};

fn config(document: &Value) -> Config {
    Config::parse(document.to_string().as_bytes()).unwrap()
}

/// What `auths` has for a host: the credential as text, or what there is instead.
fn entry(auths: &Value, name: &str) -> String {
    match config(&json!({"auths": auths})).entry(Wanted::host(&host(name))) {
        Entry::Has(credential, _) => plain(&credential),
        Entry::Missing => "missing".to_owned(),
        Entry::Empty => "empty".to_owned(),
        Entry::Broken(what) => what,
    }
}

#[test]
fn keys_of_a_host() {
    for (key, name, matches) in [
        ("ghcr.io", "ghcr.io", true),
        ("GHCR.io", "ghcr.io", true),
        ("https://ghcr.io", "ghcr.io", true),
        ("https://ghcr.io/", "ghcr.io", true),
        ("http://ghcr.io", "ghcr.io", true),
        ("https://ghcr.io/v1/", "ghcr.io", true),
        ("https://ghcr.io/v2/", "ghcr.io", true),
        ("https://ghcr.io/v2", "ghcr.io", true),
        ("ghcr.io:443", "ghcr.io", true),
        ("localhost:5000", "localhost:5000", true),
        ("https://localhost:5000/v2/", "localhost:5000", true),
        ("[::1]:5000", "[::1]:5000", true),
        // The port is part of the host.
        ("localhost:5000", "localhost:5001", false),
        ("localhost", "localhost:5000", false),
        ("ghcr.io:5000", "ghcr.io", false),
        // So is every label, and a key with a path is not for all of the host.
        ("ghcr.io", "x.ghcr.io", false),
        ("x.ghcr.io", "ghcr.io", false),
        ("ghcr.io.evil.example", "ghcr.io", false),
        ("ghcr.io/team", "ghcr.io", false),
        ("https://ghcr.io/v3/", "ghcr.io", false),
        // Docker Hub.
        ("https://index.docker.io/v1/", "docker.io", true),
        ("index.docker.io", "docker.io", true),
        ("docker.io", "docker.io", true),
        ("registry-1.docker.io", "docker.io", true),
        ("https://registry-1.docker.io/v2/", "docker.io", true),
        ("registry.hub.docker.com", "docker.io", false),
        ("index.docker.io:5000", "docker.io", false),
    ] {
        let auths = json!({key: {"registrytoken": "t"}});
        assert_eq!(entry(&auths, name) == "registry t", matches, "'{key}' for {name}");
    }
}

#[test]
fn the_most_usual_key_counts_and_an_empty_entry_does_not() {
    let token = |token: &str| json!({"registrytoken": token});
    for (auths, name, found) in [
        (json!({"https://ghcr.io/v1/": token("url"), "ghcr.io": token("bare")}), "ghcr.io", "registry bare"),
        (json!({"docker.io": token("a"), "https://index.docker.io/v1/": token("b")}), "docker.io", "registry b"),
        (json!({"registry-1.docker.io": token("a"), "docker.io": token("b")}), "docker.io", "registry b"),
        (json!({"ghcr.io": {}, "https://ghcr.io": token("url")}), "ghcr.io", "registry url"),
    ] {
        assert_eq!(entry(&auths, name), found, "{auths}");
    }
}

#[test]
fn what_an_entry_may_hold() {
    let padded = STANDARD.encode("user:pass");
    let unpadded = STANDARD_NO_PAD.encode("us:p");
    assert!(padded.ends_with('=') || STANDARD.encode("us:p").ends_with('='), "padding is part of the test");
    for (value, found) in [
        (json!({"auth": padded}), "user:pass"),
        (json!({"auth": unpadded}), "us:p"),
        (json!({"auth": format!(" {padded}\n")}), "user:pass"),
        (json!({"auth": STANDARD.encode("user:pa:ss")}), "user:pa:ss"),
        (json!({"auth": STANDARD.encode("user:pass\0\0")}), "user:pass"),
        (json!({"auth": STANDARD.encode("user:")}), "user:"),
        (json!({"username": "user", "password": "pass"}), "user:pass"),
        // docker takes `auth` where both are there.
        (json!({"auth": padded, "username": "other", "password": "other"}), "user:pass"),
        (json!({"auth": "", "username": "user", "password": "pass"}), "user:pass"),
        (json!({"auth": padded, "identitytoken": "refresh"}), "identity refresh"),
        (json!({"auth": padded, "identitytoken": ""}), "user:pass"),
        (json!({"identitytoken": "refresh", "registrytoken": "bearer"}), "registry bearer"),
        (json!({"auth": STANDARD.encode("<token>:refresh")}), "identity refresh"),
        (json!({"username": "<token>", "password": "refresh"}), "identity refresh"),
        (json!({}), "empty"),
        (json!(null), "empty"),
        (json!({"email": "a@b"}), "empty"),
        (json!({"auth": STANDARD.encode(":")}), "empty"),
        (json!({"auth": "%%%"}), BROKEN),
        (json!({"auth": STANDARD.encode("no colon")}), BROKEN),
        (json!({"auth": STANDARD.encode(b"\xff\xfe:x")}), BROKEN),
    ] {
        assert_eq!(entry(&json!({"ghcr.io": value}), "ghcr.io"), found, "{value}");
    }
}

const BROKEN: &str = "the entry 'ghcr.io' of 'auths' has an 'auth' that is not the base64 of user:password";

#[test]
fn which_helper_is_asked() {
    for (document, name, helper) in [
        (json!({"credsStore": "store", "auths": {"ghcr.io": {}}}), "ghcr.io", Some("store")),
        (json!({"credsStore": "store", "credHelpers": {"ghcr.io": "own"}}), "ghcr.io", Some("own")),
        (json!({"credsStore": "store", "credHelpers": {"https://ghcr.io": "own"}}), "ghcr.io", Some("own")),
        (json!({"credsStore": "store", "credHelpers": {"quay.io": "own"}}), "ghcr.io", Some("store")),
        (json!({"credHelpers": {"quay.io": "own"}}), "ghcr.io", None),
        (json!({"credHelpers": {"index.docker.io": "own"}}), "docker.io", Some("own")),
        // An empty name switches the helper off for that host.
        (json!({"credsStore": "store", "credHelpers": {"ghcr.io": ""}}), "ghcr.io", None),
        (json!({"credsStore": ""}), "ghcr.io", None),
        (json!({"credsStore": 1, "credHelpers": []}), "ghcr.io", None),
    ] {
        assert_eq!(config(&document).helper(&host(name)), helper, "{document}");
    }
}

#[test]
fn a_helper_is_asked_for_docker_hub_by_dockers_own_key() {
    assert_eq!(server_url(&host("docker.io")), "https://index.docker.io/v1/");
    assert_eq!(server_url(&host("localhost:5000")), "localhost:5000");
}

#[test]
fn unknown_members_and_types_are_no_error() {
    let document = json!({"HttpHeaders": {"x": "y"}, "auths": ["not", "an", "object"], "psFormat": 1});
    assert!(matches!(config(&document).entry(Wanted::host(&host("ghcr.io"))), Entry::Missing));
}

#[test]
fn a_password_is_not_changed() {
    let auths = json!({"ghcr.io": {"username": "user", "password": " spaces "}});
    let config = config(&json!({"auths": auths}));
    let Entry::Has(Credential::Basic { password, .. }, _) = config.entry(Wanted::host(&host("ghcr.io"))) else {
        panic!("no password");
    };
    assert_eq!(password.expose_secret(), " spaces ");
}

#[test]
fn a_legacy_file_is_nothing_but_entries() {
    let text = json!({"https://ghcr.io/v1/": {"auth": STANDARD.encode("user:pass"), "email": "a@b"}}).to_string();
    let config = Config::parse_legacy(text.as_bytes()).unwrap();
    let ghcr = host("ghcr.io");
    assert!(matches!(config.entry(Wanted::host(&ghcr)), Entry::Has(_, key) if key == "https://ghcr.io/v1/"));
    assert_eq!(config.helper(&ghcr), None);
}
