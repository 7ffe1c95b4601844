//! Blobs out: not at all where the registry has them, in a single request, in a session, or streamed while they grow
//! (HTTP-30 to HTTP-33, HTTP-37).
//!
//! - [`session`]: the requests of an upload. [`way`]: which of them a registry wants.
//! - [`known`]: a blob whose digest is known, until the registry has it. [`pieces`]: the same in pieces.
//! - [`growing`]: a blob that is still being made.
//!
//! What is sent is checked on its way; each attempt reads the source anew (HTTP-42).

mod growing;
mod known;
mod pieces;
pub(super) mod session;
pub(super) mod way;

use std::sync::atomic::Ordering;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};

use super::RegistryStore;
use super::error::Matter;
use super::mount::{self, Mounted};
use super::payload::{Payload, changed, unreadable};
use super::request::Request;
use crate::oci::Descriptor;
use crate::store::blob::Check;
use crate::store::{BlobSource, Result};

use self::session::{Session, kept};

/// The largest blob that goes in a single request, in bytes: this much may be sent in vain (HTTP-33).
const MAX_SINGLE: u64 = 64 << 10;

/// Keep what `source` has.
pub(super) async fn write(store: &RegistryStore, source: &dyn BlobSource) -> Result<()> {
    match source.known() {
        Some(blob) => write_known(store, source, &blob).await,
        None => Box::pin(growing::send(store, source)).await,
    }
}

async fn write_known(store: &RegistryStore, source: &dyn BlobSource, blob: &Descriptor) -> Result<()> {
    let session = match mount::mount(store, blob, source.origin()).await? {
        Mounted::Kept => return Ok(()),
        Mounted::Session(session) => Some(session),
        Mounted::No if blob.size <= MAX_SINGLE => match send_small(store, source, blob).await? {
            Single::Kept => return Ok(()),
            Single::Session(session) => Some(session),
            Single::Refused => None,
        },
        Mounted::No => None,
    };
    known::send(store, source, blob, session).await
}

/// What came of the wish to have a blob kept with one request.
enum Single<'a> {
    /// It is.
    Kept,
    /// The registry took the request for the start of a session.
    Session(Session<'a>),
    /// It takes no such requests.
    Refused,
}

async fn send_small<'a>(store: &'a RegistryStore, source: &dyn BlobSource, blob: &Descriptor) -> Result<Single<'a>> {
    let opened = store.opened().await?;
    let refused = &opened.registry.wants_sessions;
    if refused.load(Ordering::Relaxed) {
        return Ok(Single::Refused);
    }
    let request = Request::new(Method::POST, opened.endpoint.single_upload(&blob.digest))
        .header(CONTENT_TYPE, "application/octet-stream")
        .carrying(Payload::Bytes(read_small(source, blob).await?));
    let response = store.send(&request).await?;
    match response.status() {
        StatusCode::CREATED => kept(response, &blob.digest).await.map(|()| Single::Kept),
        // As the specification allows.
        StatusCode::ACCEPTED => {
            refused.store(true, Ordering::Relaxed);
            Session::of(store, response).await.map(Single::Session)
        }
        status if status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 404 | 408 | 429 | 499) => {
            refused.store(true, Ordering::Relaxed);
            response.drain().await;
            Ok(Single::Refused)
        }
        _ => Err(store.failure(response, Matter::Upload(Some(blob))).await),
    }
}

/// All of a small blob, checked before any of it goes out.
async fn read_small(source: &dyn BlobSource, blob: &Descriptor) -> Result<Bytes> {
    let mut check = Check::new(blob);
    let mut body = BytesMut::new();
    let mut content = source.open();
    while let Some(chunk) = content.try_next().await.map_err(unreadable)? {
        check.update(&chunk).map_err(changed)?;
        body.extend_from_slice(&chunk);
    }
    check.finish().map_err(changed)?;
    Ok(body.freeze())
}
