//! What can go wrong while a folder is packed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::artifact::name::{MAX_DEPTH, NameFault};

/// A failure of packing, one variant for each outcome that a caller acts on.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// What was to be packed is not there.
    #[error("no such file or folder: {}", Shown(.0))]
    Missing(PathBuf),
    /// There is no file, or every file is ignored.
    #[error("nothing to pack in '{}'", Shown(.0))]
    Empty(PathBuf),
    /// What is there cannot be packed as it is; the folder or the options have to change.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A file or a folder that cannot be read.
    #[error("cannot read '{}'", Shown(.path))]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that is not, or no longer, the one that was planned: another size, another time, another file.
    #[error("file changed while it was packed: {}", Shown(.0))]
    Changed(PathBuf),
    /// The place that the layer is written to failed.
    #[error("cannot write the content layer")]
    Output(#[source] io::Error),
}

/// Why something in the folder is refused (`artifact.md` 2).
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A name that some system cannot hold.
    #[error("cannot pack '{}': {fault}", Shown(.path))]
    Name {
        /// The path up to that name.
        path: PathBuf,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// Two names that some systems take for one.
    #[error("cannot pack both '{}' and '{}': some systems take them for one name", Shown(.first), Shown(.second))]
    Collision {
        /// The path that sorts first.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
    },
    /// A symbolic link whose target lies outside the folder.
    #[error("symbolic link '{}' leaves the folder: it points to '{}'", Shown(.path), Shown(.target))]
    LinkLeaves {
        /// The link.
        path: PathBuf,
        /// What it points to in the end.
        target: PathBuf,
    },
    /// A symbolic link to nothing.
    #[error("symbolic link '{}' points to nothing", Shown(.0))]
    LinkDangles(PathBuf),
    /// A symbolic link to itself, or to a folder that it lies in.
    #[error("symbolic link '{}' loops", Shown(.0))]
    LinkLoops(PathBuf),
    /// Neither file nor folder.
    #[error("cannot pack '{}': it is a {kind}", Shown(.path))]
    Special {
        /// Where it is.
        path: PathBuf,
        /// What it is: a socket, FIFO or device.
        kind: &'static str,
    },
    /// More folders inside each other than are unpacked.
    #[error("cannot pack '{}': more than {MAX_DEPTH} names in a path", Shown(.0))]
    TooDeep(PathBuf),
    /// An ignore pattern that is none.
    #[error("{origin}: {message}")]
    Pattern {
        /// File and line, or the option.
        origin: String,
        /// What is wrong with it.
        message: String,
    },
}

impl PackError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Empty(_) => Some("folders without files are not packed; see .bobignore and --ignore-paths"),
            Self::Changed(_) => Some("try again when nothing writes to the folder"),
            Self::Refused(refusal) => refusal.hint(),
            Self::Missing(_) | Self::Unreadable { .. } | Self::Output(_) => None,
        }
    }

    /// [`PackError::Unreadable`] of `path`, for `map_err`.
    pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Unreadable { path: path.to_owned(), source }
    }
}

impl Refusal {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Name { .. } | Self::Collision { .. } => Some("rename it, or name it in .bobignore or --ignore-paths"),
            Self::LinkLeaves { .. } => Some("--resolve-symlinks packs what lies outside as well"),
            Self::LinkDangles(_) | Self::LinkLoops(_) | Self::Special { .. } | Self::TooDeep(_) => {
                Some("remove it, or name it in .bobignore or --ignore-paths")
            }
            Self::Pattern { .. } => None,
        }
    }
}

/// A path as a message shows it: control characters escaped, so that a name cannot speak to the terminal.
struct Shown<'a>(&'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}
