//! What a request carries: nothing, a few bytes, or a blob that is streamed and checked on its way out (HTTP-42).
//!
//! A payload is a recipe: each attempt opens the content anew, so that a request can be repeated (NET-8).

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Stream, future, stream};
use reqwest::Body;
use reqwest::header::{CONTENT_LENGTH, HeaderValue};

use super::idle::Activity;
use crate::oci::{Descriptor, Digest, Hasher};
use crate::store::blob::{Check, SourceStream};
use crate::store::{BlobSource, Fault, Result, StoreError};

/// How much of a piece is handed to the connection at once, in bytes.
const STEP: usize = 64 << 10;

/// What a request carries.
pub(super) enum Payload<'a> {
    /// No body.
    Nothing,
    /// A body in memory.
    Bytes(Bytes),
    /// A body that must not reach another origin.
    Secret(Bytes),
    /// Some of a blob's bytes, large enough to be watched on their way.
    Piece(Bytes),
    /// A blob of known digest and size.
    Known(&'a dyn BlobSource, &'a Descriptor),
    /// A blob that is still being made.
    Growing(&'a dyn BlobSource),
}

impl Payload<'_> {
    /// Whether there are bytes to be sent.
    pub(super) fn has_body(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Whether it is a blob that flows, of which nobody knows how much arrived when it breaks off.
    pub(super) fn streams(&self) -> bool {
        matches!(self, Self::Piece(_) | Self::Known(..) | Self::Growing(_))
    }

    /// Whether the body must stay with the origin it is for.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }

    /// Put a fresh body into `request`. What happens to it is told to `activity` and `passage`.
    pub(super) fn open(&self, request: &mut reqwest::Request, activity: &Arc<Activity>, passage: &Arc<Passage>) {
        let stream = |content: SourceStream, watch| {
            let (activity, passage) = (Arc::clone(activity), Arc::clone(passage));
            Body::wrap_stream(Outgoing { content, watch, activity, passage })
        };
        let (length, body) = match self {
            Self::Nothing => (Some(0), None),
            Self::Bytes(bytes) | Self::Secret(bytes) => (Some(bytes.len() as u64), Some(Body::from(bytes.clone()))),
            Self::Piece(bytes) => {
                let length = bytes.len() as u64;
                (Some(length), Some(stream(in_steps(bytes.clone()), Watch::Piece { left: length })))
            }
            // Nobody would ask the stream for its end.
            Self::Known(_, blob) if blob.size == 0 => (Some(0), None),
            Self::Known(source, blob) => {
                let watch = Watch::Known { check: Some(Box::new(Check::new(blob))), left: blob.size };
                (Some(blob.size), Some(stream(source.open(), watch)))
            }
            Self::Growing(source) => {
                let watch = Watch::Growing { hasher: Some(Hasher::sha256()), size: 0 };
                (None, Some(stream(source.open(), watch)))
            }
        };
        let bodiless =
            matches!(*request.method(), reqwest::Method::GET | reqwest::Method::HEAD | reqwest::Method::DELETE);
        if let (Some(length), false) = (length, bodiless && body.is_none()) {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        *request.body_mut() = body;
    }
}

/// `bytes` in steps, so that it is seen whether they flow.
fn in_steps(bytes: Bytes) -> SourceStream {
    let step = |mut rest: Bytes| {
        let step = rest.split_to(STEP.min(rest.len()));
        (!step.is_empty()).then_some((Ok(step), rest))
    };
    Box::pin(stream::unfold(bytes, move |rest| future::ready(step(rest))))
}

/// What became of a streamed body.
#[derive(Debug, Default)]
pub(super) struct Passage {
    failure: Mutex<Option<StoreError>>,
    sent: Mutex<Option<(Digest, u64)>>,
}

impl Passage {
    /// Why our own side could not go on, when it could not.
    pub(super) fn take_failure(&self) -> Option<StoreError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Digest and size of what went out, once all of a growing blob did.
    pub(super) fn sent(&self) -> Option<(Digest, u64)> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fail(&self, error: StoreError) -> io::Error {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        io::Error::other("the content cannot be sent")
    }

    fn complete(&self, digest: Digest, size: u64) {
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some((digest, size));
    }
}

/// The failure of content that is not what was announced.
pub(super) fn changed(cause: StoreError) -> StoreError {
    let fault = Fault::new("content changed while it was pushed");
    StoreError::Local(fault.with_hint("push again once nothing writes to the files").caused_by(cause))
}

/// The failure of content that cannot be read; the other store's where it comes from one.
pub(super) fn unreadable(error: io::Error) -> StoreError {
    StoreError::of_source(error, "the content to be pushed cannot be read")
}

enum Watch {
    Piece { left: u64 },
    Known { check: Option<Box<Check>>, left: u64 },
    Growing { hasher: Option<Hasher>, size: u64 },
}

/// A source's bytes on their way to the connection.
struct Outgoing {
    content: SourceStream,
    watch: Watch,
    activity: Arc<Activity>,
    passage: Arc<Passage>,
}

impl Outgoing {
    /// Look at a chunk before it goes. The last one is held back unless the digest is right, because the connection
    /// does not ask for more once the announced length is reached.
    fn inspect(&mut self, chunk: &Bytes) -> Result<()> {
        match &mut self.watch {
            Watch::Piece { left } => {
                *left = left.saturating_sub(chunk.len() as u64);
                if *left == 0 {
                    self.activity.all_sent();
                }
            }
            Watch::Growing { hasher, size } => {
                *size += chunk.len() as u64;
                if let Some(hasher) = hasher {
                    hasher.update(chunk);
                }
            }
            Watch::Known { check, left } => {
                let Some(running) = check else { return Err(too_long()) };
                running.update(chunk)?;
                *left = left.saturating_sub(chunk.len() as u64);
                if *left == 0 {
                    check.take().map_or(Ok(()), |check| check.finish())?;
                    self.activity.all_sent();
                }
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        self.activity.all_sent();
        match &mut self.watch {
            Watch::Piece { .. } => Ok(()),
            Watch::Known { check, .. } => check.take().map_or(Ok(()), |check| check.finish()),
            Watch::Growing { hasher, size } => {
                if let Some(hasher) = hasher.take() {
                    self.passage.complete(hasher.finish(), *size);
                }
                Ok(())
            }
        }
    }
}

impl Stream for Outgoing {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        // To be asked for more means that what was given before went out.
        self.activity.moved();
        let polled = self.content.as_mut().poll_next(context);
        if polled.is_pending() {
            self.activity.waits_for_us();
        }
        let outcome = match ready!(polled) {
            Some(Ok(chunk)) => self.inspect(&chunk).map(|()| Some(chunk)).map_err(changed),
            Some(Err(error)) => Err(unreadable(error)),
            None => self.end().map(|()| None).map_err(changed),
        };
        self.activity.moved();
        Poll::Ready(match outcome {
            Ok(chunk) => chunk.map(Ok),
            Err(error) => Some(Err(self.passage.fail(error))),
        })
    }
}

fn too_long() -> StoreError {
    StoreError::Integrity(Fault::new("there is more content than announced"))
}
