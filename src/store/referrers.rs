//! Lists of referrers: which manifests say that another one is their subject.

use serde::Serialize;

use crate::oci::{Descriptor, Digest};

/// Where a referrer is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ListedBy {
    /// By the registry's referrers API.
    Api,
    /// In the index under the referrers tag, `sha256-<hex>`.
    Tag,
    /// In a layout's `index.json`.
    Layout,
}

/// One manifest that is listed as a referrer. Nothing about it is checked: whoever may write may link (SEC-9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    /// The manifest, with `artifactType` (the manifest's own, else its config's media type) and annotations as listed.
    pub descriptor: Descriptor,
    /// Where it was found; by the API when it is in both lists.
    pub by: ListedBy,
}

/// The referrers of one manifest, each digest once, in the order of the lists they came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Referrers {
    /// The referrers: those of the registry's own list first, then those that only the referrers tag has (HTTP-74).
    pub entries: Vec<Referrer>,
    /// Whether the store has a list of its own: the referrers API answered, or it is a layout.
    pub native: bool,
}

impl Referrers {
    /// The entry of `digest`.
    pub fn find(&self, digest: &Digest) -> Option<&Referrer> {
        self.entries.iter().find(|entry| entry.descriptor.digest == *digest)
    }
}
