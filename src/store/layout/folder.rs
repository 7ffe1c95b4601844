//! The folder on disk: finding files in it without following links (LAY-9), making it, and putting files into it so that
//! they are there whole or not at all (LAY-4, LAY-5).

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::faults::{local, no_folder, no_layout, not_plain};
use super::known::Known;
use super::listing::Added;
use super::referrers::Graph;
use super::update::Cache;
use crate::oci::json;
use crate::store::{Fault, Result, StoreError};

/// The folder of blobs.
pub(super) const BLOBS: &str = "blobs";
/// The file that lists the manifests.
pub(super) const INDEX: &str = "index.json";
/// The file that makes a folder a layout.
const MARKER: &str = "oci-layout";
const MARKER_CONTENT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
/// The largest `oci-layout` file that is read, in bytes: it holds one version.
const MAX_MARKER: usize = 64 << 10;
/// An index of nothing.
const EMPTY_INDEX: &[u8] =
    br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
/// How the names of files begin and end that have no final name yet.
pub(super) const UNNAMED: (&str, &str) = (".bobctl-", ".tmp");
/// Ours to write while it has no name yet; the umask takes away from it.
pub(super) const SHARED: u32 = 0o666;

/// A layout's folder. Everything here may block.
pub(super) struct Folder {
    path: PathBuf,
    pub(super) lock_wait: Duration,
    pub(super) cache: Mutex<Cache>,
    pub(super) added: Mutex<Added>,
    pub(super) known: Mutex<Known>,
    pub(super) graph: Mutex<Option<Arc<Graph>>>,
}

impl Folder {
    pub(super) fn new(path: PathBuf, lock_wait: Duration) -> Self {
        Self {
            path,
            lock_wait,
            cache: Mutex::default(),
            added: Mutex::default(),
            known: Mutex::default(),
            graph: Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder itself, `None` when there is none. A link to it is the user's own and is followed.
    fn root(&self) -> Result<Option<OwnedFd>> {
        match rustix::fs::open(&self.path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(root) => Ok(Some(root)),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR) => Err(no_folder(&self.path)),
            Err(error) => Err(local("open the image layout", &self.path, error.into())),
        }
    }

    /// The file at `parts`, opened for reading without following a link; `None` when it or a folder above is missing.
    pub(super) fn open(&self, parts: &[&str]) -> Result<Option<File>> {
        let Some((name, above)) = parts.split_last() else { return Ok(None) };
        let Some(mut folder) = self.root()? else { return Ok(None) };
        let mut path = self.path.clone();
        for part in above {
            path.push(part);
            match open_folder(folder.as_fd(), part, &path)? {
                Some(next) => folder = next,
                None => return Ok(None),
            }
        }
        open_file(folder.as_fd(), name, &path.join(name))
    }

    /// The whole of a small file; more than `limit` bytes are refused.
    pub(super) fn read(&self, parts: &[&str], limit: usize) -> Result<Option<Vec<u8>>> {
        let Some(file) = self.open(parts)? else { return Ok(None) };
        let path = self.path_of(parts);
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| local("read", &path, error))?;
        if bytes.len() > limit {
            let message = format!("{} has more than the {limit} bytes that are read", path.display());
            return Err(StoreError::Refused(Fault::new(message)));
        }
        Ok(Some(bytes))
    }

    pub(super) fn path_of(&self, parts: &[&str]) -> PathBuf {
        parts.iter().fold(self.path.clone(), |path, part| path.join(part))
    }

    /// Before reading: is this a layout?
    pub(super) fn require(&self) -> Result<()> {
        match self.read(&[MARKER], MAX_MARKER)? {
            Some(_) => Ok(()),
            None if self.root()?.is_none() => Err(no_layout(&self.path, "the folder does not exist")),
            None => Err(no_layout(&self.path, "the folder has no 'oci-layout' file")),
        }
    }

    /// Before writing: make the folder a layout, or see that it is one that we may write to (LAY-1). The marker comes
    /// last, so that whoever sees it sees a whole layout.
    pub(super) fn prepare(&self) -> Result<()> {
        if let Some(marker) = self.read(&[MARKER], MAX_MARKER)? {
            return self.writable_version(&marker);
        }
        self.refuse_foreign_folder()?;
        let fresh = !self.path.exists();
        std::fs::create_dir_all(&self.path).map_err(|error| local("make the folder", &self.path, error))?;
        if fresh && let Some(parent) = self.path.parent() {
            sync_folder(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
        }
        self.make_folder(&[BLOBS])?;
        for (name, content) in [(INDEX, EMPTY_INDEX), (MARKER, MARKER_CONTENT)] {
            let mut file = self.new_file(SHARED)?;
            file.write_all(content).map_err(|error| local("write to", &self.path, error))?;
            self.publish_new(file, &[name])?;
        }
        Ok(())
    }

    fn writable_version(&self, marker: &[u8]) -> Result<()> {
        let version = json::value(marker).ok();
        let version = version.as_ref().and_then(|marker| marker.get("imageLayoutVersion")).and_then(Value::as_str);
        if version.is_some_and(|version| version == "1" || version.starts_with("1.")) {
            return Ok(());
        }
        let found = version.map_or_else(|| "no version".to_owned(), |version| format!("version '{version}'"));
        let message = format!("{} has {found} in its 'oci-layout' file; bobctl writes version 1", self.path.display());
        Err(StoreError::Refused(Fault::new(message)))
    }

    /// A folder that holds something else is not made a layout. Hidden files do not count, and neither does what a crash
    /// leaves of a layout that is being made, or a marker that another writer has put there since we looked.
    pub(super) fn refuse_foreign_folder(&self) -> Result<()> {
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(local("read the folder", &self.path, error)),
        };
        for entry in entries {
            let name = entry.map_err(|error| local("read the folder", &self.path, error))?.file_name();
            let name = name.to_string_lossy();
            if !name.starts_with('.') && ![BLOBS, INDEX, MARKER].contains(&&*name) {
                let message =
                    format!("{} is no OCI image layout and is not empty: it has '{name}'", self.path.display());
                return Err(StoreError::Refused(Fault::new(message).with_hint("name a folder that is new or empty")));
            }
        }
        Ok(())
    }

    /// Make the folder at `parts`, whose parent is there, unless it is there already.
    pub(super) fn make_folder(&self, parts: &[&str]) -> Result<()> {
        let path = self.path_of(parts);
        match std::fs::create_dir(&path) {
            Ok(()) => path.parent().map_or(Ok(()), sync_folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => plain_folder(&path),
            Err(error) => Err(local("make the folder", &path, error)),
        }
    }

    /// A new file in this file system, without its final name yet; it vanishes unless it is published.
    pub(super) fn new_file(&self, mode: u32) -> Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(UNNAMED.0)
            .suffix(UNNAMED.1)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(&self.path)
            .map_err(|error| local("make a file in", &self.path, error))
    }

    /// Give `file` its name, for good, unless that name is taken; whether it was free.
    pub(super) fn publish_new(&self, file: NamedTempFile, parts: &[&str]) -> Result<bool> {
        let path = self.path_of(parts);
        file.as_file().sync_all().map_err(|error| local("write", &path, error))?;
        match file.persist_noclobber(&path) {
            Ok(_) => path.parent().map_or(Ok(()), sync_folder).map(|()| true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(local("write", &path, error.error)),
        }
    }

    /// Give `file` its name, for good, instead of the file that has it now.
    pub(super) fn publish_over(&self, file: NamedTempFile, parts: &[&str]) -> Result<()> {
        let path = self.path_of(parts);
        file.as_file().sync_all().map_err(|error| local("write", &path, error))?;
        file.persist(&path).map_err(|error| local("write", &path, error.error))?;
        path.parent().map_or(Ok(()), sync_folder)
    }
}

fn open_folder(parent: BorrowedFd<'_>, name: &str, path: &Path) -> Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat(parent, name, flags, Mode::empty()) {
        Ok(folder) => Ok(Some(folder)),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::LOOP | Errno::NOTDIR) => Err(not_plain(path, kind_at(parent, name), "folder")),
        Err(error) => Err(local("open", path, error.into())),
    }
}

fn open_file(parent: BorrowedFd<'_>, name: &str, path: &Path) -> Result<Option<File>> {
    // A FIFO would wait for its other end without NONBLOCK; on a regular file the flag does nothing.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(parent, name, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP | Errno::NXIO) => return Err(not_plain(path, kind_at(parent, name), "file")),
        Err(error) => return Err(local("open", path, error.into())),
    };
    let metadata = file.metadata().map_err(|error| local("read", path, error))?;
    if metadata.is_file() { Ok(Some(file)) } else { Err(not_plain(path, kind_at(parent, name), "file")) }
}

fn plain_folder(path: &Path) -> Result<()> {
    let metadata = path.symlink_metadata().map_err(|error| local("read", path, error))?;
    if metadata.is_dir() {
        return Ok(());
    }
    Err(not_plain(path, if metadata.is_symlink() { "symbolic link" } else { "file" }, "folder"))
}

fn kind_at(parent: BorrowedFd<'_>, name: &str) -> &'static str {
    let kind =
        rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileType::from_raw_mode(stat.st_mode));
    match kind {
        Ok(FileType::Symlink) => "symbolic link",
        Ok(FileType::Directory) => "folder",
        Ok(FileType::RegularFile) => "file",
        _ => "special file",
    }
}

/// Make the names in a folder last. Some network file systems cannot, and keep them anyway.
fn sync_folder(path: &Path) -> Result<()> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Err(local("write", path, error))
        }
        _ => Ok(()),
    }
}
