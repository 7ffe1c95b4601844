//! What surrounds a command: the environment, the clock, the folders, the streams; in [`stores`] and [`pair`] which store a
//! reference means, in [`line`] how it is reached, in [`credentials`] who asks there, in [`sources`] where
//! credentials are kept, in [`login`] how they come there, with what [`prompt`] asks for, and in [`confirm`] whether the user
//! agrees.
//!
//! Every environment variable is one constant here.

mod confirm;
mod credentials;
mod line;
mod log;
mod login;
mod observer;
mod pair;
mod prompt;
mod sources;
mod stores;
#[cfg(test)]
mod tests;

use std::env;
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::log::LEVELS;
use self::stores::Clients;
use super::error::{CliError, Kind};
use super::flags::{AccessFlags, Common, PackFlags, STDIN, Shown};
use super::reporter::UiReporter;
use crate::ops::pull::Rules;
use crate::ops::push::{Content, Created, Input, Options};
use crate::ops::{OpError, Reporter};
use crate::output::{self, Color, Format, Level, Settings, Ui};
pub(super) use crate::store::registry::Access;

/// Folder of docker's `config.json`.
const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
/// Docker credentials as JSON text.
const DOCKER_AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";
/// The file of credentials that podman and its relatives read.
const REGISTRY_AUTH_FILE: &str = "REGISTRY_AUTH_FILE";
/// The folder for what lasts until the user logs out, where podman keeps credentials.
const XDG_RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// The folder of configurations, where podman keeps credentials for longer.
const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// The files that say which clusters there are, as a list like `PATH`.
#[cfg(feature = "cluster")]
const KUBECONFIG: &str = "KUBECONFIG";
/// The home folder.
const HOME: &str = "HOME";
/// Where credential helpers are looked for.
const PATH: &str = "PATH";
/// A PEM file of certificates to trust, instead of the system's.
const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// A folder of certificates to trust, instead of the system's.
const SSL_CERT_DIR: &str = "SSL_CERT_DIR";
/// The proxy for registries that speak TLS, in both of its spellings.
const HTTPS_PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
/// The proxy for registries that do not.
const HTTP_PROXY: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
/// The proxy for all of them.
const ALL_PROXY: [&str; 2] = ["ALL_PROXY", "all_proxy"];
/// What is reached without one.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Set when a web server runs the program as a CGI script.
const REQUEST_METHOD: &str = "REQUEST_METHOD";
/// The time of creation in seconds since 1970, <https://reproducible-builds.org/specs/source-date-epoch/>.
const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";
/// When set and not empty, nothing is coloured, <https://no-color.org>.
const NO_COLOR: &str = "NO_COLOR";
/// How much is said on stderr where no flag says it: `debug` as `--debug`, `info` or `verbose` as `-v`, `off` or nothing.
const BOBCTL_LOG: &str = "BOBCTL_LOG";

/// The largest YAML that is read from standard input, in bytes.
const MAX_STDIN: u64 = 64 << 20;
/// How long work in progress may tidy up after Ctrl-C.
const GRACE: Duration = Duration::from_millis(450);

/// What surrounds a command.
pub(super) struct Context {
    ui: Arc<Ui>,
    reporter: Arc<dyn Reporter>,
    clients: Mutex<Clients>,
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
        let (level, unknown) = log::level(common, env::var_os(BOBCTL_LOG).as_deref());
        let settings = Settings {
            format: shown.format,
            level,
            color,
            // A trace would tear them.
            bars: terminal && !common.no_progress && level < Level::Trace,
        };
        let ui = Arc::new(Ui::standard(settings));
        if let Some(value) = unknown {
            ui.warning(&format!("{BOBCTL_LOG} is '{value}', which means nothing: {LEVELS} are known"));
        }
        Self { reporter: Arc::new(UiReporter(ui.clone())), ui, clients: Mutex::default() }
    }

    /// Begin the trace, if there is one: with what runs, and how it was called.
    pub(super) fn introduce(&self, arguments: &[OsString]) {
        if self.ui.is_tracing() {
            self.ui.trace(&log::introduction(arguments));
        }
    }

    /// The user interface.
    pub(super) fn ui(&self) -> &Ui {
        &self.ui
    }

    /// Where operations report to.
    pub(super) fn reporter(&self) -> &Arc<dyn Reporter> {
        &self.reporter
    }

    /// What a path to pack means, with the packing flags.
    pub(super) fn content(path: &Path, flags: &PackFlags) -> Result<Content, CliError> {
        let input = if path == Path::new(STDIN) {
            let bytes = standard_input(MAX_STDIN)?;
            if bytes.trim_ascii().is_empty() {
                let error = CliError::usage(anyhow::anyhow!("nothing to pack in standard input"));
                return Err(error.with_hint("the command before the pipe probably printed nothing"));
            }
            Input::Bytes { name: "bob.yaml".to_owned(), bytes: bytes.into() }
        } else {
            Input::Path(path.to_owned())
        };
        let options = Options {
            ignore_paths: flags.ignore_paths.clone(),
            default_ignores: !flags.no_default_ignores,
            resolve_symlinks: flags.resolve_symlinks,
        };
        Ok(Content { input, options, jobs: cores(), scratch: Self::scratch() })
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

    /// Now, in seconds since 1970.
    pub(super) fn now() -> i64 {
        now()
    }

    /// The kubeconfigs: the one that is named, else those of the environment, else the one in the home folder.
    #[cfg(feature = "cluster")]
    pub(super) fn kubeconfigs(named: Option<&PathBuf>) -> Vec<PathBuf> {
        if let Some(named) = named {
            return vec![named.clone()];
        }
        match variable(KUBECONFIG) {
            Some(list) => env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
            None => home().map(|home| home.join(".kube/config")).into_iter().collect(),
        }
    }

    /// Where what is only looked at is kept meanwhile.
    pub(super) fn scratch() -> PathBuf {
        env::temp_dir()
    }

    /// Whether an output folder may be replaced, and the folders that never are.
    pub(super) fn rules(replace: bool) -> Rules {
        Rules { replace, home: home(), working: env::current_dir().ok() }
    }

    /// Run an operation on a store to its end, or until `--timeout` or Ctrl-C.
    pub(super) fn wait<T>(
        &self,
        flags: &AccessFlags,
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
    variable(HOME).map(PathBuf::from)
}

/// The value of a variable; an empty one is as good as none.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
