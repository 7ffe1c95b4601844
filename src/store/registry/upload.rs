//! Blobs out: not at all where the registry has them, in a single request, in a session, or streamed while they grow
//! (HTTP-30 to HTTP-33, HTTP-37).

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
use super::session::{Session, kept};
use crate::oci::Descriptor;
use crate::store::blob::Check;
use crate::store::{BlobSource, Result};

/// The largest blob that goes in a single request, in bytes: this much may be sent in vain (HTTP-33).
const MAX_SINGLE: u64 = 64 << 10;

/// Keep what `source` has.
pub(super) async fn write(store: &RegistryStore, source: &dyn BlobSource) -> Result<()> {
    let Some(blob) = source.known() else {
        return Session::begin(store, None).await?.follow(source).await;
    };
    match mount::mount(store, &blob, source.origin()).await? {
        Mounted::Kept => Ok(()),
        Mounted::Session(session) => session.carry(&blob, Payload::Known(source, &blob)).await,
        Mounted::No if blob.size <= MAX_SINGLE => write_small(store, source, &blob).await,
        Mounted::No => write_in_session(store, &blob, Payload::Known(source, &blob)).await,
    }
}

async fn write_small(store: &RegistryStore, source: &dyn BlobSource, blob: &Descriptor) -> Result<()> {
    let bytes = read_small(source, blob).await?;
    let payload = || Payload::Bytes(bytes.clone());
    let opened = store.opened().await?;
    let refused = &opened.registry.wants_sessions;
    if refused.load(Ordering::Relaxed) {
        return write_in_session(store, blob, payload()).await;
    }
    let request = Request::new(Method::POST, opened.endpoint.single_upload(&blob.digest))
        .header(CONTENT_TYPE, "application/octet-stream")
        .carrying(payload());
    let response = store.send(&request).await?;
    match response.status() {
        StatusCode::CREATED => kept(response, &blob.digest).await,
        // It took this for the start of a session, as the specification allows.
        StatusCode::ACCEPTED => {
            refused.store(true, Ordering::Relaxed);
            Session::of(store, response).await?.carry(blob, payload()).await
        }
        status if status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 404 | 429) => {
            refused.store(true, Ordering::Relaxed);
            response.drain().await;
            write_in_session(store, blob, payload()).await
        }
        _ => Err(store.failure(response, Matter::Upload(Some(blob))).await),
    }
}

async fn write_in_session(store: &RegistryStore, blob: &Descriptor, payload: Payload<'_>) -> Result<()> {
    Session::begin(store, Some(blob)).await?.carry(blob, payload).await
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
