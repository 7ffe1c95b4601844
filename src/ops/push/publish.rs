//! To a store: blobs first, then the manifests that an index lists, then the top manifest under its tags.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::conditions::Unchanged;
use super::piece::{Made, Piece};
use crate::oci::{Descriptor, Digest, Location, RawManifest, Tag, Version};
use crate::ops::blob::Blob;
use crate::ops::counted::Counted;
use crate::ops::lacking::lacks_content;
use crate::ops::link::{Manifests, Written};
use crate::ops::report::{Event, Reporter, Step};
use crate::ops::{OpError, Result, tag};
use crate::store::{Store, StoreError, SubjectTaken};

/// How many questions are asked at the same time.
const ASKED_AT_ONCE: usize = 16;
/// How many manifests are written at the same time, to a registry.
const MANIFESTS_AT_ONCE: usize = 8;

/// What a store lacks of what was made.
#[derive(Debug, Clone, Default)]
pub(super) struct Missing {
    pub(super) blobs: BTreeSet<Digest>,
    /// Manifests that the top one lists.
    pub(super) children: BTreeSet<Digest>,
}

impl Missing {
    /// All of it.
    fn everything(made: &Made) -> Self {
        let blobs = made.blobs().into_keys().cloned().collect();
        Self { blobs, children: made.children.iter().map(|child| child.manifest.digest().clone()).collect() }
    }

    /// The same, once the blobs are there.
    pub(super) fn without_blobs(&self) -> Self {
        Self { blobs: BTreeSet::new(), children: self.children.clone() }
    }

    /// Whether the store has everything but perhaps the top manifest.
    pub(super) fn is_empty(&self) -> bool {
        self.blobs.is_empty() && self.children.is_empty()
    }
}

/// What is to be written, and how much of it stands there.
pub(super) struct Outgoing<'a> {
    pub(super) made: &'a Made,
    pub(super) missing: &'a Missing,
    pub(super) unchanged: Option<&'a Unchanged>,
    pub(super) tags: &'a [&'a Tag],
}

/// A store that something is written to.
pub(super) struct Publisher<'a> {
    pub(super) store: &'a dyn Store,
    /// How many blobs are sent at the same time.
    pub(super) concurrency: usize,
    pub(super) reporter: &'a Arc<dyn Reporter>,
}

impl Publisher<'_> {
    /// Ask for all blobs and listed manifests at the same time. `there` are blobs that the store is known to have.
    pub(super) async fn missing(&self, made: &Made, there: &BTreeSet<Digest>) -> Result<Missing> {
        let blobs = made.blobs().into_values().map(|blob| &blob.descriptor);
        let blobs: Vec<&Descriptor> = blobs.filter(|blob| !there.contains(&blob.digest)).collect();
        let children: Vec<&Digest> = made.children.iter().map(|child| child.manifest.digest()).collect();
        let blobs = stream::iter(blobs).map(|blob| self.lacks_blob(blob)).buffer_unordered(ASKED_AT_ONCE);
        let children = stream::iter(children).map(|child| self.lacks_manifest(child)).buffer_unordered(ASKED_AT_ONCE);
        let (blobs, children) = tokio::try_join!(
            blobs.try_collect::<Vec<Option<Digest>>>(),
            children.try_collect::<Vec<Option<Digest>>>()
        )?;
        Ok(Missing { blobs: blobs.into_iter().flatten().collect(), children: children.into_iter().flatten().collect() })
    }

    async fn lacks_blob(&self, blob: &Descriptor) -> Result<Option<Digest>> {
        let missing = !self.store.has_blob(blob).await?;
        let state = if missing { "to be sent" } else { "there already" };
        self.reporter.report(Event::Detail(&format!("blob {} of type {} is {state}", blob.digest, blob.media_type)));
        Ok(missing.then(|| blob.digest.clone()))
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

    /// Send what is missing, and write the tags.
    pub(super) async fn write(&self, out: &Outgoing<'_>) -> Result<()> {
        match out.unchanged {
            Some(standing) => tag::write(self.store, &standing.manifest, out.tags.iter().copied()).await.map(drop),
            None => self.publish(out.made, out.missing, out.tags).await.map(drop),
        }
    }

    /// Send what is `missing`, then the top manifest under `tags`, or by its digest when there are none. A registry that
    /// claims not to know something after all gets everything once more, whatever it said before (HTTP-56). Answers how
    /// the manifests were taken.
    pub(super) async fn publish(&self, made: &Made, missing: &Missing, tags: &[&Tag]) -> Result<Manifests> {
        self.upload(made, missing).await?;
        match self.write_manifests(made, missing, tags).await {
            Err(OpError::Store(error)) if lacks_content(&error) => {
                self.reporter.report(Event::Detail(&format!("everything is sent again: {error}")));
                let everything = Missing::everything(made);
                self.upload(made, &everything).await?;
                self.write_manifests(made, &everything, tags).await
            }
            result => result,
        }
    }

    /// Send the missing blobs, the largest first.
    pub(super) async fn upload(&self, made: &Made, missing: &Missing) -> Result<()> {
        let blobs = made.blobs().into_values().filter(|blob| missing.blobs.contains(&blob.descriptor.digest));
        let mut blobs: Vec<&Blob> = blobs.collect();
        blobs.sort_by_key(|blob| std::cmp::Reverse(blob.descriptor.size));
        if !blobs.is_empty() {
            let total = blobs.iter().map(|blob| blob.descriptor.size).sum();
            self.reporter.report(Event::Begin(Step::Upload, Some(total)));
        }
        stream::iter(blobs)
            .map(|blob| self.send(blob))
            .buffer_unordered(self.concurrency.max(1))
            .try_for_each(async |()| Ok(()))
            .await?;
        // One that was begun ahead ends here as well.
        self.reporter.report(Event::End(Step::Upload));
        Ok(())
    }

    async fn send(&self, blob: &Blob) -> Result<()> {
        let counted = Counted::new(blob.source.as_ref(), self.reporter, Step::Upload);
        Ok(self.store.write_blob(&counted).await?)
    }

    async fn write_manifests(&self, made: &Made, missing: &Missing, tags: &[&Tag]) -> Result<Manifests> {
        let children = made.children.iter().filter(|child| missing.children.contains(child.manifest.digest()));
        // In a layout one after the other, so that its `index.json` does not depend on which came first.
        let at_once = match self.store.location() {
            Location::Registry(_) => MANIFESTS_AT_ONCE,
            Location::Layout(_) => 1,
        };
        let children: Vec<&Piece> = children.collect();
        let children =
            stream::iter(children).map(|child| self.write_manifest(&child.manifest, &[])).buffer_unordered(at_once);
        let mut written: Manifests = children.try_collect().await?;
        written.extend([self.write_manifest(&made.top.manifest, tags).await?]);
        Ok(written)
    }

    /// Under all of `tags`, or by its digest when there are none. A subject that was confirmed once is confirmed.
    async fn write_manifest(&self, manifest: &RawManifest, tags: &[&Tag]) -> Result<(Digest, Written)> {
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
