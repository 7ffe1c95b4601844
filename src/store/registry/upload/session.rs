//! Upload sessions: their requests, and how they are called off (HTTP-31, HTTP-36, HTTP-38, HTTP-39).
//!
//! A session sends what it is told and says what came of it. Whether to try once more, and how, is for its user.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use reqwest::{Method, StatusCode, Url};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::super::auth::Registry;
use super::super::endpoint::with_parameter;
use super::super::error::Matter;
use super::super::payload::Payload;
use super::super::request::Request;
use super::super::response::Response;
use super::super::scope::Scopes;
use super::super::target;
use super::super::{Client, PoisonError, RegistryStore};
use crate::oci::{Descriptor, Digest};
use crate::store::{Answer, BlobSource, Fault, Result, StoreError};

/// From this size on the server gets more time to answer after the last byte: many hash or move the blob then.
const LARGE: u64 = 16 << 20;
/// How many times the idle limit that is.
const PATIENCE: u32 = 5;
/// How long calling off an upload may take (HTTP-39).
const ABORT_TIMEOUT: Duration = Duration::from_secs(2);
/// The smallest piece that the registry takes, when it says so.
const CHUNK_MIN_LENGTH: &str = "oci-chunk-min-length";

/// The registry has the blob, and calls it what we do (HTTP-38).
pub(in super::super) async fn kept(response: Response, digest: &Digest) -> Result<()> {
    let named = response.digest();
    response.drain().await;
    match named {
        Some(named) if named.algorithm() == digest.algorithm() && named != *digest => {
            let message = format!("the registry took blob {digest} as {named}");
            Err(StoreError::Integrity(Fault::new(message)))
        }
        _ => Ok(()),
    }
}

/// An upload session. One that is dropped before it is finished is called off at the registry.
pub(in super::super) struct Session<'a> {
    store: &'a RegistryStore,
    registry: Arc<Registry>,
    /// Where the next request goes: the newest `Location` (HTTP-31).
    location: Url,
    least: u64,
    /// What the registry answered to a request that failed; a failure of the line or of the source has no answer.
    refusal: Option<Answer>,
    finished: bool,
}

impl<'a> Session<'a> {
    /// Ask for a session; the blob is for messages, and may not be known yet.
    pub(super) async fn begin(store: &'a RegistryStore, blob: Option<&Descriptor>) -> Result<Self> {
        let request = Request::new(Method::POST, store.opened().await?.endpoint.uploads());
        let response = store.send(&request).await?;
        if response.status() != StatusCode::ACCEPTED {
            return Err(store.failure(response, Matter::Upload(blob)).await);
        }
        Self::of(store, response).await
    }

    /// The session that `response` opened.
    pub(in super::super) async fn of(store: &'a RegistryStore, response: Response) -> Result<Self> {
        let registry = Arc::clone(&store.opened().await?.registry);
        let least = response.header(CHUNK_MIN_LENGTH).and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let Some(location) = next_location(&registry, &response)? else {
            return Err(response.nonsense("it started an upload without saying where it goes on").await);
        };
        response.drain().await;
        Ok(Self { store, registry, location, least, refusal: None, finished: false })
    }

    /// The smallest piece that the registry takes, in bytes; 0 when it does not say.
    pub(super) fn least_piece(&self) -> u64 {
        self.least
    }

    /// What the registry answered to the last request, if that is why it failed.
    pub(super) fn refusal(&self) -> Option<&Answer> {
        self.refusal.as_ref()
    }

    async fn send(&mut self, request: &Request<'_>) -> Result<Response> {
        self.refusal = None;
        Ok(self.store.send(request).await?)
    }

    async fn refused(&mut self, response: Response, blob: Option<&Descriptor>) -> StoreError {
        let error = self.store.failure(response, Matter::Transfer(blob)).await;
        self.refusal = error.fault().answer().cloned();
        error
    }

    /// Send `payload`, the rest of the blob, and close the session.
    pub(super) async fn put(&mut self, blob: &Descriptor, payload: Payload<'_>) -> Result<()> {
        let request = Request::new(Method::PUT, with_parameter(&self.location, "digest", &blob.digest.to_string()))
            .header(CONTENT_TYPE, "application/octet-stream")
            .carrying(payload)
            // The session may be used up by an attempt whose answer was lost.
            .once()
            .patient(if blob.size >= LARGE { PATIENCE } else { 1 });
        let response = self.send(&request).await?;
        match response.status() {
            _ if response.is_page() => Err(response.nonsense("a blob was sent").await),
            StatusCode::CREATED | StatusCode::OK | StatusCode::NO_CONTENT => kept(response, &blob.digest).await,
            StatusCode::ACCEPTED => Err(response.nonsense("it says that an upload which is complete is not").await),
            _ => Err(self.refused(response, Some(blob)).await),
        }
    }

    /// Send all of `blob` without closing the session.
    pub(super) async fn patch(&mut self, blob: &Descriptor, payload: Payload<'_>) -> Result<()> {
        let request = self.patching().carrying(payload);
        let response = self.send(&request).await?;
        self.taken(response, Some(blob)).await
    }

    /// Send `piece`, the bytes of `blob` from `start` on; none is empty.
    pub(super) async fn patch_piece(&mut self, blob: &Descriptor, start: u64, piece: Bytes) -> Result<()> {
        let range = format!("{start}-{}", start + piece.len() as u64 - 1);
        let request = self.patching().header_text(CONTENT_RANGE, &range).carrying(Payload::Piece(piece));
        let response = self.send(&request).await?;
        self.taken(response, Some(blob)).await
    }

    /// Send everything that `source` will have. Digest and size of what went out, unless the registry answered before it
    /// had all of it.
    pub(super) async fn patch_growing(&mut self, source: &dyn BlobSource) -> Result<Option<(Digest, u64)>> {
        let request = self.patching().carrying(Payload::Growing(source));
        let response = self.send(&request).await?;
        let sent = request.passage().sent();
        let blob = sent.clone().map(|(digest, size)| Descriptor::new("", digest, size));
        self.taken(response, blob.as_ref()).await?;
        Ok(sent)
    }

    fn patching(&self) -> Request<'static> {
        Request::new(Method::PATCH, self.location.clone()).header(CONTENT_TYPE, "application/octet-stream").once()
    }

    async fn taken(&mut self, response: Response, blob: Option<&Descriptor>) -> Result<()> {
        if let Some(location) = next_location(&self.registry, &response)? {
            self.location = location;
        }
        if !matches!(response.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT | StatusCode::CREATED) {
            return Err(self.refused(response, blob).await);
        }
        response.drain().await;
        Ok(())
    }

    /// How many bytes the registry has got in this session (HTTP-36). `None` when it does not say, or says `0-0`, which
    /// stands for none and for one.
    pub(super) async fn position(&mut self) -> Result<Option<u64>> {
        let request = Request::new(Method::GET, self.location.clone()).whole(0);
        let response = self.store.send(&request).await?;
        if !response.status().is_success() {
            response.drain().await;
            return Ok(None);
        }
        if let Some(location) = next_location(&self.registry, &response)? {
            self.location = location;
        }
        let have = response.header(RANGE).and_then(read_range);
        response.drain().await;
        Ok(have)
    }

    /// The registry has the blob: there is nothing to be called off.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }

    /// Give up, and wait until the registry was told, or cannot be.
    pub(super) async fn call_off(mut self) {
        call_off(&self.registry, self.location.clone(), &self.store.scopes).await;
        self.finished = true;
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let (registry, location) = (Arc::clone(&self.registry), self.location.clone());
        let scopes = self.store.scopes.clone();
        self.store.client.later(async move { call_off(&registry, location, &scopes).await });
    }
}

impl Client {
    /// Run `abort` beside everything else; [`Client::settle`] waits for it. Outside a runtime there is no way to.
    fn later(&self, abort: impl Future<Output = ()> + Send + 'static) {
        if let Ok(runtime) = Handle::try_current() {
            let mut aborts = self.aborts.lock().unwrap_or_else(PoisonError::into_inner);
            aborts.spawn_on(abort, &runtime);
        }
    }
}

/// Tell the registry that an upload will not go on (HTTP-39). Nobody depends on it, so no failure is told.
async fn call_off(registry: &Registry, location: Url, scopes: &Scopes) {
    let request = Request::new(Method::DELETE, location).once();
    let _ = timeout(ABORT_TIMEOUT, async {
        if let Ok(response) = registry.send(&request, scopes).await {
            response.drain().await;
        }
    })
    .await;
}

/// How many bytes `0-LAST` or `bytes=0-LAST` means; `0-0` means nothing for certain.
fn read_range(text: &str) -> Option<u64> {
    let text = text.trim();
    let last: u64 = text.strip_prefix("bytes=").unwrap_or(text).strip_prefix("0-")?.parse().ok()?;
    if last == 0 { None } else { last.checked_add(1) }
}

fn next_location(registry: &Registry, response: &Response) -> Result<Option<Url>> {
    let Some(text) = response.header(LOCATION) else { return Ok(None) };
    let refused = |why: target::NotFollowed| {
        let why = response.exchange().masked(&why.to_string());
        let fault = Fault::new("the registry sends an upload where it is not sent").caused_by(why);
        StoreError::Unavailable(
            fault.with_hint("the base URL (external URL) in the registry's own settings may be wrong"),
        )
    };
    target::upload(registry.base(), response.url(), text).map(Some).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::read_range;

    #[test]
    fn where_a_session_stands() {
        for (text, have) in [
            ("0-9", Some(10)),
            ("bytes=0-9", Some(10)),
            (" 0-1 ", Some(2)),
            ("0-0", None),
            ("bytes=0-0", None),
            ("5-9", None),
            ("0-", None),
            ("0-18446744073709551615", None),
            ("", None),
        ] {
            assert_eq!(read_range(text), have, "{text}");
        }
    }
}
