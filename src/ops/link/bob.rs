//! The BoB that is linked: one manifest, or an index with one for each platform.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::super::fetch::MAX_CONFIG;
use super::super::{OpError, Result};
use super::error::{LinkError, Side};
use super::image::is_image;
use super::plan::Shape;
use crate::artifact::fit::BobFacts;
use crate::artifact::layers;
use crate::oci::{Descriptor, Document, Manifest, Platform, RawManifest, Reference, Version};
use crate::store::Store;

/// How many manifests of an index are fetched at the same time.
const CHILDREN_AT_ONCE: usize = 8;
/// How many manifests an index of a BoB may have.
const MAX_CHILDREN: usize = 64;

/// A manifest of a BoB.
pub(in crate::ops) struct Part {
    pub(super) raw: RawManifest,
    manifest: Manifest,
    /// What its entry in the index says.
    pub(super) platform: Option<Platform>,
    facts: OnceCell<BobFacts>,
}

/// A BoB.
pub(in crate::ops) struct Bob {
    /// Where its configs are read from, those that are not known.
    store: Arc<dyn Store>,
    /// What the reference means: an index, or the manifest of the only part.
    pub(super) top: RawManifest,
    pub(super) parts: Vec<Part>,
    pub(super) is_index: bool,
}

impl Bob {
    /// Fetch what `reference` means, and refuse what is no BoB.
    pub(in crate::ops) async fn fetch(store: &Arc<dyn Store>, reference: &Reference) -> Result<Self> {
        let unreadable = |source| LinkError::Side { side: Side::Bob, reference: reference.to_string(), source };
        let top = store.manifest(&reference.version()).await.map_err(unreadable)?;
        let store = Arc::clone(store);
        let (parts, is_index) = match top.document()? {
            Document::Manifest(manifest) => (vec![Part::new(top.clone(), manifest, None)], false),
            Document::Index(index) => (children(store.as_ref(), &top, &index.manifests).await?, true),
        };
        let bob = Self { store, top, parts, is_index };
        bob.check(reference)?;
        Ok(bob)
    }

    /// One that goes to `store`, and is all known before it is there.
    pub(in crate::ops) fn made(store: &Arc<dyn Store>, top: RawManifest, parts: Vec<Part>, is_index: bool) -> Self {
        Self { store: Arc::clone(store), top, parts, is_index }
    }

    fn check(&self, reference: &Reference) -> Result<()> {
        if self.parts.iter().any(|part| is_image(&part.manifest)) {
            return Err(LinkError::IsImage(reference.to_string()).into());
        }
        for part in &self.parts {
            let kind = || part.manifest.kind().to_owned();
            layers::roles(&part.manifest).map_err(|why| OpError::NotArtifact { kind: kind(), why })?;
        }
        Ok(())
    }

    /// What it is made of. The platform of a single manifest matters only where there is one to `choose`, so it is not
    /// asked for otherwise.
    pub(super) async fn shape(&self, choose: bool) -> Result<Shape> {
        Ok(match self.parts.as_slice() {
            parts if self.is_index => Shape::Index(parts.iter().map(|part| part.platform.clone()).collect()),
            [only] if choose => Shape::Single(self.facts(only).await?.platform.clone()),
            _ => Shape::Single(None),
        })
    }

    /// What the config of a part says, asked once.
    async fn facts<'a>(&self, part: &'a Part) -> Result<&'a BobFacts> {
        let read = async || {
            let config = self.store.small_blob(&part.manifest.config, MAX_CONFIG).await?;
            BobFacts::read(&config).map_err(OpError::Config)
        };
        part.facts.get_or_try_init(read).await
    }

    /// What all configs say.
    pub(super) async fn all_facts(&self) -> Result<Vec<&BobFacts>> {
        stream::iter(&self.parts).map(|part| self.facts(part)).buffered(CHILDREN_AT_ONCE).try_collect().await
    }

    /// Every blob of every part, some perhaps more than once.
    pub(in crate::ops) fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        self.parts.iter().flat_map(|part| part.manifest.layers.iter().chain([&part.manifest.config]))
    }
}

impl Part {
    fn new(raw: RawManifest, manifest: Manifest, platform: Option<Platform>) -> Self {
        Self { raw, manifest, platform, facts: OnceCell::new() }
    }

    /// A manifest that is no index, and whose config says this.
    pub(in crate::ops) fn made(raw: RawManifest, facts: BobFacts) -> Result<Self> {
        let manifest = single(&raw)?;
        let platform = facts.platform.clone();
        Ok(Self { raw, manifest, platform, facts: OnceCell::new_with(Some(facts)) })
    }
}

fn single(raw: &RawManifest) -> Result<Manifest> {
    match raw.document()? {
        Document::Manifest(manifest) => Ok(manifest),
        Document::Index(_) => {
            let why = "its index holds another index".to_owned();
            Err(OpError::NotArtifact { kind: raw.media_type().to_owned(), why })
        }
    }
}

async fn children(store: &dyn Store, index: &RawManifest, entries: &[Descriptor]) -> Result<Vec<Part>> {
    let refuse = |why: String| OpError::NotArtifact { kind: index.media_type().to_owned(), why };
    if entries.is_empty() || entries.len() > MAX_CHILDREN {
        return Err(refuse(format!("the index has {} manifests; 1 to {MAX_CHILDREN} are read", entries.len())));
    }
    let fetch = async |entry: &Descriptor| {
        let raw = store.manifest(&Version::Digest(entry.digest.clone())).await?;
        let manifest = single(&raw)?;
        Ok(Part::new(raw, manifest, entry.platform.clone()))
    };
    stream::iter(entries).map(fetch).buffered(CHILDREN_AT_ONCE).try_collect().await
}
