//! The files that hold credentials: who writes them, what their keys may be, and how they are read.

use std::io::{self, Read};
use std::path::PathBuf;

use super::config::{Config, Entry};
use super::key::Wanted;
use crate::oci::reference::Host;

/// The largest configuration file that is read, in bytes.
const MAX_CONFIG: u64 = 4 << 20;

/// Whose format a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Docker's `config.json`. Its keys are hosts: a key with a path is none of docker's doing, and the credential of one
    /// repository is not sent on behalf of the whole host.
    Docker,
    /// The `auth.json` of podman, skopeo and buildah. Its keys are hosts, namespaces and repositories.
    Containers,
    /// Docker's `.dockercfg` of old, which is nothing but `auths`.
    Legacy,
}

/// A file that may hold credentials; it need not be there.
#[derive(Debug, Clone)]
pub struct AuthFile {
    /// Where it is.
    pub path: PathBuf,
    /// How it is read.
    pub format: Format,
    /// Whether people expect it there: only then is it worth a word that it is missing.
    pub expected: bool,
}

impl Format {
    /// What `config` says about `repository` at `host`.
    pub(super) fn entry(self, config: &Config, host: &Host, repository: Option<&str>) -> Entry {
        let repository = repository.filter(|_| self == Self::Containers);
        config.entry(Wanted { host, repository })
    }

    fn parse(self, text: &[u8]) -> Result<Config, serde_json::Error> {
        if self == Self::Legacy { Config::parse_legacy(text) } else { Config::parse(text) }
    }
}

impl AuthFile {
    /// What is in it, `None` when there is no such file, or what is wrong with it.
    pub(super) async fn read(&self) -> Result<Option<Config>, String> {
        let path = self.path.clone();
        let text = tokio::task::spawn_blocking(move || read_file(&path)).await;
        match text.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(text) => self.format.parse(&text).map(Some).map_err(|error| malformed(&error)),
            // A file where a folder should be is no file there either.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(format!("cannot be read: {error}")),
        }
    }
}

/// What is in a file of at most [`MAX_CONFIG`] bytes.
pub(super) fn read_file(path: &std::path::Path) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: a FIFO would wait for somebody to write into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut text = Vec::new();
    std::fs::File::open(path)?.take(MAX_CONFIG + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_CONFIG { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

/// Line and column, and the kind of mistake, but nothing of what stands there.
pub(super) fn malformed(error: &serde_json::Error) -> String {
    let what = if error.is_data() { "is not a JSON object" } else { "is not valid JSON" };
    format!("{what} (line {}, column {})", error.line(), error.column())
}
