//! Blobs in: whether one is there, and its bytes.

use reqwest::{Method, StatusCode};

use super::RegistryStore;
use super::error::Matter;
use super::request::Request;
use crate::oci::{Descriptor, media_type};
use crate::store::{BlobStream, Fault, Result, StoreError};

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

/// The bytes of `blob` as they come, unchecked.
pub(super) async fn fetch(store: &RegistryStore, blob: &Descriptor) -> Result<BlobStream> {
    let url = store.opened().await?.endpoint.blob(&blob.digest);
    let response = store.send(&Request::new(Method::GET, url)).await?;
    if response.status() != StatusCode::OK {
        return Err(store.failure(response, Matter::Blob(&blob.digest)).await);
    }
    if response.is_html() && !media_type::same(&blob.media_type, "text/html") {
        return Err(response.nonsense("a blob was asked for").await);
    }
    response.refuse_encoding()?;
    if let Some(length) = response.content_length().filter(|length| *length != blob.size) {
        let message = format!("blob {} is served with {length} bytes instead of {}", blob.digest, blob.size);
        return Err(StoreError::Integrity(Fault::new(message)));
    }
    Ok(response.stream())
}
