//! Secrets for a cluster: what it needs to fetch and to verify artifacts, made of files and logins.
//!
//! [`oci`], [`notation`] and [`cosign`] each make a [`Secret`], checked as the API server, the kubelet and Flux read it.
//! What a file holds is in no message and in no event.

#[cfg(feature = "cluster")]
pub mod apply;
pub mod cosign;
mod error;
mod file;
mod keys;
pub mod notation;
pub mod oci;

use std::collections::BTreeMap;

use crate::cluster::{Content, Kind, Name, NameError, Namespace, names};
pub use crate::cluster::{Manifest, Secret};
pub use error::SecretInputError;

/// What a secret is called and how it is marked.
#[derive(Debug, Clone)]
pub struct Identity {
    name: Name,
    namespace: Option<Namespace>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

impl Identity {
    /// A name and a namespace, as they were typed.
    pub fn new(name: &str, namespace: Option<&str>) -> Result<Self, SecretInputError> {
        let namespace = namespace.map(str::parse).transpose()?;
        Ok(Self { name: name.parse()?, namespace, labels: BTreeMap::new(), annotations: BTreeMap::new() })
    }

    /// With these labels, each `KEY=VALUE`.
    pub fn labelled(mut self, labels: &[String]) -> Result<Self, SecretInputError> {
        self.labels = pairs("label", labels, names::label)?;
        Ok(self)
    }

    /// With these annotations, each `KEY=VALUE`.
    pub fn annotated(mut self, annotations: &[String]) -> Result<Self, SecretInputError> {
        self.annotations = pairs("annotation", annotations, names::annotation)?;
        Ok(self)
    }

    /// The secret that holds `data`.
    fn holding(self, kind: Kind, data: BTreeMap<String, Content>) -> Result<Secret, SecretInputError> {
        let Self { name, namespace, labels, annotations } = self;
        let secret = Secret { name, namespace, kind, labels, annotations, data };
        secret.check()?;
        Ok(secret)
    }
}

/// Read `KEY=VALUE` texts; a key that comes twice is a slip.
fn pairs(
    what: &'static str,
    given: &[String],
    parse: fn(&str) -> Result<(String, String), NameError>,
) -> Result<BTreeMap<String, String>, SecretInputError> {
    let mut read = BTreeMap::new();
    for text in given {
        let (key, value) = parse(text)?;
        if read.contains_key(&key) {
            return Err(SecretInputError::Twice { what, key });
        }
        read.insert(key, value);
    }
    Ok(read)
}
