//! `index.json` as a value: finding and setting tags (LAY-2, LAY-3) in a document whose other parts are kept as they are.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::oci::annotation::REF_NAME;
use crate::oci::{Digest, Tag, json as strict, media_type};

/// The index of a layout. Members and entries that nobody asks about go through unchanged and in their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Index {
    document: Map<String, Value>,
    entries: Vec<Value>,
}

/// Why bytes are no index.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    /// No JSON, or JSON that can be read in two ways.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// JSON, but no index of version 2.
    #[error("{0}")]
    Shape(&'static str),
}

/// A tag that names more than one manifest; the names and digests that compete.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ambiguous(pub(super) Vec<String>);

impl Index {
    /// An index that lists nothing.
    pub(super) fn new() -> Self {
        let document = [("schemaVersion", json!(2)), ("mediaType", json!(media_type::INDEX)), ("manifests", json!([]))];
        Self {
            document: document.map(|(key, value)| (key.to_owned(), value)).into_iter().collect(),
            entries: Vec::new(),
        }
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, IndexError> {
        let Value::Object(mut document) = strict::value(bytes)? else {
            return Err(IndexError::Shape("it is no JSON object"));
        };
        if document.get("schemaVersion").is_some_and(|version| version != 2) {
            return Err(IndexError::Shape("its schemaVersion is not 2"));
        }
        let entries = match document.get_mut("manifests").map(Value::take) {
            Some(Value::Array(entries)) => entries,
            None | Some(Value::Null) => Vec::new(),
            Some(_) => return Err(IndexError::Shape("its member 'manifests' is no list")),
        };
        Ok(Self { document, entries })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut document = self.document.clone();
        document.insert("manifests".to_owned(), Value::Array(self.entries.clone()));
        Value::Object(document).to_string().into_bytes()
    }

    pub(super) fn entries(&self) -> &[Value] {
        &self.entries
    }

    /// The entry that `tag` names: exactly, or as the end of one full name such as `docker.io/library/app:v1`.
    pub(super) fn find(&self, tag: &str) -> Result<Option<&Value>, Ambiguous> {
        let exact = self.named(|name| name == tag);
        let found = if exact.is_empty() { self.named(|name| full_name_tag(name) == Some(tag)) } else { exact };
        let digests: BTreeSet<&str> = found.iter().filter_map(|entry| digest_of(entry)).collect();
        if digests.len() > 1 {
            let name =
                |entry: &&Value| format!("{} is {}", name_of(entry).unwrap_or(tag), digest_of(entry).unwrap_or("?"));
            return Err(Ambiguous(found.iter().map(name).collect()));
        }
        Ok(found.first().copied())
    }

    fn named(&self, fits: impl Fn(&str) -> bool) -> Vec<&Value> {
        self.entries.iter().filter(|entry| name_of(entry).is_some_and(&fits)).collect()
    }

    /// An entry with this digest, under whatever name.
    pub(super) fn with_digest(&self, digest: &Digest) -> Option<&Value> {
        let digest = digest.to_string();
        self.entries.iter().find(|entry| digest_of(entry) == Some(&digest))
    }

    /// The tags that can be looked up, in the order of their entries.
    pub(super) fn tags(&self) -> Vec<Tag> {
        let mut seen = BTreeSet::new();
        self.all_tags().filter(|tag| seen.insert(tag.clone())).collect()
    }

    /// Whether any manifest has a tag.
    pub(super) fn has_tags(&self) -> bool {
        self.all_tags().next().is_some()
    }

    fn all_tags(&self) -> impl Iterator<Item = Tag> {
        let names = self.entries.iter().filter_map(name_of);
        names.filter_map(|name| full_name_tag(name).unwrap_or(name).parse().ok())
    }

    /// List `entry` without a name, unless its digest is listed already.
    pub(super) fn add(&mut self, entry: &Value) {
        if !self.entries.iter().any(|old| digest_of(old) == digest_of(entry)) {
            self.entries.push(entry.clone());
        }
    }

    /// Let `tag` name `entry`, and nothing else. An entry that loses its name stays without one where `keeps` says so,
    /// and is dropped otherwise.
    pub(super) fn set_tag(&mut self, tag: &str, entry: &Value, keeps: &dyn Fn(&Value) -> bool) {
        let named = |old: &Value| name_of(old) == Some(tag);
        let mut old: Vec<Value> = self.entries.iter().filter(|old| named(old)).cloned().collect();
        if let [only] = old.as_slice()
            && digest_of(only) == digest_of(entry)
        {
            return;
        }
        let place = self.entries.iter().position(named);
        self.entries.retain(|old| !named(old));
        self.insert(with_name(self.alike(entry, &old), tag), place);
        old.iter_mut().for_each(remove_name);
        for entry in old {
            let listed = self.entries.iter().any(|other| digest_of(other) == digest_of(&entry));
            if !listed && keeps(&entry) {
                self.entries.push(entry);
            }
        }
    }

    /// What is listed for this digest already, with all it carries, or else `entry` itself.
    fn alike(&self, entry: &Value, removed: &[Value]) -> Value {
        let mut listed = removed.iter().chain(&self.entries);
        listed.find(|old| digest_of(old) == digest_of(entry)).unwrap_or(entry).clone()
    }

    /// Put a named `entry` where its tag was, else in the place of its nameless twin, else at the end.
    fn insert(&mut self, entry: Value, place: Option<usize>) {
        let twin = self.entries.iter().position(|old| digest_of(old) == digest_of(&entry) && name_of(old).is_none());
        match (place, twin) {
            (Some(place), twin) => {
                // `retain` kept what stood before the first entry of the tag, so its place is still its place.
                if let Some(twin) = twin {
                    self.entries.remove(twin);
                    self.entries.insert(place - usize::from(twin < place), entry);
                } else {
                    self.entries.insert(place, entry);
                }
            }
            (None, Some(twin)) => self.entries[twin] = entry,
            (None, None) => self.entries.push(entry),
        }
    }

    /// Take the name `name` away. An entry that loses it stays without one where `keeps` says so, and is dropped otherwise.
    pub(super) fn remove_tag(&mut self, name: &str, keeps: &dyn Fn(&Value) -> bool) {
        let named = |entry: &Value| name_of(entry) == Some(name);
        let others: BTreeSet<String> =
            self.entries.iter().filter(|entry| !named(entry)).filter_map(digest_of).map(str::to_owned).collect();
        self.entries.retain(|entry| {
            let listed_elsewhere = digest_of(entry).is_some_and(|digest| others.contains(digest));
            !named(entry) || (!listed_elsewhere && keeps(entry))
        });
        self.entries.iter_mut().filter(|entry| named(entry)).for_each(remove_name);
    }

    /// Drop every entry of `digest`, under whatever name.
    pub(super) fn remove(&mut self, digest: &Digest) {
        let digest = digest.to_string();
        self.entries.retain(|entry| digest_of(entry) != Some(&digest));
    }

    /// Drop the nameless entries of `digests`.
    pub(super) fn drop_nameless(&mut self, digests: &BTreeSet<String>) {
        self.entries.retain(|entry| {
            name_of(entry).is_some() || digest_of(entry).is_none_or(|digest| !digests.contains(digest))
        });
    }

    /// Put `digest` and `size` into the entry named exactly `tag`; a copy of the old content goes.
    pub(super) fn repoint(&mut self, tag: &str, digest: &Digest, size: usize) {
        let named = self.entries.iter_mut().filter(|entry| name_of(entry) == Some(tag));
        for entry in named.filter_map(Value::as_object_mut) {
            entry.insert("digest".to_owned(), json!(digest));
            entry.insert("size".to_owned(), json!(size));
            entry.remove("data");
        }
    }
}

/// The value of an entry's `org.opencontainers.image.ref.name`.
pub(super) fn name_of(entry: &Value) -> Option<&str> {
    entry.get("annotations")?.get(REF_NAME)?.as_str()
}

/// An entry's digest, as it is written there.
pub(super) fn digest_of(entry: &Value) -> Option<&str> {
    entry.get("digest")?.as_str()
}

/// The tag at the end of a full name: `v1` of `docker.io/library/app:v1`.
fn full_name_tag(name: &str) -> Option<&str> {
    let (image, tag) = name.rsplit_once(':')?;
    (!image.is_empty() && !image.contains('@') && !tag.contains('/')).then_some(tag)
}

fn with_name(mut entry: Value, tag: &str) -> Value {
    if !entry["annotations"].is_object() {
        entry["annotations"] = json!({});
    }
    entry["annotations"][REF_NAME] = json!(tag);
    entry
}

fn remove_name(entry: &mut Value) {
    let Some(members) = entry.as_object_mut() else { return };
    if let Some(Value::Object(annotations)) = members.get_mut("annotations") {
        annotations.remove(REF_NAME);
        if annotations.is_empty() {
            members.remove("annotations");
        }
    }
}

#[cfg(test)]
mod tests;
