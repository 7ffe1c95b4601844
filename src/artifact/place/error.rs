//! Why a folder was not put in place.

use std::io;
use std::path::{Path, PathBuf};

/// Why a folder was not put in place. What was there before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is something in the output folder, and it is not to be replaced.
    #[error("output folder {} is not empty", path.display())]
    NotEmpty {
        /// The output folder.
        path: PathBuf,
        /// What to do, where it is one that is never replaced.
        instead: Option<&'static str>,
    },
    /// The output is something that is never replaced.
    #[error("output {} {what}", path.display())]
    Refused {
        /// The output.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// The disk said no.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl PlaceError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotEmpty { instead: Some(instead), .. } => Some(instead),
            Self::NotEmpty { .. } => {
                Some("choose another folder, or replace this one and all that is in it with --force")
            }
            Self::Refused { hint, .. } => Some(hint),
            Self::Io { .. } => None,
        }
    }

    pub(super) fn io(doing: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        Self::Io { doing, path: path.to_owned(), source: source.into() }
    }
}
