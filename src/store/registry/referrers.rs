//! Lists of referrers: the API's and the referrers tag's (HTTP-70 to HTTP-81).

use reqwest::{Method, StatusCode};

use super::RegistryStore;
use super::transport::Request;
use crate::oci::{Descriptor, Digest, Document, Index, RawManifest, Tag, Version, json};
use crate::store::{ListedBy, MAX_MANIFEST, Referrer, Referrers, Result, Store as _, StoreError};

/// What the API and the tag list, each digest once.
pub(super) async fn list(store: &RegistryStore, subject: &Digest) -> Result<Referrers> {
    let (api, tag) = tokio::try_join!(by_api(store, subject), by_tag(store, subject))?;
    let native = api.is_some();
    let mut entries: Vec<Referrer> = Vec::new();
    let api = api.unwrap_or_default().into_iter().map(|descriptor| (descriptor, ListedBy::Api));
    for (descriptor, by) in api.chain(tag.into_iter().map(|descriptor| (descriptor, ListedBy::Tag))) {
        if !entries.iter().any(|known| known.descriptor.digest == descriptor.digest) {
            entries.push(Referrer { descriptor, by });
        }
    }
    Ok(Referrers { entries, native })
}

/// List `referrers` under the tag as well.
pub(super) async fn merge(store: &RegistryStore, subject: &Digest, referrers: &[Descriptor]) -> Result<()> {
    let mut listed = by_tag(store, subject).await?;
    for referrer in referrers {
        if !listed.iter().any(|known| known.digest == referrer.digest) {
            listed.push(referrer.clone());
        }
    }
    let index = RawManifest::from_index(&Index::new(listed, crate::oci::annotation::Annotations::new()));
    store.write_manifest(&index, Some(&Tag::of_referrers(subject))).await.map(drop)
}

async fn by_api(store: &RegistryStore, subject: &Digest) -> Result<Option<Vec<Descriptor>>> {
    let url = store.opened().await?.endpoint.referrers(subject);
    let response = store.send(&Request::new(Method::GET, url)).await?;
    if response.status() != StatusCode::OK {
        response.drain().await;
        return Ok(None);
    }
    let bytes = response.bytes(MAX_MANIFEST, StoreError::Unavailable).await?;
    Ok(json::from_slice::<Index>(&bytes).ok().map(|index| index.manifests))
}

async fn by_tag(store: &RegistryStore, subject: &Digest) -> Result<Vec<Descriptor>> {
    match store.manifest(&Version::Tag(Tag::of_referrers(subject))).await {
        Ok(raw) => match raw.document() {
            Ok(Document::Index(index)) => Ok(index.manifests),
            _ => Ok(Vec::new()),
        },
        Err(StoreError::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
