//! What runs that were killed have left beside the output.
//!
//! A run holds a lock on its staging folder, which the system drops when the run dies, however it dies. A staging folder
//! without a lock is removed. An old folder that was moved away and not replaced is moved back: the run that did it has
//! not reported success, and the content that was there is the one that somebody may rely on.
//!
//! Some network file systems lock no folders. There nobody can tell the living from the dead: staging folders stay, and an
//! old folder comes back all the same, as a living run moves it away for an instant only.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;

use rustix::fs::{FlockOperation, renameat};
use rustix::io::Errno;

use super::parent::{Parent, Role, Siblings, open_folder};
use super::swap::is_occupied;

/// Clean up beside the output called `output`. Answers whether an old folder was moved back.
///
/// What cannot be cleaned up is left for the next run: it is in nobody's way.
pub(super) fn clean(parent: &Parent, output: &OsStr, siblings: &Siblings) -> bool {
    let Ok(list) = std::fs::read_dir(&parent.path) else { return false };
    let mut found: Vec<_> = list.flatten().filter_map(|entry| siblings.read(&entry.file_name())).collect();
    // Old folders first: their staging folders tell whether the run still lives.
    found.sort_unstable_by_key(|(role, _)| *role == Role::Staging);
    let mut restored = false;
    for (role, staging) in found {
        match role {
            Role::Old => restored |= settle_old(parent, output, siblings, &staging),
            Role::Staging => remove_dead(parent, &staging),
        }
    }
    restored
}

/// Move an old folder back, or throw it away when the new one has come into its place.
fn settle_old(parent: &Parent, output: &OsStr, siblings: &Siblings, staging: &OsStr) -> bool {
    let old = Siblings::old(staging);
    if is_alive(parent, staging) || !is_ours(parent, &old) {
        return false;
    }
    match renameat(&parent.handle, &old, &parent.handle, output) {
        Ok(()) => true,
        Err(error) if is_occupied(error) => {
            let waste = siblings.fresh();
            if renameat(&parent.handle, &old, &parent.handle, &waste).is_ok() {
                let _ = std::fs::remove_dir_all(parent.path.join(waste));
            }
            false
        }
        Err(_) => false,
    }
}

fn is_alive(parent: &Parent, staging: &OsStr) -> bool {
    open_folder(&parent.handle, staging).is_ok_and(|handle| lock(&handle) == Err(Errno::WOULDBLOCK))
}

fn remove_dead(parent: &Parent, staging: &OsStr) {
    let Ok(handle) = open_folder(&parent.handle, staging) else { return };
    if lock(&handle).is_ok() && is_ours(parent, staging) {
        let _ = std::fs::remove_dir_all(parent.path.join(staging));
    }
}

/// Lock a folder for as long as the handle is open. File systems without such locks answer another error than
/// [`Errno::WOULDBLOCK`].
pub(super) fn lock(folder: &OwnedFd) -> rustix::io::Result<()> {
    rustix::fs::flock(folder, FlockOperation::NonBlockingLockExclusive)
}

/// It is a folder of this user, or of the user to whom the folder around it belongs: in a folder where everybody may write,
/// anybody can put something under such a name.
fn is_ours(parent: &Parent, name: &OsStr) -> bool {
    let owner = |folder: OwnedFd| rustix::fs::fstat(folder).map(|facts| facts.st_uid);
    let around = rustix::fs::fstat(&parent.handle).map(|facts| facts.st_uid);
    let user = rustix::process::geteuid().as_raw();
    open_folder(&parent.handle, name).and_then(owner).is_ok_and(|uid| uid == user || around == Ok(uid))
}
