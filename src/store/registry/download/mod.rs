//! Blobs in: whether one is there, and its bytes, however often the line breaks.

mod resume;

use reqwest::{Method, StatusCode};

use super::RegistryStore;
use super::request::Request;
use crate::oci::Descriptor;
use crate::store::{BlobStream, Result};

use self::resume::Download;

/// Whether the registry has `blob` with the right size. Where it cannot tell, the answer is no (HTTP-41).
pub(super) async fn exists(store: &RegistryStore, blob: &Descriptor) -> Result<bool> {
    let url = store.opened().await?.endpoint.blob(&blob.digest);
    match store.send(&Request::new(Method::HEAD, url)).await {
        Ok(response) => {
            let length = response.content_length().unwrap_or(blob.size);
            Ok(response.status() == StatusCode::OK && length == blob.size && !response.is_html())
        }
        // The address of a content network may be signed for GET alone.
        Err(broken) if broken.redirected => Ok(false),
        Err(broken) => Err(broken.error),
    }
}

/// The bytes of `blob` as they come, unchecked. Where they break off they go on with a new request (HTTP-22).
pub(super) async fn fetch(store: &RegistryStore, blob: &Descriptor) -> Result<BlobStream> {
    let opened = store.opened().await?;
    let download = Download {
        registry: opened.registry.clone(),
        scopes: store.scopes.clone(),
        repository: store.repository.clone(),
        url: opened.endpoint.blob(&blob.digest),
        blob: blob.clone(),
    };
    // The first request also asks for what the store is to be used for besides.
    let response = store.send(&download.request(0)).await?;
    let whole = download.whole(response).await?;
    Ok(download.stream(whole, store.client.retry()))
}
