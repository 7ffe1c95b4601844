//! Taking tags and manifests out of `index.json`. Blobs stay where they are: others may point at them.

use async_trait::async_trait;

use super::Layout;
use super::folder::Folder;
use super::index::name_of;
use crate::oci::{Digest, Tag};
use crate::store::{Delete, Fault, Result, StoreError};

#[async_trait]
impl Delete for Layout {
    async fn untag(&self, tag: &Tag) -> Result<()> {
        let tag = tag.clone();
        self.on(move |folder| folder.untag(&tag)).await
    }

    async fn delete_manifest(&self, digest: &Digest, subject: Option<&Digest>) -> Result<()> {
        let (digest, subject) = (digest.clone(), subject.cloned());
        self.on(move |folder| folder.delist(&digest, subject.as_ref())).await
    }
}

impl Folder {
    fn untag(&self, tag: &Tag) -> Result<()> {
        let index = self.index()?;
        let entry = index.find(tag.as_str()).map_err(|ambiguous| self.ambiguous(tag, &ambiguous))?;
        // The name as it is written there, which may be longer than the tag.
        let Some(name) = entry.and_then(name_of) else { return Err(self.no_tag(tag, &index)) };
        self.update(&format!("the removal of tag '{tag}'"), &|index| {
            let before = index.clone();
            index.remove_tag(name, &|old| self.outlives_its_tag(old, &before));
            Ok(())
        })
    }

    /// List the manifest no more: neither in `index.json` nor among the referrers of `subject` (LAY-11).
    fn delist(&self, digest: &Digest, subject: Option<&Digest>) -> Result<()> {
        let by_tag = subject.map_or(Ok(false), |subject| self.lists_under_tag(subject, digest))?;
        if !by_tag && self.index()?.with_digest(digest).is_none() {
            return Err(self.not_listed(digest)?);
        }
        self.update(&format!("the removal of manifest {digest}"), &|index| {
            index.remove(digest);
            subject.map_or(Ok(()), |subject| self.leave_fallback(digest, subject, index))
        })
    }

    /// The failure of a manifest that `index.json` does not list.
    fn not_listed(&self, digest: &Digest) -> Result<StoreError> {
        let shown = self.path().display();
        if self.blob_size(digest)?.is_none() {
            let message = format!("there is no manifest {digest} in oci-layout://{shown}");
            return Ok(StoreError::NotFound(Fault::new(message)));
        }
        let message = format!("manifest {digest} is not listed in {shown}/index.json itself");
        let hint = "it is a part of an index, which can be deleted, or was deleted already: blobs stay";
        Ok(StoreError::Refused(Fault::new(message).with_hint(hint)))
    }
}
