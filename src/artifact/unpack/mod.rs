//! From content layers to files in a folder (`artifact.md` 2 and 8).
//!
//! The layer's own digest has been checked before its first byte comes here, and the folder is a private one that becomes
//! the output in one step afterwards (see `artifact::place`). What is promised all the same, of any bytes whatever:
//!
//! - Nothing is written outside the folder, over something that is there, or through a link: each file is created anew,
//!   relative to the handle of the folder around it (SEC-21, SEC-24).
//! - Only files and folders come into being, with mode 0644 or 0755 and nothing else of what the archive says about owners,
//!   times and attributes (SEC-22, SEC-23). The umask does not show.
//! - A strange archive is an error that names the entry. It is neither skipped nor mended (SEC-20, SEC-26, SEC-27).
//! - Memory and disk are bounded, by [`Limits`] and by a fixed number of buffers (SEC-25).
//!
//! Decompressing, hashing and writing go on side by side. Nothing is synced to the disk: a folder that a power cut has
//! damaged can be pulled again, and syncing would cost more time than all the rest.

mod blocks;
mod chunk;
mod entries;
mod error;
mod folders;
mod gunzip;
mod header;
mod limits;
mod name;
mod pax;
mod sum;
mod tree;
mod writer;

#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;

use rustix::fs::Mode;

pub use error::{SIZE_FLAG, UnpackError};
pub use limits::{FREE_OF_RATIO, Limits};

use crate::oci::Digest;
use blocks::Blocks;
use entries::{Entries, Entry, FileFacts};
use folders::Folders;
use gunzip::Gunzip;
use limits::Budget;
use sum::Sum;
use tree::Tree;
use writer::{Content, Crew, Job, Mishap};

/// A file that was unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// Its path below the folder, parts joined by `/`.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its permissions: 0o644 or 0o755.
    pub mode: u32,
}

/// The layers of one artifact on their way into one folder.
///
/// After an error the folder holds a part of the files: it has to be thrown away.
pub struct Unpacker {
    folders: Folders,
    tree: Tree,
    budget: Budget,
    layers: usize,
    files: Vec<Unpacked>,
}

impl Unpacker {
    /// Unpack into `folder`, which is there, empty, and nobody else's.
    pub fn new(folder: &Path, limits: Limits) -> Result<Self, UnpackError> {
        let folders = Folders::new(folder)?;
        Ok(Self { folders, tree: Tree::new(), budget: Budget::new(limits), layers: 0, files: Vec::new() })
    }

    /// Unpack one more layer, a tar in gzip; answers the SHA-256 digest of the tar.
    ///
    /// Layers may agree on folders; the same file twice is an error. An error of `layer` itself, other than
    /// [`io::ErrorKind::Interrupted`], ends the work at once and comes back as [`UnpackError::Read`]: so a caller stops it.
    pub fn layer(&mut self, layer: &mut dyn Read) -> Result<Digest, UnpackError> {
        self.layers += 1;
        let mut gunzip = Gunzip::new(layer, self.budget.limits());
        let first = gunzip.next()?;
        if gunzip.ended() {
            return self.entries(Entries::new(Blocks::new(gunzip, Sum::here(), first)), &Crew::Here, &Mishap::new());
        }
        let mishap = Mishap::new();
        let outcome = thread::scope(|scope| {
            let crew = Crew::start(scope, &mishap);
            let blocks = Blocks::new(gunzip, Sum::there(scope), first);
            self.entries(Entries::new(blocks), &crew, &mishap)
        });
        mishap.into_inner().map_or(outcome, Err)
    }

    /// Write a layer that is a plain file: `name` is its title annotation, and held to the same rules (SEC-29).
    pub fn file(&mut self, name: &str, content: &mut dyn Read) -> Result<(), UnpackError> {
        self.layers += 1;
        let limits = self.budget.limits();
        let place = name::place(name.as_bytes(), limits)?;
        if place.slash || place.path.is_empty() {
            return Err(UnpackError::hostile(name, "it is a file with the name of a folder"));
        }
        let folder = self.tree.add_file(&place.path, limits)?;
        let folder = self.folders.handle(&self.tree, folder)?;
        let path = self.folders.path().join(&place.path);
        let mut file = writer::create(&folder, &path)?;
        // One byte more than fits, so that a file that is too large is seen.
        let size = copy(&mut content.take(self.budget.left().saturating_add(1)), &mut file, &path)?;
        self.budget.file(&place.path, size)?;
        let (bits, mode) = permissions(false);
        rustix::fs::fchmod(&file, mode).map_err(|error| UnpackError::Disk { path, source: error.into() })?;
        self.files.push(Unpacked { path: place.path, size, mode: bits });
        Ok(())
    }

    /// The files, sorted by path.
    pub fn finish(mut self) -> Vec<Unpacked> {
        self.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.files
    }

    fn entries(&mut self, mut entries: Entries, crew: &Crew, mishap: &Mishap) -> Result<Digest, UnpackError> {
        while let Some(Entry { path, file }) = entries.next(&mut self.budget)? {
            if let Some(facts) = file {
                self.unpack_file(path, &facts, &mut entries, crew)?;
            } else {
                let folder = self.tree.add_folder(&path, self.layers, self.budget.limits())?;
                self.folders.handle(&self.tree, folder)?;
            }
            if mishap.get().is_some() {
                break;
            }
        }
        Ok(entries.finish())
    }

    fn unpack_file(
        &mut self,
        path: String,
        facts: &FileFacts,
        entries: &mut Entries,
        crew: &Crew,
    ) -> Result<(), UnpackError> {
        let folder = self.tree.add_file(&path, self.budget.limits())?;
        let folder = self.folders.handle(&self.tree, folder)?;
        let (bits, mode) = permissions(facts.executable);
        let on_disk = self.folders.path().join(&path);
        let job = |content| Job { folder, path: on_disk, mode, content };
        let mut left = facts.size;
        let mut next = || {
            if left == 0 {
                return Ok(None);
            }
            let piece = entries.piece(left)?;
            left -= piece.as_ref().len() as u64;
            Ok(Some(piece))
        };
        // Without threads nobody would take the pieces; the whole archive is one buffer then.
        if facts.size <= chunk::CHUNK as u64 || matches!(crew, Crew::Here) {
            let mut pieces = Vec::new();
            while let Some(piece) = next()? {
                pieces.push(piece);
            }
            crew.write(job(Content::Whole(pieces)))?;
        } else {
            crew.stream(job, next)?;
        }
        entries.skip_padding(facts.size)?;
        self.files.push(Unpacked { path, size: facts.size, mode: bits });
        Ok(())
    }
}

/// The permissions of a file, for people and for the system.
fn permissions(executable: bool) -> (u32, Mode) {
    if executable { (0o755, Mode::from_raw_mode(0o755)) } else { (0o644, Mode::from_raw_mode(0o644)) }
}

/// As `io::copy`, telling apart which side failed.
fn copy(from: &mut dyn Read, to: &mut dyn Write, path: &Path) -> Result<u64, UnpackError> {
    let mut buffer = vec![0; 64 << 10];
    let mut copied = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(read) => {
                to.write_all(&buffer[..read]).map_err(|source| UnpackError::Disk { path: path.to_owned(), source })?;
                copied += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(UnpackError::Read(error)),
        }
    }
}
