//! How much a layer may unpack to (SEC-25).

use crate::artifact::name::MAX_DEPTH;

use super::error::{SIZE_FLAG, UnpackError, shorten};

/// The bounds of what is unpacked, over all layers of one artifact.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of all files and extended headers together.
    pub total: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Files and folders, those included that are only named as a part of a path.
    pub entries: usize,
    /// Bytes of all names together: they are what memory is spent on.
    pub names: usize,
    /// Bytes of one path.
    pub path: usize,
    /// Parts of one path.
    pub depth: usize,
    /// Bytes that one compressed byte may become, after the first [`FREE_OF_RATIO`] bytes.
    pub ratio: u64,
    /// Bytes of one extended header (PAX, or GNU long name).
    pub extension: usize,
}

/// As many bytes are unpacked before the ratio counts: short runs compress well in honest content too.
pub const FREE_OF_RATIO: u64 = 10 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self::of_size(4 << 30)
    }
}

impl Limits {
    /// The usual limits, with `total` bytes for all files together and for one of them.
    pub fn of_size(total: u64) -> Self {
        Self {
            total,
            file: total,
            entries: 100_000,
            names: 16 << 20,
            path: 4096,
            depth: MAX_DEPTH,
            ratio: 200,
            extension: 1 << 20,
        }
    }
}

/// The bytes unpacked so far.
pub(super) struct Budget {
    limits: Limits,
    total: u64,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, total: 0 }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How large the next file may be.
    pub(super) fn left(&self) -> u64 {
        self.limits.file.min(self.limits.total - self.total)
    }

    /// A file of `size` bytes.
    pub(super) fn file(&mut self, entry: &str, size: u64) -> Result<(), UnpackError> {
        if size > self.limits.file {
            let what = format!("{:?} has {size} bytes, and a file may have {}", shorten(entry), self.limits.file);
            return Err(UnpackError::Limit { what, flag: Some(SIZE_FLAG) });
        }
        self.take(size)
    }

    /// An extended header of `size` bytes; answers the size as a length in memory.
    pub(super) fn extension(&mut self, entry: &str, size: u64) -> Result<usize, UnpackError> {
        match usize::try_from(size) {
            Ok(length) if length <= self.limits.extension => self.take(size).map(|()| length),
            _ => {
                let (entry, most) = (shorten(entry), self.limits.extension);
                Err(UnpackError::limit(format!(
                    "the extended header {entry:?} has {size} bytes, and {most} are allowed"
                )))
            }
        }
    }

    fn take(&mut self, size: u64) -> Result<(), UnpackError> {
        let Some(total) = self.total.checked_add(size).filter(|total| *total <= self.limits.total) else {
            let what = format!("it unpacks to more than {} bytes", self.limits.total);
            return Err(UnpackError::Limit { what, flag: Some(SIZE_FLAG) });
        };
        self.total = total;
        Ok(())
    }
}
