//! What may become the output, and what is never replaced.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::PlaceError;

/// What the caller wants, and the folders that it must not lose.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Replace a folder that is not empty.
    pub replace: bool,
    /// The working folder.
    pub working: Option<PathBuf>,
    /// The home folder.
    pub home: Option<PathBuf>,
}

impl Rules {
    /// Whether a new folder may be put at `output`, whose parent is a real path.
    pub(super) fn check(&self, output: &Path) -> Result<(), PlaceError> {
        let inspect = |source| PlaceError::io("look at", output, source);
        let facts = match std::fs::symlink_metadata(output) {
            Ok(facts) => facts,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(inspect(error)),
        };
        let refuse = |(what, hint)| Err(PlaceError::Refused { path: output.to_owned(), what, hint });
        if facts.is_symlink() {
            return refuse(("is a symbolic link", "name the folder that it points to"));
        }
        if !facts.is_dir() {
            return refuse(("is not a folder", "name a folder, or one that is not there yet"));
        }
        let is_empty = std::fs::read_dir(output).map_err(inspect)?.next().is_none();
        let never = self.never(output, &facts).map_err(inspect)?;
        match never {
            _ if !is_empty && !self.replace => {
                let instead = never.map(|(_, hint)| hint);
                Err(PlaceError::NotEmpty { path: output.to_owned(), instead })
            }
            Some(reason) => refuse(reason),
            None => Ok(()),
        }
    }

    /// Why the folder with these facts is never replaced, and what to do instead.
    fn never(&self, output: &Path, facts: &std::fs::Metadata) -> io::Result<Option<(&'static str, &'static str)>> {
        if is_mount_point(output, facts)? {
            return Ok(Some((
                "is a mount point",
                "name a folder inside it; a mount point cannot be exchanged for another folder",
            )));
        }
        for (folder, what) in [
            (&self.working, "is the working folder, or has it inside"),
            (&self.home, "is the home folder, or has it inside"),
        ] {
            if folder.as_deref().is_some_and(|folder| is_inside(folder, facts)) {
                return Ok(Some((what, "name a folder below it")));
            }
        }
        let is_checkout = std::fs::symlink_metadata(output.join(".git")).is_ok();
        Ok(is_checkout.then_some(("holds .git: it is a checkout", "name a folder below it, or another one")))
    }
}

/// The folder with these facts is `folder`, or one of those around it; told by what they are, not by how they are spelt.
fn is_inside(folder: &Path, facts: &std::fs::Metadata) -> bool {
    folder.canonicalize().is_ok_and(|folder| {
        let same = |path: &Path| std::fs::metadata(path).is_ok_and(|other| is_same(&other, facts));
        folder.ancestors().any(same)
    })
}

fn is_same(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    one.dev() == other.dev() && one.ino() == other.ino()
}

fn is_mount_point(output: &Path, facts: &std::fs::Metadata) -> io::Result<bool> {
    if is_mount_root(output) {
        return Ok(true);
    }
    let around = std::fs::metadata(output.parent().unwrap_or(output))?;
    Ok(around.dev() != facts.dev() || is_same(&around, facts))
}

/// Linux tells a bind mount, too, whose device is the same as its parent's.
#[cfg(target_os = "linux")]
fn is_mount_root(output: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags};
    rustix::fs::statx(CWD, output, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty())
        .is_ok_and(|facts| facts.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mount_root(_output: &Path) -> bool {
    false
}
