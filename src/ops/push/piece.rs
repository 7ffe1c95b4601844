//! What a push makes, before anything of it goes out: manifests with the blobs that they need, and what both are.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::oci::annotation::Annotations;
use crate::oci::manifest::ManifestError;
use crate::oci::{Descriptor, Digest, Index, Manifest, RawManifest};
use crate::store::BlobSource;

/// A manifest and the blobs that it points at.
pub(super) struct Piece {
    pub(super) manifest: RawManifest,
    pub(super) blobs: Vec<Blob>,
}

/// A blob: what it is, and where its bytes come from.
pub(super) struct Blob {
    pub(super) descriptor: Descriptor,
    pub(super) source: Arc<dyn BlobSource>,
}

/// Everything that a push is about. It is complete and says nothing of where it goes, so that the same bytes can be
/// written to more than one place.
pub(super) struct Made {
    /// The manifests that the top one lists, in its order; none unless that is an index.
    pub(super) children: Vec<Piece>,
    /// What the tags name.
    pub(super) top: Piece,
    /// What all of it holds.
    pub(super) contents: Contents,
}

impl Made {
    /// A single manifest.
    pub(super) fn single(top: Piece, contents: Contents) -> Self {
        Self { children: Vec::new(), top, contents }
    }

    /// All manifests with their blobs, each before those that list it.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.children.iter().chain([&self.top])
    }

    /// The blobs of all manifests, each digest once.
    pub(super) fn blobs(&self) -> BTreeMap<&Digest, &Blob> {
        self.pieces().flat_map(|piece| &piece.blobs).map(|blob| (&blob.descriptor.digest, blob)).collect()
    }

    /// Annotations can be more than any reader takes, this program included.
    pub(super) fn check(&self) -> Result<(), ManifestError> {
        self.pieces().try_for_each(|piece| piece.manifest.document().map(drop))
    }
}

/// What a manifest says besides its content. Every manifest and index of a push is put together here.
pub(super) struct Besides {
    pub(super) annotations: Annotations,
    pub(super) artifact_type: Option<String>,
}

impl Besides {
    /// A manifest of these blobs.
    pub(super) fn manifest(&self, config: Descriptor, layers: Vec<Descriptor>) -> RawManifest {
        let manifest = Manifest::new(config, layers, self.annotations.clone());
        RawManifest::from_manifest(&Manifest { artifact_type: self.artifact_type.clone(), ..manifest })
    }

    /// An index of these manifests.
    pub(super) fn index(&self, manifests: Vec<Descriptor>) -> RawManifest {
        let index = Index::new(manifests, self.annotations.clone());
        RawManifest::from_index(&Index { artifact_type: self.artifact_type.clone(), ..index })
    }
}

/// What was pushed, by its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Contents {
    /// A folder.
    Layer(Layer),
    /// A folder for each platform, in the order of the index.
    Platforms(Vec<PlatformPushed>),
    /// Files as they are, in the order given.
    Files(Vec<FilePushed>),
}

/// A content layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// Digest of the compressed layer.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Digest of the uncompressed tar: the identity of the content.
    pub content: Digest,
}

/// The manifest for one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformPushed {
    /// `os/architecture[/variant]`.
    pub platform: String,
    /// The manifest's digest.
    pub digest: Digest,
    /// The manifest's size in bytes.
    pub size: u64,
    /// The content layer.
    pub layer: Layer,
}

/// A file that is a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePushed {
    /// The name under which it is pulled again.
    pub name: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// What it is.
    pub media_type: String,
}
