//! Writing: how many requests, which ones, and what ends up at the registry.

use futures_util::StreamExt as _;
use futures_util::stream;
use std::io;

use super::*;
use crate::oci::{Manifest, media_type};
use crate::store::BytesSource;
use crate::store::blob::SourceStream;

mod manifests;
mod slow;

/// Content that is not known before all of it was read, and that can lie about itself.
pub(super) struct Source {
    chunks: Vec<Bytes>,
    claims: Descriptor,
    known: bool,
    /// What to wait for before each chunk.
    pause: Duration,
}

impl Source {
    pub(super) fn growing(chunks: &[&'static [u8]]) -> Self {
        let chunks: Vec<Bytes> = chunks.iter().copied().map(Bytes::from_static).collect();
        let claims = Descriptor::of("t", &chunks.concat());
        Self { chunks, claims, known: false, pause: Duration::ZERO }
    }

    pub(super) fn known(chunks: Vec<Bytes>) -> Self {
        let claims = Descriptor::of("t", &chunks.concat());
        Self { chunks, claims, known: true, pause: Duration::ZERO }
    }
}

#[async_trait]
impl BlobSource for Source {
    fn known(&self) -> Option<Descriptor> {
        self.known.then(|| self.claims.clone())
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        Ok(self.claims.clone())
    }

    fn open(&self) -> SourceStream {
        let pause = self.pause;
        let chunks = stream::iter(self.chunks.clone());
        chunks
            .then(move |chunk| async move {
                tokio::time::sleep(pause).await;
                Ok(chunk)
            })
            .boxed()
    }
}

fn large() -> Vec<Bytes> {
    (0..8u8).map(|at| Bytes::from(vec![at; 50_000])).collect()
}

async fn memory(sessions_only: bool) -> (Arc<Memory>, Server) {
    let memory = Arc::new(Memory { sessions_only, ..Memory::default() });
    let answering = Arc::clone(&memory);
    (memory, Server::start(move |seen| answering.answer(seen)).await)
}

fn manifest_of(config: &BytesSource, layer: &BytesSource) -> RawManifest {
    let layers = vec![layer.descriptor().clone()];
    RawManifest::from_manifest(&Manifest::new(config.descriptor().clone(), layers, std::collections::BTreeMap::new()))
}

#[tokio::test]
async fn a_cold_push_takes_six_requests() {
    let (memory, server) = memory(false).await;
    let store = open(&server, Access::Push);
    let (config, layer) = (BytesSource::new("c", "{}"), BytesSource::new("l", "layer"));
    let manifest = manifest_of(&config, &layer);

    let v1 = version("v1");
    let (tag, has_config, has_layer) =
        tokio::join!(store.resolve(&v1), store.has_blob(config.descriptor()), store.has_blob(layer.descriptor()));
    assert!(matches!(tag.unwrap_err(), StoreError::NotFound(_)));
    assert!(!has_config.unwrap() && !has_layer.unwrap());
    let (first, second) = tokio::join!(store.write_blob(&config), store.write_blob(&layer));
    first.unwrap();
    second.unwrap();
    let taken = store.write_manifest(&manifest, Some(&super::tag("v1"))).await.unwrap();

    assert_eq!(taken, SubjectTaken::None);
    assert_eq!(memory.get("/v2/org/app/manifests/v1").unwrap(), manifest.bytes().as_ref());
    let mut lines = server.lines();
    lines[..3].sort();
    lines[3..5].sort();
    let (c, l) = (&config.descriptor().digest, &layer.descriptor().digest);
    let mut expected = vec![
        format!("HEAD /v2/org/app/blobs/{c}"),
        format!("HEAD /v2/org/app/blobs/{l}"),
        "HEAD /v2/org/app/manifests/v1".to_owned(),
        format!("POST /v2/org/app/blobs/uploads/?digest={c}"),
        format!("POST /v2/org/app/blobs/uploads/?digest={l}"),
        "PUT /v2/org/app/manifests/v1".to_owned(),
    ];
    expected[..3].sort();
    expected[3..5].sort();
    assert_eq!(lines, expected);
    let put = server.seen().pop().unwrap();
    assert_eq!(put.header("content-type"), Some(media_type::MANIFEST));
    assert_eq!(store.resolve(&v1).await.unwrap(), manifest.descriptor());
}

#[tokio::test]
async fn a_registry_without_single_requests_is_asked_once() {
    let (memory, server) = memory(true).await;
    let store = open(&server, Access::Push);
    for text in ["one", "two"] {
        store.write_blob(&BytesSource::new("t", text)).await.unwrap();
        let digest = Digest::of(text.as_bytes());
        assert_eq!(memory.get(&format!("/v2/org/app/blobs/{digest}")).unwrap(), text.as_bytes());
    }
    let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
    assert_eq!(
        server.lines(),
        [
            format!("POST /v2/org/app/blobs/uploads/?digest={one}"),
            format!("PUT /v2/org/app/blobs/uploads/1?_state=a%2Fb&digest={one}"),
            "POST /v2/org/app/blobs/uploads/".to_owned(),
            format!("PUT /v2/org/app/blobs/uploads/1?_state=a%2Fb&digest={two}"),
        ]
    );
}

#[tokio::test]
async fn a_registry_that_refuses_single_requests_gets_a_session() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "POST" if seen.query("digest").is_some() => reply(405).error("UNSUPPORTED", "no"),
        "POST" => reply(202).with("location", "1"),
        _ => reply(201),
    })
    .await;
    let store = open(&server, Access::Push);
    store.write_blob(&BytesSource::new("t", "one")).await.unwrap();
    assert_eq!(server.lines().len(), 3);
    assert!(server.seen()[2].is("PUT", "/v2/org/app/blobs/uploads/1"));
}

#[tokio::test]
async fn an_empty_blob_is_a_blob() {
    for sessions_only in [false, true] {
        let (memory, server) = memory(sessions_only).await;
        open(&server, Access::Push).write_blob(&BytesSource::new("t", "")).await.unwrap();
        assert!(memory.get(&format!("/v2/org/app/blobs/{}", Digest::of(b""))).is_some());
        assert!(server.seen().iter().all(|seen| seen.header("content-length") == Some("0")), "{:?}", server.seen());
    }
}

#[tokio::test]
async fn a_large_blob_goes_in_one_piece_with_its_length() {
    let (memory, server) = memory(false).await;
    let source = Source::known(large());
    open(&server, Access::Push).write_blob(&source).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].line(), "POST /v2/org/app/blobs/uploads/");
    assert_eq!(seen[0].header("content-length"), Some("0"));
    assert_eq!(seen[1].header("content-length"), Some("400000"));
    assert_eq!(seen[1].header("content-type"), Some("application/octet-stream"));
    assert_eq!(seen[1].header("transfer-encoding"), None);
    assert_eq!(seen.len(), 2);
    assert_eq!(memory.get(&format!("/v2/org/app/blobs/{}", source.claims.digest)).unwrap().len(), 400_000);
}

#[tokio::test]
async fn growing_content_is_sent_while_it_grows() {
    let (memory, server) = memory(false).await;
    let source = Source::growing(&[b"one ", b"two ", b"three"]);
    open(&server, Access::Push).write_blob(&source).await.unwrap();
    let digest = &source.claims.digest;
    assert_eq!(
        server.lines(),
        [
            "POST /v2/org/app/blobs/uploads/".to_owned(),
            "PATCH /v2/org/app/blobs/uploads/1?_state=a%2Fb".to_owned(),
            // The newest location, its state byte for byte.
            format!("PUT /v2/org/app/blobs/uploads/1?_state=c%3D&digest={digest}"),
        ]
    );
    let patch = &server.seen()[1];
    assert_eq!((patch.header("transfer-encoding"), patch.header("content-range")), (Some("chunked"), None));
    assert_eq!(memory.get(&format!("/v2/org/app/blobs/{digest}")).unwrap(), b"one two three");
}

#[tokio::test]
async fn content_that_grows_slower_than_the_idle_limit_is_no_silence() {
    let (_, server) = memory(false).await;
    let mut options = options();
    options.idle_timeout = Duration::from_millis(200);
    let client = Client::new(options, keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("{}/org/app", server.host())), Access::Push);
    let source = Source { pause: Duration::from_millis(400), ..Source::growing(&[b"slow", b"er"]) };
    store.write_blob(&source).await.unwrap();
}

#[tokio::test]
async fn content_that_changes_meanwhile_is_never_pushed() {
    let mut known = Source::known(large());
    known.chunks[7] = Bytes::from(vec![9; 50_000]);
    let mut shorter = Source::known(large());
    shorter.chunks.pop();
    let mut growing = Source::growing(&[b"one"]);
    growing.claims = Descriptor::of("t", b"two");
    let mut small = Source::known(vec![Bytes::from_static(b"small")]);
    small.claims = Descriptor::of("t", b"other");
    for (name, source) in [("known", known), ("shorter", shorter), ("growing", growing), ("small", small)] {
        let (memory, server) = memory(false).await;
        let error = open(&server, Access::Push).write_blob(&source).await.unwrap_err();
        assert!(matches!(error, StoreError::Local(_)), "{name}: {error:?}");
        assert_eq!(error.to_string(), "content changed while it was pushed", "{name}");
        assert!(memory.get(&format!("/v2/org/app/blobs/{}", source.claims.digest)).is_none(), "{name}");
        if name != "small" {
            let last = server.lines().pop().unwrap();
            assert!(last.starts_with("DELETE /v2/org/app/blobs/uploads/1"), "{name}: {last}");
        }
    }
}

#[tokio::test]
async fn content_in_pieces_that_changes_meanwhile_is_never_pushed() {
    let blocks = || (0..12u8).map(|at| Bytes::from(vec![at; 256 << 10])).collect();
    let (mut changed, mut shorter, mut longer) =
        (Source::known(blocks()), Source::known(blocks()), Source::known(blocks()));
    changed.chunks[3] = Bytes::from(vec![99; 256 << 10]);
    shorter.chunks.pop();
    longer.chunks.push(Bytes::from_static(b"more"));
    for (name, source) in [("changed", changed), ("shorter", shorter), ("longer", longer)] {
        let server = Server::start(|seen| match seen.method.as_str() {
            "POST" => reply(202).with("location", "/v2/org/app/blobs/uploads/1"),
            "PUT" if !seen.body.is_empty() => reply(413),
            "PATCH" => reply(202),
            _ => reply(201),
        })
        .await;
        let error = open(&server, Access::Push).write_blob(&source).await.unwrap_err();
        assert!(matches!(error, StoreError::Local(_)), "{name}: {error:?}");
        assert_eq!(error.to_string(), "content changed while it was pushed", "{name}");
        let lines = server.lines();
        assert!(lines.last().unwrap().starts_with("DELETE "), "{name}: {lines:?}");
        let closed = server.seen().iter().any(|seen| seen.method == "PUT" && seen.body.is_empty());
        assert!(!closed, "{name}: {lines:?}");
    }
}

#[tokio::test]
async fn an_upload_that_is_dropped_is_called_off() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "POST" => reply(202).with("location", "/u/1?s=1"),
        "PUT" => hang(),
        _ => reply(204),
    })
    .await;
    let client = Client::new(options(), keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("{}/org/app", server.host())), Access::Push);
    let source = Source::known(large());
    let interrupted = tokio::time::timeout(Duration::from_millis(300), store.write_blob(&source)).await;
    assert!(interrupted.is_err());
    client.settle().await;
    assert_eq!(server.lines().pop().unwrap(), "DELETE /u/1?s=1");
}

#[tokio::test]
async fn calling_off_takes_no_more_than_two_seconds() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "POST" => reply(202).with("location", "/u/1"),
        "PUT" => reply(501),
        _ => hang(),
    })
    .await;
    let begin = std::time::Instant::now();
    let error = open(&server, Access::Push).write_blob(&Source::known(large())).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)));
    assert!((1900..3500).contains(&begin.elapsed().as_millis()), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn an_upload_fails_with_what_it_means() {
    type Table = Vec<(&'static str, fn() -> Reply, fn() -> Reply, fn(&StoreError) -> bool, &'static str)>;
    let started = || reply(202).with("location", "/u/1");
    let table: Table = vec![
        (
            "no location",
            || reply(202),
            || reply(201),
            |e| matches!(e, StoreError::Unavailable(_)),
            "without saying where",
        ),
        (
            "evil location",
            || reply(202).with("location", "http://evil.io/u"),
            || reply(201),
            |e| matches!(e, StoreError::Unavailable(_)),
            "where it is not sent",
        ),
        (
            "no repository",
            || reply(404).error("NAME_UNKNOWN", "x"),
            || reply(201),
            |e| matches!(e, StoreError::NotFound(_)),
            "does not exist",
        ),
        (
            "forbidden",
            || reply(403).error("DENIED", "x"),
            || reply(201),
            |e| matches!(e, StoreError::Denied(_)),
            "may not be written",
        ),
        ("not finished", started, || reply(202), |e| matches!(e, StoreError::Unavailable(_)), "complete is not"),
        (
            "another digest",
            started,
            || reply(201).with("docker-content-digest", Digest::of(b"x")),
            |e| matches!(e, StoreError::Integrity(_)),
            "took blob",
        ),
        (
            "digest refused",
            started,
            || reply(400).error("DIGEST_INVALID", "x"),
            |e| matches!(e, StoreError::Integrity(_)),
            "another digest",
        ),
        (
            "session lost",
            started,
            || reply(404).error("BLOB_UPLOAD_UNKNOWN", "x"),
            |e| matches!(e, StoreError::Unavailable(_)),
            "lost the upload",
        ),
        (
            "too large",
            started,
            || reply(413).body("<html>nginx</html>"),
            |e| matches!(e, StoreError::Refused(_)),
            "of 400000 bytes is too large",
        ),
        (
            "not implemented",
            started,
            || reply(501),
            |e| matches!(e, StoreError::Unavailable(_)),
            "failed at blob sha256:",
        ),
        (
            "limited",
            started,
            || reply(429).with("retry-after", "3600"),
            |e| matches!(e, StoreError::Unavailable(_)),
            "asks to come back in 3600s, at 2",
        ),
    ];
    for (name, start, finish, is_kind, part) in table {
        let server = Server::start(move |seen| match seen.method.as_str() {
            "POST" => start(),
            "PUT" => finish(),
            _ => reply(204),
        })
        .await;
        let error = open(&server, Access::Push).write_blob(&Source::known(large())).await.unwrap_err();
        assert!(is_kind(&error), "{name}: {error:?}");
        assert!(error.to_string().contains(part), "{name}: {error}");
    }
}
