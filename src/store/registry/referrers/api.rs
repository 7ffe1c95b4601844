//! The registry's own list: `GET …/referrers/<digest>`, page by page (HTTP-70 to HTTP-72).

use reqwest::header::CACHE_CONTROL;
use reqwest::{Method, StatusCode, Url};

use super::list::{List, NoList, digest_of};
use super::within_bounds;
use crate::oci::{Descriptor, Digest, media_type};
use crate::store::registry::RegistryStore;
use crate::store::registry::error::Matter;
use crate::store::registry::paging::{self, MAX_PAGE, Trail};
use crate::store::registry::request::Request;
use crate::store::registry::response::Response;
use crate::store::{Fault, Result, StoreError};

/// A page, and where the next one is.
struct Page {
    list: List,
    next: Option<Url>,
}

/// What the API lists; `None` when the registry has no such API.
pub(super) async fn list(store: &RegistryStore, subject: &Digest) -> Result<Option<Vec<Descriptor>>> {
    let mut url = store.opened().await?.endpoint.referrers(subject);
    let (mut listed, mut entries) = (Vec::new(), 0);
    let mut trail: Option<Trail> = None;
    loop {
        let Some(Page { list, next }) = page(store, subject, url).await? else {
            return if trail.is_none() { Ok(None) } else { Err(broken_off(store, subject)) };
        };
        entries += list.len();
        within_bounds(entries, subject)?;
        listed.extend(list.descriptors());
        let digests: Vec<&str> = list.entries().iter().filter_map(digest_of).collect();
        let print = paging::fingerprint(&digests, next.as_ref());
        let walked = Trail::after(trail.as_ref(), print, next.is_some());
        trail =
            Some(walked.map_err(|why| {
                StoreError::Unavailable(Fault::new(format!("the list of referrers of {subject} {why}")))
            })?);
        match next {
            None => return Ok(Some(listed)),
            Some(next) => url = next,
        }
    }
}

/// The page at `url`; `None` when the answer says that nothing of the kind is there (HTTP-72).
async fn page(store: &RegistryStore, subject: &Digest, url: Url) -> Result<Option<Page>> {
    // A list that another host gives is none: GHCR sends to a web site, and a sign-in page is not worth a request.
    let request = Request::new(Method::GET, url).header(CACHE_CONTROL, "no-cache").staying().whole(MAX_PAGE);
    let response = store.send(&request).await?;
    let is_index = media_type::same(response.content_type(), media_type::INDEX);
    if response.status() != StatusCode::OK || !is_index {
        return absent(store, response, subject).await.map(|()| None);
    }
    response.refuse_encoding()?;
    let next = paging::next(store.opened().await?.registry.base(), &response, "the list of referrers")?;
    let bytes = response.bytes(MAX_PAGE, StoreError::Unavailable).await?;
    match List::parse(&bytes) {
        Ok(list) => Ok(Some(Page { list, next })),
        Err(NoList::Shape(_)) => Ok(None),
        // It has the API and says something that cannot be read: nobody knows what is listed.
        Err(NoList::Json(error)) => {
            let message = format!("{} did not answer with a list of referrers", store.repository.host());
            Err(StoreError::Unavailable(Fault::new(message).caused_by(error)))
        }
    }
}

/// An error unless `response` means that there is no such API: who may not ask, and who asks too much or too early, does
/// not know that nothing is listed.
async fn absent(store: &RegistryStore, response: Response, subject: &Digest) -> Result<()> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || status == StatusCode::NOT_IMPLEMENTED {
        response.drain().await;
        return Ok(());
    }
    match store.failure(response, Matter::Referrers(subject)).await {
        error @ (StoreError::Denied(_) | StoreError::Unavailable(_)) => Err(error),
        _ => Ok(()),
    }
}

fn broken_off(store: &RegistryStore, subject: &Digest) -> StoreError {
    let message = format!("{} broke the list of referrers of {subject} off", store.repository.host());
    StoreError::Unavailable(Fault::new(message))
}
