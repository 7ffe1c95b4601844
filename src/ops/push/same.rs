//! `--if-changed`: whether what stands there is what would be pushed, but for the time at which it was made.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::conditions::Unchanged;
use super::piece::{Contents, Layer, Made, PlatformPushed};
use super::publish::Missing;
use crate::artifact::config::Promise;
use crate::oci::annotation::{self, Annotations};
use crate::oci::{Descriptor, Digest, Document, Index, Manifest, Platform, RawManifest, Version};
use crate::ops::Result;
use crate::store::{Store, StoreError};

/// The largest config that is read back, in bytes.
const MAX_CONFIG: usize = 4 << 20;
/// How many manifests of an index are compared at the same time.
const COMPARED_AT_ONCE: usize = 8;

/// The manifest `standing`, when it has what was `made` and nothing of that is `missing`.
pub(super) async fn compare(
    store: &dyn Store,
    standing: &Digest,
    made: &Made,
    missing: &Missing,
) -> Result<Option<Unchanged>> {
    let Some(manifest) = fetch(store, standing).await? else { return Ok(None) };
    // Whatever the tag names, it is not this content.
    let Ok(old) = manifest.document() else { return Ok(None) };
    let new = made.top.manifest.document()?;
    let comparison = Comparison { store, missing };
    let contents = match (&old, &new, &made.contents) {
        (Document::Manifest(old), Document::Manifest(new), Contents::Layer(layer)) => {
            comparison.bob(old, new, None, layer).await?.map(Contents::Layer)
        }
        (Document::Manifest(old), Document::Manifest(new), files @ Contents::Files(_)) => {
            comparison.files(old, new).then(|| files.clone())
        }
        (Document::Index(old), Document::Index(new), Contents::Platforms(pushed)) => {
            comparison.index(old, new, made, pushed).await?.map(Contents::Platforms)
        }
        _ => None,
    };
    Ok(contents.map(|contents| Unchanged { manifest, contents }))
}

/// A manifest, unless it is gone or none that is read here.
async fn fetch(store: &dyn Store, digest: &Digest) -> Result<Option<RawManifest>> {
    match store.manifest(&Version::Digest(digest.clone())).await {
        Ok(manifest) => Ok(Some(manifest)),
        Err(StoreError::Unreadable(_) | StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

struct Comparison<'a> {
    store: &'a dyn Store,
    missing: &'a Missing,
}

impl Comparison<'_> {
    /// Their layer, when two manifests have the same content for the same platform.
    async fn bob(
        &self,
        old: &Manifest,
        new: &Manifest,
        platform: Option<&Platform>,
        ours: &Layer,
    ) -> Result<Option<Layer>> {
        let [layer] = old.layers.as_slice() else { return Ok(None) };
        if !alike(old, new) || self.lacks(layer) || old.config.size > MAX_CONFIG as u64 {
            return Ok(None);
        }
        let config = self.store.small_blob(&old.config, MAX_CONFIG).await?;
        let same = Promise::read(&config).is_ok_and(|promise| {
            promise.content.as_ref() == Some(&ours.content) && promise.platform.as_ref() == platform
        });
        let content = ours.content.clone();
        Ok(same.then(|| Layer { digest: layer.digest.clone(), size: layer.size, content }))
    }

    /// Whether two artifacts have the same files.
    fn files(&self, old: &Manifest, new: &Manifest) -> bool {
        alike(old, new)
            && old.layers == new.layers
            && old.config.digest == new.config.digest
            && !old.layers.iter().any(|layer| self.lacks(layer))
    }

    /// Their manifests, when two indexes have the same platforms in the same order, each with the same content.
    async fn index(
        &self,
        old: &Index,
        new: &Index,
        made: &Made,
        pushed: &[PlatformPushed],
    ) -> Result<Option<Vec<PlatformPushed>>> {
        let frame = |index: &Index| (lasting(&index.annotations), index.artifact_type.clone(), index.subject.clone());
        if frame(old) != frame(new) || old.manifests.len() != new.manifests.len() {
            return Ok(None);
        }
        let pairs = old.manifests.iter().zip(&new.manifests).zip(&made.children).zip(pushed);
        let pairs: Vec<_> = pairs.map(|(((old, new), child), pushed)| (old, new, &child.manifest, pushed)).collect();
        stream::iter(pairs)
            .map(|(old, new, manifest, pushed)| self.child((old, new), manifest, pushed))
            .buffered(COMPARED_AT_ONCE)
            .try_collect::<Vec<Option<PlatformPushed>>>()
            .await
            .map(|children| children.into_iter().collect())
    }

    /// Their manifest for a platform, when it has what ours has.
    async fn child(
        &self,
        (old, new): (&Descriptor, &Descriptor),
        ours: &RawManifest,
        pushed: &PlatformPushed,
    ) -> Result<Option<PlatformPushed>> {
        if old.platform != new.platform {
            return Ok(None);
        }
        let Some(theirs) = fetch(self.store, &old.digest).await? else { return Ok(None) };
        let (Ok(Document::Manifest(theirs)), Document::Manifest(ours)) = (theirs.document(), ours.document()?) else {
            return Ok(None);
        };
        let layer = self.bob(&theirs, &ours, new.platform.as_ref(), &pushed.layer).await?;
        let platform = pushed.platform.clone();
        Ok(layer.map(|layer| PlatformPushed { platform, digest: old.digest.clone(), size: old.size, layer }))
    }

    /// Whether a blob that both have is one that the store has lost.
    fn lacks(&self, blob: &Descriptor) -> bool {
        self.missing.blobs.contains(&blob.digest)
    }
}

/// Whether two manifests say the same besides their content.
fn alike(old: &Manifest, new: &Manifest) -> bool {
    lasting(&old.annotations) == lasting(&new.annotations)
        && old.artifact_type == new.artifact_type
        && old.subject == new.subject
}

/// Annotations without the one that the clock writes.
fn lasting(annotations: &Annotations) -> Annotations {
    let mut lasting = annotations.clone();
    lasting.remove(annotation::CREATED);
    lasting
}
