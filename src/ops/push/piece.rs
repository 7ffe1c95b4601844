//! What a push makes, before anything of it goes out: manifests with the blobs that they need, and what both are.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::artifact::fit::BobFacts;
use crate::oci::manifest::ManifestError;
use crate::oci::{Digest, RawManifest};
use crate::ops::transfer::Blob;

/// A manifest and the blobs that it points at.
pub(super) struct Piece {
    pub(super) manifest: RawManifest,
    pub(super) blobs: Vec<Blob>,
    /// What its config says of the content; that of files says nothing, and an index has none.
    pub(super) facts: BobFacts,
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

    /// The digests of the manifests that the top one lists.
    pub(super) fn listed(&self) -> BTreeSet<Digest> {
        self.children.iter().map(|child| child.manifest.digest().clone()).collect()
    }

    /// Annotations can be more than any reader takes, this program included.
    pub(super) fn check(&self) -> Result<(), ManifestError> {
        self.pieces().try_for_each(|piece| piece.manifest.document().map(drop))
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

impl Contents {
    /// Whether this is the manifest of one of the platforms.
    pub(super) fn has(&self, manifest: &Digest) -> bool {
        matches!(self, Self::Platforms(platforms) if platforms.iter().any(|platform| platform.digest == *manifest))
    }
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
