//! Manifests and indexes: what we write, and a careful reader for what others wrote.
//!
//! A manifest that came from somewhere is a [`RawManifest`]: its bytes, media type and digest. It is passed on as those
//! bytes and never serialised anew (HTTP-17). [`RawManifest::document`] reads it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::annotation::{self, Annotations};
use super::{Descriptor, Digest, json, media_type};

/// How many layers or index entries a document may have (SEC-5).
pub const MAX_ENTRIES: usize = 10_000;
/// How many bytes of annotations a document may carry (SEC-5).
const MAX_ANNOTATIONS: usize = 1 << 20;

/// Why a document is no manifest that bobctl understands.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No JSON, or JSON that can be read in two ways.
    #[error("the manifest is not valid JSON")]
    Json(#[source] serde_json::Error),
    /// The body's own `mediaType` is not the one it was served or described as (HTTP-14).
    #[error("the manifest says it is '{body}', but it was given as '{given}'")]
    MediaType {
        /// What the body says.
        body: String,
        /// What the registry or the parent index says.
        given: String,
    },
    /// Both `manifests` and `layers` or `config`: CVE-2021-41190.
    #[error("the manifest is ambiguous: it has both 'manifests' and 'layers' or 'config'")]
    Ambiguous,
    /// A type that bobctl does not read.
    #[error("not a BoB artifact (type '{0}')")]
    Unknown(String),
    /// A number beyond a limit of ours.
    #[error("the manifest has {what}")]
    Limit {
        /// What there is too much of, with the limit.
        what: String,
    },
}

/// An image manifest, in the member order of `artifact.md` section 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// OCI's or Docker's manifest type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What kind of artifact this is; a BoB has it once it is linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The config document.
    pub config: Descriptor,
    /// The layers, in order.
    #[serde(default, deserialize_with = "json::or_default")]
    pub layers: Vec<Descriptor>,
    /// The manifest that this one refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations of the manifest.
    #[serde(default, skip_serializing_if = "Annotations::is_empty", deserialize_with = "json::or_default")]
    pub annotations: Annotations,
}

impl Manifest {
    /// An OCI image manifest of `config` and `layers`.
    pub fn new(config: Descriptor, layers: Vec<Descriptor>, annotations: Annotations) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_type::MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations,
        }
    }

    /// The artifact's type: `artifactType`, else the config's media type (HTTP-57).
    pub fn kind(&self) -> &str {
        self.artifact_type.as_deref().unwrap_or(&self.config.media_type)
    }
}

/// An image index, in the member order of `artifact.md` section 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// OCI's index type or Docker's list type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What kind of artifact this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The manifests, in order.
    #[serde(default, deserialize_with = "json::or_default")]
    pub manifests: Vec<Descriptor>,
    /// The manifest that this index refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations of the index.
    #[serde(default, skip_serializing_if = "Annotations::is_empty", deserialize_with = "json::or_default")]
    pub annotations: Annotations,
}

impl Index {
    /// An OCI image index of `manifests`.
    pub fn new(manifests: Vec<Descriptor>, annotations: Annotations) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_type::INDEX.to_owned()),
            artifact_type: None,
            manifests,
            subject: None,
            annotations,
        }
    }
}

/// A document that was read.
#[expect(clippy::large_enum_variant, reason = "one of these is held at a time, and read at once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// An image manifest, OCI's or Docker's.
    Manifest(Manifest),
    /// An image index or a Docker manifest list.
    Index(Index),
}

impl Document {
    /// Its annotations.
    pub fn annotations(&self) -> &Annotations {
        match self {
            Self::Manifest(manifest) => &manifest.annotations,
            Self::Index(index) => &index.annotations,
        }
    }

    /// The manifest that it refers to.
    pub fn subject(&self) -> Option<&Descriptor> {
        match self {
            Self::Manifest(manifest) => manifest.subject.as_ref(),
            Self::Index(index) => index.subject.as_ref(),
        }
    }

    /// The artifact's type: `artifactType`, else a manifest's config media type (HTTP-57).
    pub fn kind(&self) -> Option<&str> {
        match self {
            Self::Manifest(manifest) => Some(manifest.kind()),
            Self::Index(index) => index.artifact_type.as_deref(),
        }
    }
}

/// The manifests of the early prototypes (`artifact.md` section 8): blobs without a config, or a config with its blobs
/// under the name `manifests`. Read as a manifest whose layers are those blobs; never written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Prototype {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    artifact_type: Option<String>,
    #[serde(default)]
    config: Option<Descriptor>,
    #[serde(default, deserialize_with = "json::or_default")]
    blobs: Vec<Descriptor>,
    #[serde(default, deserialize_with = "json::or_default")]
    manifests: Vec<Descriptor>,
    #[serde(default)]
    subject: Option<Descriptor>,
    #[serde(default, deserialize_with = "json::or_default")]
    annotations: Annotations,
}

impl From<Prototype> for Manifest {
    fn from(prototype: Prototype) -> Self {
        let layers = [prototype.blobs, prototype.manifests].concat();
        Self {
            schema_version: 2,
            media_type: prototype.media_type,
            artifact_type: prototype.artifact_type,
            config: prototype.config.unwrap_or_else(Descriptor::empty),
            layers,
            subject: prototype.subject,
            annotations: prototype.annotations,
        }
    }
}

/// The bytes of a manifest or index, with the media type and digest that go with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawManifest {
    media_type: String,
    digest: Digest,
    bytes: Bytes,
}

impl RawManifest {
    /// Bytes of our own making: their digest is computed here.
    pub fn new(media_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { media_type: media_type.into(), digest: Digest::of(&bytes), bytes }
    }

    /// Serialise `manifest` canonically.
    pub fn from_manifest(manifest: &Manifest) -> Self {
        Self::new(manifest.media_type.as_deref().unwrap_or(media_type::MANIFEST), canonical(manifest))
    }

    /// Serialise `index` canonically.
    pub fn from_index(index: &Index) -> Self {
        Self::new(index.media_type.as_deref().unwrap_or(media_type::INDEX), canonical(index))
    }

    /// Bytes that came from a store as `given` (its `Content-Type`, a descriptor's type, or empty when nothing was said).
    ///
    /// `digest` is the digest they were checked against by the caller. The media type is settled by HTTP-14: the body's
    /// own counts, and must be the given one; without it the given one counts; without both, the shape decides.
    pub fn read(given: &str, digest: Digest, bytes: Bytes) -> Result<Self, ManifestError> {
        let value = json::value(&bytes).map_err(ManifestError::Json)?;
        let body = value.get("mediaType").and_then(Value::as_str).unwrap_or_default();
        let given = media_type::essence(given);
        let plain = matches!(given.as_str(), "" | "application/json" | "text/plain" | "application/octet-stream");
        let media_type = match (body.is_empty(), plain) {
            (false, true) => body.to_owned(),
            (false, false) if media_type::same(body, &given) => body.to_owned(),
            (false, false) => return Err(ManifestError::MediaType { body: body.to_owned(), given }),
            (true, false) => given,
            (true, true) if value.get("manifests").is_some() => media_type::INDEX.to_owned(),
            (true, true) if value.get("layers").is_some() => media_type::MANIFEST.to_owned(),
            (true, true) => return Err(ManifestError::Unknown(given)),
        };
        let ambiguous =
            value.get("manifests").is_some() && (value.get("layers").is_some() || value.get("config").is_some());
        if ambiguous && !media_type::same(&media_type, media_type::PROTOTYPE_ARTIFACT) {
            return Err(ManifestError::Ambiguous);
        }
        Ok(Self { media_type, digest, bytes })
    }

    /// The media type, as the body or the store says it.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The digest of the bytes.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// A descriptor of media type, digest and size.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(self.media_type.clone(), self.digest.clone(), self.bytes.len() as u64)
    }

    /// The descriptor by which a list of referrers shows this manifest: with its type and its annotations (HTTP-74), but
    /// without a name, which in a layout would be a tag.
    pub fn as_referrer(&self, document: &Document) -> Descriptor {
        self.listed(document.kind(), document.annotations().clone())
    }

    /// As [`RawManifest::as_referrer`], for documents of any type: `kind` and `annotations` are what was found in it.
    pub fn listed(&self, kind: Option<&str>, mut annotations: Annotations) -> Descriptor {
        annotations.remove(annotation::REF_NAME);
        let artifact_type = kind.filter(|kind| !kind.is_empty()).map(str::to_owned);
        Descriptor { annotations, artifact_type, ..self.descriptor() }
    }

    /// Read the document, with the limits of SEC-5. Types that bobctl does not read give [`ManifestError::Unknown`].
    pub fn document(&self) -> Result<Document, ManifestError> {
        let document = match media_type::essence(&self.media_type).as_str() {
            media_type::MANIFEST | media_type::DOCKER_MANIFEST => {
                Document::Manifest(json::from_slice(&self.bytes).map_err(ManifestError::Json)?)
            }
            media_type::PROTOTYPE_ARTIFACT | media_type::PROTOTYPE_ORAS => {
                let prototype: Prototype = json::from_slice(&self.bytes).map_err(ManifestError::Json)?;
                Document::Manifest(prototype.into())
            }
            media_type::INDEX | media_type::DOCKER_LIST => {
                Document::Index(json::from_slice(&self.bytes).map_err(ManifestError::Json)?)
            }
            other => return Err(ManifestError::Unknown(other.to_owned())),
        };
        within_limits(&document)?;
        Ok(document)
    }
}

fn within_limits(document: &Document) -> Result<(), ManifestError> {
    let entries = match document {
        Document::Manifest(manifest) => manifest.layers.len(),
        Document::Index(index) => index.manifests.len(),
    };
    if entries > MAX_ENTRIES {
        return Err(ManifestError::Limit { what: format!("{entries} entries, more than {MAX_ENTRIES}") });
    }
    let annotations: usize = document.annotations().iter().map(|(key, value)| key.len() + value.len()).sum();
    if annotations > MAX_ANNOTATIONS {
        return Err(ManifestError::Limit {
            what: format!("{annotations} bytes of annotations, more than {MAX_ANNOTATIONS}"),
        });
    }
    Ok(())
}

/// Canonical JSON (`artifact.md` section 4): member order of the type, no white space.
///
/// # Panics
/// Never for the types of this crate.
pub fn canonical<T: Serialize>(value: &T) -> Vec<u8> {
    // Our wire types hold strings, numbers and sorted maps with string keys; serde_json cannot fail on those.
    #[expect(clippy::expect_used, reason = "none of our wire types can fail to serialise")]
    serde_json::to_vec(value).expect("wire types serialise")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(given: &str, text: &str) -> Result<RawManifest, ManifestError> {
        RawManifest::read(given, Digest::of(text.as_bytes()), Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn members_stand_in_the_documented_order() {
        let config = Descriptor::of(media_type::EMPTY, b"{}");
        let mut manifest = Manifest::new(
            config.clone(),
            vec![config.clone()],
            Annotations::from([("b".into(), "2".into()), ("a".into(), "1".into())]),
        );
        manifest.artifact_type = Some("t".into());
        manifest.subject = Some(config);
        let text = String::from_utf8(canonical(&manifest)).unwrap();
        let at = |member: &str| text.find(member).unwrap_or_else(|| panic!("{member} in {text}"));
        let order = [
            "\"schemaVersion\"",
            "\"mediaType\"",
            "\"artifactType\"",
            "\"config\"",
            "\"layers\"",
            "\"subject\"",
            "\"annotations\":{\"a\":\"1\",\"b\":\"2\"}",
        ];
        assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{text}");
        assert!(!text.contains(' '));
    }

    #[test]
    fn the_body_and_the_header_must_agree() {
        let body = format!(r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[]}}"#, media_type::INDEX);
        assert_eq!(
            read("application/vnd.oci.image.index.v1+json; charset=utf-8", &body).unwrap().media_type(),
            media_type::INDEX
        );
        assert_eq!(read("application/json", &body).unwrap().media_type(), media_type::INDEX);
        assert_eq!(read("", &body).unwrap().media_type(), media_type::INDEX);
        assert!(matches!(read(media_type::MANIFEST, &body), Err(ManifestError::MediaType { .. })));
    }

    #[test]
    fn without_a_type_the_shape_decides() {
        assert_eq!(read("", r#"{"manifests":[]}"#).unwrap().media_type(), media_type::INDEX);
        assert_eq!(read("", r#"{"layers":[]}"#).unwrap().media_type(), media_type::MANIFEST);
        assert!(matches!(read("", "{}"), Err(ManifestError::Unknown(_))));
    }

    #[test]
    fn a_document_of_two_shapes_is_refused() {
        assert!(matches!(read(media_type::INDEX, r#"{"manifests":[],"layers":[]}"#), Err(ManifestError::Ambiguous)));
    }

    #[test]
    fn odd_white_space_keeps_its_bytes_and_digest() {
        let text =
            format!("{{ \"schemaVersion\" : 2,\n \"mediaType\":\"{}\", \"manifests\": null }}", media_type::INDEX);
        let raw = read("", &text).unwrap();
        assert_eq!(raw.bytes(), text.as_bytes());
        assert_eq!(raw.digest(), &Digest::of(text.as_bytes()));
        assert!(matches!(raw.document().unwrap(), Document::Index(index) if index.manifests.is_empty()));
    }

    #[test]
    fn the_prototypes_blobs_are_layers() {
        let blob = Descriptor::of("text/yaml", b"a: b\n");
        for (media_type, members) in [
            (media_type::PROTOTYPE_ORAS, json!({"blobs": [blob]})),
            (media_type::PROTOTYPE_ARTIFACT, json!({"blobs": [blob]})),
            (media_type::PROTOTYPE_ARTIFACT, json!({"config": Descriptor::empty(), "manifests": [blob]})),
        ] {
            let mut value = members;
            value["mediaType"] = json!(media_type);
            let document = read(media_type, &value.to_string()).unwrap().document().unwrap();
            let Document::Manifest(manifest) = document else { panic!("{value} is no manifest") };
            assert_eq!(manifest.layers, std::slice::from_ref(&blob));
            assert_eq!(manifest.config.digest, Digest::of(b"{}"));
        }
    }

    #[test]
    fn a_negative_size_is_refused() {
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"x","digest":"{}","size":-1}},"layers":[]}}"#,
            media_type::MANIFEST,
            Digest::of(b"")
        );
        assert!(matches!(read("", &text).unwrap().document(), Err(ManifestError::Json(_))));
    }
}
