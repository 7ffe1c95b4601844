//! To a store: blobs first, then the manifests that an index lists, then the top manifest under its tags.

use std::collections::BTreeSet;

use super::conditions::Unchanged;
use super::piece::Made;
use crate::oci::{Digest, Tag};
use crate::ops::transfer::{Blob, Carrier, Manifests, Round};
use crate::ops::{Result, tag};

/// What a store lacks of what was made.
#[derive(Debug, Clone, Default)]
pub(super) struct Missing {
    pub(super) blobs: BTreeSet<Digest>,
    /// Manifests that the top one lists.
    pub(super) children: BTreeSet<Digest>,
}

impl Missing {
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

/// Writes what was made to a store.
pub(super) struct Publisher<'a>(pub(super) Carrier<'a>);

impl Publisher<'_> {
    /// Ask for all blobs and listed manifests at the same time. `there` are blobs that the store is known to have.
    pub(super) async fn missing(&self, made: &Made, there: &BTreeSet<Digest>) -> Result<Missing> {
        let blobs = made.blobs().into_values().map(|blob| &blob.descriptor);
        let blobs = self.0.missing(blobs.filter(|blob| !there.contains(&blob.digest)));
        let children = self.0.missing_manifests(made.children.iter().map(|child| child.manifest.digest()));
        let (blobs, children) = tokio::try_join!(blobs, children)?;
        Ok(Missing { blobs, children })
    }

    /// Send what is missing, and write the tags.
    pub(super) async fn write(&self, out: &Outgoing<'_>) -> Result<()> {
        match out.unchanged {
            Some(standing) => tag::write(self.0.store, &standing.manifest, out.tags.iter().copied()).await.map(drop),
            None => self.publish(out.made, out.missing, out.tags).await.map(drop),
        }
    }

    /// Send what is `missing`, then the top manifest under `tags`, or by its digest when there are none. Answers how the
    /// manifests were taken.
    pub(super) async fn publish(&self, made: &Made, missing: &Missing, tags: &[&Tag]) -> Result<Manifests> {
        self.upload(made, missing).await?;
        let blobs: Vec<&Blob> = made.blobs().into_values().collect();
        let write = async |round| match round {
            Round::First => self.write_manifests(made, &missing.children, tags).await,
            Round::Again => self.write_manifests(made, &made.listed(), tags).await,
        };
        self.0.publish(&blobs, write).await
    }

    /// Send the missing blobs.
    pub(super) async fn upload(&self, made: &Made, missing: &Missing) -> Result<()> {
        let blobs = made.blobs().into_values().filter(|blob| missing.blobs.contains(&blob.descriptor.digest));
        self.0.send(&blobs.collect::<Vec<_>>()).await
    }

    async fn write_manifests(&self, made: &Made, missing: &BTreeSet<Digest>, tags: &[&Tag]) -> Result<Manifests> {
        let children = made.children.iter().map(|child| &child.manifest);
        let mut written = self.0.write_all(children.filter(|child| missing.contains(child.digest()))).await?;
        written.extend([self.0.write(&made.top.manifest, tags).await?]);
        Ok(written)
    }
}
