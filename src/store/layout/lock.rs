//! The lock around a change of `index.json` (LAY-6).
//!
//! An advisory lock on a file of its own, because `index.json` is replaced by every change. The file stays; other tools
//! tolerate it. Where the file system has no such locks (some network ones), a file that only one program can create
//! takes their place; it says whose it is, and is taken away from an owner that seems dead.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use rustix::io::Errno;

use super::faults::local;
use super::folder::SHARED;
use crate::store::{Fault, Result, StoreError};

/// The file that is locked.
const NAME: &str = ".bobctl.lock";
/// The file that stands for the lock where there are no locks.
const OWNER: &str = ".bobctl.lock.owner";
/// A change takes milliseconds, so an owner of this age has died.
const DEAD: Duration = Duration::from_secs(300);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// A lock that is held until it is dropped.
pub(super) struct Lock {
    file: File,
    owner: Option<PathBuf>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(owner) = &self.owner {
            // Whoever finds it later sees its age.
            let _ = std::fs::remove_file(owner);
        }
    }
}

impl Lock {
    /// The lock of the layout at `folder`, waiting up to `wait` for it.
    pub(super) fn take(folder: &Path, wait: Duration) -> Result<Self> {
        Self::take_with(folder, wait, &File::try_lock)
    }

    /// Now, by the clock of the file system that holds the layout.
    pub(super) fn now(&self) -> io::Result<SystemTime> {
        now(&self.file)
    }

    fn take_with(folder: &Path, wait: Duration, lock: &TryLock) -> Result<Self> {
        let path = folder.join(NAME);
        let file = lock_file(&path).map_err(|error| local("open the lock file", &path, error))?;
        let start = Instant::now();
        loop {
            let owner = match lock(&file) {
                Ok(()) => return Ok(Self { file, owner: None }),
                Err(TryLockError::WouldBlock) => None,
                Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                    let owner = folder.join(OWNER);
                    if take_ownership(&owner, &file).map_err(|error| local("make the lock file", &owner, error))? {
                        return Ok(Self { file, owner: Some(owner) });
                    }
                    Some(owner)
                }
                Err(TryLockError::Error(error)) => return Err(local("lock", &path, error)),
            };
            if start.elapsed() >= wait {
                return Err(waited(folder, wait, owner.as_deref()));
            }
            sleep(PAUSE);
        }
    }
}

type TryLock = dyn Fn(&File) -> std::result::Result<(), TryLockError>;

fn lock_file(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(SHARED).custom_flags(flags).open(path)
}

fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported || Errno::from_io_error(error) == Some(Errno::NOLCK)
}

/// Create the owner file, taking it away from a dead owner first.
fn take_ownership(owner: &Path, clock: &File) -> io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).mode(SHARED).open(owner) {
        Ok(mut file) => {
            let host = rustix::system::uname();
            writeln!(file, "process {} on {}", std::process::id(), host.nodename().to_string_lossy())?;
            file.sync_all().map(|()| true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            remove_dead(owner, clock)?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// What a write to our lock file shows.
fn now(clock: &File) -> io::Result<SystemTime> {
    clock.write_all_at(b"\n", 0)?;
    clock.metadata()?.modified()
}

/// Remove the owner file when it is old by the file system's own clock.
fn remove_dead(owner: &Path, clock: &File) -> io::Result<()> {
    let Some(seen) = unless_gone(owner.symlink_metadata())? else { return Ok(()) };
    let age = now(clock)?.duration_since(seen.modified()?).unwrap_or_default();
    if age < DEAD {
        return Ok(());
    }
    // Renamed first: of several that found it dead only one goes on, and a file made meanwhile can be seen to be another.
    let aside = owner.with_extension(std::process::id().to_string());
    if unless_gone(std::fs::rename(owner, &aside))?.is_none() {
        return Ok(());
    }
    if aside.symlink_metadata()?.ino() != seen.ino() {
        return std::fs::rename(&aside, owner);
    }
    std::fs::remove_file(aside)
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn waited(folder: &Path, wait: Duration, owner: Option<&Path>) -> StoreError {
    let held_by = owner.and_then(|owner| std::fs::read_to_string(owner).ok());
    let held_by = held_by.map_or_else(|| "another program".to_owned(), |text| text.trim().to_owned());
    let message = format!("{} was locked by {held_by} for {} s", folder.display(), wait.as_secs());
    let held = owner.map_or_else(|| folder.join(NAME), Path::to_owned);
    StoreError::Unavailable(
        Fault::new(message).with_hint(format!("wait until it is done and try again; the lock is {}", held.display())),
    )
}

#[cfg(test)]
mod tests;
