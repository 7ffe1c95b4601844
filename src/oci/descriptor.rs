//! Content descriptors.

use serde::{Deserialize, Serialize};

use super::annotation::Annotations;
use super::{Digest, Platform};

/// What points at content: media type, digest and size, as the image specification's `descriptor.md` says.
///
/// Written in the member order of `artifact.md` section 5; absent members are left out. Members that are not named here
/// are dropped, so a document that is passed on is kept as the bytes it came in ([`super::RawManifest`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the content is.
    #[serde(default)]
    pub media_type: String,
    /// The digest of the content's bytes.
    pub digest: Digest,
    /// The number of bytes.
    #[serde(deserialize_with = "size")]
    pub size: u64,
    /// Free annotations.
    #[serde(default, skip_serializing_if = "Annotations::is_empty", deserialize_with = "super::json::or_default")]
    pub annotations: Annotations,
    /// The content itself in base64, read when present and checked (HTTP-21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// In an index: what the manifest runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// In an index or a list of referrers: the manifest's own artifact type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// A descriptor with nothing but the three members that every descriptor has.
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            annotations: Annotations::new(),
            data: None,
            platform: None,
            artifact_type: None,
        }
    }

    /// The descriptor of the empty JSON document, which carries it (HTTP-57).
    pub fn empty() -> Self {
        Self { data: Some("e30=".to_owned()), ..Self::of(super::media_type::EMPTY, b"{}") }
    }

    /// The descriptor of `bytes`.
    pub fn of(media_type: impl Into<String>, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }

    /// The same descriptor with one annotation more.
    #[must_use]
    pub fn with_annotation(mut self, key: &str, value: impl Into<String>) -> Self {
        self.annotations.insert(key.to_owned(), value.into());
        self
    }
}

/// A size is a non-negative 64-bit signed number (SEC-4).
fn size<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let size = i64::deserialize(deserializer)?;
    u64::try_from(size).map_err(|_| serde::de::Error::custom(format!("negative size {size}")))
}
