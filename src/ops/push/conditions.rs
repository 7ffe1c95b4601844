//! What stands at the target already, and whether it may or needs to be replaced.

use futures_util::future;
use tokio::sync::OnceCell;

use super::piece::{Contents, Made};
use super::publish::Missing;
use super::same;
use crate::oci::{Descriptor, RawManifest, Reference, Tag, Version};
use crate::ops::{OpError, Result};
use crate::store::{Store, StoreError};

/// Under which conditions something is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions {
    /// Leave a tag alone that has this content with these annotations, whenever it was made.
    pub if_changed: bool,
    /// Fail when a tag names something else.
    pub no_clobber: bool,
    /// Write nothing, and ask nothing but the image that would be linked to.
    pub dry_run: bool,
}

/// A reference in a store, and what it names now.
pub(super) struct Target<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) conditions: Conditions,
    reference: &'a Reference,
    /// Whether it is wanted whatever else there is to be known.
    certain: bool,
    standing: OnceCell<Option<Descriptor>>,
}

/// A manifest that makes a push needless, and what it holds.
pub(super) struct Unchanged {
    pub(super) manifest: RawManifest,
    pub(super) contents: Contents,
}

impl<'a> Target<'a> {
    /// Nothing is asked yet. What is `certain` may be sent while it is made.
    pub(super) fn new(store: &'a dyn Store, reference: &'a Reference, conditions: Conditions, certain: bool) -> Self {
        Self { store, conditions, reference, certain, standing: OnceCell::new() }
    }

    /// Whether the tag's manifest is asked for while the content is packed.
    pub(super) fn asks_ahead(&self) -> bool {
        !self.conditions.dry_run && self.reference.tag.is_some()
    }

    /// Whether content is sent while it is made.
    pub(super) fn sends_ahead(&self) -> bool {
        self.certain && self.asks_ahead() && !self.conditions.if_changed
    }

    /// Ask for the tag's manifest, when that can be done before there is anything to compare it with.
    pub(super) async fn ask_ahead(&self) -> Result<()> {
        if self.asks_ahead() { self.standing().await.map(drop) } else { Ok(()) }
    }

    /// Without a tag, ask for the manifest itself.
    pub(super) async fn ask_for(&self, manifest: &RawManifest) -> Result<()> {
        if self.reference.tag.is_none() {
            let found = self.current(&Version::Digest(manifest.digest().clone())).await?;
            // Nobody else fills the cell when there is no tag.
            drop(self.standing.set(found));
        }
        Ok(())
    }

    /// What the tag names now; asked once.
    pub(super) async fn standing(&self) -> Result<Option<&Descriptor>> {
        let Some(tag) = &self.reference.tag else { return Ok(self.standing.get().and_then(Option::as_ref)) };
        let found = self.standing.get_or_try_init(async || self.current(&Version::Tag(tag.clone())).await).await?;
        Ok(found.as_ref())
    }

    /// What each of these tags names now.
    pub(super) async fn named(&self, tags: &[&Tag]) -> Result<Vec<Option<Descriptor>>> {
        let own = self.reference.tag.as_ref();
        let named = async |tag: &Tag| {
            if own == Some(tag) {
                return Ok(self.standing().await?.cloned());
            }
            self.current(&Version::Tag(tag.clone())).await
        };
        future::try_join_all(tags.iter().map(|tag| named(tag))).await
    }

    async fn current(&self, version: &Version) -> Result<Option<Descriptor>> {
        match self.store.resolve(version).await {
            Ok(descriptor) => Ok(Some(descriptor)),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) if !self.conditions.no_clobber && error.is_forbidden() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A digest in the reference is a promise about the result (REF-10).
    pub(super) fn expect_digest(&self, manifest: &RawManifest) -> Result<()> {
        match &self.reference.digest {
            Some(given) if given != manifest.digest() => {
                Err(OpError::OtherDigest { given: given.clone(), computed: manifest.digest().clone() })
            }
            _ => Ok(()),
        }
    }

    /// The manifest that makes a push needless: the very same, or with `--if-changed` one of the same content. One that
    /// has lost something does not; a push mends it.
    pub(super) async fn unchanged(&self, made: &Made, missing: &Missing) -> Result<Option<Unchanged>> {
        if self.conditions.dry_run {
            return Ok(None);
        }
        let Some(standing) = self.standing().await? else { return Ok(None) };
        let manifest = &made.top.manifest;
        if standing.digest == *manifest.digest() {
            let whole = Unchanged { manifest: manifest.clone(), contents: made.contents.clone() };
            return Ok(missing.is_empty().then_some(whole));
        }
        if !self.conditions.if_changed {
            return Ok(None);
        }
        same::compare(self.store, &standing.digest, made, missing).await
    }

    /// `--no-clobber`: every tag that is about to be written is absent, or names this manifest.
    pub(super) async fn check_clobber(&self, tags: &[&Tag], manifest: &RawManifest) -> Result<()> {
        if !self.conditions.no_clobber || self.conditions.dry_run {
            return Ok(());
        }
        let check = async |tag: &Tag| match self.current(&Version::Tag(tag.clone())).await? {
            Some(existing) if existing.digest != *manifest.digest() => {
                Err(OpError::Exists { tag: tag.clone(), existing: existing.digest, new: manifest.digest().clone() })
            }
            _ => Ok(()),
        };
        future::try_join_all(tags.iter().map(|tag| check(tag))).await.map(drop)
    }
}
