//! Deleting manifests and tags (HTTP-90 to HTTP-92).

use async_trait::async_trait;
use reqwest::{Method, StatusCode};

use super::error::Matter;
use super::request::Request;
use super::{RegistryStore, referrers};
use crate::oci::{Digest, Tag, Version};
use crate::store::{Delete, Fault, Result, Store as _, StoreError};

#[async_trait]
impl Delete for RegistryStore {
    async fn untag(&self, tag: &Tag) -> Result<()> {
        delete(self, &Version::Tag(tag.clone())).await
    }

    async fn delete_manifest(&self, digest: &Digest, subject: Option<&Digest>) -> Result<()> {
        let version = Version::Digest(digest.clone());
        let Some(subject) = subject else { return delete(self, &version).await };
        let listed = Box::pin(referrers::unlist(self, subject, digest)).await?;
        if let Err(error) = delete(self, &version).await {
            let stays = listed && !matches!(error, StoreError::NotFound(_));
            return Err(if stays { relisted(self, subject, digest, error).await } else { error });
        }
        if listed {
            // While the manifest was there, another writer may have put its entry back. Now nobody does.
            Box::pin(referrers::unlist(self, subject, digest)).await?;
        }
        Ok(())
    }
}

/// `error`, which says that `referrer` was not deleted, once that is listed again as it was.
async fn relisted(store: &RegistryStore, subject: &Digest, referrer: &Digest, error: StoreError) -> StoreError {
    let relist = async {
        let manifest = store.manifest(&Version::Digest(referrer.clone())).await?;
        let document = manifest.document().map_err(|error| StoreError::Unreadable(Fault::new(error.to_string())))?;
        referrers::merge(store, subject, &[manifest.as_referrer(&document)]).await
    };
    let Err(unlisted) = Box::pin(relist).await else { return error };
    let message = format!("manifest {referrer} was not deleted, and is not listed as a referrer of {subject} any more");
    let repository = &store.repository;
    let hint = format!(
        "to have it listed again: bobctl link artifact {repository}@{referrer} {repository}@{subject}; \
         it was not deleted because: {error}"
    );
    StoreError::Unavailable(Fault::new(message).with_hint(hint).caused_by(unlisted))
}

/// Ask for `version` to be deleted. Some registries say that a tag is not there when they mean that they delete none, so
/// that is looked at.
async fn delete(store: &RegistryStore, version: &Version) -> Result<()> {
    let request = Request::new(Method::DELETE, store.opened().await?.endpoint.manifest(version));
    let response = store.send(&request).await?;
    match response.status() {
        _ if response.is_page() => return Err(response.nonsense("something was to be deleted").await),
        StatusCode::OK | StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
            response.drain().await;
            return Ok(());
        }
        _ => {}
    }
    let error = store.failure(response, Matter::Delete(version)).await;
    if !matches!(error, StoreError::NotFound(_)) || store.resolve(version).await.is_err() {
        return Err(error);
    }
    let message = format!("{} does not delete {}", store.repository.host(), Matter::Delete(version));
    let mut fault = Fault::new(message);
    if let Some(answer) = error.fault().answer() {
        fault = fault.answered(answer.clone());
    }
    Err(StoreError::Refused(fault.caused_by(error)))
}
