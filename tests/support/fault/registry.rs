//! The registry as tests hold it: start it, fill it, break it, look at it.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use bobctl::oci::Digest;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::log::Log;
use super::options::Builder;
use super::rule::Rule;
use super::server::{self, Inner, State};

/// How long [`FaultRegistry::wait_for`] waits.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// A registry on a free port of 127.0.0.1, until it is dropped.
pub struct FaultRegistry {
    inner: Arc<Inner>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

/// Life of the registry.
impl FaultRegistry {
    /// A registry that does everything right and lets everybody in.
    pub fn start() -> Self {
        Self::builder().start()
    }

    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn run(options: Builder) -> Self {
        let (inner, listeners) = Inner::bind(options);
        let inner = Arc::new(inner);
        let (stop, stopped) = oneshot::channel();
        let shared = inner.clone();
        let thread = std::thread::spawn(move || server::serve(&shared, listeners, stopped));
        Self { inner, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for FaultRegistry {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic over there was printed there; panicking in a drop would hide the test's own.
            drop(thread.join());
        }
    }
}

/// What tests do with it.
impl FaultRegistry {
    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.inner.address.to_string()
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// `oci://127.0.0.1:PORT/` and `name`: a repository with a tag or a digest.
    pub fn reference(&self, name: &str) -> String {
        format!("oci://{}/{name}", self.inner.address)
    }

    /// Where the token service listens; the registry's own address unless the account says elsewhere.
    pub fn token_address(&self) -> SocketAddr {
        self.inner.token_address
    }

    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// From now on.
    pub fn fault(&self, rule: Rule) {
        assert!(!rule.is_idle(), "a rule without effects: {rule:?}");
        self.state().rules.push(rule);
    }

    /// Waits until so many requests have come; the test fails when they do not.
    pub fn wait_for(&self, requests: usize) {
        let until = std::time::Instant::now() + PATIENCE;
        while self.log().count() < requests {
            assert!(std::time::Instant::now() < until, "{requests} requests are expected:\n{}", self.log());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// From now on nothing goes wrong any more.
    pub fn heal(&self) {
        self.state().rules.clear();
    }

    pub fn log(&self) -> Log {
        self.inner.recorder.snapshot()
    }

    /// A token that was not fetched: good for `scopes` (`repository:a:pull,push`) until it is revoked.
    pub fn issue_token(&self, scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.state().tokens.issue(&scopes, Duration::from_secs(300))
    }

    /// No token that was given out is good any more.
    pub fn revoke_tokens(&self) {
        self.state().tokens.revoke_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state()
    }
}

/// What it holds.
impl FaultRegistry {
    pub fn put_blob(&self, repository: &str, bytes: impl Into<Bytes>) -> Digest {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        self.corrupt_blob(repository, &digest, bytes);
        digest
    }

    /// Keep `bytes` as the blob `digest`, whatever their own digest is.
    pub fn corrupt_blob(&self, repository: &str, digest: &Digest, bytes: impl Into<Bytes>) {
        self.state().content.repository_mut(repository).blobs.insert(digest.clone(), bytes.into());
    }

    /// Keep a manifest, with what its own `mediaType` says. What it points at is not asked for.
    pub fn put_manifest(&self, repository: &str, tag: Option<&str>, bytes: impl Into<Bytes>) -> Digest {
        self.state().content.put_manifest(repository, tag, bytes.into())
    }

    /// Keep `bytes` as the manifest `digest`, whatever their own digest is.
    pub fn corrupt_manifest(&self, repository: &str, digest: &Digest, bytes: impl Into<Bytes>) {
        self.state().content.keep_manifest(repository, digest, bytes.into());
    }

    /// Keep all that `other` has.
    pub fn stock(&self, other: &Self) {
        let repositories = other.state().content.repositories.clone();
        self.state().content.repositories.extend(repositories);
    }

    /// The repositories that have anything.
    pub fn repositories(&self) -> Vec<String> {
        self.state().content.repositories.keys().cloned().collect()
    }

    /// Whether it has the referrers API.
    pub fn has_referrers(&self) -> bool {
        self.inner.options.has(super::Feature::Referrers)
    }

    /// The digests of all blobs of 1 MiB and more.
    pub fn large_blobs(&self, repository: &str) -> Vec<String> {
        let state = self.state();
        let blobs = state.content.repository(repository).into_iter().flat_map(|held| &held.blobs);
        blobs.filter(|(_, bytes)| bytes.len() >= 1 << 20).map(|(digest, _)| digest.to_string()).collect()
    }

    /// The digests of all manifests that have a subject.
    pub fn referrers(&self, repository: &str) -> Vec<Digest> {
        let state = self.state();
        let kept = state.content.repository(repository).into_iter().flat_map(|held| &held.manifests);
        let refers =
            |bytes: &[u8]| serde_json::from_slice(bytes).is_ok_and(|it: serde_json::Value| it["subject"].is_object());
        kept.filter(|(_, stored)| refers(&stored.bytes)).map(|(digest, _)| digest.clone()).collect()
    }

    pub fn blob(&self, repository: &str, digest: &Digest) -> Option<Bytes> {
        self.state().content.blob(repository, digest)
    }

    /// Make a repository with nothing in it.
    pub fn create(&self, repository: &str) {
        self.state().content.repository_mut(repository);
    }

    /// The bytes that a tag or a digest stands for.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<Bytes> {
        let state = self.state();
        let repository = state.content.repository(repository)?;
        repository.manifests.get(&repository.resolve(reference)?).map(|stored| stored.bytes.clone())
    }

    /// The digest that a tag names.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        self.state().content.repository(repository)?.tags.get(tag).cloned()
    }

    pub fn tags(&self, repository: &str) -> Vec<String> {
        let state = self.state();
        state.content.repository(repository).map(|held| held.tags.keys().cloned().collect()).unwrap_or_default()
    }

    /// Everything, one line each: tags, manifests, blobs.
    pub fn listing(&self) -> String {
        self.state().content.listing()
    }

    /// Upload sessions that were neither closed nor cancelled.
    pub fn open_uploads(&self) -> usize {
        self.state().content.uploads.len()
    }
}

impl fmt::Debug for FaultRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultRegistry at {} with\n{}and asked for\n{}", self.inner.address, self.listing(), self.log())
    }
}
