//! A secret as a value: what it is called, what it holds, and the document that an API server takes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};
use serde::Serialize;

use super::names::{self, Name, NameError, Namespace};

/// The largest content of a secret, in bytes: all values together, as the API server counts.
pub const MAX_CONTENT: usize = 1 << 20;
/// The largest annotations of an object, in bytes: all keys and values together.
pub const MAX_ANNOTATIONS: usize = 256 << 10;

/// A secret of Kubernetes, version `v1`.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Its name.
    pub name: Name,
    /// Its namespace, when one was given.
    pub namespace: Option<Namespace>,
    /// What it is for.
    pub kind: Kind,
    /// Labels, by [`names::label`].
    pub labels: BTreeMap<String, String>,
    /// Annotations, by [`names::annotation`].
    pub annotations: BTreeMap<String, String>,
    /// What it holds.
    pub data: BTreeMap<String, Content>,
}

/// What a secret is for: its `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything: `Opaque`.
    Opaque,
    /// A pull secret: `kubernetes.io/dockerconfigjson`.
    DockerConfigJson,
}

impl Kind {
    /// The `type` as the API server knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opaque => "Opaque",
            Self::DockerConfigJson => "kubernetes.io/dockerconfigjson",
        }
    }
}

/// What one key holds: never printed unless asked for, wiped when dropped.
#[derive(Debug, Clone)]
pub struct Content(SecretSlice<u8>);

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl Content {
    /// The bytes. Whoever calls this answers for where they go.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

/// A secret that an API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A key that is none.
    #[error(transparent)]
    Key(#[from] NameError),
    /// Too much content.
    #[error("the secret would hold {size} bytes; a cluster takes at most {MAX_CONTENT}")]
    Content {
        /// All values together, in bytes.
        size: usize,
    },
    /// Too many or too large annotations.
    #[error("the annotations have {size} bytes together; a cluster takes at most {MAX_ANNOTATIONS}")]
    Annotations {
        /// All keys and values together, in bytes.
        size: usize,
    },
}

/// The document that an API server takes. It shows what the secret holds, and has no `Debug` therefore.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest<'a> {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) metadata: Metadata<'a>,
    /// In base64.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) data: BTreeMap<&'a str, String>,
    /// As it is: for reading only, since a key that is removed from it stays in the cluster when it is applied again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) string_data: BTreeMap<&'a str, &'a str>,
    pub(super) r#type: &'static str,
}

#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: &'a BTreeMap<String, String>,
}

impl Secret {
    /// Check what the types do not: data keys, and the sizes of content and annotations.
    pub fn check(&self) -> Result<(), SecretError> {
        self.data.keys().try_for_each(|key| names::data_key(key))?;
        let size = self.data.values().map(|content| content.expose().len()).sum();
        if size > MAX_CONTENT {
            return Err(SecretError::Content { size });
        }
        let size = self.annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
        if size > MAX_ANNOTATIONS {
            return Err(SecretError::Annotations { size });
        }
        Ok(())
    }

    /// The document to send or to print: all content in `data`.
    pub fn manifest(&self) -> Manifest<'_> {
        Manifest {
            api_version: "v1",
            kind: "Secret",
            metadata: Metadata {
                name: self.name.as_str(),
                namespace: self.namespace.as_ref().map(Namespace::as_str),
                labels: &self.labels,
                annotations: &self.annotations,
            },
            data: self.data.iter().map(|(key, content)| (key.as_str(), STANDARD.encode(content.expose()))).collect(),
            string_data: BTreeMap::new(),
            r#type: self.kind.as_str(),
        }
    }

    /// The document for reading: what is text in `stringData`, and only the rest in `data`.
    pub fn readable_manifest(&self) -> Manifest<'_> {
        let mut manifest = self.manifest();
        for (key, content) in &self.data {
            if let Ok(text) = std::str::from_utf8(content.expose()) {
                manifest.data.remove(key.as_str());
                manifest.string_data.insert(key, text);
            }
        }
        manifest
    }
}

#[cfg(test)]
mod tests;
