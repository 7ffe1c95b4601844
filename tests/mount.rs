//! Blobs that move between repositories: without their bytes inside a registry, and with the right error between any two
//! places.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bobctl::credentials::{Credential, Found, Keychain, Lookup};
use bobctl::oci::reference::Host;
use bobctl::oci::{Descriptor, Location, Repository};
use bobctl::store::blob::SourceStream;
use bobctl::store::layout::Layout;
use bobctl::store::registry::{Access, Client, ClientOptions, RegistryStore, Unobserved};
use bobctl::store::{BlobSource, BytesSource, Sent, Store, StoreError, StoredBlob};
use bytes::Bytes;

use crate::support::fault::{Auth, FaultRegistry, Feature, POST, on};
use crate::support::real::{
    DockerRegistry, DockerRegistryOptions, Olareg, OlaregAuth, OlaregOptions, TokenAccount, TokenServer,
};
use crate::support::story::noise;

const PASSWORD: &str = "s3cret";

/// Alice's, when there is one; who asks for no password gets none.
struct Alice;

#[async_trait]
impl Keychain for Alice {
    async fn find(&self, _host: &Host, _repository: Option<&str>) -> Arc<Lookup> {
        let credential = Credential::Basic { username: "alice".to_owned(), password: PASSWORD.into() };
        let found = Found { credential, origin: "the test".to_owned() };
        Arc::new(Lookup { found: Some(found), ..Lookup::default() })
    }
}

fn repository(host: &str, name: &str) -> Repository {
    let Ok(Location::Registry(repository)) = format!("oci://{host}/{name}").parse() else { panic!("a repository") };
    repository
}

/// `org/base`, which is read, and `org/app`, which is written.
struct Sides {
    base: Arc<RegistryStore>,
    app: RegistryStore,
}

fn sides(host: &str) -> Sides {
    let options = ClientOptions { plain_http: true, concurrency: 1, ..ClientOptions::default() };
    let client = Client::new(options, Arc::new(Alice), Arc::new(Unobserved));
    let (base, app) = (repository(host, "org/base"), repository(host, "org/app"));
    let app = client.repository(app, Access::Push).mounting_from(&base);
    Sides { base: Arc::new(client.repository(base, Access::Pull)), app }
}

/// A blob that goes in a single request, and one that does not.
fn contents() -> [Vec<u8>; 2] {
    [b"small".to_vec(), noise(300_000)]
}

/// The registries that this machine has: open, with a password, with tokens.
#[track_caller]
fn registries() -> Vec<(String, Box<dyn std::any::Any>)> {
    let olareg = |auth| {
        let olareg = Olareg::start(OlaregOptions { auth, ..OlaregOptions::default() })?;
        Some((olareg.host(), Box::new(olareg) as Box<dyn std::any::Any>))
    };
    let docker = |htpasswd| {
        let docker = DockerRegistry::start(DockerRegistryOptions { htpasswd, ..DockerRegistryOptions::default() })?;
        Some((docker.host(), Box::new(docker) as Box<dyn std::any::Any>))
    };
    let docker_with_tokens = || {
        let alice = TokenAccount::new("alice", PASSWORD, &[("org/", "pull,push")]);
        let tokens = TokenServer::start(vec![alice], Duration::from_secs(300));
        let options = DockerRegistryOptions { tokens: Some(&tokens), ..DockerRegistryOptions::default() };
        let docker = DockerRegistry::start(options)?;
        Some((docker.host(), Box::new((docker, tokens)) as Box<dyn std::any::Any>))
    };
    let started = [
        olareg(None),
        olareg(Some(OlaregAuth::Basic("alice", PASSWORD))),
        olareg(Some(OlaregAuth::Token("alice", PASSWORD))),
        docker(None),
        docker(Some(("alice", PASSWORD))),
        docker_with_tokens(),
    ];
    started.into_iter().flatten().collect()
}

/// A blob that must not be read: what is kept of it was mounted.
struct Untouched(StoredBlob);

#[async_trait]
impl BlobSource for Untouched {
    fn known(&self) -> Option<Descriptor> {
        self.0.known()
    }

    async fn complete(&self) -> std::io::Result<Descriptor> {
        self.0.complete().await
    }

    fn origin(&self) -> Option<&Repository> {
        self.0.origin()
    }

    fn open(&self) -> SourceStream {
        panic!("it was to be mounted")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn real_registries_mount_a_blob_that_nobody_reads() {
    for (host, _alive) in registries() {
        for bytes in contents() {
            let sides = sides(&host);
            let client = Client::new(
                ClientOptions { plain_http: true, ..ClientOptions::default() },
                Arc::new(Alice),
                Arc::new(Unobserved),
            );
            let filling = client.repository(repository(&host, "org/base"), Access::Push);
            filling.write_blob(&BytesSource::new("t", bytes.clone())).await.unwrap();
            let blob = StoredBlob::new(sides.base.clone(), Descriptor::of("t", &bytes));
            sides.app.write_blob(&Untouched(blob)).await.unwrap();
            let read = sides.app.small_blob(&Descriptor::of("t", &bytes), bytes.len()).await.unwrap();
            assert_eq!(read, Bytes::from(bytes));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mounted_blob_costs_one_request_and_no_byte() {
    let registry = FaultRegistry::start();
    for bytes in contents() {
        let digest = registry.put_blob("org/base", bytes.clone());
        let before = registry.log();
        let sides = sides(&registry.host());
        sides.app.write_blob(&StoredBlob::new(sides.base.clone(), Descriptor::of("t", &bytes))).await.unwrap();
        let log = registry.log().since(&before);
        let mount = format!("POST /v2/org/app/blobs/uploads/?mount={digest}&from=org/base 201");
        assert_eq!(log.requests(), [mount]);
        assert_eq!(log.records()[0].received, 0);
        assert_eq!(registry.blob("org/app", &digest).unwrap(), bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_lets_both_repositories_be_used() {
    let registry = FaultRegistry::builder().auth(Auth::bearer("alice", PASSWORD)).start();
    let digest = registry.put_blob("org/base", "small");
    let sides = sides(&registry.host());
    sides.app.write_blob(&StoredBlob::new(sides.base.clone(), Descriptor::of("t", b"small"))).await.unwrap();
    let scopes = "scope=repository:org/app:pull,push&scope=repository:org/base:pull";
    let mount = format!("POST /v2/org/app/blobs/uploads/?mount={digest}&from=org/base");
    let token = format!("GET /token?service=fault-registry&{scopes} 200");
    assert_eq!(registry.log().requests(), [format!("{mount} 401"), token, format!("{mount} 201")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_cannot_be_mounted_is_sent() {
    let account = || Auth::bearer("alice", PASSWORD);
    let forbidding = FaultRegistry::builder().auth(account()).start();
    forbidding.fault(on(POST).path("mount=").error(403, "DENIED"));
    let registries = [forbidding, FaultRegistry::builder().auth(account()).without(Feature::Mounts).start()];
    for registry in registries {
        let sides = sides(&registry.host());
        for bytes in contents() {
            let digest = registry.put_blob("org/base", bytes.clone());
            sides.app.write_blob(&StoredBlob::new(sides.base.clone(), Descriptor::of("t", &bytes))).await.unwrap();
            assert_eq!(registry.blob("org/app", &digest).unwrap(), bytes);
        }
        assert_eq!(registry.open_uploads(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_forgets_what_it_mounted_is_sent_it() {
    let registry = FaultRegistry::start();
    let digest = registry.put_blob("org/base", "small");
    registry.fault(on(POST).path("mount=").answer(201));
    let sides = sides(&registry.host());
    let blob = StoredBlob::new(sides.base.clone(), Descriptor::of("t", b"small"));
    sides.app.write_blob(&blob).await.unwrap();
    assert_eq!(registry.blob("org/app", &digest), None);
    sides.app.write_blob(&Sent(&blob)).await.unwrap();
    assert_eq!(registry.blob("org/app", &digest).unwrap(), "small");
}

/// A place that has lost a blob, or has something else in its place, and the store that reads it.
type Broken = (&'static str, Arc<dyn Store>, IsKind);
type IsKind = fn(&StoreError) -> bool;

fn broken_places(registry: &FaultRegistry, folder: &Path, blob: &Descriptor) -> Vec<Broken> {
    let wrong = vec![b'x'; usize::try_from(blob.size).unwrap()];
    registry.corrupt_blob("bad/corrupt", &blob.digest, wrong.clone());
    registry.put_blob("bad/missing", "something");
    for place in ["corrupt", "missing"] {
        let blobs = folder.join(place).join("blobs/sha256");
        std::fs::create_dir_all(&blobs).unwrap();
        std::fs::write(folder.join(place).join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        if place == "corrupt" {
            std::fs::write(blobs.join(blob.digest.hex()), &wrong).unwrap();
        }
    }
    let client = Client::new(
        ClientOptions { plain_http: true, ..ClientOptions::default() },
        Arc::new(Alice),
        Arc::new(Unobserved),
    );
    let remote = |name: &str| -> Arc<dyn Store> {
        Arc::new(client.repository(repository(&registry.host(), name), Access::Pull))
    };
    let layout = |name: &str| -> Arc<dyn Store> { Arc::new(Layout::open(folder.join(name))) };
    let corrupt: IsKind = |error| matches!(error, StoreError::Integrity(_));
    let missing: IsKind = |error| matches!(error, StoreError::NotFound(_));
    vec![
        ("corrupt registry", remote("bad/corrupt"), corrupt),
        ("missing registry", remote("bad/missing"), missing),
        ("corrupt layout", layout("corrupt"), corrupt),
        ("missing layout", layout("missing"), missing),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_source_is_told_by_whoever_writes_it() {
    for bytes in contents() {
        let blob = Descriptor::of("t", &bytes);
        let (from, to, folder) = (FaultRegistry::start(), FaultRegistry::start(), tempfile::tempdir().unwrap());
        for (name, source, is_kind) in broken_places(&from, folder.path(), &blob) {
            let layout: Box<dyn Store> = Box::new(Layout::open(folder.path().join("to")));
            let remote: Box<dyn Store> = Box::new(sides(&to.host()).app);
            for target in [remote, layout] {
                let source = StoredBlob::new(source.clone(), blob.clone());
                let error = target.write_blob(&source).await.unwrap_err();
                let text = error.to_string();
                assert!(is_kind(&error) && text.contains(&blob.digest.to_string()), "{name}: {error:?}");
                assert!(!target.has_blob(&blob).await.unwrap_or_default(), "{name}");
            }
        }
        assert_eq!((to.open_uploads(), to.blob("org/app", &blob.digest)), (0, None));
    }
}
