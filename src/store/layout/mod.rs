//! An OCI image layout folder as a store (`registry-client.md` section 8).
//!
//! The folder may be used by several processes at once, and by other tools: blobs and `index.json` appear by rename and
//! never half-written, a change of `index.json` is made under a lock and looked at again afterwards, and what others
//! wrote into it is kept as it is. A crash at any point leaves a valid layout with at most unreferenced blobs. Nothing is
//! written, the folder itself included, before the first blob or manifest is.
//!
//! All file work happens on threads that may block; [`Layout`] only takes it there.

mod blobs;
mod delete;
mod faults;
mod folder;
mod index;
mod known;
mod leftovers;
mod listing;
mod lock;
mod referrers;
mod update;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::faults::local;
use self::folder::Folder;
use self::listing::Listing;
use super::blob::BlobStream;
use super::pump::{self, Pumped, blocking};
use super::{BlobSource, Cursor, Fetched, Referrers, Result, Store, StoreError, SubjectTaken, TagPage};
use crate::oci::{Algorithm, Descriptor, Digest, Location, RawManifest, Tag, Version};

/// How long a change of `index.json` waits for another program's.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// A folder in the OCI image layout.
pub struct Layout {
    location: Location,
    folder: Arc<Folder>,
}

impl Layout {
    /// The layout at `folder`, which need not be there yet: reading from it then says that nothing is found, and the first
    /// write makes it. Nothing is looked at before that.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        let path = folder.into();
        Self { location: Location::Layout(path.clone()), folder: Arc::new(Folder::new(path, LOCK_WAIT)) }
    }

    /// Run `work` on the folder, on a thread that may block.
    async fn on<T: Send + 'static>(&self, work: impl FnOnce(&Folder) -> Result<T> + Send + 'static) -> Result<T> {
        let folder = Arc::clone(&self.folder);
        blocking(move || work(&folder)).await
    }
}

#[async_trait]
impl Store for Layout {
    fn location(&self) -> &Location {
        &self.location
    }

    async fn resolve(&self, version: &Version) -> Result<Descriptor> {
        match version {
            Version::Tag(tag) => {
                let tag = tag.clone();
                self.on(move |folder| folder.resolve(&tag)).await
            }
            // Whether a blob is a manifest, and of which type, only its bytes say.
            Version::Digest(_) => Ok(self.manifest(version).await?.descriptor()),
        }
    }

    async fn fetch_manifest(&self, version: &Version) -> Result<Fetched> {
        let version = version.clone();
        self.on(move |folder| folder.manifest(&version)).await
    }

    async fn fetch_blob(&self, blob: &Descriptor) -> Result<BlobStream> {
        let blob = blob.clone();
        self.on(move |folder| folder.stream(&blob)).await
    }

    async fn has_blob(&self, blob: &Descriptor) -> Result<bool> {
        let blob = blob.clone();
        self.on(move |folder| Ok(folder.blob_size(&blob.digest)? == Some(blob.size))).await
    }

    async fn write_blob(&self, source: &dyn BlobSource) -> Result<()> {
        let known = source.known();
        if let Some(blob) = &known
            && self.has_blob(blob).await?
        {
            return Ok(());
        }
        let algorithm = known.as_ref().map_or(Algorithm::Sha256, |blob| blob.digest.algorithm());
        let sink = self.on(move |folder| folder.new_blob(algorithm)).await?;
        let sink = match pump::pump(source.open(), sink).await {
            (sink, Pumped::Whole) => sink,
            (_, Pumped::StreamFailed(error)) => return Err(unreadable_source(error)),
            (_, Pumped::SinkFailed(error)) => return Err(local("write a blob to", self.folder.path(), error)),
        };
        let blob = match known {
            Some(blob) => blob,
            None => source.complete().await.map_err(unreadable_source)?,
        };
        self.on(move |folder| folder.keep_blob(sink, &blob)).await
    }

    async fn write_manifest(&self, manifest: &RawManifest, tag: Option<&Tag>) -> Result<SubjectTaken> {
        let (manifest, tag) = (manifest.clone(), tag.cloned());
        self.on(move |folder| {
            let listing = Listing::of(&manifest, tag)?;
            folder.write_small_blob(manifest.digest(), manifest.bytes())?;
            folder.list(&listing)?;
            Ok(if listing.has_subject() { SubjectTaken::Confirmed } else { SubjectTaken::None })
        })
        .await
    }

    async fn tags(&self, _from: Option<&Cursor>) -> Result<TagPage> {
        self.on(|folder| Ok(TagPage { tags: folder.index()?.tags(), next: None })).await
    }

    async fn referrers(&self, subject: &Digest) -> Result<Referrers> {
        let subject = subject.clone();
        self.on(move |folder| folder.referrers(&subject)).await
    }

    async fn merge_referrers(&self, _subject: &Digest, _referrers: &[Descriptor]) -> Result<()> {
        Ok(())
    }
}

fn unreadable_source(error: std::io::Error) -> StoreError {
    StoreError::of_source(error, "the content to be written cannot be read")
}

#[cfg(test)]
mod tests;
