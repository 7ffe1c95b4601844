//! A folder as the content layer: tar and gzip, byte for byte as `artifact.md` section 2 says.
//!
//! [`plan`] walks the folder and refuses what cannot be packed; [`pack`] then reads the files and writes the layer. The
//! same files give the same bytes on every machine, on any day, with any number of jobs: times, owners, umask and the
//! file system's order never show. Memory does not grow with the content, only with the number of files in the plan. A
//! file that changes between the two steps, or while it is read, is an error.
//!
//! ```text
//! walk ← rules                    which files, in which order
//! prefetch → archive → blocks     tar bytes, cut into blocks of 1 MiB
//! blocks → pipeline (gzip)        hashed and compressed on all jobs, written in order
//! ```

mod archive;
mod blocks;
mod error;
mod flux;
mod gzip;
mod header;
mod pipeline;
mod prefetch;
mod rules;
mod source;
#[cfg(test)]
mod tests;
mod walk;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub use error::{PackError, Refusal};

use crate::oci::{Descriptor, Digest};
use source::Root;
pub(super) use source::{Stamp, open_file};
pub(super) use walk::special;

/// The layer's `org.opencontainers.image.title`, under which other tools save it.
const TITLE: &str = "bob.tar.gz";

/// What is packed.
#[derive(Debug, Clone)]
pub enum Input {
    /// A folder; or a file, which is packed as a folder that holds just it.
    Path(PathBuf),
    /// Content in memory, packed as a file of that name.
    Bytes {
        /// The file's name.
        name: String,
        /// Its content.
        bytes: Bytes,
    },
}

/// Which files are packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Patterns in gitignore syntax for what is left out, relative to the folder. They win over `.bobignore` files.
    pub ignore_paths: Vec<String>,
    /// Whether git's own files and `.bobignore` are left out.
    pub default_ignores: bool,
    /// Whether a symbolic link may point to what lies outside the folder.
    pub resolve_symlinks: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { ignore_paths: Vec::new(), default_ignores: true, resolve_symlinks: false }
    }
}

/// What will be packed: the files in their order, each as it was when the folder was walked.
#[derive(Debug)]
pub struct Plan {
    root: Root,
    files: Vec<Entry>,
    folders: Vec<String>,
}

/// A file that will be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    path: String,
    executable: bool,
    stamp: Stamp,
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The content layer: digest and size of the compressed bytes.
    pub layer: Descriptor,
    /// The digest of the tar archive inside, the content's identity.
    pub content: Digest,
}

/// Find out what will be packed, and refuse what cannot be.
pub fn plan(input: &Input, options: &Options) -> Result<Plan, PackError> {
    let (root, name, found) = match input {
        Input::Path(path) => {
            let (root, found) = plan_path(path, options)?;
            (root, path.as_path(), found)
        }
        Input::Bytes { name, bytes } => {
            let entry = |path| Entry { path, executable: false, stamp: Stamp::of_bytes(bytes) };
            let found = walk::single(Path::new(name), name.as_ref(), entry, options)?;
            (Root::Bytes(bytes.clone()), Path::new(name), found)
        }
    };
    let walk::Found { mut files, mut folders } = found;
    if files.is_empty() {
        return Err(PackError::Empty(name.to_owned()));
    }
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    folders.sort_unstable();
    Ok(Plan { root, files, folders })
}

fn plan_path(path: &Path, options: &Options) -> Result<(Root, walk::Found), PackError> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PackError::Missing(path.to_owned()),
        _ => PackError::unreadable(path)(error),
    })?;
    if metadata.is_dir() {
        return Ok((Root::Folder(path.to_owned()), walk::folder(path, options)?));
    }
    if !metadata.is_file() {
        return Err(Refusal::Special { path: path.to_owned(), kind: walk::special(metadata.file_type()) }.into());
    }
    let entry = |name| Entry { path: name, executable: walk::is_executable(&metadata), stamp: Stamp::of(&metadata) };
    let found = walk::single(path, path.file_name().unwrap_or_default(), entry, options)?;
    Ok((Root::File(path.to_owned()), found))
}

/// Who watches a folder being packed. Both are called from threads of the packing, and are quick.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Told how many more bytes of files were taken in.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Shown each file by its position in [`Plan::entries`], in their order: with its content where that is in memory.
    pub content: &'a (dyn Fn(usize, Option<&[u8]>) + Sync),
}

/// Write the content layer to `out`, compressing on `jobs` threads.
///
/// `progress` is told how many more bytes of files were taken in, from any thread. When packing fails, what `out` got so
/// far is no layer.
pub fn pack(
    plan: &Plan,
    jobs: usize,
    out: &mut (dyn Write + Send),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Packed, PackError> {
    pack_watched(plan, jobs, out, Watch { progress, content: &|_, _| () })
}

/// As [`pack`], for who also wants to see the files as they pass.
pub fn pack_watched(
    plan: &Plan,
    jobs: usize,
    out: &mut (dyn Write + Send),
    watch: Watch<'_>,
) -> Result<Packed, PackError> {
    pipeline::run(plan, jobs, out, watch)
}

impl Plan {
    /// The files, sorted by the bytes of their paths.
    pub fn entries(&self) -> &[Entry] {
        &self.files
    }

    /// The size of all files together, in bytes.
    pub fn total_size(&self) -> u64 {
        self.files.iter().map(Entry::size).sum()
    }

    /// The content of a file, whole: for small files that the caller looks into.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, PackError> {
        let mut content = self.root.open(entry)?;
        let size = usize::try_from(entry.size())
            .map_err(|_| PackError::unreadable(&self.root.path_of(entry))(io::ErrorKind::FileTooLarge.into()))?;
        let mut bytes = vec![0; size];
        content.fill(&mut bytes)?;
        content.finish()?;
        Ok(bytes)
    }

    /// Whether a file at `place`, or below it, will be packed: what is written there must not pack itself.
    pub fn holds(&self, place: &Path) -> bool {
        let (root, folder) = match &self.root {
            Root::Folder(root) => (root, true),
            Root::File(file) => (file, false),
            Root::Bytes(_) => return false,
        };
        let (Ok(root), Ok(place)) = (root.canonicalize(), place.canonicalize()) else { return false };
        let Ok(inside) = place.strip_prefix(root) else { return false };
        !folder || self.files.iter().any(|file| Path::new(&file.path).starts_with(inside))
    }

    /// The files that Flux leaves out when it extracts the layer, unless its `spec.ignore` says otherwise.
    pub fn left_out_by_flux(&self) -> Vec<&str> {
        flux::left_out(self)
    }
}

impl Entry {
    /// The path relative to the folder, its names separated by `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.stamp.size()
    }

    /// Whether the owner may execute it.
    pub fn executable(&self) -> bool {
        self.executable
    }
}
