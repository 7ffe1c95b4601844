//! The digest of the tar: reckoned beside the unpacking, on a thread of its own when there is much of it.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use super::chunk::Chunk;
use crate::oci::{Digest, Hasher};

/// Buffers that may wait for the hasher.
const WAITING: usize = 8;

/// A running digest of buffers.
pub(super) enum Sum<'scope> {
    /// On the thread that asks.
    Here(Hasher),
    /// On a thread of its own.
    There(SyncSender<(Arc<Chunk>, usize)>, ScopedJoinHandle<'scope, Digest>),
}

impl<'scope> Sum<'scope> {
    pub(super) fn here() -> Self {
        Self::Here(Hasher::sha256())
    }

    pub(super) fn there(scope: &'scope Scope<'scope, '_>) -> Self {
        let (sender, chunks) = sync_channel::<(Arc<Chunk>, usize)>(WAITING);
        let thread = scope.spawn(move || {
            let mut hasher = Hasher::sha256();
            for (chunk, length) in chunks {
                hasher.update(&(*chunk).as_ref()[..length]);
            }
            hasher.finish()
        });
        Self::There(sender, thread)
    }

    /// Take in the first `length` bytes of a buffer.
    pub(super) fn update(&mut self, chunk: &Arc<Chunk>, length: usize) {
        match self {
            Self::Here(hasher) => hasher.update(&(**chunk).as_ref()[..length]),
            // The thread ends only when this sender does.
            Self::There(sender, _) => drop(sender.send((Arc::clone(chunk), length))),
        }
    }

    /// The digest of everything.
    pub(super) fn finish(self) -> Digest {
        match self {
            Self::Here(hasher) => hasher.finish(),
            Self::There(sender, thread) => {
                drop(sender);
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}
