//! How a registry is reached, taken out of the flags: what can be said for one side of a command alone.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{AccessFlags, RegistryFlags};

/// How the line to a registry is secured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Line {
    pub(in crate::cli) plain_http: bool,
    pub(in crate::cli) tls_skip_verify: bool,
    pub(in crate::cli) ca_file: Option<PathBuf>,
    pub(in crate::cli) pair: Option<PairFiles>,
}

/// Where a client certificate and its private key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct PairFiles {
    pub(in crate::cli) certificate: PathBuf,
    pub(in crate::cli) key: PathBuf,
}

impl PairFiles {
    /// Both, or neither: the parser has seen to it that one is not given alone.
    pub(super) fn of(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Option<Self> {
        certificate.zip(key).map(|(certificate, key)| Self { certificate, key })
    }
}

/// The value of `--creds`: a password is in it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::cli) struct Creds(pub(in crate::cli) String);

impl From<String> for Creds {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Creds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Creds(***)")
    }
}

/// Who one is at a registry, as far as flags tell.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Login {
    pub(in crate::cli) creds: Option<Creds>,
    pub(in crate::cli) username: Option<String>,
    pub(in crate::cli) password_stdin: bool,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Login {
    /// Whether no flag says anything.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A value with the flags that it came from, for messages: `--`, `--from-` or `--to-` and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Flagged<T> {
    pub(in crate::cli) value: T,
    pub(super) prefix: &'static str,
}

impl<T> Flagged<T> {
    /// The flag `name` as it was typed.
    pub(in crate::cli) fn flag(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// How the registry of one reference is reached: what was said for it, else what was said for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Reach {
    pub(in crate::cli) line: Flagged<Line>,
    pub(in crate::cli) login: Flagged<Login>,
    pub(in crate::cli) docker_config: Option<PathBuf>,
    pub(in crate::cli) concurrency: u16,
    pub(in crate::cli) idle_timeout: Duration,
}

impl Reach {
    /// As the general flags say.
    pub(in crate::cli) fn general(flags: &RegistryFlags) -> Self {
        Self::by(&flags.access, flags.concurrency)
    }

    /// As `flags` say, so many blobs at a time.
    pub(in crate::cli) fn by(flags: &AccessFlags, concurrency: u16) -> Self {
        let line = Line {
            plain_http: flags.plain_http,
            tls_skip_verify: flags.tls_skip_verify,
            ca_file: flags.ca_file.clone(),
            pair: PairFiles::of(flags.cert_file.clone(), flags.key_file.clone()),
        };
        let login = Login {
            creds: flags.creds.clone(),
            username: flags.username.clone(),
            password_stdin: flags.password_stdin,
        };
        Self {
            line: Flagged { value: line, prefix: "--" },
            login: Flagged { value: login, prefix: "--" },
            docker_config: flags.docker_config.clone(),
            concurrency,
            idle_timeout: flags.idle_timeout,
        }
    }
}
