//! A folder that becomes the output in one step.
//!
//! The content is made in a staging folder beside the output, so on the same file system, and put in place when it is whole:
//! by a rename where nothing or an empty folder stands, by an exchange of the two where a folder is to be replaced. Where the
//! file system exchanges nothing, two renames do it, and the next run repairs what a kill between them has left. Any failure
//! before, an interrupt and `kill -9` included, leaves the output as it was.
//!
//! Nothing is synced: what this promises holds when the process dies, and not when the power fails.

mod error;
mod parent;
mod rules;
mod stale;
mod swap;

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::io::Errno;

pub use error::PlaceError;
pub use rules::Rules;
pub use swap::How;

use parent::{Parent, Siblings, open_folder};
use swap::Swap;

/// How often a staging folder is made anew when other runs are in the way.
const ATTEMPTS: usize = 16;

/// The folder is in place.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed {
    /// How that was done.
    pub how: How,
    /// What is left of the old folder, when it could not be removed altogether.
    pub leftover: Option<PathBuf>,
}

/// A folder on its way to becoming the output. Dropped before that, it vanishes with all that is in it.
pub struct Staging {
    rules: Rules,
    parent: Parent,
    output: OsString,
    name: OsString,
    path: PathBuf,
    /// Holds the lock that tells other runs that this one lives.
    handle: OwnedFd,
    restored: bool,
    placed: bool,
    exchange: swap::Exchange,
}

impl Staging {
    /// Make a staging folder beside `output`, and the folders around it where they are missing. Clean up after runs that
    /// were killed.
    ///
    /// An output that [`Rules`] forbid is an error, and nothing is changed then.
    pub fn prepare(output: &Path, rules: &Rules) -> Result<Self, PlaceError> {
        let output = spelt_out(output)?;
        let name = output.file_name().ok_or_else(|| PlaceError::Refused {
            path: output.clone(),
            what: "is the root folder",
            hint: "name a folder below it",
        })?;
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            match Self::beside(output.parent().unwrap_or(&output), name, rules) {
                // Another run has taken the parent away, or taken this staging folder for a dead one.
                Err(Trouble::Raced(error)) => failure = Some(error),
                Err(Trouble::Final(error)) => return Err(error),
                Ok(staging) => return Ok(staging),
            }
        }
        Err(failure.unwrap_or_else(|| PlaceError::io("make a folder beside", &output, Errno::EXIST)))
    }

    fn beside(parent: &Path, output: &OsStr, rules: &Rules) -> Result<Self, Trouble> {
        let parent = Parent::open(parent).map_err(|error| Trouble::from("open folder", parent, error))?;
        let siblings = Siblings::of(output);
        let restored = stale::clean(&parent, output, &siblings);
        let name = siblings.fresh();
        let path = parent.path.join(&name);
        let made = rules.check(&parent.path.join(output)).map_err(Trouble::Final).and_then(|()| {
            make_locked(&parent, &name).map_err(|error| Trouble::from("make folder", &path, error.into()))
        });
        match made {
            Ok(handle) => Ok(Self {
                rules: rules.clone(),
                output: output.to_owned(),
                name,
                path,
                handle,
                parent,
                restored,
                placed: false,
                exchange: swap::exchange,
            }),
            Err(trouble) => {
                parent.unmake();
                Err(trouble)
            }
        }
    }

    /// The folder to be filled.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that the output is in: on its file system, and there before and after.
    pub fn around(&self) -> &Path {
        &self.parent.path
    }

    /// Whether a run before this one was killed while it replaced the output, and the old folder is back now.
    pub fn restored(&self) -> bool {
        self.restored
    }

    /// Make it the output.
    pub fn commit(mut self) -> Result<Placed, PlaceError> {
        let output = self.parent.path.join(&self.output);
        let failed = |error: Errno| PlaceError::io("put the content in place as", &output, error);
        // Again, as time has passed.
        self.rules.check(&output)?;
        rustix::fs::fchmod(&self.handle, Mode::from_raw_mode(0o755)).map_err(failed)?;
        let swap =
            Swap { around: &self.parent.handle, staging: &self.name, output: &self.output, exchange: self.exchange };
        let how = match swap.run(self.rules.replace) {
            Ok(how) => how,
            Err(error) if swap::is_occupied(error) => return Err(PlaceError::NotEmpty { path: output, instead: None }),
            Err(error) => return Err(failed(error)),
        };
        self.placed = true;
        Ok(Placed { how, leftover: self.remove_old(how) })
    }

    /// What was replaced has the staging folder's name now.
    fn remove_old(&self, how: How) -> Option<PathBuf> {
        if how == How::Renamed || std::fs::remove_dir_all(&self.path).is_ok() {
            return None;
        }
        let moved_away = self.parent.path.join(Siblings::old(&self.name));
        [&self.path, &moved_away].into_iter().find(|path| path.symlink_metadata().is_ok()).cloned()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.placed {
            // What cannot be removed now, the next run removes.
            let _ = std::fs::remove_dir_all(&self.path);
            self.parent.unmake();
        }
    }
}

/// Why there is no staging folder.
enum Trouble {
    /// Another run was in the way; try again.
    Raced(PlaceError),
    Final(PlaceError),
}

impl Trouble {
    fn from(doing: &'static str, path: &Path, error: io::Error) -> Self {
        use io::ErrorKind::{AlreadyExists, NotFound, WouldBlock};
        let raced = matches!(error.kind(), NotFound | AlreadyExists | WouldBlock);
        let error = PlaceError::io(doing, path, error);
        if raced { Self::Raced(error) } else { Self::Final(error) }
    }
}

/// A new folder of this name, for this user alone, with our lock on it.
fn make_locked(parent: &Parent, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    rustix::fs::mkdirat(&parent.handle, name, Mode::RWXU)?;
    let handle = open_folder(&parent.handle, name)?;
    // Another run is just about to remove it. Any other error means a file system without locks: nobody removes it there.
    if stale::lock(&handle) == Err(Errno::WOULDBLOCK) {
        return Err(Errno::WOULDBLOCK);
    }
    let there = rustix::fs::statat(&parent.handle, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
    let here = rustix::fs::fstat(&handle)?;
    if there.st_ino == here.st_ino { Ok(handle) } else { Err(Errno::NOENT) }
}

/// `output` with a last part that is a name.
fn spelt_out(output: &Path) -> Result<PathBuf, PlaceError> {
    if output.file_name().is_some() {
        return Ok(output.to_owned());
    }
    output.canonicalize().map_err(|error| PlaceError::io("look at", output, error))
}
