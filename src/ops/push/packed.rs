//! What was packed, complete but for its manifests: whether they refer to an image is settled here, for all of them.

use crate::artifact::fit::BobFacts;
use crate::oci::annotation::Annotations;
use crate::oci::{Descriptor, Index, Manifest, Platform, RawManifest};
use crate::ops::transfer::Blob;

use super::piece::{Contents, FilePushed, Layer, Made, Piece, PlatformPushed};

/// Blobs, and what all manifests of them say metadata.
pub(super) struct Packed {
    pub(super) metadata: Metadata,
    pub(super) parts: Parts,
}

/// The blobs, by what they are.
pub(super) enum Parts {
    /// A folder for any platform.
    Folder(Part, Layer),
    /// A folder for each of these.
    Platforms(Vec<(Platform, Part, Layer)>),
    /// Files as they are.
    Files(Part, Vec<FilePushed>),
}

/// The blobs of a manifest.
pub(super) struct Part {
    pub(super) config: Blob,
    pub(super) layers: Vec<Blob>,
    /// What the config tells of the content.
    pub(super) facts: BobFacts,
}

/// What the manifests refer to: nothing, unless they are linked.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    pub(super) top: Option<Descriptor>,
    /// Those of the manifests of an index, by position.
    pub(super) children: Vec<Option<Descriptor>>,
}

/// What a manifest says besides its content. Every manifest and index of a push is put together here.
pub(super) struct Metadata {
    pub(super) annotations: Annotations,
    pub(super) artifact_type: ArtifactType,
}

/// Which manifests have an artifact type.
pub(super) enum ArtifactType {
    /// All of them.
    Always(String),
    /// Those that refer to something: a BoB by itself is known by its config.
    WithSubject(String),
}

impl Packed {
    /// The manifests, referring to `subjects`.
    pub(super) fn made(self, subjects: &Subjects) -> Made {
        let (metadata, top) = (self.metadata, subjects.top.as_ref());
        match self.parts {
            Parts::Folder(part, layer) => Made::single(metadata.piece(part, top), Contents::Layer(layer)),
            Parts::Files(part, files) => Made::single(metadata.piece(part, top), Contents::Files(files)),
            Parts::Platforms(parts) => metadata.pieces(parts, subjects),
        }
    }
}

impl Metadata {
    fn artifact_type(&self, subject: Option<&Descriptor>) -> Option<String> {
        match &self.artifact_type {
            ArtifactType::Always(kind) => Some(kind.clone()),
            ArtifactType::WithSubject(kind) => subject.map(|_| kind.clone()),
        }
    }

    /// A manifest of these blobs.
    fn piece(&self, part: Part, subject: Option<&Descriptor>) -> Piece {
        let Part { config, layers, facts } = part;
        let descriptors = layers.iter().map(|layer| layer.descriptor.clone()).collect();
        let manifest = Manifest {
            artifact_type: self.artifact_type(subject),
            subject: subject.cloned(),
            ..Manifest::new(config.descriptor.clone(), descriptors, self.annotations.clone())
        };
        let blobs = [config].into_iter().chain(layers).collect();
        Piece { manifest: RawManifest::from_manifest(&manifest), blobs, facts }
    }

    /// An index of these manifests.
    fn index(&self, manifests: Vec<Descriptor>, subject: Option<&Descriptor>) -> Piece {
        let index = Index {
            artifact_type: self.artifact_type(subject),
            subject: subject.cloned(),
            ..Index::new(manifests, self.annotations.clone())
        };
        Piece { manifest: RawManifest::from_index(&index), blobs: Vec::new(), facts: BobFacts::default() }
    }

    /// A manifest for each platform, and an index of them.
    fn pieces(&self, parts: Vec<(Platform, Part, Layer)>, subjects: &Subjects) -> Made {
        let (mut entries, mut pushed, mut children) = (Vec::new(), Vec::new(), Vec::new());
        for (position, (platform, part, layer)) in parts.into_iter().enumerate() {
            let piece = self.piece(part, subjects.children.get(position).and_then(Option::as_ref));
            let child = piece.manifest.descriptor();
            let (digest, size) = (child.digest.clone(), child.size);
            pushed.push(PlatformPushed { platform: platform.to_string(), digest, size, layer });
            entries.push(Descriptor { platform: Some(platform), ..child });
            children.push(piece);
        }
        let top = self.index(entries, subjects.top.as_ref());
        Made { children, top, contents: Contents::Platforms(pushed) }
    }
}
