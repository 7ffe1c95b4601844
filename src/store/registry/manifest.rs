//! Manifests: which one a tag names, its bytes, and putting one in its place.

use std::sync::atomic::Ordering;

use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName};
use reqwest::{Method, StatusCode};

use super::RegistryStore;
use super::endpoint::OCI_SUBJECT;
use super::error::Matter;
use super::payload::Payload;
use super::request::Request;
use super::response::Response;
use crate::oci::media_type::{self, ACCEPT_MANIFESTS};
use crate::oci::{Descriptor, RawManifest, Tag, Version};
use crate::store::{Fault, Fetched, MAX_MANIFEST, MAX_PUSHED_MANIFEST, Result, Store as _, StoreError, SubjectTaken};

/// The registry keeps what is there: statuses and codes that say so (HTTP-55).
const IMMUTABLE_CODES: [&str; 3] = ["TAG_INVALID", "TAG_IMMUTABLE", "IMMUTABLE_TAG"];

/// What `version` names, by HEAD; by GET where the answer to that is not enough (HTTP-10, HTTP-13).
pub(super) async fn resolve(store: &RegistryStore, version: &Version) -> Result<Descriptor> {
    let response = store.send(&request(store, Method::HEAD, version).await?.unless_failed()).await?;
    match response.status() {
        StatusCode::OK => match described(&response) {
            Some(descriptor) => same(version, descriptor),
            None => Ok(store.manifest(version).await?.descriptor()),
        },
        status if status.is_server_error() || matches!(status.as_u16(), 400 | 405) => {
            Ok(store.manifest(version).await?.descriptor())
        }
        _ => Err(store.failure(response, Matter::Manifest(version)).await),
    }
}

/// The bytes of a manifest, unchecked but bounded.
pub(super) async fn fetch(store: &RegistryStore, version: &Version) -> Result<Fetched> {
    let request = request(store, Method::GET, version).await?.whole(MAX_MANIFEST);
    received(store, version, store.send(&request).await?).await
}

/// As [`fetch`], past all caches, with what the registry calls this state of `version` (`ETag`).
pub(super) async fn fetch_fresh(store: &RegistryStore, version: &Version) -> Result<(Fetched, Option<String>)> {
    let request = request(store, Method::GET, version).await?.header(CACHE_CONTROL, "no-cache").whole(MAX_MANIFEST);
    let response = store.send(&request).await?;
    let etag = response.header(ETAG).map(str::to_owned);
    Ok((received(store, version, response).await?, etag))
}

async fn received(store: &RegistryStore, version: &Version, response: Response) -> Result<Fetched> {
    if response.status() != StatusCode::OK {
        return Err(store.failure(response, Matter::Manifest(version)).await);
    }
    if response.is_html() {
        return Err(response.nonsense("a manifest was asked for").await);
    }
    response.refuse_encoding()?;
    let (media_type, digest) = (response.content_type().to_owned(), response.digest());
    let bytes = response.bytes(MAX_MANIFEST, StoreError::Unreadable).await?;
    Ok(Fetched { media_type, digest, bytes })
}

/// Put `manifest` in its place, once, under its tag or its digest (HTTP-50).
pub(super) async fn write(store: &RegistryStore, manifest: &RawManifest, tag: Option<&Tag>) -> Result<SubjectTaken> {
    let version = tag.map_or_else(|| Version::Digest(manifest.digest().clone()), |tag| Version::Tag(tag.clone()));
    let response = match (put(store, manifest, &version, Over::Anything).await, tag) {
        (Ok(response), _) => response,
        (Err(error), Some(tag)) if is_immutable(&error) => return kept(store, manifest, tag, error).await,
        (Err(error), _) => return Err(error),
    };
    let taken = subject_taken(&response, manifest);
    confirm(store, response, manifest).await?;
    Ok(taken)
}

/// In the place of what a manifest is put.
pub(super) enum Over<'a> {
    /// Whatever is there. The same bytes can be sent again.
    Anything,
    /// What was looked at just now, under this condition if there is one. When this fails it is to be looked at again.
    Seen(Option<(HeaderName, &'a str)>),
}

/// Send `manifest`. The registry's word for having it is not looked at yet.
pub(super) async fn put(
    store: &RegistryStore,
    manifest: &RawManifest,
    version: &Version,
    over: Over<'_>,
) -> Result<Response> {
    let size = manifest.bytes().len();
    if size > MAX_PUSHED_MANIFEST {
        let message = format!("the manifest has {size} bytes; registries take no more than {MAX_PUSHED_MANIFEST}");
        return Err(StoreError::Refused(Fault::new(message)));
    }
    let mut request = Request::new(Method::PUT, store.opened().await?.endpoint.manifest(version))
        .header_text(CONTENT_TYPE, &media_type::essence(manifest.media_type()))
        .carrying(Payload::Bytes(manifest.bytes().clone()));
    if let Over::Seen(condition) = over {
        request = request.once();
        if let Some((name, value)) = condition {
            request = request.header_text(name, value);
        }
    }
    let response = store.send(&request).await?;
    match response.status() {
        _ if response.is_page() => Err(response.nonsense("a manifest was sent").await),
        StatusCode::CREATED | StatusCode::OK | StatusCode::ACCEPTED => Ok(response),
        _ => Err(store.failure(response, Matter::Publish(version, size)).await),
    }
}

async fn request(store: &RegistryStore, method: Method, version: &Version) -> Result<Request<'static>> {
    let url = store.opened().await?.endpoint.manifest(version);
    Ok(Request::new(method, url).header(ACCEPT, ACCEPT_MANIFESTS))
}

/// Media type, digest and size from headers alone, when all three are there and mean something.
fn described(response: &Response) -> Option<Descriptor> {
    let media_type = media_type::essence(response.content_type());
    let vague = matches!(media_type.as_str(), "" | "application/json" | "text/plain" | "application/octet-stream");
    if vague || response.is_html() {
        return None;
    }
    Some(Descriptor::new(media_type, response.digest()?, response.content_length()?))
}

/// A manifest that was asked for by digest is that one or none.
fn same(version: &Version, found: Descriptor) -> Result<Descriptor> {
    match version {
        Version::Digest(asked) if asked.algorithm() == found.digest.algorithm() && *asked != found.digest => {
            let message = format!("the registry names digest {} for manifest {asked}", found.digest);
            Err(StoreError::Integrity(Fault::new(message)))
        }
        Version::Digest(asked) => Ok(Descriptor { digest: asked.clone(), ..found }),
        Version::Tag(_) => Ok(found),
    }
}

/// The registry kept our manifest: by the digest that it answers, else by asking for it, once a registry (HTTP-51).
async fn confirm(store: &RegistryStore, response: Response, manifest: &RawManifest) -> Result<()> {
    let registry = &store.opened().await?.registry;
    let named = response.digest();
    response.drain().await;
    match named {
        Some(digest) if digest.algorithm() == manifest.digest().algorithm() && digest != *manifest.digest() => {
            let message = format!("the registry took manifest {} as {digest}", manifest.digest());
            return Err(StoreError::Integrity(Fault::new(message)));
        }
        Some(_) => return Ok(()),
        None if registry.keeps_manifests.load(Ordering::Relaxed) => return Ok(()),
        None => {}
    }
    let version = Version::Digest(manifest.digest().clone());
    let response = store.send(&request(store, Method::HEAD, &version).await?).await?;
    if response.status() != StatusCode::OK {
        let message = format!("the registry said that it took manifest {}, but does not have it", manifest.digest());
        return Err(StoreError::Unavailable(Fault::new(message)));
    }
    registry.keeps_manifests.store(true, Ordering::Relaxed);
    Ok(())
}

/// How the registry took the subject, by its own word.
fn subject_taken(response: &Response, manifest: &RawManifest) -> SubjectTaken {
    let subject = manifest.document().ok().and_then(|document| document.subject().cloned());
    match (subject, response.header(OCI_SUBJECT)) {
        (None, _) => SubjectTaken::None,
        (Some(subject), Some(said)) if said.trim() == subject.digest.to_string() => SubjectTaken::Confirmed,
        (Some(_), _) => SubjectTaken::Unconfirmed,
    }
}

/// Whether the registry keeps what is under a tag.
pub(super) fn is_immutable(error: &StoreError) -> bool {
    let Some(answer) = error.fault().answer() else { return false };
    let coded = answer.code.as_deref().is_some_and(|code| IMMUTABLE_CODES.contains(&code));
    let conflict = matches!(error, StoreError::Conflict(_));
    conflict || (coded && (400..500).contains(&answer.status))
}

/// A tag that the registry does not move: fine when it names our manifest already, as some refuse even that (HTTP-54);
/// otherwise one message for all registries (HTTP-55).
async fn kept(store: &RegistryStore, manifest: &RawManifest, tag: &Tag, error: StoreError) -> Result<SubjectTaken> {
    let Ok(existing) = resolve(store, &Version::Tag(tag.clone())).await else { return Err(error) };
    if existing.digest == *manifest.digest() {
        let subject = manifest.document().is_ok_and(|document| document.subject().is_some());
        return Ok(if subject { SubjectTaken::Unconfirmed } else { SubjectTaken::None });
    }
    let (repository, new) = (&store.repository, manifest.digest());
    let message = format!("tag {tag} of {repository} cannot be moved from {} to {new}", existing.digest);
    let hint = "the registry keeps this tag as it is: push under another tag, or change the repository's rule for it";
    let mut fault = Fault::new(message).with_hint(hint);
    if let Some(answer) = error.fault().answer() {
        fault = fault.answered(answer.clone());
    }
    Err(StoreError::Conflict(fault.caused_by(error)))
}
