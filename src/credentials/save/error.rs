//! Why a login cannot be kept, or not be removed. No message has anything of a file's content, or a secret.

use std::io;
use std::path::PathBuf;

/// Why nothing was saved, or removed.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file cannot be read or understood, and so is not changed.
    #[error("{} {what}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with line and column.
        what: String,
    },
    /// The file, or what is needed beside it, cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The helper that the file names did not do its part.
    #[error("{program} {what}")]
    Helper {
        /// The program.
        program: String,
        /// The file that names it.
        path: PathBuf,
        /// Why.
        what: String,
    },
}

impl SaveError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Broken { .. } => Some("mend it or move it away; it is left as it is".to_owned()),
            Self::Unwritten { .. } => Some("another folder can be named with --docker-config".to_owned()),
            Self::Helper { path, .. } => Some(format!(
                "{} names that helper in 'credsStore' or 'credHelpers'; install or unlock it, or remove it there",
                path.display()
            )),
        }
    }
}
