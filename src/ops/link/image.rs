//! The image that a BoB is linked to.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::super::{OpError, Result};
use super::error::{LinkError, Side};
use crate::artifact::fit;
use crate::oci::{Descriptor, Digest, Document, Location, Manifest, Platform, RawManifest, Reference, Version, json};
use crate::store::{Store, StoreError};

/// Configs of images that are run; `docker` writes the second.
const CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
/// How layers of images that are run begin.
const LAYERS: [&str; 2] = ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];
/// The largest config of an image that is read, in bytes.
const MAX_CONFIG: usize = 8 << 20;
/// How many children of an index are asked for at the same time.
const CHILDREN_AT_ONCE: usize = 8;
/// How many children of an index are asked for their ids; images have a dozen platforms.
const MAX_CHILDREN: usize = 64;
/// What stands for the platform of what is attached to an image by its builder.
const UNKNOWN: &str = "unknown";

/// Whether a manifest is that of something to run.
pub(super) fn is_image(manifest: &Manifest) -> bool {
    let layers = &manifest.layers;
    CONFIGS.contains(&manifest.config.media_type.as_str())
        && layers.iter().all(|layer| LAYERS.iter().any(|start| layer.media_type.starts_with(start)))
}

/// An image: its manifest or index, as far as linking to it needs.
pub(in crate::ops) struct Image {
    location: Location,
    raw: RawManifest,
    /// `None` when it is something that only has a digest here: a BoB may be linked to anything.
    document: Option<Document>,
}

impl Image {
    /// Fetch what `reference` means; one request also tells the children of an index.
    pub(in crate::ops) async fn fetch(store: &dyn Store, reference: &Reference) -> Result<Self> {
        let version = reference.version();
        let raw = match store.manifest(&version).await {
            Ok(raw) => raw,
            Err(source) => return Err(missing(store, reference, &version, source).await.into()),
        };
        let document = raw.document().ok();
        Ok(Self { location: reference.location.clone(), raw, document })
    }

    /// What a link to the whole image has as its subject.
    pub(in crate::ops) fn descriptor(&self) -> Descriptor {
        self.raw.descriptor()
    }

    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    pub(in crate::ops) fn reference(&self) -> String {
        format!("{}@{}", self.location, self.raw.digest())
    }

    /// The entries of an index that are images of a platform; `None` when it is no index.
    pub(in crate::ops) fn children(&self) -> Option<Vec<(&Platform, &Descriptor)>> {
        let Some(Document::Index(index)) = &self.document else { return None };
        let of_a_platform = |entry| platform(entry).map(|platform| (platform, entry));
        Some(index.manifests.iter().filter_map(of_a_platform).collect())
    }

    /// What is known without asking further.
    pub(in crate::ops) fn facts(&self) -> fit::Image {
        let name = match &self.location {
            Location::Registry(repository) => repository.name().rsplit('/').next().map(str::to_owned),
            Location::Layout(_) => None,
        };
        let mut facts = fit::Image { name, digests: [self.raw.digest().clone()].into(), ..fit::Image::default() };
        match &self.document {
            Some(Document::Index(index)) => {
                facts.digests.extend(index.manifests.iter().map(|entry| entry.digest.clone()));
                // One child whose platform is not told may be for any.
                if index.manifests.iter().all(|entry| entry.platform.is_some()) {
                    let children = index.manifests.iter().filter_map(platform);
                    facts.architectures = children.map(|platform| platform.architecture.clone()).collect();
                }
            }
            Some(Document::Manifest(manifest)) => drop(facts.digests.insert(manifest.config.digest.clone())),
            None => {}
        }
        facts
    }

    /// The architecture that a single image's config names.
    pub(in crate::ops) async fn architecture(&self, store: &dyn Store) -> Result<Option<String>> {
        let Some(Document::Manifest(manifest)) = &self.document else { return Ok(None) };
        if !CONFIGS.contains(&manifest.config.media_type.as_str()) {
            return Ok(None);
        }
        let config = match store.small_blob(&manifest.config, MAX_CONFIG).await {
            Ok(config) => config,
            // An image without its config runs nowhere; that is not for us to say.
            Err(StoreError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let document = json::value(&config).map_err(OpError::Config)?;
        let named = document.get("architecture").and_then(Value::as_str).filter(|name| !name.is_empty());
        Ok(named.map(str::to_owned))
    }

    /// The ids of an index's children: the digests of their configs.
    pub(in crate::ops) async fn ids(&self, store: &dyn Store) -> Result<Vec<Digest>> {
        let children = self.children().unwrap_or_default().into_iter().take(MAX_CHILDREN);
        let versions: Vec<Version> = children.map(|(_, entry)| Version::Digest(entry.digest.clone())).collect();
        let id = async |version: Version| match store.manifest(&version).await {
            Ok(raw) => Ok(match raw.document() {
                Ok(Document::Manifest(manifest)) => Some(manifest.config.digest),
                _ => None,
            }),
            // Of an index that was copied, not all children need have come along.
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(OpError::from(error)),
        };
        let ids = stream::iter(versions).map(id).buffer_unordered(CHILDREN_AT_ONCE);
        ids.try_filter_map(async |id| Ok(id)).try_collect().await
    }
}

/// What an entry of an index runs on; attestations run on nothing.
fn platform(entry: &Descriptor) -> Option<&Platform> {
    entry.platform.as_ref().filter(|platform| platform.os != UNKNOWN && platform.architecture != UNKNOWN)
}

/// Why the image cannot be had: a digest that is there, but names a blob, is told apart.
async fn missing(store: &dyn Store, reference: &Reference, version: &Version, source: StoreError) -> LinkError {
    if let Version::Digest(digest) = version
        && may_be_a_blob(&source)
    {
        // Its size is not known, and a size that differs says as well that it is there.
        let asked = store.fetch_blob(&Descriptor::new("", digest.clone(), 0)).await;
        if matches!(asked, Ok(_) | Err(StoreError::Integrity(_))) {
            return LinkError::Blob { digest: digest.clone(), location: reference.location.to_string() };
        }
    }
    LinkError::Side { side: Side::Image, reference: reference.to_string(), source }
}

/// Docker's registry fails when a blob is asked for as a manifest and is not even JSON.
fn may_be_a_blob(error: &StoreError) -> bool {
    let failed = error.fault().answer().is_some_and(|answer| answer.status == 500);
    failed || matches!(error, StoreError::NotFound(_) | StoreError::Unreadable(_))
}
