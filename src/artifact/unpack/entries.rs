//! The entries of a tar stream, with the extended headers before them taken in.
//!
//! A reader of our own instead of the `tar` crate's: it keeps extended headers within a limit, takes numbers by the letter
//! (the crate drops the high bytes of large ones), and looks at what follows the archive's end.

use super::blocks::{BLOCK, Blocks};
use super::chunk::Piece;
use super::error::UnpackError;
use super::header::{Header, Kind};
use super::limits::Budget;
use super::name::{self, Place};
use super::pax::{self, Records};
use crate::oci::Digest;

/// Sizes below this fit a ustar header; above, the header says zero and the extended header tells the size.
const USTAR_SIZE: u64 = 1 << 33;

/// A file or folder to be made.
pub(super) struct Entry {
    /// Parts joined by `/`; empty for the root folder.
    pub(super) path: String,
    /// `None` for a folder.
    pub(super) file: Option<FileFacts>,
}

/// What the header says about a file.
pub(super) struct FileFacts {
    pub(super) size: u64,
    pub(super) executable: bool,
}

/// A tar stream between two entries.
pub(super) struct Entries<'a, 'scope> {
    blocks: Blocks<'a, 'scope>,
}

/// What stood before an entry about it.
#[derive(Default)]
struct Before {
    pax: Option<Records>,
    name: Option<Vec<u8>>,
    link: bool,
}

impl<'a, 'scope> Entries<'a, 'scope> {
    pub(super) fn new(blocks: Blocks<'a, 'scope>) -> Self {
        Self { blocks }
    }

    /// The next entry; `None` when the archive, and all that follows it, has been read. A file's content must have been
    /// read before.
    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<Entry>, UnpackError> {
        let mut before = Before::default();
        loop {
            let block = self.blocks.block()?;
            if block == [0; BLOCK] {
                return self.end(&before).map(|()| None);
            }
            let Some(header) = Header::read(&block) else {
                return Err(UnpackError::broken("it is no tar archive, or a damaged one"));
            };
            if self.extension(&header, &mut before, budget)? {
                continue;
            }
            return entry(&header, before, budget).map(Some);
        }
    }

    /// The next bytes of a file's content: at least one, at most `left`.
    pub(super) fn piece(&mut self, left: u64) -> Result<Piece, UnpackError> {
        self.blocks.piece(left)
    }

    /// The end of a file of `size` bytes.
    pub(super) fn skip_padding(&mut self, size: u64) -> Result<(), UnpackError> {
        self.blocks.skip_padding(size)
    }

    /// The digest of the whole stream, once there are no more entries.
    pub(super) fn finish(self) -> Digest {
        self.blocks.finish()
    }

    /// Take in an extended header; `false` when it is an entry of its own.
    fn extension(&mut self, header: &Header, before: &mut Before, budget: &mut Budget) -> Result<bool, UnpackError> {
        let kind = header.kind();
        if !matches!(kind, Kind::PaxNext | Kind::PaxGlobal | Kind::GnuName | Kind::GnuLink) {
            return Ok(false);
        }
        let name = shown(header);
        let refused = |what| UnpackError::hostile(&name, what);
        let size = header.size().map_err(refused)?;
        let bytes = self.content(budget.extension(&name, size)?)?;
        let twice = match kind {
            Kind::PaxNext => before.pax.replace(pax::read(&bytes).map_err(refused)?).is_some(),
            Kind::PaxGlobal => pax::check_global(&bytes).map(|()| false).map_err(refused)?,
            Kind::GnuName => before.name.replace(without_end(bytes)).is_some(),
            _ => std::mem::replace(&mut before.link, true),
        };
        if twice { Err(refused("two extended headers stand before one entry")) } else { Ok(true) }
    }

    fn content(&mut self, length: usize) -> Result<Vec<u8>, UnpackError> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            bytes.extend_from_slice(self.blocks.piece((length - bytes.len()) as u64)?.as_ref());
        }
        self.blocks.skip_padding(length as u64)?;
        Ok(bytes)
    }

    /// One block of zeros has been read.
    fn end(&mut self, before: &Before) -> Result<(), UnpackError> {
        if before.pax.is_some() || before.name.is_some() || before.link {
            return Err(UnpackError::broken("its tar archive ends between an extended header and the entry"));
        }
        if self.blocks.block()? != [0; BLOCK] {
            return Err(UnpackError::broken("there is an empty block amid its tar archive"));
        }
        self.blocks.only_zeros_left()
    }
}

fn entry(header: &Header, before: Before, budget: &mut Budget) -> Result<Entry, UnpackError> {
    let pax = before.pax.unwrap_or_default();
    if pax.path.is_some() && before.name.is_some() {
        return Err(UnpackError::hostile(&shown(header), "it has a long name in two forms"));
    }
    let own = header.name().map_err(|what| UnpackError::hostile(&shown(header), what))?;
    let raw = pax.path.or(before.name).unwrap_or(own);
    let lossy = String::from_utf8_lossy(&raw);
    let refused = |what| UnpackError::hostile(&lossy, what);
    let is_file = match header.kind() {
        Kind::Refused(what) => return Err(refused(what)),
        kind => kind == Kind::File,
    };
    if before.link {
        return Err(refused("it has a link target and is no link"));
    }
    let size = size(header, pax.size).map_err(refused)?;
    let Place { path, slash } = name::place(&raw, budget.limits())?;
    if !is_file {
        return if size == 0 { Ok(Entry { path, file: None }) } else { Err(refused("it is a folder with content")) };
    }
    if slash || path.is_empty() {
        return Err(refused("it is a file with the name of a folder"));
    }
    budget.file(&path, size)?;
    let executable = header.is_executable().map_err(refused)?;
    Ok(Entry { path, file: Some(FileFacts { size, executable }) })
}

/// The one size that both headers agree on.
fn size(header: &Header, extended: Option<u64>) -> Result<u64, &'static str> {
    match (header.size()?, extended) {
        (size, None) => Ok(size),
        (size, Some(extended)) if size == extended => Ok(size),
        (0, Some(extended)) if extended >= USTAR_SIZE => Ok(extended),
        _ => Err("its headers tell two sizes"),
    }
}

/// GNU's long names end in a NUL.
fn without_end(mut name: Vec<u8>) -> Vec<u8> {
    if name.last() == Some(&0) {
        name.pop();
    }
    name
}

fn shown(header: &Header) -> String {
    header.name().map_or_else(|_| "?".to_owned(), |name| String::from_utf8_lossy(&name).into_owned())
}
