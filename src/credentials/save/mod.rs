//! What a login writes and a logout removes (AUTH-27): in the helper that the file names, or in the file itself.
//!
//! Only what is about the host changes, in one step, under a lock, and for nobody else's eyes. A file that cannot be
//! understood is left alone. `document` is the content, `disk` the lock and the replacement.

mod disk;
mod document;
mod error;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::SaveError;

use self::disk::Place;
use self::document::Document;
use super::Credential;
use super::file::{malformed, read_file};
use super::helper::{Helper, HelperError, program};
use super::key::server_url;
use crate::oci::reference::Host;

/// A configuration file of docker's or podman's that logins are written to; it need not be there.
#[derive(Debug, Clone)]
pub struct LoginFile {
    /// Where it is.
    pub path: PathBuf,
    /// The folders in which helpers are, as in `PATH`.
    pub helper_path: Option<OsString>,
    /// How long a helper may take.
    pub helper_limit: Duration,
}

/// Where a credential is kept now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// In the file, where whoever may read that can read it.
    File,
    /// In the keeping of the helper of this name: `docker-credential-…`.
    Helper(String),
}

/// What a logout removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removed {
    /// Whether there was anything for the host.
    pub anything: bool,
    /// The helper that was asked to forget it.
    pub helper: Option<String>,
}

impl LoginFile {
    /// Whether the file can be understood, and so be changed later. That it is not there is no failure.
    pub fn check(&self) -> Result<(), SaveError> {
        self.read(&self.path).map(drop)
    }

    /// Keep `credential` for `host`, in place of all that is kept for it under any of its names.
    ///
    /// A helper that fails is an error, and the file stays as it is. A second login that comes meanwhile waits.
    pub async fn save(&self, host: &Host, credential: &Credential) -> Result<Saved, SaveError> {
        let (place, _lock) = self.open().await?;
        let mut document = self.read(place.path())?.unwrap_or_default();
        let saved = if let Some(name) = document.helper(host).map(str::to_owned) {
            let kept = async { self.helper(&name)?.store(&server_url(host), credential).await };
            kept.await.map_err(|error| self.helper_failed(&name, &error))?;
            document.put(host, None);
            Saved::Helper(program(&name))
        } else {
            document.put(host, Some(credential));
            Saved::File
        };
        self.write(&place, &document)?;
        Ok(saved)
    }

    /// Remove all that is kept for `host` under any of its names.
    pub async fn remove(&self, host: &Host) -> Result<Removed, SaveError> {
        if self.read(&self.path)?.is_none() {
            return Ok(Removed::default());
        }
        let (place, _lock) = self.open().await?;
        let mut document = self.read(place.path())?.unwrap_or_default();
        let mut removed = Removed::default();
        let keys = document.keys(host);
        if let Some(name) = document.helper(host).map(str::to_owned) {
            let url = server_url(host);
            // Entries of other spellings stand for what the helper has under those.
            for server in std::iter::once(&url).chain(keys.iter().filter(|key| **key != url)) {
                let forgotten = self.forget(&name, server).await;
                removed.anything |= forgotten.map_err(|error| self.helper_failed(&name, &error))?;
            }
            removed.helper = Some(program(&name));
        }
        if !keys.is_empty() {
            removed.anything = true;
            document.remove(host);
            self.write(&place, &document)?;
        }
        Ok(removed)
    }

    /// Whether the helper had something for `server`, which it has no more.
    async fn forget(&self, name: &str, server: &str) -> Result<bool, HelperError> {
        let helper = self.helper(name)?;
        // Some say of what they never had that it is erased.
        if matches!(helper.get(server).await, Err(HelperError::NotFound)) {
            return Ok(false);
        }
        match helper.erase(server).await {
            Ok(()) => Ok(true),
            Err(HelperError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn helper(&self, name: &str) -> Result<Helper, HelperError> {
        Helper::find(name, self.helper_path.as_deref(), self.helper_limit)
    }

    async fn open(&self) -> Result<(Place, disk::Lock), SaveError> {
        let open = async {
            let place = Place::of(&self.path)?;
            let lock = place.lock().await?;
            Ok((place, lock))
        };
        open.await.map_err(|error| self.unwritten(error))
    }

    fn read(&self, path: &Path) -> Result<Option<Document>, SaveError> {
        let broken = |what: String| SaveError::Broken { path: self.path.clone(), what };
        match read_file(path) {
            Ok(text) => Document::parse(&text).map(Some).map_err(|error| broken(error.to_string())),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(broken(format!("cannot be read: {error}"))),
        }
    }

    fn write(&self, place: &Place, document: &Document) -> Result<(), SaveError> {
        place.replace(&document.text()).map_err(|error| self.unwritten(error))
    }

    fn unwritten(&self, source: io::Error) -> SaveError {
        SaveError::Unwritten { path: self.path.clone(), source }
    }

    fn helper_failed(&self, name: &str, error: &HelperError) -> SaveError {
        SaveError::Helper { program: program(name), path: self.path.clone(), what: error.to_string() }
    }
}

#[cfg(test)]
mod tests;
