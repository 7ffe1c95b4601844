//! What can go wrong while unpacking.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

/// The flag that raises the limits on sizes.
pub const SIZE_FLAG: &str = "--max-unpacked-size";

/// The longest part of an entry's name that a message shows, in characters.
const SHOWN: usize = 200;

/// Why a layer was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// An entry that no honest content layer has.
    #[error("archive entry {entry:?} is refused: {what}")]
    Hostile {
        /// The entry's name, shortened.
        entry: String,
        /// What is wrong with it.
        what: Cow<'static, str>,
    },
    /// The bytes are no gzip, no tar, or end too early.
    #[error("the layer is broken: {what}")]
    Broken {
        /// What is wrong.
        what: Cow<'static, str>,
        /// The error of the decompressor.
        source: Option<io::Error>,
    },
    /// The layer is larger than allowed in some dimension.
    #[error("the layer is too large: {what}")]
    Limit {
        /// What is too large, and the limit.
        what: String,
        /// The flag that raises the limit.
        flag: Option<&'static str>,
    },
    /// The caller's reader failed.
    #[error("cannot read the layer")]
    Read(#[source] io::Error),
    /// A file or folder cannot be written.
    #[error("cannot write {}", path.display())]
    Disk {
        /// What was to be written.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
}

impl UnpackError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Limit { flag: Some(flag), .. } => {
                Some(format!("raise the limit with {flag} if you trust the content"))
            }
            Self::Disk { source, .. } if is_full(source) => {
                Some("make room on that disk, or choose an output folder on another one".to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn hostile(entry: &str, what: impl Into<Cow<'static, str>>) -> Self {
        Self::Hostile { entry: shorten(entry), what: what.into() }
    }

    pub(super) fn broken(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Broken { what: what.into(), source: None }
    }

    pub(super) fn limit(what: impl Into<String>) -> Self {
        Self::Limit { what: what.into(), flag: None }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// A name that a message can show, however long it is.
pub(super) fn shorten(entry: &str) -> String {
    match entry.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &entry[..at]),
        None => entry.to_owned(),
    }
}
