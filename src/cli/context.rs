//! What surrounds a command: the environment, the clock, the folders, the streams, and which store a reference means.
//!
//! Every environment variable is one constant here.

use std::env;
use std::future::Future;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;

use super::error::{CliError, Kind};
use super::flags::{Common, PackFlags, RegistryFlags, STDIN, Shown};
use super::reporter::UiReporter;
use super::units;
use crate::credentials::{self, Credential, DockerKeychain, Found, Sources};
use crate::oci::{Location, Repository};
use crate::ops::pull::Rules;
use crate::ops::push::{Content, Created, Input, Options};
use crate::ops::{OpError, Reporter};
use crate::output::{self, Color, Format, Settings, Ui};
use crate::store::Store;
use crate::store::layout::Layout;
pub(super) use crate::store::registry::Access;
use crate::store::registry::{Client, ClientOptions};

/// Folder of docker's `config.json`.
const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
/// Docker credentials as JSON text.
const DOCKER_AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";
/// The home folder.
const HOME: &str = "HOME";
/// Where credential helpers are looked for.
const PATH: &str = "PATH";
/// A PEM file of certificates to trust, instead of the system's.
const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// A folder of certificates to trust, instead of the system's.
const SSL_CERT_DIR: &str = "SSL_CERT_DIR";
/// Variables that name a proxy. The HTTP library reads them, and `NO_PROXY`; here they are named in errors.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// The time of creation in seconds since 1970, <https://reproducible-builds.org/specs/source-date-epoch/>.
const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";
/// When set and not empty, nothing is coloured, <https://no-color.org>.
const NO_COLOR: &str = "NO_COLOR";

/// The largest YAML that is read from standard input, in bytes.
const MAX_STDIN: u64 = 64 << 20;
/// The largest password that is read from standard input, in bytes: registries' tokens have some thousands.
const MAX_PASSWORD: u64 = 64 << 10;
/// How long work in progress may tidy up after Ctrl-C.
const GRACE: Duration = Duration::from_millis(450);

/// What surrounds a command.
pub(super) struct Context {
    ui: Arc<Ui>,
    reporter: Arc<dyn Reporter>,
    clients: Mutex<Vec<Arc<Client>>>,
}

impl Context {
    /// The process's surroundings.
    pub(super) fn new(common: &Common, shown: Shown) -> Self {
        let terminal = output::stderr_is_terminal();
        let color = match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && env::var_os(NO_COLOR).is_none_or(|value| value.is_empty()),
        };
        let settings = Settings {
            format: shown.format,
            quiet: common.quiet,
            verbose: common.verbose,
            color,
            bars: terminal && !common.no_progress,
        };
        let ui = Arc::new(Ui::standard(settings));
        Self { reporter: Arc::new(UiReporter(ui.clone())), ui, clients: Mutex::default() }
    }

    /// The user interface.
    pub(super) fn ui(&self) -> &Ui {
        &self.ui
    }

    /// Where operations report to.
    pub(super) fn reporter(&self) -> &Arc<dyn Reporter> {
        &self.reporter
    }

    /// The store that `location` means. Nothing is opened or connected before it is needed.
    pub(super) fn store(
        &self,
        location: &Location,
        flags: &RegistryFlags,
        access: Access,
    ) -> Result<Arc<dyn Store>, CliError> {
        Ok(match location {
            Location::Layout(folder) => Arc::new(Layout::open(folder.clone())),
            Location::Registry(repository) => {
                if let Some(missing) = flags.ca_file.as_ref().filter(|file| !file.exists()) {
                    let error = anyhow::anyhow!("no such file for --ca-file: {}", missing.display());
                    return Err(CliError::usage(error));
                }
                let options = ClientOptions {
                    plain_http: flags.plain_http,
                    tls_skip_verify: flags.tls_skip_verify,
                    ca_file: flags.ca_file.clone(),
                    roots_named: [SSL_CERT_FILE, SSL_CERT_DIR].into_iter().any(|name| env::var_os(name).is_some()),
                    proxy_variables: PROXIES.into_iter().filter(|name| env::var_os(name).is_some()).collect(),
                    concurrency: usize::from(flags.concurrency),
                    // As with --timeout, none is never.
                    idle_timeout: if flags.idle_timeout.is_zero() { units::LONGEST } else { flags.idle_timeout },
                };
                if flags.tls_skip_verify {
                    self.ui.warning(&format!("the certificate of {} is not checked", repository.host()));
                }
                let keychain = Self::keychain(repository, flags)?;
                let client = Client::new(options, Arc::new(keychain));
                self.clients.lock().unwrap_or_else(PoisonError::into_inner).push(client.clone());
                Arc::new(client.repository(repository.clone(), access))
            }
        })
    }

    fn keychain(repository: &Repository, flags: &RegistryFlags) -> Result<DockerKeychain, CliError> {
        let named = env::var_os(DOCKER_CONFIG).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let folder = flags.docker_config.clone().or(named);
        let folder = folder.or_else(|| home().map(|home| home.join(".docker")));
        let given = given(flags)?.map(|found| (repository.host().clone(), found));
        Ok(DockerKeychain::new(Sources {
            given: given.into_iter().collect(),
            auth_config: env::var(DOCKER_AUTH_CONFIG).ok().map(SecretString::from),
            docker_config: folder.map(|folder| folder.join("config.json")),
            helper_path: env::var_os(PATH),
            ..Sources::default()
        }))
    }

    /// What the packing flags mean.
    pub(super) fn content(flags: &PackFlags) -> Result<Content, CliError> {
        let input = if flags.path == Path::new(STDIN) {
            let bytes = standard_input(MAX_STDIN)?;
            if bytes.trim_ascii().is_empty() {
                let error = CliError::usage(anyhow::anyhow!("nothing to pack in standard input"));
                return Err(error.with_hint("the command before the pipe probably printed nothing"));
            }
            Input::Bytes { name: "bob.yaml".to_owned(), bytes: bytes.into() }
        } else {
            Input::Path(flags.path.clone())
        };
        let options = Options {
            ignore_paths: flags.ignore_paths.clone(),
            default_ignores: !flags.no_default_ignores,
            resolve_symlinks: flags.resolve_symlinks,
        };
        Ok(Content { input, options, jobs: cores(), scratch: env::temp_dir() })
    }

    /// How the time of creation is chosen.
    pub(super) fn created(reproducible: bool) -> Result<Created, CliError> {
        if reproducible {
            return Ok(Created::At(0));
        }
        match env::var(SOURCE_DATE_EPOCH).ok().filter(|text| !text.is_empty()) {
            Some(text) => text.parse().map(Created::At).map_err(|_| {
                CliError::usage(anyhow::anyhow!("{SOURCE_DATE_EPOCH} is '{text}', not a number of seconds"))
            }),
            None => Ok(Created::CommitOr(now())),
        }
    }

    /// Whether an output folder may be replaced, and the folders that never are.
    pub(super) fn rules(replace: bool) -> Rules {
        Rules { replace, home: home(), working: env::current_dir().ok() }
    }

    /// Run an operation on a store to its end, or until `--timeout` or Ctrl-C.
    pub(super) fn wait<T>(
        &self,
        flags: &RegistryFlags,
        work: impl Future<Output = Result<T, OpError>>,
    ) -> Result<T, CliError> {
        self.run(work, flags.timeout.filter(|timeout| !timeout.is_zero()))
    }

    /// Run an operation that needs no store to its end, or until Ctrl-C.
    pub(super) fn wait_local<T>(&self, work: impl Future<Output = Result<T, OpError>>) -> Result<T, CliError> {
        self.run(work, None)
    }

    fn run<T>(&self, work: impl Future<Output = Result<T, OpError>>, timeout: Option<Duration>) -> Result<T, CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(cores().min(MAX_WORKERS))
            .enable_all()
            .build()
            .map_err(|error| CliError::failure(anyhow::Error::new(error).context("cannot start")))?;
        let result = runtime.block_on(async {
            let result = tokio::select! {
                result = work => result.map_err(CliError::from),
                () = interrupted() => Err(CliError::new(Kind::Interrupted, anyhow::anyhow!("interrupted"))),
                () = after(timeout) => Err(CliError::new(Kind::Unavailable, anyhow::anyhow!("not done within --timeout"))),
            };
            if result.is_err() {
                drop(tokio::time::timeout(GRACE, self.settle()).await);
            }
            result
        });
        // Threads that still pack or unpack notice that nobody waits for them, and remove what they began.
        runtime.shutdown_timeout(GRACE);
        result
    }

    /// Uploads that were given up are called off at their registries.
    async fn settle(&self) {
        let clients = std::mem::take(&mut *self.clients.lock().unwrap_or_else(PoisonError::into_inner));
        for client in clients {
            client.settle().await;
        }
    }
}

async fn after(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}

/// A user interface for errors that come before the flags were understood.
pub(super) fn plain_ui(format: Format) -> Ui {
    Ui::standard(Settings { format, ..Settings::default() })
}

/// More threads than this have nothing to do: the work that counts runs on threads of its own.
const MAX_WORKERS: usize = 4;

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            result = tokio::signal::ctrl_c() => drop(result),
            _ = terminate.recv() => (),
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

/// The credential of `--creds`, or of `--username` with `--password-stdin`.
fn given(flags: &RegistryFlags) -> Result<Option<Found>, CliError> {
    let (username, password, origin) = match (&flags.creds, &flags.username) {
        (Some(creds), _) => {
            let (username, password) = credentials::parse_creds(creds).map_err(CliError::usage)?;
            (username, password, "--creds")
        }
        (None, Some(username)) => (username.clone(), None, "--username"),
        (None, None) if flags.password_stdin => {
            return Err(CliError::usage(anyhow::anyhow!("--password-stdin is given without --username")));
        }
        (None, None) => return Ok(None),
    };
    let password = match password {
        Some(_) if flags.password_stdin => {
            return Err(CliError::usage(anyhow::anyhow!("--creds has a password, and --password-stdin is given too")));
        }
        Some(password) => password,
        None if flags.password_stdin => password_from_stdin()?,
        None => {
            let error = anyhow::anyhow!("--creds has no password");
            return Err(CliError::usage(error).with_hint("pipe it in and add --password-stdin"));
        }
    };
    Ok(Some(Found { credential: Credential::Basic { username, password }, origin: origin.to_owned() }))
}

fn password_from_stdin() -> Result<SecretString, CliError> {
    let bytes = standard_input(MAX_PASSWORD)?;
    let text = String::from_utf8(bytes).map_err(|_| CliError::usage(anyhow::anyhow!("the password is not UTF-8")))?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(CliError::usage(anyhow::anyhow!("standard input has no password")));
    }
    Ok(SecretString::from(password.to_owned()))
}

fn standard_input(limit: u64) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| CliError::failure(anyhow::Error::new(error).context("cannot read standard input")))?;
    if bytes.len() as u64 > limit {
        return Err(CliError::usage(anyhow::anyhow!("standard input has more than {limit} bytes")));
    }
    Ok(bytes)
}

fn home() -> Option<PathBuf> {
    env::var_os(HOME).filter(|home| !home.is_empty()).map(PathBuf::from)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
