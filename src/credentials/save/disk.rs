//! The file on disk: its lock, and its replacement in one step.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use tokio::time::Instant;

/// What others may do with a file of secrets: nothing.
const PRIVATE_FILE: u32 = 0o600;
/// What others may do in a folder that is made for one.
const PRIVATE_FOLDER: u32 = 0o700;
/// The file that is locked: the configuration is replaced by every change, and so cannot be.
const LOCK: &str = ".bobctl.lock";
/// How long a login waits for others, which may wait for helpers.
const LOCK_LIMIT: Duration = Duration::from_secs(60);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(10);
/// How many links lead to a file at most, as the kernel has it.
const MAX_LINKS: usize = 40;

/// Where a file is, or is to be, once all links are followed.
pub(super) struct Place {
    path: PathBuf,
    folder: PathBuf,
}

/// A lock that is held until it is dropped; `None` where the file system has none.
pub(super) struct Lock {
    _file: Option<File>,
}

impl Place {
    /// The place that `path` means, whose folder is made when it is not there: links, also one to a file that is not
    /// there yet, stay, and their target is what changes.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut path = std::path::absolute(path)?;
        for _ in 0..MAX_LINKS {
            let Ok(target) = fs::read_link(&path) else {
                let folder = path.parent().ok_or(io::ErrorKind::IsADirectory)?.to_owned();
                DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(&folder)?;
                return Ok(Self { path, folder });
            };
            path = path.parent().map(|folder| folder.join(&target)).unwrap_or(target);
        }
        Err(Errno::LOOP.into())
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Wait until nobody else changes a file in this folder.
    pub(super) async fn lock(&self) -> io::Result<Lock> {
        let flags = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(PRIVATE_FILE).custom_flags(flags);
        let file = options.open(self.folder.join(LOCK))?;
        let until = Instant::now() + LOCK_LIMIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: Some(file) }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => {
                    let seconds = LOCK_LIMIT.as_secs();
                    return Err(io::Error::other(format!("another login has kept it locked for {seconds} s")));
                }
                // Docker's own logins take none anywhere.
                Err(TryLockError::Error(error)) if has_no_locks(&error) => return Ok(Lock { _file: None }),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Put `content` in the place of what is there: all of it or nothing, on the disk when this returns, never readable
    /// by others, and by the owner only as far as before.
    pub(super) fn replace(&self, content: &[u8]) -> io::Result<()> {
        let before = fs::metadata(&self.path).ok();
        let mode = before.as_ref().map_or(PRIVATE_FILE, |before| before.mode() & PRIVATE_FILE);
        let mut file = tempfile::Builder::new()
            .prefix(".bobctl-login-")
            .permissions(Permissions::from_mode(PRIVATE_FILE))
            .tempfile_in(&self.folder)?;
        file.write_all(content)?;
        if let Some(before) = before {
            keep_owner(file.as_file(), &before)?;
        }
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        // The new name is kept by the folder. A file system that cannot say so keeps it all the same.
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// Who owned a file owns its replacement: root may log in for somebody else. Nobody else is locked out of their file.
fn keep_owner(file: &File, before: &fs::Metadata) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (before.uid(), before.gid()) {
        return Ok(());
    }
    match fchown(file, Some(before.uid()), Some(before.gid())) {
        // Its group may do nothing with it anyway.
        Err(_) if own.uid() == before.uid() => Ok(()),
        outcome => outcome,
    }
}

fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported || Errno::from_io_error(error) == Some(Errno::NOLCK)
}
