//! Reading what was planned, and nothing else: a file that changed since then is an error.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{Entry, PackError};

/// Where the content of entries comes from.
#[derive(Debug)]
pub(super) enum Root {
    /// Entries lie below this folder.
    Folder(PathBuf),
    /// The one entry is this file.
    File(PathBuf),
    /// The one entry has this content.
    Bytes(Bytes),
}

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::artifact) struct Stamp {
    size: u64,
    modified: (i64, i64),
    file: (u64, u64),
}

impl Stamp {
    #[cfg(unix)]
    pub(in crate::artifact) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            file: (metadata.dev(), metadata.ino()),
        }
    }

    /// Without a file's identity, which the standard library does not tell here.
    #[cfg(not(unix))]
    pub(in crate::artifact) fn of(metadata: &Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified = since.map_or((0, 0), |since| (since.as_secs().cast_signed(), since.subsec_nanos().into()));
        Self { size: metadata.len(), modified, file: (0, 0) }
    }

    /// The stamp of content in memory, which cannot change.
    pub(super) fn of_bytes(bytes: &Bytes) -> Self {
        Self { size: bytes.len() as u64, modified: (0, 0), file: (0, 0) }
    }

    pub(in crate::artifact) fn size(&self) -> u64 {
        self.size
    }
}

impl Root {
    /// Where an entry's file is; of content in memory its name.
    pub(super) fn path_of(&self, entry: &Entry) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(&entry.path),
            Self::File(file) => file.clone(),
            Self::Bytes(_) => PathBuf::from(&entry.path),
        }
    }

    /// Open an entry's content at its start.
    pub(super) fn open(&self, entry: &Entry) -> Result<Content, PackError> {
        let path = self.path_of(entry);
        if let Self::Bytes(bytes) = self {
            let reader = Reader::Bytes(io::Cursor::new(bytes.clone()));
            return Ok(Content { reader, path, stamp: entry.stamp });
        }
        let file = open_file(&path)?;
        let content = Content { reader: Reader::File(file), path, stamp: entry.stamp };
        content.check()?;
        Ok(content)
    }
}

/// An entry's content, read from start to end.
pub(super) struct Content {
    reader: Reader,
    path: PathBuf,
    stamp: Stamp,
}

enum Reader {
    File(File),
    Bytes(io::Cursor<Bytes>),
}

impl Content {
    /// Read the next bytes, as many as `buffer` holds; there must be that many.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), PackError> {
        let read = match &mut self.reader {
            Reader::File(file) => file.read_exact(buffer),
            Reader::Bytes(bytes) => bytes.read_exact(buffer),
        };
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.changed(),
            _ => PackError::unreadable(&self.path)(error),
        })
    }

    /// All bytes were read: nothing may follow, and the file must still be the one that was planned.
    pub(super) fn finish(mut self) -> Result<(), PackError> {
        if let Reader::File(file) = &mut self.reader {
            let more = file.read(&mut [0]).map_err(PackError::unreadable(&self.path))?;
            if more > 0 {
                return Err(self.changed());
            }
        }
        self.check()
    }

    fn check(&self) -> Result<(), PackError> {
        let Reader::File(file) = &self.reader else { return Ok(()) };
        let metadata = file.metadata().map_err(PackError::unreadable(&self.path))?;
        if metadata.is_file() && Stamp::of(&metadata) == self.stamp { Ok(()) } else { Err(self.changed()) }
    }

    fn changed(&self) -> PackError {
        PackError::Changed(self.path.clone())
    }
}

/// Open a file that was there a moment ago.
pub(in crate::artifact) fn open_file(path: &Path) -> Result<File, PackError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A file that was replaced by a FIFO must not make us wait for its writer.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PackError::Changed(path.to_owned()),
        _ => PackError::unreadable(path)(error),
    })
}
