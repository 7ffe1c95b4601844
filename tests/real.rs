//! The launchers themselves: each registry starts as asked, answers, and is gone afterwards.

use std::net::TcpStream;
use std::process::Command;

use base64::Engine;

use crate::support::leftout;
use crate::support::peers::peer;
use crate::support::real::{
    DockerRegistry, DockerRegistryOptions, Olareg, OlaregAuth, OlaregOptions, Server, tls_files,
};

/// A password with what splits, quotes and escapes elsewhere.
const PASSWORD: &str = "pa:ss \"w\\örd'$";
const ABSENT: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn basic(user: &str, password: &str) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Authorization: Basic {encoded}")
}

/// The answers of a registry with one account to nobody, to the account, and to its user with another password.
fn let_in(server: &Server, user: &str, password: &str) -> [u16; 3] {
    let [account, stranger] = [basic(user, password), basic(user, "wrong")];
    [&[][..], &[account.as_str()], &[stranger.as_str()]].map(|headers| server.get("/v2/", headers).status)
}

#[test]
fn olareg_answers_until_it_is_dropped() {
    let Some(registry) = Olareg::start(OlaregOptions::default()) else { return };
    assert_eq!(registry.get("/v2/", &[]).status, 200);
    let host = registry.host();
    assert!(TcpStream::connect(&host).is_ok(), "it does not listen");
    drop(registry);
    assert!(TcpStream::connect(host).is_err(), "it still listens");
}

#[test]
fn olareg_lists_referrers_unless_told_not_to() {
    let path = format!("/v2/bobs/referrers/{ABSENT}");
    for (referrers, status) in [(true, 200), (false, 405)] {
        let Some(registry) = Olareg::start(OlaregOptions { referrers, ..OlaregOptions::default() }) else { return };
        assert_eq!(registry.get(&path, &[]).status, status, "referrers: {referrers}");
    }
}

#[test]
fn olareg_lets_in_one_account_with_basic_authentication() {
    let auth = Some(OlaregAuth::Basic("alice", PASSWORD));
    let Some(registry) = Olareg::start(OlaregOptions { auth, ..OlaregOptions::default() }) else { return };
    assert_eq!(let_in(&registry, "alice", PASSWORD), [401, 200, 401]);
}

#[test]
fn olareg_names_where_its_tokens_are_to_be_had() {
    let auth = Some(OlaregAuth::Token("alice", PASSWORD));
    let Some(registry) = Olareg::start(OlaregOptions { auth, ..OlaregOptions::default() }) else { return };
    let refused = registry.get("/v2/", &[]);
    assert_eq!(refused.status, 401);
    let realm = format!("Bearer realm=\"http://{}/token\"", registry.host());
    assert!(refused.head.contains(&realm), "{}", refused.head);
    let token =
        registry.get("/token?service=olareg%20registry&scope=repository:bobs:pull", &[&basic("alice", PASSWORD)]);
    assert_eq!(token.status, 200, "{token:?}");
    let token: serde_json::Value = serde_json::from_str(&token.body).expect("a token document");
    let header = format!("Authorization: Bearer {}", token["token"].as_str().expect("a token"));
    assert_eq!(registry.get("/v2/", &[&header]).status, 200);
}

#[test]
fn olareg_speaks_tls() {
    let files = tls_files();
    let Some(registry) = Olareg::start(OlaregOptions { tls: Some(&files), ..OlaregOptions::default() }) else { return };
    assert_eq!(registry.get_tls(&files, "/v2/", &[]).expect("it answers").status, 200);
}

#[test]
fn olareg_limits_requests() {
    let options = OlaregOptions { rate_limit: Some(3), ..OlaregOptions::default() };
    let Some(registry) = Olareg::start(options) else { return };
    let limited = (0..100).any(|_| registry.get("/v2/", &[]).status == 429);
    assert!(limited, "100 requests in a row were all served");
}

#[test]
fn olareg_finds_its_store_again() {
    let Some(oras) = peer("oras") else { return };
    let store = tempfile::tempdir().expect("a temporary folder");
    let options = OlaregOptions { store: Some(store.path()), ..OlaregOptions::default() };
    let Some(first) = Olareg::start(options) else { return };
    std::fs::write(first.folder().join("note.txt"), "kept").expect("the registry's folder is writable");
    let pushed = Command::new(oras)
        .current_dir(first.folder())
        .args(["push", "--plain-http", &format!("{}/bobs:1", first.host()), "note.txt:text/plain"])
        .output()
        .expect("oras runs");
    assert!(pushed.status.success(), "{pushed:?}");
    drop(first);
    let Some(second) = Olareg::start(options) else { return };
    let tags = second.get("/v2/bobs/tags/list", &[]);
    assert!(tags.body.contains("\"tags\":[\"1\"]"), "{tags:?}");
}

#[test]
fn docker_registry_answers_until_it_is_dropped() {
    let Some(registry) = DockerRegistry::start(DockerRegistryOptions::default()) else { return };
    assert_eq!(registry.get("/v2/", &[]).status, 200);
    assert_eq!(registry.get(&format!("/v2/bobs/referrers/{ABSENT}"), &[]).status, 404);
    let host = registry.host();
    drop(registry);
    assert!(TcpStream::connect(host).is_err(), "it still listens");
}

#[test]
fn docker_registry_lets_in_one_account() {
    let options = DockerRegistryOptions { htpasswd: Some(("alice", PASSWORD)), ..DockerRegistryOptions::default() };
    let Some(registry) = DockerRegistry::start(options) else { return };
    assert_eq!(let_in(&registry, "alice", PASSWORD), [401, 200, 401]);
}

#[test]
fn docker_registry_speaks_tls_and_asks_for_certificates() {
    let files = tls_files();
    let mut stranger = tls_files();
    stranger.ca.clone_from(&files.ca);
    for (client_certificates, strangers_status) in [(false, Some(200)), (true, None)] {
        let options = DockerRegistryOptions { tls: Some(&files), client_certificates, ..Default::default() };
        let Some(registry) = DockerRegistry::start(options) else { return };
        assert_eq!(registry.get_tls(&files, "/v2/", &[]).expect("let in").status, 200);
        let answer = registry.get_tls(&stranger, "/v2/", &[]).ok().map(|reply| reply.status);
        assert_eq!(answer, strangers_status, "certificates asked for: {client_certificates}");
    }
}

#[test]
fn registries_started_together_have_ports_of_their_own() {
    let start = || Olareg::start(OlaregOptions::default()).map(|registry| registry.host());
    let hosts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        threads.into_iter().filter_map(|thread| thread.join().expect("it starts")).collect()
    });
    let distinct: std::collections::BTreeSet<_> = hosts.iter().collect();
    assert_eq!(distinct.len(), hosts.len(), "{hosts:?}");
}

/// The tools, each with the arguments that make it name its version, and what it must say.
const PEERS: &[(&str, &[&str], &str)] = &[
    // Debian builds cosign without its version: a flag of one generation alone tells them apart.
    ("cosign2", &["sign", "--help"], "--attachment="),
    ("cosign3", &["sign", "--help"], "--signing-config="),
    ("crane", &["version"], "0.22.1"),
    ("docker-registry", &["--version"], "2.8."),
    ("etcd", &["--version"], "3.5."),
    ("helm", &["version"], "v3.22"),
    ("kube-apiserver", &["--version"], "v1.36.3"),
    ("kubectl", &["version", "--client"], "v1.36.3"),
    ("notation", &["version"], "1.3."),
    ("olareg", &["version"], "v0.2.2"),
    ("oras", &["version"], "1.3."),
    ("regctl", &["version"], "v0.11.7"),
    ("skopeo", &["--version"], "1."),
];

#[test]
fn every_peer_is_of_the_version_the_tests_are_written_for() {
    for (name, arguments, version) in PEERS {
        let Some(program) = peer(name) else { continue };
        let output = Command::new(program).args(*arguments).output().expect("the tool runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(version), "{name} does not say {version}");
    }
}

#[test]
fn real_profiles_stand_beside_the_checkout() {
    let Some(profiles) = leftout::shared("data/profiles") else { return };
    assert!(profiles.join("argocd").is_dir());
}

#[test]
fn a_test_left_out_is_a_line_here_and_a_failure_in_ci() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("left-out");
    leftout::record(&file, "one: oras", false);
    leftout::record(&file, "two: root", false);
    let read = || std::fs::read_to_string(&file).expect("the lines were written");
    assert_eq!(read(), "one: oras\ntwo: root\n");
    let failed = std::panic::catch_unwind(|| leftout::record(&file, "three: olareg", true));
    assert!(failed.is_err(), "CI passed by leaving out");
    assert_eq!(read(), "one: oras\ntwo: root\n");
}
