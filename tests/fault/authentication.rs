//! Who gets in, with which token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{client, empty, status_and, with_blob};
use crate::support::fault::{Account, Answer, Auth, Authorization, FaultRegistry, Listener, Wire};

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}")))
}

fn start(account: Account) -> (FaultRegistry, String) {
    with_blob(|| FaultRegistry::builder().auth(account).start())
}

fn get(registry: &FaultRegistry, target: &str, authorization: &str) -> Answer {
    client(registry).send("GET", target, &[("authorization", authorization)], b"").unwrap()
}

/// A token for `scope`, fetched with `authorization` when it is not empty.
fn token(registry: &FaultRegistry, scope: &str, authorization: &str) -> String {
    let target = format!("/token?service=fault-registry&scope={scope}");
    let headers = [("authorization", authorization)];
    let headers = if authorization.is_empty() { &headers[..0] } else { &headers };
    let answer = Wire::to(registry.token_address()).send("GET", &target, headers, b"").unwrap();
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn basic_wants_user_and_password_with_every_request() {
    let (registry, blob) = with_blob(|| FaultRegistry::builder().auth(Auth::basic("me", "secret")).start());
    let refused = client(&registry).get(&blob);
    assert_eq!(status_and(&refused, "www-authenticate"), (401, "Basic realm=\"fault registry\"".to_owned()));
    assert_eq!(get(&registry, &blob, &basic("me", "wrong")).status, 401);
    assert_eq!(get(&registry, &blob, &basic("me", "secret")).status, 200);
}

#[test]
fn the_challenge_names_what_is_needed() {
    let (registry, blob) = start(Auth::bearer("me", "secret"));
    let realm = format!("Bearer realm=\"{}/token\",service=\"fault-registry\"", registry.url());
    let mut wire = client(&registry);
    let mut challenge = |method, target: &str| {
        let answer = wire.send(method, target, &[], b"").unwrap();
        (answer.status, answer.header("www-authenticate").unwrap().strip_prefix(&realm).unwrap().to_owned())
    };
    assert_eq!(challenge("GET", "/v2/"), (401, String::new()));
    assert_eq!(challenge("GET", &blob), (401, ",scope=\"repository:a:pull\"".to_owned()));
    assert_eq!(challenge("PUT", "/v2/a/manifests/1"), (401, ",scope=\"repository:a:pull,push\"".to_owned()));
    assert_eq!(challenge("DELETE", "/v2/a/manifests/1"), (401, ",scope=\"repository:a:delete\"".to_owned()));
}

#[test]
fn a_token_is_good_for_its_repository_and_action_only() {
    let (registry, blob) = start(Auth::bearer("me", "secret"));
    let token = format!("Bearer {}", token(&registry, "repository:a:pull", &basic("me", "secret")));
    assert_eq!(get(&registry, &blob, &token).status, 200);
    assert_eq!(get(&registry, "/v2/", &token).status, 200);
    assert_eq!(get(&registry, &blob.replace("/a/", "/b/"), &token).status, 401);
    let push = client(&registry).send("POST", "/v2/a/blobs/uploads/", &[("authorization", &token)], b"").unwrap();
    let challenge = push.header("www-authenticate").unwrap();
    assert!(challenge.ends_with("scope=\"repository:a:pull,push\",error=\"insufficient_scope\""), "{challenge}");
}

#[test]
fn a_mount_needs_the_right_to_pull_from_the_source() {
    let (registry, _) = start(Auth::bearer("me", "secret"));
    registry.put_blob("a", "{}");
    let target = format!("/v2/b/blobs/uploads/?mount={}&from=a", empty());
    let mount = |scopes: &[&str]| {
        let token = format!("Bearer {}", registry.issue_token(scopes));
        client(&registry).send("POST", &target, &[("authorization", &token)], b"").unwrap().status
    };
    assert_eq!(mount(&["repository:b:pull,push"]), 202);
    assert_eq!(mount(&["repository:b:pull,push", "repository:a:pull"]), 201);
}

#[test]
fn who_gets_which_token() {
    let push = "repository:a:pull,push";
    let tries = |account: Account, authorization: &str| {
        let (registry, blob) = start(account);
        let token = format!("Bearer {}", token(&registry, push, authorization));
        let write = client(&registry).send("POST", "/v2/a/blobs/uploads/", &[("authorization", &token)], b"");
        (get(&registry, &blob, &token).status, write.unwrap().status)
    };
    let account = || Auth::bearer("me", "secret");
    let login = basic("me", "secret");
    assert_eq!(tries(account(), &login), (200, 202));
    assert_eq!(tries(account().read_only(), &login), (200, 401));
    assert_eq!(tries(account(), ""), (401, 401));
    assert_eq!(tries(account().anonymous_pull(), ""), (200, 401));
}

#[test]
fn the_token_service_checks_who_asks() {
    let (registry, _) = start(Auth::bearer("me", "secret"));
    assert_eq!(get(&registry, "/token?scope=repository:a:pull", &basic("me", "wrong")).status, 401);
    let form = b"grant_type=password&username=me&password=secret";
    assert_eq!(client(&registry).send("POST", "/token", &[], form).unwrap().status, 405);
}

#[test]
fn oauth_takes_a_password_or_an_identity_token() {
    let (registry, blob) = start(Auth::bearer("me", "secret").identity_token("id/1+"));
    let post = |form: &str| client(&registry).send("POST", "/token", &[], form.as_bytes()).unwrap();
    let scope = "scope=repository%3Aa%3Apull";
    for form in ["grant_type=refresh_token&refresh_token=id%2F1%2B", "grant_type=password&username=me&password=secret"]
    {
        let answer = post(&format!("{form}&{scope}"));
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(get(&registry, &blob, &format!("Bearer {token}")).status, 200);
    }
    assert_eq!(post("grant_type=refresh_token&refresh_token=other").status, 401);
    assert!(registry.log().saw("id/1+"), "forms are searched for secrets");
}

#[test]
fn tokens_end() {
    let account = Auth::bearer("me", "secret").expires_in(None).lifetime(Duration::from_millis(300));
    let (registry, blob) = start(account);
    let answer = get(&registry, "/token?scope=repository:a:pull", &basic("me", "secret")).json();
    assert_eq!(answer.get("expires_in"), None);
    let fresh = format!("Bearer {}", answer["token"].as_str().unwrap());
    assert_eq!(get(&registry, &blob, &fresh).status, 200);
    std::thread::sleep(Duration::from_millis(310));
    assert_eq!(get(&registry, &blob, &fresh).status, 401);
    let issued = format!("Bearer {}", registry.issue_token(&["repository:a:pull"]));
    assert_eq!(get(&registry, &blob, &issued).status, 200);
    registry.revoke_tokens();
    assert_eq!(get(&registry, &blob, &issued).status, 401);
}

#[test]
fn the_log_tells_kinds_and_ports_apart_and_prints_no_secret() {
    let (registry, blob) = start(Auth::bearer("me", "hunter2").token_service_elsewhere());
    assert_ne!(registry.token_address(), registry.address());
    client(&registry).get(&blob);
    let token = token(&registry, "repository:a:pull", &basic("me", "hunter2"));
    get(&registry, &blob, &format!("Bearer {token}"));
    get(&registry, &blob, "Negotiate abc");
    let log = registry.log();
    assert_eq!(
        log.authorizations(),
        [Authorization::None, Authorization::Basic, Authorization::Bearer, Authorization::Other]
    );
    assert!(log.at(Listener::TokenService).saw("hunter2"));
    assert!(!log.at(Listener::Registry).saw("hunter2"));
    assert!(log.at(Listener::Registry).saw(&token));
    let printed = format!("{log}{log:?}{registry:?}");
    assert!(!printed.contains("hunter2") && !printed.contains(&token), "{printed}");
}
