//! The look-up: which sources are asked, in which order, and once (AUTH-20, AUTH-26).

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use super::config::{Config, Entry};
use super::file::{AuthFile, Format, malformed};
use super::helper::{self, Helper, HelperError};
use super::key::server_url;
use super::{Credential, Found, Keychain, Lookup};
use crate::oci::reference::Host;

/// How long a helper may take (AUTH-24): some ask for a fingerprint or a password of their own.
pub const HELPER_LIMIT: Duration = Duration::from_secs(30);
/// The variable that [`Sources::auth_config`] comes from, for messages.
const AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";

/// Where [`DockerKeychain`] looks, in this order. Its caller reads flags and environment.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Credentials that were given on the command line, and the hosts that they are for.
    pub given: Vec<(Host, Found)>,
    /// The text of `DOCKER_AUTH_CONFIG`; only its `auths` count.
    pub auth_config: Option<SecretString>,
    /// Files, the first of which that has a credential wins.
    pub files: Vec<AuthFile>,
    /// The folders in which helpers are, as in `PATH`.
    pub helper_path: Option<OsString>,
    /// How long a helper may take; [`HELPER_LIMIT`] by default.
    pub helper_limit: Duration,
}

impl Default for Sources {
    fn default() -> Self {
        Self { given: Vec::new(), auth_config: None, files: Vec::new(), helper_path: None, helper_limit: HELPER_LIMIT }
    }
}

/// Docker's and podman's places for credentials.
///
/// Nothing is read or run before the first [`Keychain::find`]. Each file is read once, each helper is asked once for a
/// host, and each repository is looked up once, however many ask at the same time.
pub struct DockerKeychain {
    sources: Sources,
    files: Vec<OnceCell<Result<Option<Config>, String>>>,
    /// What helpers said, by their name and the host.
    helpers: Once<(String, Host), Result<Credential, HelperError>>,
    lookups: Once<(Host, Option<String>), Arc<Lookup>>,
}

/// What is found out once for each key.
struct Once<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K: Eq + Hash, V> Once<K, V> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn cell(&self, key: K) -> Arc<OnceCell<V>> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}

/// Whose credential is looked for.
#[derive(Clone, Copy)]
struct Query<'a> {
    host: &'a Host,
    repository: Option<&'a str>,
}

impl DockerKeychain {
    /// A keychain over `sources`.
    pub fn new(sources: Sources) -> Self {
        let files = sources.files.iter().map(|_| OnceCell::new()).collect();
        Self { sources, files, helpers: Once::new(), lookups: Once::new() }
    }

    async fn look_up(&self, query: Query<'_>) -> Lookup {
        let mut lookup = Lookup::default();
        self.ask_given(query, &mut lookup);
        if lookup.found.is_none() {
            self.ask_auth_config(query, &mut lookup);
        }
        for (file, content) in self.sources.files.iter().zip(&self.files) {
            if lookup.found.is_some() {
                break;
            }
            match content.get_or_init(|| file.read()).await {
                Ok(Some(config)) => self.ask_file(query, (file, config), &mut lookup).await,
                Ok(None) if file.expected => lookup.note(file.path.display(), "no such file"),
                Ok(None) => {}
                Err(what) => lookup.broken(file.path.display(), what),
            }
        }
        lookup
    }

    fn ask_given(&self, query: Query<'_>, lookup: &mut Lookup) {
        for (host, given) in &self.sources.given {
            if host == query.host {
                lookup.found = Some(given.clone());
                return;
            }
            lookup.note(&given.origin, format_args!("it is for {host}"));
        }
    }

    fn ask_auth_config(&self, query: Query<'_>, lookup: &mut Lookup) {
        let Some(text) = &self.sources.auth_config else { return };
        match Config::parse(text.expose_secret().as_bytes()) {
            Ok(config) => lookup.take(Format::Docker.entry(&config, query.host, None), &AUTH_CONFIG, query.host),
            Err(error) => lookup.broken(AUTH_CONFIG, malformed(&error)),
        }
    }

    /// The helper for the host, when one is configured; then the file's own `auths` (AUTH-20).
    async fn ask_file(&self, query: Query<'_>, (file, config): (&AuthFile, &Config), lookup: &mut Lookup) {
        let (host, path) = (query.host, file.path.display());
        if let Some(name) = config.helper(host) {
            let origin = format!("{} ({path})", helper::program(name));
            let cell = self.helpers.cell((name.to_owned(), host.clone()));
            match cell.get_or_init(|| self.ask_helper(name, host)).await {
                Ok(credential) => {
                    lookup.found = Some(Found { credential: credential.clone(), origin });
                    return;
                }
                Err(HelperError::NotFound) => lookup.note(origin, format_args!("no entry for {host}")),
                Err(error) => lookup.failed(origin, error),
            }
        }
        lookup.take(file.format.entry(config, host, query.repository), &path, host);
    }

    async fn ask_helper(&self, name: &str, host: &Host) -> Result<Credential, HelperError> {
        let helper = Helper::find(name, self.sources.helper_path.as_deref(), self.sources.helper_limit)?;
        helper.get(&server_url(host)).await
    }
}

#[async_trait]
impl Keychain for DockerKeychain {
    async fn find(&self, host: &Host, repository: Option<&str>) -> Arc<Lookup> {
        let cell = self.lookups.cell((host.clone(), repository.map(str::to_owned)));
        let look_up = async || Arc::new(self.look_up(Query { host, repository }).await);
        Arc::clone(cell.get_or_init(look_up).await)
    }

    async fn headers(&self) -> Vec<(String, SecretString)> {
        for (file, content) in self.sources.files.iter().zip(&self.files) {
            if !matches!(file.format, Format::Docker) {
                continue;
            }
            if let Ok(Some(config)) = content.get_or_init(|| file.read()).await {
                return config.headers();
            }
        }
        Vec::new()
    }
}

/// How a look-up is written down.
impl Lookup {
    fn note(&mut self, source: impl Display, what: impl Display) {
        self.searched.push(format!("{source}: {what}"));
    }

    fn broken(&mut self, source: impl Display, what: impl Display) {
        self.note(&source, "cannot be used");
        self.broken.push(format!("{source}: {what}"));
    }

    fn failed(&mut self, source: impl Display, what: impl Display) {
        self.note(&source, "failed");
        self.failed.push(format!("{source}: {what}"));
    }

    /// What an `auths` says ends the search, or is noted.
    fn take(&mut self, entry: Entry, source: &dyn Display, host: &Host) {
        match entry {
            Entry::Has(credential, key) => {
                // A key of the host goes without saying.
                let path = key.split_once('/').filter(|(host, _)| !host.ends_with(':'));
                let origin = if path.is_some() { format!("{source} ({key})") } else { source.to_string() };
                self.found = Some(Found { credential, origin });
            }
            Entry::Missing => self.note(source, format_args!("no entry for {host}")),
            Entry::Empty => self.note(source, format_args!("the entry for {host} holds no secret")),
            Entry::Broken(what) => self.broken(source, what),
        }
    }
}
