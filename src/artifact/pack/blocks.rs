//! The tar archive cut into blocks, which can be compressed without each other.

use std::io;

use super::PackError;

/// How much of the archive is compressed at a time. Part of the format: another size gives other bytes.
pub(super) const BLOCK: usize = 1 << 20;

/// How much of the archive before a block its compressor may refer to: the window of deflate.
const DICTIONARY: usize = 32 << 10;

/// A block of the archive, and the bytes before it.
pub(super) struct Block {
    /// Room for the dictionary, then for the data.
    bytes: Vec<u8>,
    /// Where the dictionary begins: at `DICTIONARY` for the first block, which has none, else at zero.
    start: usize,
    /// Where the data ends.
    end: usize,
}

impl Block {
    /// An empty block. Its memory is used again and again.
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; DICTIONARY + BLOCK], start: DICTIONARY, end: DICTIONARY }
    }

    pub(super) fn dictionary(&self) -> &[u8] {
        &self.bytes[self.start..DICTIONARY]
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.bytes[DICTIONARY..self.end]
    }

    fn room(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }
}

/// Why the archive was not completed.
pub(super) enum Stop {
    /// Reading failed.
    Failed(PackError),
    /// Nobody takes blocks any more; why not is known elsewhere.
    Abandoned,
}

impl From<PackError> for Stop {
    fn from(error: PackError) -> Self {
        Self::Failed(error)
    }
}

impl From<Stop> for PackError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(error) => error,
            Stop::Abandoned => Self::Output(io::Error::other("a packing thread ended early")),
        }
    }
}

/// What takes blocks in their order.
pub(super) trait Sink {
    /// Take a block that holds data, and give back another, whatever is in it.
    fn take(&mut self, block: Block) -> Result<Block, Stop>;
}

/// Cuts what is written to it into blocks.
pub(super) struct Blocks<S> {
    /// Never full between two calls.
    block: Block,
    before: Vec<u8>,
    sink: S,
}

impl<S: Sink> Blocks<S> {
    pub(super) fn new(sink: S) -> Self {
        Self { block: Block::new(), before: Vec::with_capacity(DICTIONARY), sink }
    }

    /// Add bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        let mut length = bytes.len() as u64;
        while length > 0 {
            self.fill(&mut length, |room| {
                let (now, later) = bytes.split_at(room.len());
                room.copy_from_slice(now);
                bytes = later;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Add zeros.
    pub(super) fn zeros(&mut self, mut length: u64) -> Result<(), Stop> {
        while length > 0 {
            self.fill(&mut length, |room| {
                room.fill(0);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Add some of the next `length` bytes, as many as the block has room for, put there by `put`.
    pub(super) fn fill(
        &mut self,
        length: &mut u64,
        put: impl FnOnce(&mut [u8]) -> Result<(), PackError>,
    ) -> Result<usize, Stop> {
        let room = self.block.room();
        let count = usize::try_from(*length).map_or(room.len(), |length| length.min(room.len()));
        put(&mut room[..count])?;
        self.block.end += count;
        *length -= count as u64;
        if self.block.room().is_empty() {
            self.cut()?;
        }
        Ok(count)
    }

    /// Hand out the last block.
    pub(super) fn finish(mut self) -> Result<S, Stop> {
        if !self.block.data().is_empty() {
            self.sink.take(self.block)?;
        }
        Ok(self.sink)
    }

    fn cut(&mut self) -> Result<(), Stop> {
        let data = self.block.data();
        self.before.clear();
        self.before.extend_from_slice(&data[data.len() - DICTIONARY..]);
        let full = std::mem::replace(&mut self.block, Block { bytes: Vec::new(), start: 0, end: 0 });
        self.block = self.sink.take(full)?;
        self.block.bytes[..DICTIONARY].copy_from_slice(&self.before);
        self.block.start = 0;
        self.block.end = DICTIONARY;
        Ok(())
    }
}
