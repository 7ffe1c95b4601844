//! The look-up: which sources are asked for a host, in which order, and once (AUTH-26).

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use super::config::{Config, Entry, server_url};
use super::helper::{self, Helper, HelperError};
use super::{Credential, Found, Keychain};
use crate::oci::reference::Host;

/// How long a helper may take (AUTH-24): some ask for a fingerprint or a password of their own.
pub const HELPER_LIMIT: Duration = Duration::from_secs(30);
/// The largest configuration file that is read, in bytes.
const MAX_CONFIG: u64 = 4 << 20;
/// The variable that [`Sources::auth_config`] comes from, for messages.
const AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";

/// Where [`DockerKeychain`] looks, in this order. Its caller reads flags and environment.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Credentials that were given on the command line, and the hosts that they are for.
    pub given: Vec<(Host, Found)>,
    /// The text of `DOCKER_AUTH_CONFIG`; only its `auths` count.
    pub auth_config: Option<SecretString>,
    /// Docker's `config.json`; it need not be there.
    pub docker_config: Option<PathBuf>,
    /// The folders in which helpers are, as in `PATH`.
    pub helper_path: Option<OsString>,
    /// How long a helper may take; [`HELPER_LIMIT`] by default.
    pub helper_limit: Duration,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            given: Vec::new(),
            auth_config: None,
            docker_config: None,
            helper_path: None,
            helper_limit: HELPER_LIMIT,
        }
    }
}

/// Docker's own places for credentials.
///
/// Nothing is read or run before the first [`Keychain::find`], and each host is looked up once, however many ask for it
/// at the same time.
pub struct DockerKeychain {
    sources: Sources,
    config: OnceCell<Result<Option<Config>, String>>,
    hosts: Mutex<HashMap<Host, Arc<OnceCell<Search>>>>,
}

/// How a look-up went.
#[derive(Default)]
struct Search {
    found: Option<Found>,
    notes: Vec<String>,
}

impl Search {
    fn note(&mut self, source: impl std::fmt::Display, what: impl std::fmt::Display) {
        self.notes.push(format!("{source}: {what}"));
    }

    /// What an `auths` says ends the search, or is noted.
    fn take(&mut self, entry: Entry, origin: String, host: &Host) {
        match entry {
            Entry::Has(credential) => self.found = Some(Found { credential, origin }),
            Entry::Missing => self.note(origin, format_args!("no entry for {host}")),
            Entry::Empty => self.note(origin, format_args!("the entry for {host} holds no secret")),
            Entry::Broken(what) => self.note(origin, what),
        }
    }
}

impl DockerKeychain {
    /// A keychain over `sources`.
    pub fn new(sources: Sources) -> Self {
        Self { sources, config: OnceCell::new(), hosts: Mutex::default() }
    }

    fn cell(&self, host: &Host) -> Arc<OnceCell<Search>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry(host.clone()).or_default())
    }

    async fn search(&self, host: &Host) -> Search {
        let mut search = Search::default();
        self.ask_given(host, &mut search);
        if search.found.is_none() {
            self.ask_auth_config(host, &mut search);
        }
        if search.found.is_none() {
            self.ask_docker(host, &mut search).await;
        }
        search
    }

    fn ask_given(&self, host: &Host, search: &mut Search) {
        for (other, given) in &self.sources.given {
            if other == host {
                search.found = Some(given.clone());
                return;
            }
            search.note(&given.origin, format_args!("it is for {other}"));
        }
    }

    fn ask_auth_config(&self, host: &Host, search: &mut Search) {
        let Some(text) = &self.sources.auth_config else { return search.note(AUTH_CONFIG, "not set") };
        match Config::parse(text.expose_secret().as_bytes()) {
            Ok(config) => search.take(config.entry(host), AUTH_CONFIG.to_owned(), host),
            Err(error) => search.note(AUTH_CONFIG, malformed(&error)),
        }
    }

    /// The helper for the host, when one is configured; then the file's own `auths` (AUTH-20).
    async fn ask_docker(&self, host: &Host, search: &mut Search) {
        let Some(path) = &self.sources.docker_config else { return };
        let config = match self.config.get_or_init(|| read(path)).await {
            Ok(Some(config)) => config,
            Ok(None) => return search.note(path.display(), "no such file"),
            Err(what) => return search.note(path.display(), what),
        };
        if let Some(name) = config.helper(host) {
            let origin = format!("{} ({})", helper::program(name), path.display());
            match self.ask_helper(name, host).await {
                Ok(credential) => return search.found = Some(Found { credential, origin }),
                Err(error) => search.note(origin, error),
            }
        }
        search.take(config.entry(host), path.display().to_string(), host);
    }

    async fn ask_helper(&self, name: &str, host: &Host) -> Result<Credential, HelperError> {
        let helper = Helper::find(name, self.sources.helper_path.as_deref(), self.sources.helper_limit)?;
        helper.get(&server_url(host)).await
    }
}

#[async_trait]
impl Keychain for DockerKeychain {
    async fn find(&self, host: &Host) -> Option<Found> {
        self.cell(host).get_or_init(|| self.search(host)).await.found.clone()
    }

    fn searched(&self, host: &Host) -> Vec<String> {
        self.cell(host).get().map(|search| search.notes.clone()).unwrap_or_default()
    }

    async fn headers(&self) -> Vec<(String, SecretString)> {
        let Some(path) = &self.sources.docker_config else { return Vec::new() };
        match self.config.get_or_init(|| read(path)).await {
            Ok(Some(config)) => config.headers(),
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}

/// The configuration at `path`, `None` when there is none, or what is wrong with it.
async fn read(path: &Path) -> Result<Option<Config>, String> {
    let path = path.to_owned();
    let text = tokio::task::spawn_blocking(move || read_file(&path)).await;
    match text.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(text) => Config::parse(&text).map(Some).map_err(|error| malformed(&error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: a FIFO would wait for somebody to write into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut text = Vec::new();
    std::fs::File::open(path)?.take(MAX_CONFIG + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_CONFIG { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

/// Line and column, and the kind of mistake, but nothing of what stands there.
fn malformed(error: &serde_json::Error) -> String {
    let what = if error.is_data() { "is not a JSON object" } else { "is not valid JSON" };
    format!("{what} (line {}, column {})", error.line(), error.column())
}
