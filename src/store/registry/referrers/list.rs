//! A list of referrers as a document: what is read into it is written back as it stands, whoever wrote it.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::oci::{Descriptor, RawManifest, json as strict, media_type};

/// An index whose entries are referrers. Members and entries that nobody asks about go through unchanged and in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List {
    document: Map<String, Value>,
    entries: Vec<Value>,
}

/// Why bytes are no list of referrers.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoList {
    /// No JSON, or JSON that can be read in two ways.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// JSON, but no OCI index.
    #[error("{0}")]
    Shape(&'static str),
}

impl List {
    /// A list of nothing.
    pub(super) fn new() -> Self {
        Self { document: Map::new(), entries: Vec::new() }.with_head()
    }

    /// Read `bytes`. Entries are not looked at.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NoList> {
        let Value::Object(mut document) = strict::value(bytes)? else {
            return Err(NoList::Shape("it is no JSON object"));
        };
        if document.get("schemaVersion").is_some_and(|version| *version != 2) {
            return Err(NoList::Shape("its schemaVersion is not 2"));
        }
        let own_type = |value: &Value| value.as_str().is_some_and(|own| media_type::same(own, media_type::INDEX));
        if document.get("mediaType").is_some_and(|value| !own_type(value)) {
            return Err(NoList::Shape("it is no OCI index"));
        }
        if document.get("subject").is_some_and(|subject| !subject.is_null()) {
            return Err(NoList::Shape("it has a subject itself"));
        }
        match document.get_mut("manifests").map(Value::take) {
            Some(Value::Array(entries)) => Ok(Self { document, entries }),
            // What Go writes for an empty list that was never filled.
            Some(Value::Null) => Ok(Self { document, entries: Vec::new() }),
            _ => Err(NoList::Shape("it has no list of manifests")),
        }
    }

    /// The list as it is sent: with the members that some registries insist on (`registry-client.md` 6, ECR).
    pub(super) fn to_manifest(&self) -> RawManifest {
        let Self { mut document, entries } = self.clone().with_head();
        document.insert("manifests".to_owned(), Value::Array(entries));
        RawManifest::new(media_type::INDEX, Value::Object(document).to_string().into_bytes())
    }

    fn with_head(mut self) -> Self {
        self.document.entry("schemaVersion").or_insert(json!(2));
        self.document.entry("mediaType").or_insert(json!(media_type::INDEX));
        self
    }

    /// How many entries there are, broken ones too.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entries(&self) -> &[Value] {
        &self.entries
    }

    /// The entries that are descriptors; a broken one hides none of the others.
    pub(super) fn descriptors(&self) -> Vec<Descriptor> {
        self.entries.iter().filter_map(|entry| serde_json::from_value(entry.clone()).ok()).collect()
    }

    /// The digests of the entries, as they are written there.
    pub(super) fn digests(&self) -> HashSet<&str> {
        self.entries.iter().filter_map(digest_of).collect()
    }

    /// One entry more, at the end.
    pub(super) fn push(&mut self, entry: Value) {
        self.entries.push(entry);
    }

    /// Leave out the entries of `digests`.
    pub(super) fn remove(&mut self, digests: &HashSet<String>) {
        self.entries.retain(|entry| digest_of(entry).is_none_or(|digest| !digests.contains(digest)));
    }
}

/// The entry for `referrer`: what it is, its type and its annotations, always in this order (HTTP-57a).
pub(super) fn entry_of(referrer: &Descriptor) -> Value {
    let Descriptor { media_type, digest, size, annotations, artifact_type, .. } = referrer;
    let mut entry = json!({"mediaType": media_type, "digest": digest, "size": size});
    if let Some(artifact_type) = artifact_type {
        entry["artifactType"] = json!(artifact_type);
    }
    if !annotations.is_empty() {
        entry["annotations"] = json!(annotations);
    }
    entry
}

/// An entry's digest, as it is written there.
pub(super) fn digest_of(entry: &Value) -> Option<&str> {
    entry.get("digest")?.as_str()
}
