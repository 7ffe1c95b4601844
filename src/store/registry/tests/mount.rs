//! Blobs of another repository: mounted where the registry does that, fetched and sent where it does not.

use super::*;
use crate::store::{Sent, StoredBlob};

const BASE: &str = "org/base";

/// A registry with `org/base` and `org/app`, and a client that moves one blob at a time: reading what is being written
/// must not wait for the writing.
struct World {
    memory: Arc<Memory>,
    server: Server,
    client: Arc<Client>,
}

impl World {
    /// One that answers `on_mount` to every mount.
    async fn new(on_mount: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::guarded(None, move |seen| seen.query("mount").map(|_| on_mount(seen))).await
    }

    /// One where `guard` answers first.
    async fn guarded(
        credential: Option<Credential>,
        guard: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let memory = Arc::new(Memory::default());
        let answering = Arc::clone(&memory);
        let server = Server::start(move |seen| guard(seen).unwrap_or_else(|| answering.answer(seen))).await;
        let client =
            Client::new(ClientOptions { concurrency: 1, ..options() }, keychain(credential), Arc::new(Unobserved));
        Self { memory, server, client }
    }

    fn repository(&self, name: &str) -> Repository {
        repository(&format!("{}/{name}", self.server.host()))
    }

    fn app(&self) -> RegistryStore {
        self.client.repository(self.repository("org/app"), Access::Push)
    }

    /// `bytes` as a blob that `org/base` has.
    fn base_blob(&self, bytes: &[u8]) -> StoredBlob {
        let blob = Descriptor::of("t", bytes);
        self.memory.put(&format!("/v2/{BASE}/blobs/{}", blob.digest), "application/octet-stream", bytes);
        self.blob_of(BASE, blob)
    }

    fn blob_of(&self, name: &str, blob: Descriptor) -> StoredBlob {
        StoredBlob::new(Arc::new(self.client.repository(self.repository(name), Access::Pull)), blob)
    }

    fn has(&self, source: &StoredBlob) -> bool {
        self.memory.get(&format!("/v2/org/app/blobs/{}", source.known().unwrap().digest)).is_some()
    }

    fn count(&self, part: &str) -> usize {
        self.server.lines().iter().filter(|line| line.contains(part)).count()
    }

    fn bytes_sent(&self) -> usize {
        self.server.seen().iter().map(|seen| seen.body.len()).sum()
    }

    /// What the token service was asked for, one line a time.
    fn scopes(&self) -> Vec<String> {
        let asked = self.server.seen().into_iter().filter(|seen| seen.target.starts_with("/token"));
        let scopes = |seen: Seen| {
            let text = if seen.body.is_empty() { seen.target } else { String::from_utf8(seen.body.to_vec()).unwrap() };
            text.split(['?', '&']).filter(|pair| pair.starts_with("scope=")).collect::<Vec<_>>().join("&")
        };
        asked.map(scopes).collect()
    }
}

fn granted(seen: &Seen) -> Reply {
    reply(201).with("docker-content-digest", seen.query("mount").unwrap())
}

/// Small enough for a single request, and not.
fn sizes() -> [Vec<u8>; 2] {
    [b"small".to_vec(), vec![7; 100_000]]
}

#[tokio::test]
async fn a_blob_of_the_same_registry_is_mounted_in_one_request() {
    for bytes in sizes() {
        let world = World::new(granted).await;
        let blob = world.base_blob(&bytes);
        world.app().write_blob(&blob).await.unwrap();
        let digest = blob.known().unwrap().digest;
        let mount = format!("POST /v2/org/app/blobs/uploads/?mount={digest}&from=org/base");
        assert_eq!(world.server.lines(), [mount]);
        assert_eq!(world.bytes_sent(), 0);
    }
}

#[tokio::test]
async fn a_session_instead_of_a_mount_is_gone_on_with() {
    for bytes in sizes() {
        let world = World::new(|_| reply(202).with("location", "/v2/org/app/blobs/uploads/1?s=1")).await;
        let (first, second) = (world.base_blob(&bytes), world.base_blob(b"another"));
        let app = world.app();
        app.write_blob(&first).await.unwrap();
        assert!(world.has(&first));
        assert_eq!((world.count("POST "), world.count("GET "), world.count("PUT ")), (1, 1, 1));
        // It may have lacked that one blob.
        app.write_blob(&second).await.unwrap();
        assert_eq!(world.count("mount="), 2);
    }
}

#[tokio::test]
async fn a_registry_that_refuses_to_mount_gets_the_bytes_and_is_not_asked_again() {
    for status in [400, 401, 403, 404, 405, 501] {
        for bytes in sizes() {
            let world = World::new(move |_| reply(status).error("UNSUPPORTED", "no")).await;
            let (first, second) = (world.base_blob(&bytes), world.base_blob(b"another"));
            let app = world.app();
            app.write_blob(&first).await.unwrap();
            app.write_blob(&second).await.unwrap();
            assert!(world.has(&first) && world.has(&second), "{status}");
            assert_eq!(world.count("mount="), 1, "{status}: {:?}", world.server.lines());
            // Another store of the process knows it too; another source may do better.
            world.app().write_blob(&first).await.unwrap();
            assert_eq!(world.count("mount="), 1, "{status}");
            world.memory.put(&format!("/v2/org/other/blobs/{}", Digest::of(&bytes)), "", &bytes);
            app.write_blob(&world.blob_of("org/other", Descriptor::of("t", &bytes))).await.unwrap();
            assert_eq!(world.count("from=org/other"), 1, "{status}");
        }
    }
}

#[tokio::test]
async fn a_registry_that_fails_or_lies_is_no_refusal() {
    let table: [Failing; 3] = [
        ("failing", || reply(500), |error| matches!(error, StoreError::Unavailable(_)), "failed at blob"),
        ("limiting", || reply(429), |error| matches!(error, StoreError::Unavailable(_)), "no more requests"),
        (
            "lying",
            || reply(201).with("docker-content-digest", Digest::of(b"x")),
            |error| matches!(error, StoreError::Integrity(_)),
            "took blob",
        ),
    ];
    for (name, answer, is_kind, part) in table {
        let world = World::new(move |_| answer()).await;
        let error = world.app().write_blob(&world.base_blob(b"small")).await.unwrap_err();
        assert!(is_kind(&error) && error.to_string().contains(part), "{name}: {error:?}");
        // What fails in passing is asked again, and nothing else is tried instead.
        let mount = world.count("mount=");
        assert_eq!((world.server.lines().len(), mount), if name == "lying" { (1, 1) } else { (5, 5) }, "{name}");
    }
}

#[tokio::test]
async fn nothing_is_mounted_from_another_registry() {
    let (here, there) = (World::new(granted).await, World::new(granted).await);
    let blob = there.base_blob(b"small");
    let app = here.app().mounting_from(&there.repository(BASE));
    app.write_blob(&blob).await.unwrap();
    assert!(here.has(&blob));
    assert_eq!((here.count("mount="), there.count("mount=")), (0, 0));
}

#[tokio::test]
async fn a_blob_of_the_repository_itself_stays_where_it_is() {
    let world = World::new(granted).await;
    let here = Descriptor::of("t", b"here");
    world.memory.put(&format!("/v2/org/app/blobs/{}", here.digest), "", b"here");
    world.app().write_blob(&world.blob_of("org/app", here)).await.unwrap();
    assert_eq!((world.server.lines().len(), world.count("HEAD ")), (1, 1));
    let lost = world.blob_of("org/app", Descriptor::of("t", b"lost"));
    let error = world.app().write_blob(&lost).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
    assert_eq!(world.count("mount="), 0);
}

#[tokio::test]
async fn a_blob_that_has_to_be_sent_is_not_mounted() {
    let world = World::new(granted).await;
    let blob = world.base_blob(b"small");
    world.app().write_blob(&Sent(&blob)).await.unwrap();
    assert!(world.has(&blob));
    assert_eq!(world.count("mount="), 0);
}

#[tokio::test]
async fn what_is_wrong_with_the_other_store_is_what_is_told() {
    type Table = [(&'static str, fn() -> Reply, fn(&StoreError) -> bool, &'static str); 4];
    let table: Table = [
        ("gone", || reply(404), |error| matches!(error, StoreError::NotFound(_)), "does not exist in"),
        ("closed", || reply(403), |error| matches!(error, StoreError::Denied(_)), "may not be read"),
        ("failing", || reply(503), |error| matches!(error, StoreError::Unavailable(_)), "failed at blob"),
        ("corrupt", || reply(200), |error| matches!(error, StoreError::Integrity(_)), "came with digest"),
    ];
    for (name, answer, is_kind, part) in table {
        for bytes in sizes() {
            let wrong = vec![b'x'; bytes.len()];
            let world = World::guarded(None, move |seen| match seen.method.as_str() {
                "GET" => Some(answer().body(wrong.clone())),
                "POST" => seen.query("mount").map(|_| reply(405)),
                _ => None,
            })
            .await;
            let blob = world.base_blob(&bytes);
            let error = world.app().write_blob(&blob).await.unwrap_err();
            assert!(is_kind(&error) && error.to_string().contains(part), "{name}: {error:?}");
            assert!(!world.has(&blob), "{name}");
            // What was begun is called off.
            assert_eq!(world.count("DELETE "), usize::from(bytes.len() > 65_536), "{name}");
        }
    }
}

/// A registry that mounts only with a token for both repositories, and its token service, which may give none for both.
fn guard(gives_both: bool) -> impl Fn(&Seen) -> Option<Reply> + Send + Sync {
    move |seen| {
        if seen.target.starts_with("/token") {
            let asked = format!("{} {}", seen.target, String::from_utf8_lossy(&seen.body));
            let both = asked.contains("org/app:") && asked.contains("org/base:pull");
            let token = if both { "both" } else { "one" };
            let given = reply(200).body(format!(r#"{{"token":"{token}"}}"#));
            return Some(if gives_both || !both { given } else { reply(403).error("DENIED", "not for you") });
        }
        let mounts = seen.query("mount").is_some();
        match seen.header("authorization") {
            Some("Bearer both") if mounts => Some(granted(seen)),
            Some("Bearer both" | "Bearer one") if !mounts => None,
            _ => {
                let host = seen.header("host").unwrap();
                Some(reply(401).with("www-authenticate", format!(r#"Bearer realm="http://{host}/token",service="s""#)))
            }
        }
    }
}

const OWN: &str = "scope=repository:org/app:pull,push";

#[tokio::test]
async fn one_token_is_for_both_repositories() {
    let both = format!("{OWN}&scope=repository:org/base:pull");
    // A form has one value for all of them.
    let joined = format!("{OWN}%20repository:org/base:pull");
    for (credential, scopes) in [(password(), both), (Credential::IdentityToken("r1".into()), joined)] {
        let world = World::guarded(Some(credential), guard(true)).await;
        let blobs = [world.base_blob(b"one"), world.base_blob(b"two")];
        let app = world.app().mounting_from(&world.repository(BASE));
        assert!(!app.has_blob(&Descriptor::of("t", b"one")).await.unwrap());
        // From here on each request carries the right token.
        for blob in &blobs {
            app.write_blob(blob).await.unwrap();
        }
        assert_eq!(world.scopes(), [scopes]);
        assert_eq!((world.count("mount="), world.count("/blobs/sha256")), (2, 2));
    }
}

#[tokio::test]
async fn a_token_for_both_that_is_refused_ends_the_mounting_and_not_the_push() {
    let (own, reading) = (OWN.to_owned(), "scope=repository:org/base:pull".to_owned());
    let both = format!("{OWN}&{reading}");
    for looks_first in [true, false] {
        let world = World::guarded(Some(password()), guard(false)).await;
        let blobs = [world.base_blob(b"one"), world.base_blob(b"two")];
        let app = world.app().mounting_from(&world.repository(BASE));
        if looks_first {
            assert!(!app.has_blob(&Descriptor::of("t", b"one")).await.unwrap());
        }
        for blob in &blobs {
            app.write_blob(blob).await.unwrap();
            assert!(world.has(blob));
        }
        // An attempt that was the very first request had no token yet; after that nobody tries.
        let (asked, attempts) = if looks_first { ([&both, &own, &reading], 0) } else { ([&both, &reading, &own], 1) };
        assert_eq!((world.scopes(), world.count("mount=")), (asked.map(String::clone).to_vec(), attempts));
    }
}

#[tokio::test]
async fn a_store_that_was_not_told_asks_when_it_mounts() {
    let world = World::guarded(Some(password()), guard(true)).await;
    let blob = world.base_blob(b"one");
    let app = world.app();
    assert!(!app.has_blob(&blob.known().unwrap()).await.unwrap());
    app.write_blob(&blob).await.unwrap();
    assert_eq!(world.scopes(), [OWN.to_owned(), format!("{OWN}&scope=repository:org/base:pull")]);
    assert_eq!((world.count("mount="), world.bytes_sent()), (1, 0));
}

#[test]
fn a_registry_has_one_name_however_it_is_typed() {
    let scopes = Scopes::repository("org/app", true);
    for (target, origin, mounts) in [
        ("docker.io/org/app", "registry-1.docker.io/org/base", true),
        ("ghcr.io/org/app", "GHCR.io:443/org/base", true),
        ("ghcr.io/org/app", "ghcr.io/org/app", false),
        ("localhost:5000/org/app", "localhost:5001/org/base", false),
    ] {
        assert_eq!(
            Origin::of(&repository(origin), &repository(target), &scopes).is_some(),
            mounts,
            "{target} {origin}"
        );
    }
}
