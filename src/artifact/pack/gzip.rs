//! The gzip side: one member whose deflate blocks are made apart from each other (RFC 1951, RFC 1952).

use std::io::{self, Write};

use flate2::{Compress, Compression, FlushCompress};

use super::blocks::{BLOCK, Block};
use crate::oci::{Digest, Hasher};

/// No flags, no time, no name, level 6 (so no extra flags), no operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A last block of fixed codes that holds nothing. It ends the deflate stream.
const LAST: [u8; 2] = [0x03, 0x00];

const LEVEL: u32 = 6;

/// Enough for any compressed block: what does not compress is stored, five bytes for each part.
const ROOM: usize = BLOCK + BLOCK / 32;

/// Compress a block into `out`, which is emptied first.
///
/// A fresh compressor and a single call: `Compress::reset` does not forget a dictionary cleanly, and the bytes depend on
/// how the input is cut into calls.
pub(super) fn compress(block: &Block, out: &mut Vec<u8>) -> io::Result<()> {
    out.clear();
    out.reserve_exact(ROOM);
    let mut deflate = Compress::new(Compression::new(LEVEL), false);
    if !block.dictionary().is_empty() {
        deflate.set_dictionary(block.dictionary())?;
    }
    deflate.compress_vec(block.data(), out, FlushCompress::Sync)?;
    // A full buffer might hide bytes that did not fit.
    if deflate.total_in() != block.data().len() as u64 || out.len() == out.capacity() {
        return Err(io::Error::other("a compressed block is larger than deflate allows"));
    }
    Ok(())
}

/// What is known about the archive once all of it went by: its digest, and gzip's checksum and length.
pub(super) struct Sums {
    hasher: Hasher,
    crc: crc32fast::Hasher,
    length: u32,
}

impl Sums {
    pub(super) fn new() -> Self {
        Self { hasher: Hasher::sha256(), crc: crc32fast::Hasher::new(), length: 0 }
    }

    pub(super) fn update(&mut self, block: &Block) {
        let data = block.data();
        self.hasher.update(data);
        self.crc.update(data);
        #[expect(clippy::cast_possible_truncation, reason = "gzip counts modulo 2^32")]
        let length = data.len() as u32;
        self.length = self.length.wrapping_add(length);
    }

    /// The archive's digest, and the end of the gzip member.
    pub(super) fn finish(self) -> (Digest, [u8; 10]) {
        let mut end = [0; 10];
        end[..2].copy_from_slice(&LAST);
        end[2..6].copy_from_slice(&self.crc.finalize().to_le_bytes());
        end[6..].copy_from_slice(&self.length.to_le_bytes());
        (self.hasher.finish(), end)
    }
}

/// Writes the compressed layer and takes its digest.
pub(super) struct Layer<'a> {
    out: &'a mut (dyn Write + Send),
    hasher: Hasher,
    size: u64,
}

impl<'a> Layer<'a> {
    /// Write the gzip header.
    pub(super) fn begin(out: &'a mut (dyn Write + Send)) -> io::Result<Self> {
        let mut layer = Self { out, hasher: Hasher::sha256(), size: 0 };
        layer.write(&HEADER)?;
        Ok(layer)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Write the end of the member; digest and size of the layer.
    pub(super) fn finish(mut self, end: &[u8]) -> io::Result<(Digest, u64)> {
        self.write(end)?;
        self.out.flush()?;
        Ok((self.hasher.finish(), self.size))
    }
}
