//! The result: the documented JSON of `describe`, absent things left out.

use serde::Serialize;

use super::content::Shown;
use crate::artifact::inside::Inside;
use crate::oci::annotation::{self, Annotations};
use crate::oci::{Descriptor, Digest, Index, Manifest, RawManifest, Reference, media_type};
use crate::ops::attached::{Attached, By};

/// What is known about a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    pub reference: String,
    /// Its digest: the chosen manifest's where a platform was asked for.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Its annotations.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// The config of a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Config>,
    /// The layers of a manifest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Descriptor>,
    /// The manifests of an index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Child>,
    /// What a BoB holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bob: Option<Bob>,
    /// The manifest that it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// What refers to it, signatures apart; absent when the store does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrers: Option<Vec<Linked>>,
    /// What says that it signs it; absent when the store does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<Linked>>,
    /// The files, when they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<File>>,
}

/// A manifest's config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// Its media type.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// When it was made, as it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// What the content is for, as it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// One manifest of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Child {
    /// `os/architecture[/variant]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// What the index says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

/// What a BoB holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bob {
    /// Digest of the uncompressed tar, the identity of the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// Profiles, values and tests.
    #[serde(flatten)]
    pub inside: Inside,
}

/// A manifest that is attached to the described one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Linked {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// What it says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was made, as its annotation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Its annotations, as listed.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// `api`, `tag` or `layout`, or the tag that cosign keeps it under.
    pub listed: By,
    /// Always false: nothing is verified here.
    pub verified: bool,
}

/// One file of the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its path, parts joined by `/`.
    pub path: String,
    /// Its permissions in octal, `0644` or `0755`.
    pub mode: String,
    /// Its size in bytes.
    pub size: u64,
}

impl Description {
    /// What every manifest has.
    pub(super) fn of(reference: &Reference, raw: &RawManifest) -> Self {
        Self {
            reference: reference.at(raw.digest()),
            digest: raw.digest().clone(),
            media_type: raw.media_type().to_owned(),
            size: raw.bytes().len() as u64,
            artifact_type: None,
            annotations: Annotations::new(),
            config: None,
            layers: Vec::new(),
            platforms: Vec::new(),
            bob: None,
            subject: None,
            referrers: None,
            signatures: None,
            files: None,
        }
    }

    pub(super) fn manifest(&mut self, manifest: Manifest, shown: Shown) {
        let config = manifest.config;
        let (created, promise) = shown.said.map(|said| (said.created, said.promise)).unwrap_or_default();
        self.artifact_type = manifest.artifact_type;
        self.annotations = manifest.annotations;
        // Where a prototype has no config the reader puts the empty one, which is in no registry.
        let is_prototype = [media_type::PROTOTYPE_ARTIFACT, media_type::PROTOTYPE_ORAS]
            .iter()
            .any(|kind| media_type::same(&self.media_type, kind));
        self.config = (!is_prototype || config != Descriptor::empty()).then(|| Config {
            media_type: config.media_type,
            digest: config.digest,
            size: config.size,
            created,
            platform: promise.platform.map(|platform| platform.to_string()),
        });
        self.layers = manifest.layers;
        self.subject = manifest.subject;
        self.bob = shown.bob;
        self.files = shown.files;
    }

    pub(super) fn index(&mut self, index: Index) {
        self.artifact_type = index.artifact_type;
        self.annotations = index.annotations;
        self.subject = index.subject;
        self.platforms = index.manifests.into_iter().map(child).collect();
    }

    pub(super) fn attached(&mut self, attached: Option<Vec<Attached>>) {
        let Some(attached) = attached else { return };
        let (signatures, referrers): (Vec<Attached>, Vec<Attached>) =
            attached.into_iter().partition(Attached::is_signature);
        self.signatures = Some(signatures.into_iter().map(linked).collect());
        self.referrers = Some(referrers.into_iter().map(linked).collect());
    }
}

fn child(entry: Descriptor) -> Child {
    Child {
        platform: entry.platform.map(|platform| platform.to_string()),
        digest: entry.digest,
        size: entry.size,
        media_type: entry.media_type,
        artifact_type: entry.artifact_type,
    }
}

fn linked(attached: Attached) -> Linked {
    let Descriptor { digest, media_type, size, annotations, artifact_type, .. } = attached.descriptor;
    Linked {
        created: annotation::created(&annotations).map(str::to_owned),
        digest,
        media_type,
        artifact_type,
        size,
        annotations,
        listed: attached.by,
        verified: false,
    }
}
