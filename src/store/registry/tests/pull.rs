//! Reading: which requests, what is believed, and what an answer that is none means.

use futures_util::TryStreamExt as _;

use super::*;
use crate::oci::media_type;
use crate::store::Answer;

/// A name for a failing assertion, how a server answers, and whether the blob is there.
type Deciding = (&'static str, fn() -> Reply, bool);

const BODY: &str = r#"{"schemaVersion":2,"layers":[]}"#;

fn manifest_reply() -> Reply {
    reply(200)
        .with("content-type", media_type::MANIFEST)
        .with("docker-content-digest", Digest::of(BODY.as_bytes()))
        .body(BODY)
}

async fn read(store: &RegistryStore, blob: &Descriptor) -> Result<Vec<u8>> {
    let chunks: Vec<Bytes> = store.blob(blob).await?.try_collect().await?;
    Ok(chunks.concat())
}

#[tokio::test]
async fn a_tag_is_resolved_by_one_head_request() {
    let server = Server::start(|_| manifest_reply()).await;
    let found = open(&server, Access::Pull).resolve(&version("v1")).await.unwrap();
    assert_eq!(found, Descriptor::of(media_type::MANIFEST, BODY.as_bytes()));
    let seen = server.seen();
    assert_eq!(server.lines(), ["HEAD /v2/org/app/manifests/v1"]);
    assert_eq!(seen[0].header("accept"), Some(media_type::ACCEPT_MANIFESTS));
    assert_eq!(seen[0].header("accept-encoding"), None);
    let agent = seen[0].header("user-agent").unwrap();
    assert!(agent.starts_with(concat!("bobctl/", env!("CARGO_PKG_VERSION"), " (")), "{agent}");
}

#[tokio::test]
async fn a_head_that_says_too_little_is_followed_by_a_get() {
    let heads: [Case; 7] = [
        ("no digest", || reply(200).with("content-type", media_type::MANIFEST).body(BODY)),
        ("malformed digest", || {
            reply(200).with("content-type", media_type::MANIFEST).with("docker-content-digest", "sha256:x").body(BODY)
        }),
        ("no type", || reply(200).with("docker-content-digest", Digest::of(BODY.as_bytes())).body(BODY)),
        ("plain type", || manifest_reply_of("application/json")),
        ("400", || reply(400)),
        ("405", || reply(405)),
        ("500", || reply(500)),
    ];
    for (name, head) in heads {
        let server = Server::start(move |seen| if seen.method == "HEAD" { head() } else { manifest_reply() }).await;
        let found = open(&server, Access::Pull).resolve(&version("v1")).await.unwrap();
        assert_eq!(found, Descriptor::of(media_type::MANIFEST, BODY.as_bytes()), "{name}");
        assert_eq!(server.lines().len(), 2, "{name}");
    }
}

fn manifest_reply_of(media_type: &str) -> Reply {
    reply(200).with("content-type", media_type).with("docker-content-digest", Digest::of(BODY.as_bytes())).body(BODY)
}

#[tokio::test]
async fn what_is_not_there_is_said_precisely() {
    let digest = Digest::of(b"x");
    let (tag, by_digest) = (version("v1"), Version::Digest(digest.clone()));
    for (version, code, part) in [
        (&tag, "MANIFEST_UNKNOWN", "tag v1 does not exist in 127.0.0.1".to_owned()),
        (&tag, "NAME_UNKNOWN", "repository 127.0.0.1".to_owned()),
        (&by_digest, "MANIFEST_UNKNOWN", format!("manifest {digest} does not exist in")),
    ] {
        let server = Server::start(move |_| reply(404).error(code, "x")).await;
        let error = open(&server, Access::Pull).manifest(version).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound(_)) && error.to_string().starts_with(&part), "{error}");
        assert_eq!(error.fault().answer(), Some(&Answer { status: 404, code: Some(code.to_owned()) }));
    }
    let server = Server::start(|_| reply(404).error("BLOB_UNKNOWN", "x")).await;
    let error = read(&open(&server, Access::Pull), &Descriptor::of("t", b"x")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)) && error.to_string().starts_with("blob sha256:"), "{error}");
}

#[tokio::test]
async fn a_missing_tag_costs_one_request_and_no_look_at_credentials() {
    let server = Server::start(|_| reply(404)).await;
    let keys = keychain(Some(password()));
    let client = Client::new(options(), Arc::clone(&keys) as Arc<dyn Keychain>, Arc::new(Unobserved));
    let store = client.repository(repository(&format!("{}/org/app", server.host())), Access::Push);
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    assert_eq!(server.lines().len(), 1);
    assert_eq!(keys.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_manifest_with_another_digest_is_refused() {
    let wrong = Digest::of(b"wrong");
    let named = wrong.clone();
    let server =
        Server::start(move |_| manifest_reply_of(media_type::MANIFEST).with("x", "y").body("{}").with("etag", &named))
            .await;
    let store = open(&server, Access::Pull);
    for version in [version("v1"), Version::Digest(wrong.clone())] {
        assert!(matches!(store.manifest(&version).await, Err(StoreError::Integrity(_))), "{version}");
    }
    let by_digest = Version::Digest(wrong);
    assert!(matches!(store.resolve(&by_digest).await, Err(StoreError::Integrity(_))));
}

#[tokio::test]
async fn answers_that_no_registry_gives_are_told_apart() {
    let table: [Failing; 6] = [
        (
            "login page",
            || reply(200).with("content-type", "text/html").body("<html>Sign in"),
            |e| matches!(e, StoreError::Unavailable(_)),
            "did not answer as a registry does",
        ),
        (
            "compressed",
            || manifest_reply().with("content-encoding", "gzip"),
            |e| matches!(e, StoreError::Unavailable(_)),
            "encoding 'gzip'",
        ),
        (
            "huge",
            || reply(200).body(vec![b' '; crate::store::MAX_MANIFEST + 1]),
            |e| matches!(e, StoreError::Unreadable(_)),
            "more than the 8388608 bytes",
        ),
        (
            "rate limit",
            || reply(429).error("TOOMANYREQUESTS", "slow down"),
            |e| matches!(e, StoreError::Unavailable(_)),
            "no more requests",
        ),
        ("failing", || reply(503), |e| matches!(e, StoreError::Unavailable(_)), "failed at tag v1"),
        ("redirect to nowhere", || reply(302), |e| matches!(e, StoreError::Unavailable(_)), "no registry gives"),
    ];
    for (name, answer, is_kind, part) in table {
        let server = Server::start(move |_| answer()).await;
        let error = open(&server, Access::Pull).manifest(&version("v1")).await.unwrap_err();
        assert!(is_kind(&error) && error.to_string().contains(part), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn an_identity_encoding_is_none() {
    let server = Server::start(|_| manifest_reply().with("content-encoding", "identity")).await;
    open(&server, Access::Pull).manifest(&version("v1")).await.unwrap();
}

#[tokio::test]
async fn a_blob_is_streamed_and_checked() {
    let bytes = vec![7; 300_000];
    let blob = Descriptor::of("t", &bytes);
    let content = bytes.clone();
    let server = Server::start(move |_| reply(200).body(content.clone())).await;
    assert_eq!(read(&open(&server, Access::Pull), &blob).await.unwrap(), bytes);
    assert_eq!(server.seen()[0].header("accept"), Some("*/*"));

    let same_length = Server::start(|_| reply(200).body(vec![8; 300_000])).await;
    let longer = Server::start(|_| reply(200).body(vec![7; 300_001])).await;
    for server in [same_length, longer] {
        let error = read(&open(&server, Access::Pull), &blob).await.unwrap_err();
        assert!(matches!(error, StoreError::Integrity(_)), "{error:?}");
    }
    let page = Server::start(|_| reply(200).with("content-type", "text/html").body("<html>")).await;
    let zipped = Server::start(|_| reply(200).with("content-encoding", "gzip").body(vec![7; 300_000])).await;
    let error = read(&open(&zipped, Access::Pull), &blob).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("'gzip'"), "{error:?}");
    let error = read(&open(&page, Access::Pull), &blob).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn content_in_the_descriptor_is_not_asked_for() {
    let server = Server::start(|_| reply(500)).await;
    let mut blob = Descriptor::of("t", b"{}");
    blob.data = Some("e30=".to_owned());
    assert_eq!(read(&open(&server, Access::Pull), &blob).await.unwrap(), b"{}");
    for wrong in ["W10=", "e30K", "e", ""] {
        blob.data = Some(wrong.to_owned());
        let error = read(&open(&server, Access::Pull), &blob).await.unwrap_err();
        assert!(matches!(error, StoreError::Integrity(_)), "{wrong}: {error:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_body_that_is_cut_is_the_lines_fault() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await.unwrap();
    });
    let client = Client::new(options(), keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("127.0.0.1:{port}/org/app")), Access::Pull);
    let error = read(&store, &Descriptor::of("t", b"0123456789")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    task.await.unwrap();
}

#[tokio::test]
async fn a_body_without_a_length_that_ends_early_broke_off() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let rest = "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 4-9/10\r\ncontent-length: 6\r\n\r\n456789";
        let mut asked = Vec::new();
        for answer in ["HTTP/1.0 200 OK\r\n\r\n0123", rest] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            let length = stream.read(&mut head).await.unwrap();
            asked.push(String::from_utf8_lossy(&head[..length]).to_lowercase());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    let client = Client::new(options(), keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("127.0.0.1:{port}/org/app")), Access::Pull);
    assert_eq!(read(&store, &Descriptor::of("t", b"0123456789")).await.unwrap(), b"0123456789");
    let asked = task.await.unwrap();
    assert!(!asked[0].contains("range:") && asked[1].contains("range: bytes=4-\r\n"), "{asked:?}");
}

#[tokio::test]
async fn a_blob_is_there_only_when_that_is_certain() {
    let blob = Descriptor::of("t", b"12345");
    let table: [Deciding; 8] = [
        ("there", || reply(200).body("12345"), true),
        ("no length", || reply(200).with("transfer-encoding", "chunked"), true),
        ("other size", || reply(200).body("1234"), false),
        ("404", || reply(404), false),
        ("403", || reply(403), false),
        ("405", || reply(405), false),
        ("500", || reply(500), false),
        ("signed for GET only", || reply(307).with("location", "http://127.0.0.1:1/gone"), false),
    ];
    for (name, answer, there) in table {
        let server = Server::start(move |_| answer()).await;
        assert_eq!(open(&server, Access::Push).has_blob(&blob).await.unwrap(), there, "{name}");
    }
    let gone = Client::new(options(), keychain(None), Arc::new(Unobserved))
        .repository(repository("127.0.0.1:1/org/app"), Access::Push);
    assert!(matches!(gone.has_blob(&blob).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "HEAD" => reply(404),
        _ => reply(404).error("MANIFEST_UNKNOWN", &"x".repeat(20_000)),
    })
    .await;
    let store = open(&server, Access::Pull);
    for _ in 0..5 {
        let _ = store.resolve(&version("a")).await;
        let _ = store.manifest(&version("b")).await;
    }
    assert!(server.seen().iter().all(|seen| seen.connection == 0));
}

#[tokio::test]
async fn silence_ends_with_an_error_and_a_slow_answer_does_not() {
    let server = Server::start(|_| hang()).await;
    let quick = ClientOptions { idle_timeout: Duration::from_millis(200), ..options() };
    let client = Client::new(quick, keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("{}/org/app", server.host())), Access::Pull);
    let error = store.resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("no byte"), "{error:?}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await.unwrap();
        for digit in 0..10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stream.write_all(digit.to_string().as_bytes()).await.unwrap();
        }
    });
    let store = client.repository(repository(&format!("127.0.0.1:{port}/org/app")), Access::Pull);
    assert_eq!(read(&store, &Descriptor::of("t", b"0123456789")).await.unwrap(), b"0123456789");
    task.await.unwrap();
}
