//! Buffers that several threads read and one pool gets back: memory does not grow with content.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of one buffer; a multiple of the tar block, so that no block lies across two buffers.
pub(super) const CHUNK: usize = 256 << 10;

/// How many buffers there are: enough that no thread waits for another that is only a little behind.
const CHUNKS: usize = 32;

/// A buffer that goes back to its pool when its last reader is done.
pub(super) struct Chunk {
    bytes: Vec<u8>,
    pool: SyncSender<Vec<u8>>,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        // The pool is gone when unpacking is over; then so is the need for the buffer.
        let _ = self.pool.try_send(std::mem::take(&mut self.bytes));
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A part of a buffer.
pub(super) struct Piece {
    pub(super) chunk: Arc<Chunk>,
    pub(super) range: Range<usize>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.chunk.bytes[self.range.clone()]
    }
}

/// The buffers that nobody reads.
pub(super) struct Pool {
    free: Receiver<Vec<u8>>,
    back: SyncSender<Vec<u8>>,
    made: usize,
}

impl Pool {
    pub(super) fn new() -> Self {
        let (back, free) = sync_channel(CHUNKS);
        Self { free, back, made: 0 }
    }

    /// A buffer of [`CHUNK`] bytes; waits for one when all are in use.
    pub(super) fn take(&mut self) -> Vec<u8> {
        if let Ok(buffer) = self.free.try_recv() {
            return buffer;
        }
        if self.made < CHUNKS {
            self.made += 1;
            return vec![0; CHUNK];
        }
        // Never an error: the pool holds a sender itself.
        self.free.recv().unwrap_or_else(|_| vec![0; CHUNK])
    }

    /// A buffer filled up to `length`, to be shared.
    pub(super) fn share(&self, bytes: Vec<u8>) -> Arc<Chunk> {
        Arc::new(Chunk { bytes, pool: self.back.clone() })
    }
}
