//! Two servers a story: the registry, which gets secrets, and a stranger that it leads to, who gets none (SEC-6).

use std::collections::BTreeSet;

use secrecy::SecretString;

use super::super::push::Source;
use super::*;
use crate::store::Delete as _;

const TOKEN: &str = "t0ken-of-mine";
const IDENTITY: &str = "1dentity-of-mine";
/// The value of a header that docker's configuration adds.
const HEADER: &str = "k3y-of-a-gateway";
/// What each answer of the registry wants to be kept and sent back.
const COOKIE: &str = "cr0okie";

/// A keychain that has headers too.
struct Keys(Option<Credential>);

#[async_trait]
impl Keychain for Keys {
    async fn find(&self, host: &Host, repository: Option<&str>) -> Arc<Lookup> {
        keychain(self.0.clone()).find(host, repository).await
    }

    async fn headers(&self) -> Vec<(String, SecretString)> {
        vec![("X-Key".to_owned(), HEADER.into())]
    }
}

/// Each way to prove who one is.
fn logins() -> [(&'static str, Credential); 4] {
    [
        ("basic", password()),
        ("password for a token", password()),
        ("identity token", Credential::IdentityToken(IDENTITY.into())),
        ("registry token", Credential::RegistryToken(TOKEN.into())),
    ]
}

fn store(server: &Server, credential: Credential) -> RegistryStore {
    let client = Client::new(options(), Arc::new(Keys(Some(credential))), Arc::new(Unobserved));
    client.repository(repository(&format!("{}/org/app", server.host())), Access::Push)
}

/// A registry that lets in who logs in as `login` says, and then answers by `answer`.
async fn registry(login: &'static str, answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    let tokens = format!("Bearer {TOKEN}");
    Server::start(move |seen| {
        let given = seen.header("authorization");
        let reply = match (login, seen.target.split('?').next()) {
            ("basic", _) if given == Some(BASIC) => answer(seen),
            ("basic", _) => reply(401).with("www-authenticate", "Basic realm=x"),
            (_, Some("/token")) => {
                let known = given == Some(BASIC) || String::from_utf8_lossy(&seen.body).contains(IDENTITY);
                reply(if known { 200 } else { 401 }).body(format!(r#"{{"token":"{TOKEN}"}}"#))
            }
            _ if given == Some(&tokens) => answer(seen),
            _ => reply(401).with("www-authenticate", r#"Bearer realm="/token",service="s""#),
        };
        reply.with("set-cookie", format!("session={COOKIE}; Path=/"))
    })
    .await
}

/// Each request of the protocol, whatever comes of it.
pub(super) async fn everything(store: &RegistryStore) {
    let blob = Descriptor::of("t", b"content");
    let image = crate::oci::Manifest::new(blob.clone(), vec![blob.clone()], BTreeMap::new());
    let _ = store.resolve(&version("v1")).await;
    let _ = store.manifest(&version("v1")).await;
    let _ = store.has_blob(&blob).await;
    if let Ok(chunks) = store.blob(&blob).await {
        let _ = chunks.try_collect::<Vec<Bytes>>().await;
    }
    let _ = store.tags(None).await;
    let _ = store.referrers(&blob.digest).await;
    let _ = store.write_blob(&BytesSource::new("t", "small")).await;
    let _ = store.write_blob(&BytesSource::new("t", vec![7; 1_100_000])).await;
    let _ = store.write_blob(&Source::growing(&[b"it ", b"grows"])).await;
    let _ = store.write_manifest(&RawManifest::from_manifest(&image), Some(&tag("v2"))).await;
    let _ = store.untag(&tag("v1")).await;
    let _ = store.delete_manifest(&blob.digest, Some(&Digest::of(b"subject"))).await;
    store.client.settle().await;
}

fn methods(server: &Server) -> BTreeSet<String> {
    server.seen().into_iter().map(|seen| seen.method).collect()
}

/// Nothing of what `stranger` got is secret, and each of `expected` did go there.
fn assert_clean(stranger: &Server, expected: &str, story: &str) {
    for seen in stranger.seen() {
        let all = format!("{seen:?}");
        for secret in ["hunter2", BASIC.trim_start_matches("Basic "), TOKEN, IDENTITY, HEADER, COOKIE] {
            assert!(!all.contains(secret), "{story}: a stranger got {secret}: {all}");
        }
        for header in ["authorization", "cookie", "proxy-authorization", "referer", "x-key"] {
            assert_eq!(seen.header(header), None, "{story}: {}", seen.line());
        }
    }
    let went = methods(stranger);
    for method in expected.split_whitespace() {
        assert!(went.contains(method), "{story}: {method} is not among {went:?}");
    }
}

/// Addresses of `server` that are not those of a registry at `127.0.0.1`.
fn addresses(server: &Server) -> [String; 3] {
    let port = server.host().rsplit_once(':').unwrap().1.to_owned();
    [
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        format!("http://me:hunter2@localhost:{port}"),
    ]
}

#[tokio::test]
async fn no_redirect_takes_a_secret_along() {
    for (login, credential) in logins() {
        for at in 0..3 {
            let stranger = Server::start(|seen| match seen.method.as_str() {
                "GET" | "HEAD" => reply(200).body("content"),
                _ => reply(400),
            })
            .await;
            let to = addresses(&stranger)[at].clone();
            let story = format!("{login}, redirect to {to}");
            let home = registry(login, move |seen| match (seen.method.as_str(), seen.query("digest")) {
                ("POST", None) => reply(202).with("location", "/v2/org/app/blobs/uploads/1"),
                _ => reply(307).with("location", format!("{to}/x?sig=1")),
            })
            .await;
            everything(&store(&home, credential.clone())).await;
            assert_clean(&stranger, "GET HEAD POST PATCH PUT DELETE", &story);
            // At home they were sent.
            let sent = |seen: &Seen| seen.header("authorization").is_some() && seen.header("x-key") == Some(HEADER);
            assert!(home.seen().iter().filter(|seen| sent(seen)).count() > 8, "{story}: {:?}", home.lines());
            assert!(home.seen().iter().all(|seen| seen.header("cookie").is_none()), "{story}");
        }
    }
}

#[tokio::test]
async fn no_upload_takes_a_secret_to_where_it_goes_on() {
    for (login, credential) in logins() {
        // Other hosts get uploads by TLS alone, so this is the one that there is without.
        let parts = AtomicUsize::new(0);
        let stranger = Server::start(move |seen| match seen.method.as_str() {
            // Too large, so it comes in pieces, of which the first gets lost.
            "PUT" if !seen.body.is_empty() => reply(413),
            "PATCH" if parts.fetch_add(1, Ordering::Relaxed) == 0 => reply(503),
            "PATCH" => reply(202).with("location", "/u/2?state=x"),
            "GET" => reply(204).with("range", "0-1"),
            _ => reply(201),
        })
        .await;
        let to = addresses(&stranger)[0].clone();
        let home = registry(login, move |seen| match seen.method.as_str() {
            "POST" => reply(202).with("location", format!("{to}/u/1?state=x")),
            _ => reply(404),
        })
        .await;
        everything(&store(&home, credential)).await;
        assert_clean(&stranger, "PUT PATCH GET DELETE", login);
    }
}

#[tokio::test]
async fn a_stranger_who_takes_an_upload_does_not_say_what_happens_at_the_registry() {
    let home = Arc::new(Mutex::new(String::new()));
    let back = Arc::clone(&home);
    let stranger = Server::start(move |_| {
        reply(202).with("location", format!("http://{}/v2/org/app/manifests/v1", back.lock().unwrap()))
    })
    .await;
    let to = addresses(&stranger)[0].clone();
    let server = registry("basic", move |seen| match seen.method.as_str() {
        "POST" => reply(202).with("location", format!("{to}/u/1")),
        _ => reply(404),
    })
    .await;
    *home.lock().unwrap() = server.host();
    let store = store(&server, password());
    let error = store.write_blob(&Source::growing(&[b"it ", b"grows"])).await.unwrap_err();
    store.client.settle().await;
    assert!(error.to_string().contains("where it is not sent"), "{error}");
    assert!(server.lines().iter().all(|line| !line.contains("/manifests/")), "{:?}", server.lines());
    assert_clean(&stranger, "PATCH DELETE", "an upload that comes back");
}

#[tokio::test]
async fn no_page_is_fetched_from_a_stranger() {
    for (login, credential) in logins() {
        let stranger = Server::start(|_| reply(404)).await;
        let to = addresses(&stranger);
        let home = registry(login, move |seen| match (seen.query("p"), seen.target.contains("/referrers/")) {
            (Some(_), _) => reply(404),
            (None, true) => reply(200)
                .with("content-type", "application/vnd.oci.image.index.v1+json")
                .with("link", format!("<{}/v2/x?p=1>; rel=next", to[1]))
                .body(r#"{"schemaVersion":2,"manifests":[]}"#),
            (None, false) => reply(200)
                .with("content-type", "application/json")
                .with("link", format!("<{}/v2/x?p=1>; rel=next", to[if seen.target.contains("n=") { 0 } else { 2 }]))
                .body(r#"{"name":"org/app","tags":["a"]}"#),
        })
        .await;
        let store = store(&home, credential);
        let first = store.tags(None).await;
        // Another port is our own one by a wrong number.
        if let Ok(TagPage { next: Some(next), .. }) = first {
            let _ = store.tags(Some(&next)).await;
        }
        let _ = store.referrers(&Digest::of(b"x")).await;
        assert_eq!(stranger.lines(), Vec::<String>::new(), "{login}");
        assert!(home.lines().iter().any(|line| line.contains("/referrers/")), "{:?}", home.lines());
    }
}

#[tokio::test]
async fn a_challenge_from_where_an_upload_goes_on_is_not_answered() {
    for challenge in ["Basic realm=mine", r#"Bearer realm="/token""#] {
        let stranger = Server::start(move |_| reply(401).with("www-authenticate", challenge)).await;
        let to = addresses(&stranger)[0].clone();
        let home = registry("basic", move |_| reply(202).with("location", format!("{to}/u/1"))).await;
        everything(&store(&home, password())).await;
        assert_clean(&stranger, "PUT", challenge);
        assert!(stranger.lines().iter().all(|line| line.contains(" /u/1")), "{:?}", stranger.lines());
    }
}

#[tokio::test]
async fn a_challenge_that_comes_from_elsewhere_in_the_registrys_stead_is_none() {
    let stranger = Server::start(|_| reply(401).with("www-authenticate", r#"Bearer realm="/token""#)).await;
    let to = addresses(&stranger)[1].clone();
    // It does not say how it wants to be asked, and its root is elsewhere.
    let home = Server::start(move |seen| match seen.target.as_str() {
        "/v2/" => reply(307).with("location", format!("{to}/v2/")),
        _ => reply(401),
    })
    .await;
    store(&home, password()).resolve(&version("v1")).await.unwrap_err();
    assert_clean(&stranger, "GET", "the root elsewhere");
    assert_eq!(stranger.lines(), ["GET /v2/"]);
    assert!(home.seen().iter().all(|seen| seen.header("authorization").is_none()));
}

#[tokio::test]
async fn a_token_service_that_sends_elsewhere_takes_no_secret_there() {
    for (name, credential) in [("password", password()), ("identity", Credential::IdentityToken(IDENTITY.into()))] {
        let stranger = Server::start(|_| reply(404)).await;
        let to = addresses(&stranger)[1].clone();
        let home = Server::start(move |seen| match seen.target.split('?').next() {
            Some("/token") => reply(307).with("location", format!("{to}/token")),
            _ => reply(401).with("www-authenticate", r#"Bearer realm="/token",service="s""#),
        })
        .await;
        everything(&store(&home, credential)).await;
        assert_clean(&stranger, "", name);
        assert!(!methods(&stranger).contains("POST"), "{name}: {:?}", stranger.lines());
    }
}

#[tokio::test]
async fn a_realm_that_names_a_user_is_asked_as_ours() {
    let tokens = Server::start(|_| reply(200).body(format!(r#"{{"token":"{TOKEN}"}}"#))).await;
    let realm = format!("http://mallory:evil@{}/token", tokens.host());
    let home = Server::start(move |seen| match seen.header("authorization") {
        None => reply(401).with("www-authenticate", format!(r#"Bearer realm="{realm}",service="s""#)),
        Some(_) => reply(404),
    })
    .await;
    let store = store(&home, password());
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    let asked = tokens.seen().pop().unwrap();
    // A realm on another port gets the account's secret, and nothing that is for the registry's own origin.
    assert_eq!((asked.header("authorization"), asked.header("x-key")), (Some(BASIC), None));
    assert!(home.seen().iter().all(|seen| seen.header("authorization") != Some(BASIC)));
}

#[tokio::test]
async fn what_the_registry_repeats_is_not_shown() {
    for (login, credential) in logins() {
        let home = registry(login, |seen| {
            let heard = format!("{} and {}", seen.header("authorization").unwrap(), seen.header("x-key").unwrap());
            reply(403).error("DENIED", &heard).with("warning", format!("299 - \"{heard}\""))
        })
        .await;
        let store = store(&home, credential);
        for error in [
            store.manifest(&version("v1")).await.unwrap_err(),
            store.tags(None).await.map(|_| ()).unwrap_err(),
            store.write_blob(&BytesSource::new("t", "small")).await.unwrap_err(),
        ] {
            let cause = std::error::Error::source(error.fault()).map(ToString::to_string).unwrap_or_default();
            let text = format!("{error} {error:?} {cause}");
            assert!(cause.contains("***"), "{login}: {text}");
            for secret in ["hunter2", BASIC.trim_start_matches("Basic "), TOKEN, IDENTITY, HEADER] {
                assert!(!text.contains(secret), "{login} shows {secret}: {text}");
            }
        }
    }
}

#[test]
fn nothing_that_holds_a_secret_shows_it_to_programmers() {
    let named = |variable, address: &str| Some(Named { variable, address: address.to_owned() });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.pem");
    let key = server::CLIENT.signing_key.serialize_pem();
    std::fs::write(&file, server::CLIENT.cert.pem() + &key).unwrap();
    let proxies = Proxies {
        https: named("HTTPS_PROXY", "http://me:hunter2@proxy:1"),
        http: named("HTTP_PROXY", "http://me:hunter2@proxy:1"),
        except: String::new(),
    };
    let identity = Some(Identity::read(&file, &file).unwrap());
    let lookup =
        Lookup { found: Some(Found { credential: password(), origin: "the test".to_owned() }), ..Lookup::default() };
    let token: SecretString = TOKEN.into();
    let tokens = [Credential::IdentityToken(token.clone()), Credential::RegistryToken(token)];
    let text = format!("{:?} {lookup:?} {tokens:?}", ClientOptions { identity, proxies, ..options() });
    assert!(text.contains("HTTPS_PROXY") && text.contains("the test"), "{text}");
    let key = key.lines().nth(1).unwrap();
    for secret in ["hunter2", TOKEN, key] {
        assert!(!text.contains(secret), "{text}");
    }
}
