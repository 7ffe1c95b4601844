//! Putting one folder in another's place.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;

use rustix::fs::renameat;
use rustix::io::{Errno, Result};

use super::parent::Siblings;

/// How the folder came into its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By one rename: nothing was there, or an empty folder.
    Renamed,
    /// By exchanging it for the old one: at every instant there was one of the two.
    Exchanged,
    /// By two renames, as this file system exchanges nothing: for an instant there was no folder.
    TwoRenames,
}

/// Exchange two names in a folder.
pub(super) type Exchange = fn(&OwnedFd, &OsStr, &OsStr) -> Result<()>;

/// What is answered where nothing is exchanged: by a file system, by an old kernel, by another system.
const NO_EXCHANGE: [Errno; 4] = [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP, Errno::NOTSUP];

/// As the kernel does it.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn exchange(around: &OwnedFd, one: &OsStr, other: &OsStr) -> Result<()> {
    rustix::fs::renameat_with(around, one, around, other, rustix::fs::RenameFlags::EXCHANGE)
}

/// Systems without a call for it.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn exchange(_around: &OwnedFd, _one: &OsStr, _other: &OsStr) -> Result<()> {
    Err(Errno::NOSYS)
}

/// The names of a replacement, all in one folder.
pub(super) struct Swap<'a> {
    pub(super) around: &'a OwnedFd,
    pub(super) staging: &'a OsStr,
    pub(super) output: &'a OsStr,
    pub(super) exchange: Exchange,
}

impl Swap<'_> {
    /// Give the staging folder the output's name. What had that name has the staging folder's then, if it was not empty
    /// and `replace` allows it; without that it is an error ([`is_occupied`]).
    pub(super) fn run(&self, replace: bool) -> Result<How> {
        match self.rename(self.staging, self.output) {
            Err(error) if replace && is_occupied(error) => {}
            other => return other.map(|()| How::Renamed),
        }
        match (self.exchange)(self.around, self.staging, self.output) {
            Err(error) if NO_EXCHANGE.contains(&error) => self.two_renames(),
            other => other.map(|()| How::Exchanged),
        }
    }

    /// The old folder keeps a name of its own from the first rename to the second, so that the next run can tell a
    /// replacement that was cut off from anything else, and undo it.
    fn two_renames(&self) -> Result<How> {
        let old = Siblings::old(self.staging);
        self.rename(self.output, &old)?;
        if let Err(error) = self.rename(self.staging, self.output) {
            // Should this fail as well, the next run does it.
            let _ = self.rename(&old, self.output);
            return Err(error);
        }
        // From here on it is waste, and may be found half deleted.
        let _ = self.rename(&old, self.staging);
        Ok(How::TwoRenames)
    }

    fn rename(&self, from: &OsStr, to: &OsStr) -> Result<()> {
        renameat(self.around, from, self.around, to)
    }
}

/// A folder that is not empty has the name already.
pub(super) fn is_occupied(error: Errno) -> bool {
    matches!(error, Errno::NOTEMPTY | Errno::EXIST)
}
