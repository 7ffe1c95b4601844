//! Proving who is asking: how often, to whom, and with what.

use super::*;
use crate::oci::media_type;
use crate::store::BytesSource;

/// A name for a failing assertion, and what a token service does.
type Issuing = (&'static str, fn(&Seen) -> Reply);

/// What a registry with a token service does.
struct Guarded {
    /// The token that opens everything.
    token: &'static str,
    /// What a 401 carries.
    challenge: Box<dyn Fn(&Seen) -> String + Send + Sync>,
    /// The token service.
    issue: Box<dyn Fn(&Seen) -> Reply + Send + Sync>,
}

impl Guarded {
    fn new() -> Self {
        let challenge = |seen: &Seen| bearer_challenge(seen, "repository:org/app:pull");
        let issue = |_: &Seen| token_reply("t1");
        Self { token: "t1", challenge: Box::new(challenge), issue: Box::new(issue) }
    }

    async fn start(self) -> Server {
        let memory = Memory::default();
        Server::start(move |seen| {
            if seen.target.starts_with("/token") {
                return (self.issue)(seen);
            }
            if seen.header("authorization") != Some(&format!("Bearer {}", self.token)) {
                return reply(401)
                    .with("www-authenticate", (self.challenge)(seen))
                    .error("UNAUTHORIZED", "who are you");
            }
            memory.answer(seen)
        })
        .await
    }
}

fn bearer_challenge(seen: &Seen, scope: &str) -> String {
    let host = seen.header("host").unwrap();
    format!(r#"Bearer realm="http://{host}/token?keep=a%2Fb",service="reg svc",scope="{scope}""#)
}

fn token_reply(token: &str) -> Reply {
    reply(200).with("content-type", "application/json").body(format!(r#"{{"token":"{token}"}}"#))
}

fn count(server: &Server, method: &str, part: &str) -> usize {
    server.lines().iter().filter(|line| line.starts_with(method) && line.contains(part)).count()
}

#[tokio::test]
async fn the_first_requests_share_one_token_and_are_repeated_once() {
    let server = Guarded::new().start().await;
    let store = open_as(&server, Access::Push, Some(password()));
    let (config, layer) = (BytesSource::new("c", "{}"), BytesSource::new("l", "layer"));
    let v1 = version("v1");
    let (tag, has_config, has_layer) =
        tokio::join!(store.resolve(&v1), store.has_blob(config.descriptor()), store.has_blob(layer.descriptor()));
    assert!(matches!(tag, Err(StoreError::NotFound(_))));
    assert!(!has_config.unwrap() && !has_layer.unwrap());
    let (first, second) = tokio::join!(store.write_blob(&config), store.write_blob(&layer));
    first.unwrap();
    second.unwrap();

    assert_eq!(count(&server, "HEAD", "/v2/"), 6);
    assert_eq!(count(&server, "GET", "/token"), 1);
    assert_eq!(count(&server, "POST", "/v2/"), 2);
    assert_eq!(server.lines().len(), 9);
    let asked = server.seen().into_iter().find(|seen| seen.target.starts_with("/token")).unwrap();
    assert_eq!(asked.target, "/token?keep=a%2Fb&service=reg%20svc&scope=repository:org/app:pull,push");
    assert_eq!(asked.header("authorization"), Some(BASIC));
}

#[tokio::test]
async fn a_body_waits_until_the_registry_is_known() {
    let server = Guarded::new().start().await;
    let store = open_as(&server, Access::Push, Some(password()));
    let blob = BytesSource::new("t", "body");
    let (exists, written) = tokio::join!(store.has_blob(blob.descriptor()), store.write_blob(&blob));
    assert!(!exists.unwrap());
    written.unwrap();
    let bodies = server.seen().into_iter().filter(|seen| !seen.body.is_empty());
    assert_eq!(bodies.filter(|seen| seen.header("authorization").is_none()).count(), 0);
}

#[tokio::test]
async fn no_more_than_four_requests_go_out_before_the_first_answer() {
    let server = Guarded::new().start().await;
    let store = open_as(&server, Access::Pull, Some(password()));
    let blobs: Vec<Descriptor> = (0..10u8).map(|at| Descriptor::of("t", &[at])).collect();
    let results = futures_util::future::join_all(blobs.iter().map(|blob| store.has_blob(blob))).await;
    assert!(results.into_iter().all(|exists| !exists.unwrap()));
    let unproved =
        server.seen().iter().filter(|seen| seen.method == "HEAD" && seen.header("authorization").is_none()).count();
    assert!((1..=4).contains(&unproved), "{unproved}");
    assert_eq!(count(&server, "GET", "/token"), 1);
}

#[tokio::test]
async fn a_body_that_comes_first_goes_alone() {
    let server = Guarded::new().start().await;
    let store = open_as(&server, Access::Push, Some(password()));
    store.write_blob(&BytesSource::new("t", "body")).await.unwrap();
    assert_eq!(count(&server, "POST", "/v2/"), 2);
    assert_eq!(server.lines().len(), 3);
}

#[tokio::test]
async fn basic_is_sent_from_the_start_once_it_is_known() {
    let server = Server::start(|seen| match seen.header("authorization") {
        Some(BASIC) => reply(404),
        Some(other) => panic!("{other}"),
        None => reply(401).with("www-authenticate", "basic realm=zot"),
    })
    .await;
    let store = open_as(&server, Access::Pull, Some(password()));
    for name in ["a", "b"] {
        assert!(matches!(store.resolve(&version(name)).await, Err(StoreError::NotFound(_))));
    }
    assert_eq!(server.lines().len(), 3);
    assert_eq!(server.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn everybody_may_read_with_an_anonymous_token() {
    let server = Guarded::new().start().await;
    let store = open(&server, Access::Pull);
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    let asked = server.seen().into_iter().find(|seen| seen.target.starts_with("/token")).unwrap();
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.query("scope"), Some("repository:org/app:pull"));
}

#[tokio::test]
async fn to_write_without_credentials_fails_at_once() {
    let basic = |_: &Seen| "Basic realm=x".to_owned();
    for guarded in [Guarded::new(), Guarded { challenge: Box::new(basic), ..Guarded::new() }] {
        let server = guarded.start().await;
        let store = open(&server, Access::Push);
        let error = store.has_blob(&Descriptor::of("t", b"x")).await.unwrap_err();
        assert!(matches!(error, StoreError::Denied(_)));
        let expected =
            format!("no credentials for {}; looked in: --creds, /home/me/.docker/config.json", server.host());
        assert_eq!(error.to_string(), expected);
        assert_eq!(server.lines().len(), 1);
    }
}

#[tokio::test]
async fn wrong_credentials_are_tried_once_and_never_shown() {
    let issue = |seen: &Seen| {
        let said = seen.header("authorization").unwrap_or_default().to_owned();
        reply(401).error("UNAUTHORIZED", &format!("wrong: {said} hunter2"))
    };
    let server = Guarded { issue: Box::new(issue), ..Guarded::new() }.start().await;
    let store = open_as(&server, Access::Pull, Some(password()));
    let (one, two) = (version("a"), version("b"));
    let (first, second) = tokio::join!(store.resolve(&one), store.resolve(&two));
    // Once with them, and once without: everybody may be allowed to read.
    let with = |seen: &&Seen| seen.target.starts_with("/token") && seen.header("authorization").is_some();
    assert_eq!(server.seen().iter().filter(with).count(), 1);
    assert_eq!(count(&server, "GET", "/token"), 2);
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert!(matches!(error, StoreError::Denied(_)));
        let text = format!(
            "{error:?} {error} {:?} {:?}",
            error.fault().hint(),
            std::error::Error::source(error.fault()).map(ToString::to_string)
        );
        assert!(text.contains("does not exist, or") && text.contains("came from the test"), "{text}");
        assert!(!text.contains("hunter2") && !text.contains(&BASIC[6..]), "{text}");
    }
}

#[tokio::test]
async fn an_identity_token_is_traded_and_its_successor_kept() {
    let issue = |seen: &Seen| {
        match (seen.method.as_str(), seen.body.as_ref()) {
        ("POST", b"grant_type=refresh_token&refresh_token=r1&service=reg%20svc&client_id=bobctl&scope=repository:org/app:pull") => {
            reply(200).body(r#"{"access_token":"t1","refresh_token":"r2","expires_in":300}"#)
        }
        ("POST", b"grant_type=refresh_token&refresh_token=r2&service=reg%20svc&client_id=bobctl&scope=repository:other/app:pull") => {
            token_reply("t1")
        }
        other => panic!("{other:?}"),
    }
    };
    let server =
        Guarded { issue: Box::new(issue), challenge: Box::new(|seen| bearer_challenge(seen, "")), ..Guarded::new() }
            .start()
            .await;
    let client = Client::new(options(), keychain(Some(Credential::IdentityToken("r1".into()))), Arc::new(Unobserved));
    for name in ["org/app", "other/app"] {
        let store = client.repository(repository(&format!("{}/{name}", server.host())), Access::Pull);
        assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    }
    assert_eq!(count(&server, "POST", "/token"), 2);
    // The scheme is known for the second repository: its first request carries a token.
    assert_eq!(count(&server, "HEAD", "/v2/"), 3);
}

#[tokio::test]
async fn token_services_are_asked_the_other_way_when_they_want_that() {
    let only_post = |seen: &Seen| {
        if seen.method == "GET" {
            return reply(405);
        }
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        assert!(body.starts_with("grant_type=password&username=me&password=hunter2&"), "{body}");
        token_reply("t1")
    };
    let server = Guarded { issue: Box::new(only_post), ..Guarded::new() }.start().await;
    let store = open_as(&server, Access::Pull, Some(password()));
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));

    let only_get = |seen: &Seen| match (seen.method.as_str(), seen.header("authorization")) {
        ("GET", Some("Basic PHRva2VuPjpyMQ==")) => token_reply("t1"),
        _ => reply(404),
    };
    let server = Guarded { issue: Box::new(only_get), ..Guarded::new() }.start().await;
    let store = open_as(&server, Access::Pull, Some(Credential::IdentityToken("r1".into())));
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_registry_token_is_sent_as_it_is() {
    let server = Guarded::new().start().await;
    let store = open_as(&server, Access::Push, Some(Credential::RegistryToken("t1".into())));
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    assert_eq!(count(&server, "GET", "/token"), 0);
    let store = open_as(&server, Access::Push, Some(Credential::RegistryToken("stale".into())));
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::Denied(_))));
}

#[tokio::test]
async fn an_expired_token_is_renewed_and_the_body_sent_again() {
    let issued = AtomicUsize::new(0);
    let accepted = Arc::new(Mutex::new("t1".to_owned()));
    let now = Arc::clone(&accepted);
    let memory = Memory::default();
    let server = Server::start(move |seen| {
        if seen.target.starts_with("/token") {
            return token_reply(&format!("t{}", issued.fetch_add(1, Ordering::Relaxed) + 1));
        }
        if seen.header("authorization") != Some(&format!("Bearer {}", now.lock().unwrap())) {
            return reply(401).with("www-authenticate", bearer_challenge(seen, "repository:org/app:pull"));
        }
        memory.answer(seen)
    })
    .await;
    let store = open_as(&server, Access::Push, Some(password()));
    store.write_blob(&BytesSource::new("t", "one")).await.unwrap();
    "t2".clone_into(&mut accepted.lock().unwrap());
    store.write_blob(&BytesSource::new("t", "two")).await.unwrap();
    let sent: Vec<_> = server.seen().into_iter().filter(|seen| seen.body.as_ref() == b"two").collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(count(&server, "GET", "/token"), 2);
    // A third token would be refused as well: that is final.
    "never".clone_into(&mut accepted.lock().unwrap());
    let error = store.write_blob(&BytesSource::new("t", "three")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)));
    assert_eq!(count(&server, "GET", "/token"), 3);
}

#[tokio::test]
async fn a_wider_scope_in_the_challenge_is_asked_for_once() {
    let issue = |seen: &Seen| match seen.query("scope") {
        Some("repository:mirror/app:pull") => token_reply("t1"),
        _ => token_reply("narrow"),
    };
    let challenge = |seen: &Seen| match seen.header("authorization") {
        None => bearer_challenge(seen, "repository:org/app:pull"),
        Some(_) => bearer_challenge(seen, "repository:mirror/app:pull") + r#",error="insufficient_scope""#,
    };
    let guarded = Guarded { issue: Box::new(issue), challenge: Box::new(challenge), ..Guarded::new() };
    let server = guarded.start().await;
    let store = open_as(&server, Access::Pull, Some(password()));
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    let asked: Vec<String> = server.lines().into_iter().filter(|line| line.contains("/token")).collect();
    assert!(asked[1].ends_with("scope=repository:mirror/app:pull&scope=repository:org/app:pull"), "{asked:?}");
    assert_eq!(server.lines().len(), 5);
}

#[tokio::test]
async fn a_narrow_token_that_is_answered_with_basic_is_renewed_at_the_token_service() {
    let issued = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&issued);
    let issue = move |seen: &Seen| match seen.header("authorization") {
        None => token_reply("nobody's"),
        Some(_) => token_reply(if counter.fetch_add(1, Ordering::Relaxed) == 0 { "first" } else { "t1" }),
    };
    let challenge = |seen: &Seen| match seen.header("authorization") {
        None => bearer_challenge(seen, "repository:org/app:pull"),
        Some(_) => "Basic realm=\"harbor\"".to_owned(),
    };
    let guarded = Guarded { issue: Box::new(issue), challenge: Box::new(challenge), ..Guarded::new() };
    let server = guarded.start().await;
    let store = open_as(&server, Access::Pull, Some(password()));
    // The first token is refused once it is used, and no password goes to the registry itself.
    assert!(matches!(store.resolve(&version("a")).await, Err(StoreError::Denied(_))));
    assert!(matches!(store.resolve(&version("b")).await, Err(StoreError::NotFound(_))));
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| seen.target.starts_with("/token") || seen.header("authorization") != Some(BASIC))
    );
}

#[tokio::test]
async fn a_challenge_is_looked_for_at_the_root_when_there_is_none() {
    let server = Server::start(|seen| match (seen.target.as_str(), seen.header("authorization")) {
        (target, _) if target.starts_with("/token") => token_reply("t1"),
        (_, Some("Bearer t1")) => reply(404),
        ("/v2/", _) => reply(401).with("www-authenticate", bearer_challenge(seen, "")),
        _ => reply(401),
    })
    .await;
    let store = open(&server, Access::Pull);
    for name in ["a", "b"] {
        assert!(matches!(store.resolve(&version(name)).await, Err(StoreError::NotFound(_))));
    }
    assert_eq!(count(&server, "GET", "/v2/"), 1);
}

#[tokio::test]
async fn a_401_that_asks_for_nothing_known_is_told() {
    let server = Server::start(|_| reply(401).with("www-authenticate", "Negotiate")).await;
    let error = open_as(&server, Access::Pull, Some(password())).resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)));
    assert!(error.to_string().contains("does not exist or may not be read"), "{error}");
    assert!(server.seen().iter().all(|seen| seen.header("authorization").is_none()));
}

#[tokio::test]
async fn an_expired_password_says_log_in_again() {
    let server = Server::start(|_| reply(403).error("DENIED", "Your authorization token has expired.")).await;
    let error = open_as(&server, Access::Pull, Some(password())).manifest(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)));
    assert!(error.fault().hint().unwrap().contains("log in again"), "{error:?}");
}

#[tokio::test]
async fn a_token_service_that_fails_is_not_a_denial() {
    let table: [Issuing; 5] = [
        ("503", |_| reply(503)),
        ("429", |_| reply(429)),
        ("page", |_| reply(200).with("content-type", "text/html").body("<html>")),
        ("no token", |_| reply(200).body(r#"{"token":""}"#)),
        ("huge", |_| reply(200).body(vec![b' '; 70_000])),
    ];
    for (name, issue) in table {
        let server = Guarded { issue: Box::new(issue), ..Guarded::new() }.start().await;
        let error = open(&server, Access::Pull).resolve(&version("v1")).await.unwrap_err();
        let expected = if name == "huge" { "more than" } else { "" };
        assert!(
            matches!(error, StoreError::Unavailable(_)) && error.to_string().contains(expected),
            "{name}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_registry_that_reads_openly_may_ask_for_more_when_written_to() {
    let memory = Memory::default();
    let server = Server::start(move |seen| match (seen.method.as_str(), seen.header("authorization")) {
        ("GET" | "HEAD", _) | (_, Some(BASIC)) => memory.answer(seen),
        _ => reply(401).with("www-authenticate", "Basic realm=x"),
    })
    .await;
    let store = open_as(&server, Access::Push, Some(password()));
    let blob = BytesSource::new("t", "x");
    assert!(!store.has_blob(blob.descriptor()).await.unwrap());
    store.write_blob(&blob).await.unwrap();
    let manifest = RawManifest::new(media_type::MANIFEST, "{}");
    store.write_manifest(&manifest, None).await.unwrap();
    assert_eq!(server.lines().len(), 4);
}
