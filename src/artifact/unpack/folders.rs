//! Folders on disk, by handle: every name is opened relative to the folder around it and never through a link (SEC-21).

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags};

use super::error::UnpackError;
use super::tree::{FolderId, Tree};

/// Handles kept open beside the root's: a sorted archive needs as many as it is deep.
const OPEN: usize = 32;

/// What every folder gets, whatever the umask is.
const FOLDER_MODE: Mode = Mode::from_raw_mode(0o755);

/// The folder to unpack into and, by handle, those below it that were used last.
pub(super) struct Folders {
    path: PathBuf,
    root: Arc<OwnedFd>,
    open: VecDeque<(FolderId, Arc<OwnedFd>)>,
    made: Vec<bool>,
}

impl Folders {
    pub(super) fn new(path: &Path) -> Result<Self, UnpackError> {
        let root = rustix::fs::openat(CWD, path, folder_flags(), Mode::empty())
            .map_err(|error| UnpackError::Disk { path: path.to_owned(), source: error.into() })?;
        Ok(Self { path: path.to_owned(), root: Arc::new(root), open: VecDeque::new(), made: Vec::new() })
    }

    /// The folder to unpack into.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A folder's handle; it and the folders around it are made when they are not there yet.
    pub(super) fn handle(&mut self, tree: &Tree, id: FolderId) -> Result<Arc<OwnedFd>, UnpackError> {
        if let Some(handle) = self.reuse(id) {
            return Ok(handle);
        }
        let Some((parent, name)) = tree.parent(id) else {
            return Ok(Arc::clone(&self.root));
        };
        let around = self.handle(tree, parent)?;
        let handle = self
            .enter(&around, name, id)
            .map_err(|source| UnpackError::Disk { path: self.path.join(tree.path(id)), source })?;
        let handle = Arc::new(handle);
        if self.open.len() == OPEN {
            self.open.pop_front();
        }
        self.open.push_back((id, Arc::clone(&handle)));
        Ok(handle)
    }

    /// A handle that is still open; it is the last to be closed then.
    fn reuse(&mut self, id: FolderId) -> Option<Arc<OwnedFd>> {
        let at = self.open.iter().position(|(open, _)| *open == id)?;
        let entry = self.open.remove(at)?;
        let handle = Arc::clone(&entry.1);
        self.open.push_back(entry);
        Some(handle)
    }

    fn enter(&mut self, around: &OwnedFd, name: &str, id: FolderId) -> io::Result<OwnedFd> {
        let index = id.index();
        let new = !self.made.get(index).copied().unwrap_or(false);
        if new {
            rustix::fs::mkdirat(around, name, FOLDER_MODE)?;
        }
        let handle = rustix::fs::openat(around, name, folder_flags(), Mode::empty())?;
        if new {
            // The umask, a default ACL or a set-group-ID bit around it may have changed the mode.
            rustix::fs::fchmod(&handle, FOLDER_MODE)?;
            self.made.resize(self.made.len().max(index + 1), false);
            self.made[index] = true;
        }
        Ok(handle)
    }
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}
