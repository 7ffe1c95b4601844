//! What manifests in the folder say about themselves, each read once: content never changes.
//!
//! They are read as JSON, not as documents of a known type: a referrer of a type that bobctl does not know is one, too.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use serde_json::Value;

use super::folder::Folder;
use super::index::digest_of;
use crate::oci::annotation::Annotations;
use crate::oci::{Descriptor, Digest, RawManifest, json as strict, media_type};
use crate::store::MAX_MANIFEST;

/// How many bytes of manifests are remembered; what comes after is read anew each time.
const MAX_REMEMBERED: usize = 32 << 20;
/// What a remembered manifest takes besides its own bytes.
const OVERHEAD: usize = 512;

/// What a manifest says.
pub(super) struct Fact {
    /// How a list of referrers shows it.
    pub(super) listed: Descriptor,
    /// The digest of its subject, as it is written there.
    pub(super) subject: Option<String>,
    /// The entries of an index.
    pub(super) children: Vec<Descriptor>,
}

impl Fact {
    pub(super) fn is_index(&self) -> bool {
        media_type::is_index(&self.listed.media_type)
    }
}

/// What came of looking at a manifest.
pub(super) enum Looked {
    /// It is not there, cannot be read, or is broken; that may change.
    Unread,
    /// It is too large, or no manifest of the type that it is said to be.
    Nothing,
    /// It was read.
    Known(Arc<Fact>),
}

/// What was read already.
#[derive(Default)]
pub(super) struct Known {
    facts: HashMap<Digest, Arc<Fact>>,
    bytes: usize,
}

impl Known {
    fn remember(&mut self, digest: &Digest, size: usize, fact: &Arc<Fact>) {
        let bytes = self.bytes + size + OVERHEAD;
        if bytes <= MAX_REMEMBERED && self.facts.insert(digest.clone(), Arc::clone(fact)).is_none() {
            self.bytes = bytes;
        }
    }
}

impl Folder {
    /// What the manifest says that `entry` describes; its size and digest are checked before it is believed (LAY-8).
    pub(super) fn look_at(&self, entry: &Descriptor) -> Looked {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fact) = known().facts.get(&entry.digest) {
            return if fact.listed.size == entry.size { Looked::Known(Arc::clone(fact)) } else { Looked::Nothing };
        }
        if entry.size > MAX_MANIFEST as u64 {
            return Looked::Nothing;
        }
        let Ok(Some(bytes)) = self.small_blob(&entry.digest, MAX_MANIFEST) else { return Looked::Unread };
        let whole = bytes.len() as u64 == entry.size;
        if !whole || Digest::of_with(entry.digest.algorithm(), &bytes) != entry.digest {
            return Looked::Unread;
        }
        let Ok(manifest) = RawManifest::read(&entry.media_type, entry.digest.clone(), bytes) else {
            return Looked::Nothing;
        };
        let Some(fact) = read(&manifest).map(Arc::new) else { return Looked::Nothing };
        known().remember(&entry.digest, manifest.bytes().len(), &fact);
        Looked::Known(fact)
    }
}

fn read(manifest: &RawManifest) -> Option<Fact> {
    let document = strict::value(manifest.bytes()).ok()?;
    let listed = as_referrer(manifest, &document);
    let children = match document.get("manifests") {
        // Those of a prototype are its blobs.
        Some(Value::Array(children)) if media_type::is_index(manifest.media_type()) => {
            children.iter().filter_map(described).collect()
        }
        _ => Vec::new(),
    };
    let subject = document.get("subject").and_then(digest_of).map(str::to_owned);
    Some(Fact { listed, subject, children })
}

/// An entry of an index as a descriptor, as far as it can be read as one.
pub(super) fn described(entry: &Value) -> Option<Descriptor> {
    let text = |member: &str| entry.get(member).and_then(Value::as_str);
    let digest = digest_of(entry)?.parse().ok()?;
    let size = entry.get("size")?.as_u64()?;
    let artifact_type = own_type(entry).map(str::to_owned);
    let annotations = annotations(entry);
    let media_type = text("mediaType").unwrap_or_default();
    Some(Descriptor { annotations, artifact_type, ..Descriptor::new(media_type, digest, size) })
}

/// How a list of referrers shows `manifest`, whatever type of document it is.
pub(super) fn as_referrer(manifest: &RawManifest, document: &Value) -> Descriptor {
    let config_type = || document.get("config")?.get("mediaType")?.as_str();
    manifest.listed(own_type(document).or_else(config_type), annotations(document))
}

/// The artifact type that a document or a descriptor gives itself.
pub(super) fn own_type(document: &Value) -> Option<&str> {
    document.get("artifactType")?.as_str().filter(|own| !own.is_empty())
}

fn annotations(document: &Value) -> Annotations {
    let Some(Value::Object(annotations)) = document.get("annotations") else { return Annotations::new() };
    annotations.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
