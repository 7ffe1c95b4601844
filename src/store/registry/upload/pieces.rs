//! A blob in pieces, for a registry that takes no large request (HTTP-35, HTTP-36).
//!
//! A piece is held in memory, so that what of it did not arrive is sent again without reading the source once more. A
//! session that lost more than that is of no use.

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use tokio::time::sleep;

use super::super::payload::{Payload, changed, unreadable};
use super::known::Job;
use super::session::Session;
use crate::oci::Descriptor;
use crate::store::Result;
use crate::store::blob::{Check, SourceStream};
use crate::store::retry::Attempts;

/// So many bytes that arrived are a new beginning: the attempts are counted anew.
const PROGRESS: u64 = 1 << 20;

/// Send a blob in pieces of `size` bytes, and close the session. The last piece may be shorter.
pub(super) async fn send(session: &mut Session<'_>, size: u64, job: Job<'_>) -> Result<()> {
    let Job { source, blob, policy } = job;
    let mut attempts = Attempts::new(policy);
    let mut pieces = Pieces { content: source.open(), rest: Bytes::new(), check: Check::new(blob) };
    let mut start = 0;
    while start < blob.size {
        let length = size.min(blob.size - start);
        let piece = pieces.next(length).await?;
        if start + length == blob.size {
            pieces.end().await?;
        }
        deliver(session, Piece { blob, start, bytes: piece }, &mut attempts).await?;
        start += length;
    }
    session.put(blob, Payload::Nothing).await
}

/// A source cut into pieces, checked on its way.
struct Pieces {
    content: SourceStream,
    /// What was read beyond the last piece.
    rest: Bytes,
    check: Check,
}

impl Pieces {
    /// The next `length` bytes.
    async fn next(&mut self, length: u64) -> Result<Bytes> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut piece = BytesMut::new();
        loop {
            let wanted = (length - piece.len()).min(self.rest.len());
            piece.extend_from_slice(&self.rest.split_to(wanted));
            if piece.len() == length {
                return Ok(piece.freeze());
            }
            if !self.more().await? {
                // It is too short, so this fails.
                self.check.clone().finish().map_err(changed)?;
            }
        }
    }

    /// Nothing may follow, and all of it must have been right.
    async fn end(&mut self) -> Result<()> {
        while self.more().await? {}
        self.check.clone().finish().map_err(changed)
    }

    async fn more(&mut self) -> Result<bool> {
        let Some(chunk) = self.content.try_next().await.map_err(unreadable)? else { return Ok(false) };
        self.check.update(&chunk).map_err(changed)?;
        self.rest = chunk;
        Ok(true)
    }
}

/// Some of a blob's bytes, and where they begin in it.
struct Piece<'a> {
    blob: &'a Descriptor,
    start: u64,
    bytes: Bytes,
}

/// Send `piece`; after a failure, what of it did not arrive. No byte goes out twice on a guess: the registry says first
/// how many it has.
async fn deliver(session: &mut Session<'_>, mut piece: Piece<'_>, attempts: &mut Attempts) -> Result<()> {
    loop {
        let Err(error) = session.patch_piece(piece.blob, piece.start, piece.bytes.clone()).await else {
            if piece.bytes.len() as u64 >= PROGRESS {
                attempts.progressed();
            }
            return Ok(());
        };
        let at_another_place = session.refusal().is_some_and(|refusal| refusal.status == 416);
        if error.passes().is_none() && !at_another_place {
            return Err(error);
        }
        let Some(arrived) = arrived(session, &piece).await? else { return Err(error) };
        if arrived == 0 && error.passes().is_none() {
            // The place was right, so something else is wrong with the piece.
            return Err(error);
        }
        if arrived as u64 >= PROGRESS {
            attempts.progressed();
        }
        piece.bytes.advance(arrived);
        piece.start += arrived as u64;
        if piece.bytes.is_empty() {
            return Ok(());
        }
        let passing = error.passes().unwrap_or_default();
        let Some(pause) = attempts.after_failure(passing) else { return Err(error.after(attempts.failed())) };
        sleep(pause).await;
    }
}

/// How many bytes of `piece` the registry has; `None` when it cannot say, or lost more than that.
async fn arrived(session: &mut Session<'_>, piece: &Piece<'_>) -> Result<Option<usize>> {
    let position = session.position().await?;
    let arrived = position.and_then(|position| usize::try_from(position.checked_sub(piece.start)?).ok());
    Ok(arrived.filter(|arrived| *arrived <= piece.bytes.len()))
}
