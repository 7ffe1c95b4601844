//! The tar stream, block by block: every byte goes into the digest once, and is lent out without a copy.

use std::sync::Arc;

use super::chunk::{Chunk, Piece};
use super::error::UnpackError;
use super::gunzip::Gunzip;
use super::sum::Sum;
use crate::oci::Digest;

/// Bytes of a tar block.
pub(super) const BLOCK: usize = 512;

/// The stream's position.
pub(super) struct Blocks<'a, 'scope> {
    gunzip: Gunzip<'a>,
    sum: Sum<'scope>,
    chunk: Arc<Chunk>,
    at: usize,
    length: usize,
}

impl<'a, 'scope> Blocks<'a, 'scope> {
    /// From the stream's first buffer on.
    pub(super) fn new(gunzip: Gunzip<'a>, mut sum: Sum<'scope>, first: (Arc<Chunk>, usize)) -> Self {
        let (chunk, length) = first;
        sum.update(&chunk, length);
        Self { gunzip, sum, chunk, at: 0, length }
    }

    /// The next block.
    pub(super) fn block(&mut self) -> Result<[u8; BLOCK], UnpackError> {
        let piece = self.piece(BLOCK as u64)?;
        piece.as_ref().try_into().map_err(|_| cut())
    }

    /// The next bytes: at least one, and at most `most`, which is not zero.
    pub(super) fn piece(&mut self, most: u64) -> Result<Piece, UnpackError> {
        if !self.more()? {
            return Err(cut());
        }
        let here = self.length - self.at;
        let length = usize::try_from(most).map_or(here, |most| most.min(here));
        let range = self.at..self.at + length;
        self.at = range.end;
        Ok(Piece { chunk: Arc::clone(&self.chunk), range })
    }

    /// Pass over what fills the last block of `size` bytes of content.
    pub(super) fn skip_padding(&mut self, size: u64) -> Result<(), UnpackError> {
        let mut left = size.next_multiple_of(BLOCK as u64) - size;
        while left > 0 {
            left -= self.piece(left)?.as_ref().len() as u64;
        }
        Ok(())
    }

    /// After the archive's end: nothing but zeros may follow (SEC-27).
    pub(super) fn only_zeros_left(&mut self) -> Result<(), UnpackError> {
        while self.more()? {
            if self.piece(u64::MAX)?.as_ref().iter().any(|byte| *byte != 0) {
                return Err(UnpackError::broken("there is more data behind the end of its tar archive"));
            }
        }
        Ok(())
    }

    /// The digest of the whole stream, which has been read to its end.
    pub(super) fn finish(self) -> Digest {
        self.sum.finish()
    }

    fn more(&mut self) -> Result<bool, UnpackError> {
        if self.at == self.length && !self.gunzip.ended() {
            (self.chunk, self.length) = self.gunzip.next()?;
            self.at = 0;
            self.sum.update(&self.chunk, self.length);
        }
        Ok(self.at < self.length)
    }
}

fn cut() -> UnpackError {
    UnpackError::broken("its tar archive ends too early")
}
