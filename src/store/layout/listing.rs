//! What a manifest asks of `index.json`: to be listed under a tag or without one, as a referrer with what a list of
//! referrers shows (LAY-11), and, as an index, instead of its children.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::folder::Folder;
use super::index::{Index, digest_of, name_of};
use super::known::{as_referrer, own_type};
use crate::oci::{Descriptor, Digest, RawManifest, Tag, json as strict, media_type};
use crate::store::{Fault, MAX_MANIFEST, Result, StoreError};

/// The digests of manifests that this process listed without tag or subject: parts of an index that is still to come,
/// or meant to be reached by digest alone.
pub(super) type Added = BTreeSet<String>;

/// How a manifest is to be listed.
pub(super) struct Listing {
    digest: Digest,
    entry: Value,
    tag: Option<Tag>,
    subject: Option<String>,
    children: BTreeSet<String>,
}

impl Listing {
    /// Read what is needed from the manifest's bytes, whatever type of manifest it is.
    pub(super) fn of(manifest: &RawManifest, tag: Option<Tag>) -> Result<Self> {
        if manifest.bytes().len() > MAX_MANIFEST {
            let message = format!("manifest {} has more than {MAX_MANIFEST} bytes", manifest.digest());
            return Err(StoreError::Refused(Fault::new(message)));
        }
        let document = strict::value(manifest.bytes()).map_err(|error| {
            StoreError::Unreadable(
                Fault::new(format!("manifest {} cannot be read", manifest.digest())).caused_by(error),
            )
        })?;
        let subject = document.get("subject").and_then(digest_of).map(str::to_owned);
        let children = match document.get("manifests") {
            Some(Value::Array(children)) => children.iter().filter_map(digest_of).map(str::to_owned).collect(),
            _ => BTreeSet::new(),
        };
        let entry = match &subject {
            Some(_) => as_referrer(manifest, &document),
            None => Descriptor { artifact_type: own_type(&document).map(str::to_owned), ..manifest.descriptor() },
        };
        Ok(Self { digest: manifest.digest().clone(), entry: json!(entry), tag, subject, children })
    }

    pub(super) fn has_subject(&self) -> bool {
        self.subject.is_some()
    }

    /// What the listing is about, for messages.
    pub(super) fn name(&self) -> String {
        self.tag.as_ref().map_or_else(|| format!("manifest {}", self.digest), |tag| format!("tag '{tag}'"))
    }
}

impl Folder {
    /// List a manifest whose bytes are there already.
    pub(super) fn list(&self, listing: &Listing) -> Result<()> {
        let parts = self.parts_added(listing);
        self.update(&listing.name(), &|index| self.apply(listing, &parts, index))?;
        let mut added = self.added();
        added.retain(|digest| !parts.contains(digest));
        if listing.tag.is_none() && listing.subject.is_none() {
            added.insert(listing.digest.to_string());
        }
        Ok(())
    }

    /// The children that are listed only because they were written, without a tag, before their index could be.
    fn parts_added(&self, listing: &Listing) -> BTreeSet<String> {
        self.added().intersection(&listing.children).cloned().collect()
    }

    fn added(&self) -> std::sync::MutexGuard<'_, Added> {
        self.added.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Make `index` list the manifest; on an index that does so already, nothing changes.
    fn apply(&self, listing: &Listing, parts: &BTreeSet<String>, index: &mut Index) -> Result<()> {
        match &listing.tag {
            Some(tag) => {
                let before = index.clone();
                index.set_tag(tag.as_str(), &listing.entry, &|old| self.outlives_its_tag(old, &before));
            }
            None => index.add(&listing.entry),
        }
        index.drop_nameless(parts);
        match &listing.subject {
            Some(subject) => self.keep_fallback_in_step(listing, subject, index),
            None => Ok(()),
        }
    }

    /// Whether an entry is worth listing without its tag: a referrer, which is found only there, or a child of an index
    /// that is listed (LAY-2). One whose bytes cannot be read may be a referrer.
    pub(super) fn outlives_its_tag(&self, entry: &Value, index: &Index) -> bool {
        let Some(document) = self.document(entry) else { return true };
        let child = |other: &Value| {
            let Some(index) = self.document(other) else { return false };
            let children = index.get("manifests").and_then(Value::as_array);
            children.is_some_and(|children| children.iter().any(|child| digest_of(child) == digest_of(entry)))
        };
        document.get("subject").is_some_and(Value::is_object)
            || index.entries().iter().filter(|e| is_index(e)).any(child)
    }

    fn document(&self, entry: &Value) -> Option<Value> {
        let digest: Digest = digest_of(entry)?.parse().ok()?;
        let bytes = self.small_blob(&digest, MAX_MANIFEST).ok()??;
        strict::value(&bytes).ok()
    }

    /// Where another tool keeps the referrers in an index under the fallback tag, ours is listed there as well (LAY-11).
    fn keep_fallback_in_step(&self, listing: &Listing, subject: &str, index: &mut Index) -> Result<()> {
        let Ok(subject) = subject.parse() else { return Ok(()) };
        self.change_fallback(&subject, index, |referrers| {
            if !referrers.iter().any(|referrer| digest_of(referrer) == digest_of(&listing.entry)) {
                referrers.push(listing.entry.clone());
            }
        })
    }

    /// And where one that is deleted was listed there, it no longer is. An index that becomes empty stays.
    pub(super) fn leave_fallback(&self, referrer: &Digest, subject: &Digest, index: &mut Index) -> Result<()> {
        let gone = referrer.to_string();
        self.change_fallback(subject, index, |referrers| referrers.retain(|entry| digest_of(entry) != Some(&gone)))
    }

    /// Whether the index under the fallback tag of `subject` lists `referrer`.
    pub(super) fn lists_under_tag(&self, subject: &Digest, referrer: &Digest) -> Result<bool> {
        let wanted = referrer.to_string();
        let Some((_, document)) = self.fallback(subject, &*self.index()?) else { return Ok(false) };
        let referrers = document.get("manifests").and_then(Value::as_array);
        Ok(referrers.is_some_and(|all| all.iter().any(|entry| digest_of(entry) == Some(&wanted))))
    }

    fn change_fallback(&self, subject: &Digest, index: &mut Index, change: impl FnOnce(&mut Vec<Value>)) -> Result<()> {
        let Some((tag, mut document)) = self.fallback(subject, index) else { return Ok(()) };
        let Some(Value::Array(referrers)) = document.get_mut("manifests") else { return Ok(()) };
        let before = referrers.len();
        change(referrers);
        if referrers.len() == before {
            return Ok(());
        }
        let bytes = document.to_string().into_bytes();
        let digest = Digest::of(&bytes);
        self.write_small_blob(&digest, &bytes)?;
        index.repoint(&tag, &digest, bytes.len());
        Ok(())
    }

    /// The fallback tag of `subject` and the index under it. What stands there without being such an index (HTTP-73) is
    /// nobody's to change.
    fn fallback(&self, subject: &Digest, index: &Index) -> Option<(String, Value)> {
        let tag = Tag::of_referrers(subject).to_string();
        let entry = index.entries().iter().find(|entry| name_of(entry) == Some(&tag))?;
        let usable = is_index(entry) && digest_of(entry) != Some(&subject.to_string());
        let document = self.document(entry).filter(|_| usable)?;
        let about_something = document.get("subject").is_some_and(Value::is_object);
        (!about_something).then_some((tag, document))
    }
}

fn is_index(entry: &Value) -> bool {
    entry.get("mediaType").and_then(Value::as_str).is_some_and(media_type::is_index)
}
