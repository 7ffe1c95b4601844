//! A registry as a store: the distribution specification over HTTP.
//!
//! - [`endpoint`], [`target`] and [`zone`]: addresses, ours and those that a server names; [`link`], [`challenge`] and
//!   [`scope`]: the small languages of headers. All free of I/O.
//! - [`trust`], [`identity`], [`certs_d`] and [`pem`], [`proxy`] and [`headers`]: how a registry is met; [`handshake`]
//!   and [`probe`]: why that fails.
//! - [`connect`], [`request`], [`payload`], [`transport`], [`idle`], [`response`]: one request and its answer;
//!   [`repeat`]: another attempt; [`traffic`]: how many at a time, and when none.
//! - [`observer`]: who is told about it; [`trace`] and [`warning`]: what; [`secrets`]: what nobody is told.
//! - [`auth`], [`account`] and [`token`]: who is asking; [`login`]: whether the registry takes that.
//! - [`manifest`], [`mod@delete`], [`download`], [`upload`] and [`mount`], [`tags`] and [`referrers`]: what a store does;
//!   [`paging`]: lists in pages.
//! - [`problem`] and [`error`]: what a server said instead, and what that means; [`passing`]: whether to ask again.
//!
//! Nothing of TLS or HTTP is built before the first request. Nothing that a server sends is unbounded, and no credential
//! leaves the registry's own origin except to the token service that it names.

mod account;
mod auth;
mod certs_d;
mod challenge;
mod connect;
mod delete;
mod download;
mod endpoint;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod handshake;
mod headers;
mod identity;
mod idle;
mod link;
mod login;
mod manifest;
mod mount;
mod observer;
mod paging;
mod passing;
mod payload;
mod pem;
mod probe;
mod problem;
mod proxy;
mod referrers;
mod repeat;
mod request;
mod response;
mod scope;
mod secrets;
mod tags;
mod target;
#[cfg(test)]
mod tests;
mod token;
mod trace;
mod traffic;
mod transport;
mod trust;
mod upload;
mod warning;
mod zone;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use self::account::Accounts;
use self::auth::Registry;
use self::endpoint::Endpoint;
use self::error::Matter;
pub use self::identity::{Identity, IdentityError};
pub use self::login::Verified;
use self::mount::Origin;
pub use self::observer::{Notice, Observer, Unobserved};
pub use self::proxy::{Named, Proxies};
pub use self::referrers::Pace;
use self::referrers::Queues;
use self::request::{Broken, Request};
use self::response::Response;
use self::scope::Scopes;
pub use self::secrets::conceal;
pub use self::trace::Teller;
use self::transport::Transport;
use super::retry::Policy;
use super::{BlobSource, BlobStream, Cursor, Fetched, Referrers, Result, Store, StoreError, SubjectTaken, TagPage};
use crate::credentials::Keychain;
use crate::oci::reference::Host;
use crate::oci::{Descriptor, Digest, Location, RawManifest, Repository, Tag, Version};

/// How registries are reached, the same for all of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOptions {
    /// Speak HTTP without TLS. Without it only loopback registries are, when they do not answer in TLS (REF-14).
    pub plain_http: bool,
    /// Believe any certificate that the registry's own host shows.
    pub tls_skip_verify: bool,
    /// A PEM file of certificates that are believed besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The user named the roots (`SSL_CERT_FILE`, `SSL_CERT_DIR`): without any there, the built-in ones do not step in.
    pub roots_named: bool,
    /// What is shown to a registry that asks who its client is, at the registry's own origin alone.
    pub identity: Option<Identity>,
    /// The folders with certificates by registry, the first that has one for it counts (NET-1).
    pub certs_d: Vec<PathBuf>,
    /// What stands between us and registries.
    pub proxies: Proxies,
    /// How many blobs are fetched from a host at once, and how many are sent there.
    pub concurrency: usize,
    /// How long no byte may flow in either direction.
    pub idle_timeout: Duration,
    /// How long a writer of a list of referrers waits for other writers.
    pub pace: Pace,
    /// How often a request that failed is sent again.
    pub retry: Policy,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            plain_http: false,
            tls_skip_verify: false,
            ca_file: None,
            roots_named: false,
            identity: None,
            certs_d: Vec::new(),
            proxies: Proxies::default(),
            concurrency: 6,
            idle_timeout: Duration::from_secs(60),
            pace: Pace::default(),
            retry: Policy::default(),
        }
    }
}

/// What a command does with a repository. All of it is asked for at once (AUTH-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads.
    Pull,
    /// It reads and writes.
    Push,
    /// It reads, writes and deletes.
    Delete,
}

type Slot = Arc<OnceCell<Arc<Registry>>>;

/// The registry client of a process: connections, tokens and what was learnt of each registry are shared by all stores.
pub struct Client {
    transport: Arc<Transport>,
    accounts: Arc<Accounts>,
    registries: Mutex<HashMap<Host, Slot>>,
    aborts: Mutex<JoinSet<()>>,
    merges: Queues,
}

impl Client {
    /// A client that builds and does nothing before it is used.
    pub fn new(options: ClientOptions, keychain: Arc<dyn Keychain>, teller: impl Into<Teller>) -> Arc<Self> {
        let transport = Arc::new(Transport::new(options, teller.into()));
        let accounts = Arc::new(Accounts::new(keychain, Arc::clone(&transport)));
        let (registries, aborts, merges) = (Mutex::default(), Mutex::default(), Queues::default());
        Arc::new(Self { transport, accounts, registries, aborts, merges })
    }

    /// `repository` as a store.
    pub fn repository(self: &Arc<Self>, repository: Repository, access: Access) -> RegistryStore {
        let scopes = match access {
            Access::Delete => Scopes::deleting(repository.name()),
            Access::Pull | Access::Push => Scopes::repository(repository.name(), access == Access::Push),
        };
        let location = Location::Registry(repository.clone());
        let client = Arc::clone(self);
        RegistryStore { client, repository, location, scopes, origin: None, opened: OnceCell::new() }
    }

    /// Wait until uploads that were given up are called off at their registries (HTTP-39): at most two seconds each.
    ///
    /// A caller that was interrupted drops what it was doing and awaits this before the process ends.
    pub async fn settle(&self) {
        let aborts = std::mem::take(&mut *self.aborts.lock().unwrap_or_else(PoisonError::into_inner));
        aborts.join_all().await;
    }

    fn retry(&self) -> Policy {
        self.transport.options().retry
    }

    /// Tell who wants to know more.
    fn detail(&self, line: &str) {
        self.transport.observer().notice(Notice::Detail(line));
    }

    fn pace(&self) -> Pace {
        self.transport.options().pace
    }

    async fn registry(&self, host: &Host) -> Result<Arc<Registry>> {
        let slot = {
            let mut registries = self.registries.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(registries.entry(host.clone()).or_default())
        };
        let meet = async || {
            let headers = headers::added(&self.accounts.headers().await);
            let base = self.transport.base(host, &host.endpoint(), headers).await?;
            let (transport, accounts) = (Arc::clone(&self.transport), Arc::clone(&self.accounts));
            Ok(Arc::new(Registry::new(host.clone(), base, transport, accounts)))
        };
        slot.get_or_try_init(meet).await.map(Arc::clone)
    }
}

/// A repository of a registry.
pub struct RegistryStore {
    client: Arc<Client>,
    repository: Repository,
    location: Location,
    scopes: Scopes,
    /// Where its blobs are to be mounted from.
    origin: Option<Origin>,
    opened: OnceCell<Opened>,
}

/// A repository whose registry has an address.
struct Opened {
    registry: Arc<Registry>,
    endpoint: Endpoint,
}

impl RegistryStore {
    /// Blobs of `origin` are going to be written here: the right to read there is asked for together with the store's
    /// own, in one token (AUTH-8). A token service that refuses this is asked for the store's own alone, and nothing is
    /// mounted. It changes nothing when `origin` is on another registry.
    #[must_use]
    pub fn mounting_from(mut self, origin: &Repository) -> Self {
        self.origin = Origin::of(origin, &self.repository, &self.scopes);
        self
    }

    async fn opened(&self) -> Result<&Opened> {
        let open = async || {
            let registry = self.client.registry(self.repository.host()).await?;
            let endpoint = Endpoint::new(registry.base().clone(), self.repository.clone());
            Ok(Opened { registry, endpoint })
        };
        self.opened.get_or_try_init(open).await
    }

    async fn send(&self, request: &Request<'_>) -> std::result::Result<Response, Broken> {
        let registry = &self.opened().await?.registry;
        if let Some(origin) = self.origin.as_ref().filter(|origin| !registry.unmountable.has(origin.repository())) {
            match registry.send(request, origin.scopes()).await {
                // No token for both, so none for mounting: what is left is what the store itself needs.
                Err(Broken { error: StoreError::Denied(_), .. }) => registry.unmountable.add(origin.repository()),
                outcome => return outcome,
            }
        }
        registry.send(request, &self.scopes).await
    }

    /// The failure that `response` means for `matter`.
    async fn failure(&self, response: Response, matter: Matter<'_>) -> StoreError {
        match self.opened().await {
            Ok(opened) => opened.registry.failure(response, matter, &self.repository).await,
            Err(error) => error,
        }
    }
}

#[async_trait]
impl Store for RegistryStore {
    fn location(&self) -> &Location {
        &self.location
    }

    async fn resolve(&self, version: &Version) -> Result<Descriptor> {
        manifest::resolve(self, version).await
    }

    async fn fetch_manifest(&self, version: &Version) -> Result<Fetched> {
        manifest::fetch(self, version).await
    }

    async fn fetch_blob(&self, blob: &Descriptor) -> Result<BlobStream> {
        download::fetch(self, blob).await
    }

    async fn has_blob(&self, blob: &Descriptor) -> Result<bool> {
        download::exists(self, blob).await
    }

    async fn write_blob(&self, source: &dyn BlobSource) -> Result<()> {
        Box::pin(upload::write(self, source)).await.map_err(StoreError::settled)
    }

    async fn write_manifest(&self, manifest: &RawManifest, tag: Option<&Tag>) -> Result<SubjectTaken> {
        manifest::write(self, manifest, tag).await
    }

    async fn tags(&self, from: Option<&Cursor>) -> Result<TagPage> {
        tags::page(self, from).await
    }

    async fn referrers(&self, subject: &Digest) -> Result<Referrers> {
        Box::pin(referrers::list(self, subject)).await
    }

    async fn merge_referrers(&self, subject: &Digest, referrers: &[Descriptor]) -> Result<()> {
        referrers::merge(self, subject, referrers).await
    }
}
