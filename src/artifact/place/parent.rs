//! The folder around the output, and the names of what stands in it for a while.

use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};

use crate::oci::Digest;

/// What marks our folders, between the output's name and the random part.
const MARK: &str = ".bobctl-";

/// What the old folder's name ends in while it is not replaced yet.
const OLD: &str = ".old";

/// The longest output name that is repeated in a sibling's name; what a file system takes is 255 bytes.
const LONGEST: usize = 200;

/// A folder handle.
pub(super) fn open_folder(around: &OwnedFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(around, name, folder_flags() | OFlags::NOFOLLOW, Mode::empty())
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC
}

/// The folder around the output.
pub(super) struct Parent {
    pub(super) path: PathBuf,
    pub(super) handle: OwnedFd,
    /// The folders that were not there before, outermost first.
    made: Vec<PathBuf>,
}

impl Parent {
    /// Open the folder at `path`, which is made if it is not there, with those around it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let mut made = Vec::new();
        Self::open_or_make(path, &mut made).inspect_err(|_| remove_made(&made))
    }

    fn open_or_make(path: &Path, made: &mut Vec<PathBuf>) -> io::Result<Self> {
        make(path, made)?;
        let path = path.canonicalize()?;
        let handle = rustix::fs::openat(CWD, &path, folder_flags(), Mode::empty())?;
        Ok(Self { path, handle, made: std::mem::take(made) })
    }

    /// Take away again the folders that were made, as far as nobody else uses them.
    pub(super) fn unmake(&self) {
        remove_made(&self.made);
    }
}

fn make(path: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Ok(()) => made.push(path.to_owned()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path.parent().ok_or(error)?, made)?;
            return make(path, made);
        }
        // A read-only disk says so even of a folder that is there.
        Err(_) if path.is_dir() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn remove_made(made: &[PathBuf]) {
    for path in made.iter().rev() {
        // Not empty, then: somebody else has begun to use it.
        let _ = std::fs::remove_dir(path);
    }
}

/// What a sibling of the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// New content that is not in place yet, or old content that no longer is.
    Staging,
    /// Old content that the staging folder of the same run is about to replace.
    Old,
}

/// The names of the folders beside an output.
pub(super) struct Siblings {
    prefix: OsString,
}

impl Siblings {
    pub(super) fn of(output: &OsStr) -> Self {
        let mut prefix = OsString::from(".");
        if output.len() <= LONGEST {
            prefix.push(output);
        } else {
            prefix.push(Digest::of(output.as_encoded_bytes()).hex());
        }
        prefix.push(MARK);
        Self { prefix }
    }

    /// A staging folder's name that nobody has yet, most likely.
    pub(super) fn fresh(&self) -> OsString {
        // Seeded by the system at random; that two runs meet is found out when the folder is made.
        let random = RandomState::new().hash_one(std::process::id());
        let mut name = self.prefix.clone();
        name.push(format!("{random:016x}"));
        name
    }

    /// Where the old folder goes while the folder `staging` takes its place.
    pub(super) fn old(staging: &OsStr) -> OsString {
        let mut name = staging.to_owned();
        name.push(OLD);
        name
    }

    /// What `name` is, and the name of the staging folder of the same run.
    pub(super) fn read(&self, name: &OsStr) -> Option<(Role, OsString)> {
        let rest = name.as_encoded_bytes().strip_prefix(self.prefix.as_encoded_bytes())?;
        let rest = std::str::from_utf8(rest).ok()?;
        let (random, role) = rest.strip_suffix(OLD).map_or((rest, Role::Staging), |random| (random, Role::Old));
        if random.len() != 16 || !random.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut staging = self.prefix.clone();
        staging.push(random);
        Some((role, staging))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sibling_names_are_read_back() {
        for output in ["out", "", ".hidden", &"x".repeat(255)] {
            let siblings = Siblings::of(OsStr::new(output));
            let staging = siblings.fresh();
            let old = Siblings::old(&staging);
            assert!(old.len() <= 255, "{old:?}");
            assert_eq!(siblings.read(&staging), Some((Role::Staging, staging.clone())));
            assert_eq!(siblings.read(&old), Some((Role::Old, staging)));
        }
    }

    #[test]
    fn names_of_others_are_left_alone() {
        let siblings = Siblings::of(OsStr::new("out"));
        for name in ["out", ".out", ".out.bobctl-", ".out.bobctl-notes", ".out2.bobctl-0123456789abcdef"] {
            assert_eq!(siblings.read(OsStr::new(name)), None, "{name}");
        }
    }
}
