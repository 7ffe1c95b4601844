//! Upload sessions: their steps, and how they are called off (HTTP-31, HTTP-38, HTTP-39).

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Method, StatusCode, Url};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::auth::Registry;
use super::endpoint::with_parameter;
use super::error::Matter;
use super::payload::{Payload, changed, unreadable};
use super::request::Request;
use super::response::Response;
use super::scope::Scopes;
use super::target;
use super::{Client, PoisonError, RegistryStore};
use crate::oci::{Descriptor, Digest};
use crate::store::{BlobSource, Fault, Result, StoreError};

/// From this size on the server gets more time to answer after the last byte: many hash or move the blob then.
const LARGE: u64 = 16 << 20;
/// How many times the idle limit that is.
const PATIENCE: u32 = 5;
/// How long calling off an upload may take (HTTP-39).
const ABORT_TIMEOUT: Duration = Duration::from_secs(2);

/// The registry has the blob, and calls it what we do (HTTP-38).
pub(super) async fn kept(response: Response, digest: &Digest) -> Result<()> {
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
pub(super) struct Session<'a> {
    store: &'a RegistryStore,
    registry: Arc<Registry>,
    /// Where the next request goes: the newest `Location` (HTTP-31).
    location: Url,
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
    pub(super) async fn of(store: &'a RegistryStore, response: Response) -> Result<Self> {
        let registry = Arc::clone(&store.opened().await?.registry);
        let Some(location) = next_location(&registry, &response)? else {
            return Err(response.nonsense("it started an upload without saying where it goes on").await);
        };
        response.drain().await;
        Ok(Self { store, registry, location, finished: false })
    }

    /// Send all of `blob`, and end the session.
    pub(super) async fn carry(self, blob: &Descriptor, payload: Payload<'_>) -> Result<()> {
        let outcome = self.put(blob, payload).await;
        self.end(outcome).await
    }

    /// One PATCH with all that `source` has and will have, then an empty PUT with the digest that came out; and end the
    /// session.
    pub(super) async fn follow(mut self, source: &dyn BlobSource) -> Result<()> {
        let outcome = self.grow(source).await;
        self.end(outcome).await
    }

    /// The session is over with `outcome`. A failed one is called off before the failure is told.
    async fn end(mut self, outcome: Result<()>) -> Result<()> {
        if outcome.is_err() {
            call_off(&self.registry, self.location.clone(), &self.store.scopes).await;
        }
        self.finished = true;
        outcome
    }

    /// Send what `source` has and will have, and close the session with the digest that comes out.
    async fn grow(&mut self, source: &dyn BlobSource) -> Result<()> {
        let sent = self.patch(source).await?;
        let blob = source.complete().await.map_err(unreadable)?;
        if sent != Some((blob.digest.clone(), blob.size)) {
            let message = format!("{} bytes of digest {} were expected", blob.size, blob.digest);
            return Err(changed(StoreError::Integrity(Fault::new(message))));
        }
        self.put(&blob, Payload::Nothing).await
    }

    /// Send everything that `source` will have.
    async fn patch(&mut self, source: &dyn BlobSource) -> Result<Option<(Digest, u64)>> {
        let request = Request::new(Method::PATCH, self.location.clone())
            .header(CONTENT_TYPE, "application/octet-stream")
            .carrying(Payload::Growing(source));
        let response = self.store.send(&request).await?;
        let sent = request.passage().sent();
        if !matches!(response.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT | StatusCode::CREATED) {
            let blob = sent.map(|(digest, size)| Descriptor::new("", digest, size));
            return Err(self.store.failure(response, Matter::Transfer(blob.as_ref())).await);
        }
        if let Some(location) = next_location(&self.registry, &response)? {
            self.location = location;
        }
        response.drain().await;
        Ok(sent)
    }

    /// Send `payload`, the rest of the blob, and close the session.
    async fn put(&self, blob: &Descriptor, payload: Payload<'_>) -> Result<()> {
        let request = Request::new(Method::PUT, with_parameter(&self.location, "digest", &blob.digest.to_string()))
            .header(CONTENT_TYPE, "application/octet-stream")
            .carrying(payload)
            // The session may be used up by an attempt whose answer was lost.
            .once()
            .patient(if blob.size >= LARGE { PATIENCE } else { 1 });
        let response = self.store.send(&request).await?;
        match response.status() {
            StatusCode::CREATED | StatusCode::OK | StatusCode::NO_CONTENT => kept(response, &blob.digest).await,
            StatusCode::ACCEPTED => Err(response.nonsense("it says that an upload which is complete is not").await),
            _ => Err(self.store.failure(response, Matter::Transfer(Some(blob))).await),
        }
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
    let request = Request::new(Method::DELETE, location);
    let _ = timeout(ABORT_TIMEOUT, async {
        if let Ok(response) = registry.send(&request, scopes).await {
            response.drain().await;
        }
    })
    .await;
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
