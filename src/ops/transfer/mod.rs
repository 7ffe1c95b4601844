//! Content on its way to a store: what `push`, `link` and `copy` have in common.
//!
//! - [`blob`]: a blob and where its bytes come from; [`counted`]: the bytes as they go out.
//! - A [`Carrier`] asks what is there, sends what is not, and writes manifests; [`lacking`]: what a registry says that
//!   claims not to know something after all (HTTP-56).
//! - [`proof`]: whether what was written can be found from its subject.
//!
//! Nothing here knows what a BoB is, or decides what is to be written: callers give blobs and manifests in their order.

mod blob;
mod counted;
mod lacking;
mod proof;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt, TryStreamExt, stream};

pub(super) use self::blob::{Blob, stored_blobs};
pub(super) use self::counted::Counted;
use self::lacking::lacks_content;
pub(super) use self::proof::{Proof, Written};
use super::report::{Event, Reporter, Step};
use super::{OpError, Result, tag};
use crate::oci::{Descriptor, Digest, Location, RawManifest, Tag, Version};
use crate::store::{BlobSource, Sent, Store, StoreError, SubjectTaken};

/// How many questions are asked at the same time.
const ASKED_AT_ONCE: usize = 16;
/// How many manifests are written at the same time, to a registry.
const MANIFESTS_AT_ONCE: usize = 8;

/// The manifests that were written, and how.
pub(super) type Manifests = BTreeMap<Digest, Written>;

/// Which attempt at writing manifests it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// What the store said that it has is believed.
    First,
    /// The store took back what it said: nothing of it counts any more.
    Again,
}

/// Brings content to a store.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    /// The store.
    pub(super) store: &'a dyn Store,
    /// How many blobs are sent at the same time.
    pub(super) concurrency: usize,
    /// Who is told.
    pub(super) reporter: &'a Arc<dyn Reporter>,
}

impl Carrier<'_> {
    /// Which of `blobs` the store does not have.
    pub(super) async fn missing(&self, blobs: impl IntoIterator<Item = &Descriptor>) -> Result<BTreeSet<Digest>> {
        let blobs: Vec<&Descriptor> = blobs.into_iter().collect();
        let asked = stream::iter(blobs).map(|blob| self.lacks_blob(blob)).buffer_unordered(ASKED_AT_ONCE);
        asked.try_filter_map(async |lacking| Ok(lacking)).try_collect().await
    }

    async fn lacks_blob(&self, blob: &Descriptor) -> Result<Option<Digest>> {
        let missing = !self.store.has_blob(blob).await?;
        let state = if missing { "not there yet" } else { "there already" };
        self.reporter.report(Event::Detail(&format!("blob {} of type {} is {state}", blob.digest, blob.media_type)));
        Ok(missing.then(|| blob.digest.clone()))
    }

    /// Which of `manifests` the store does not have.
    pub(super) async fn missing_manifests(
        &self,
        manifests: impl IntoIterator<Item = &Digest>,
    ) -> Result<BTreeSet<Digest>> {
        let manifests: Vec<&Digest> = manifests.into_iter().collect();
        let asked = stream::iter(manifests).map(|digest| self.lacks_manifest(digest)).buffer_unordered(ASKED_AT_ONCE);
        asked.try_filter_map(async |lacking| Ok(lacking)).try_collect().await
    }

    async fn lacks_manifest(&self, digest: &Digest) -> Result<Option<Digest>> {
        match self.store.resolve(&Version::Digest(digest.clone())).await {
            Ok(_) => Ok(None),
            // Where it cannot be read, writing it will tell.
            Err(
                StoreError::NotFound(_)
                | StoreError::Denied(_)
                | StoreError::Unreadable(_)
                | StoreError::Integrity(_)
                | StoreError::Refused(_),
            ) => Ok(Some(digest.clone())),
            Err(error) => Err(error.into()),
        }
    }

    /// Send `blobs`, the largest first; inside one registry nothing need be sent. The first that fails stops the others.
    pub(super) async fn send(&self, blobs: &[&Blob]) -> Result<()> {
        self.each(blobs, async |blob| self.write_blob(blob.source.as_ref()).await).await
    }

    async fn each(&self, blobs: &[&Blob], write: impl AsyncFn(&Blob) -> Result<()>) -> Result<()> {
        let mut blobs = blobs.to_vec();
        blobs.sort_by_key(|blob| std::cmp::Reverse(blob.descriptor.size));
        if !blobs.is_empty() {
            let total = blobs.iter().map(|blob| blob.descriptor.size).sum();
            self.reporter.report(Event::Begin(Step::Upload, Some(total)));
        }
        let sent = stream::iter(blobs).map(|blob| write(blob)).buffer_unordered(self.concurrency.max(1));
        sent.try_for_each(async |()| Ok(())).await?;
        // One that was begun ahead ends here as well.
        self.reporter.report(Event::End(Step::Upload));
        Ok(())
    }

    async fn write_blob(&self, source: &dyn BlobSource) -> Result<()> {
        Ok(self.store.write_blob(&Counted::new(source, self.reporter, Step::Upload)).await?)
    }

    /// Write manifests whose blobs are there. A registry that claims not to know something that they point at gets all of
    /// `blobs` once more, whatever it said before and without being asked to take any over, and then all manifests
    /// (HTTP-56).
    pub(super) async fn publish<T>(&self, blobs: &[&Blob], write: impl AsyncFn(Round) -> Result<T>) -> Result<T> {
        match write(Round::First).await {
            Err(OpError::Store(error)) if lacks_content(&error) => {
                self.reporter.report(Event::Detail(&format!("everything is sent again: {error}")));
                self.each(blobs, async |blob| self.write_blob(&Sent(blob.source.as_ref())).await).await?;
                write(Round::Again).await
            }
            result => result,
        }
    }

    /// Write manifests by their digests, none of which points at another.
    pub(super) async fn write_all(&self, manifests: impl IntoIterator<Item = &RawManifest>) -> Result<Manifests> {
        let manifests: Vec<&RawManifest> = manifests.into_iter().collect();
        let written = stream::iter(manifests).map(|manifest| self.write(manifest, &[]));
        written.buffer_unordered(self.manifests_at_once()).try_collect().await
    }

    /// How many manifests are written at the same time: in a layout one, so that its `index.json` does not depend on which
    /// came first.
    pub(super) fn manifests_at_once(&self) -> usize {
        match self.store.location() {
            Location::Registry(_) => MANIFESTS_AT_ONCE,
            Location::Layout(_) => 1,
        }
    }

    /// Write a manifest under all of `tags`, or by its digest when there are none. A subject that was confirmed once is
    /// confirmed.
    pub(super) async fn write(&self, manifest: &RawManifest, tags: &[&Tag]) -> Result<(Digest, Written)> {
        let start = Instant::now();
        let taken = if tags.is_empty() {
            vec![self.store.write_manifest(manifest, None).await?]
        } else {
            tag::write(self.store, manifest, tags.iter().copied()).await?
        };
        let confirmed = taken.contains(&SubjectTaken::Confirmed);
        let taken = if confirmed { SubjectTaken::Confirmed } else { SubjectTaken::Unconfirmed };
        Ok((manifest.digest().clone(), Written { taken, took: start.elapsed() }))
    }
}
