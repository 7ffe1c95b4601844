//! The referrers of a manifest in a layout (LAY-10).
//!
//! Tools agree on no one way to keep them. Most list every referrer in `index.json`, some only as part of an index that
//! is listed there, and regclient lists them in an index of its own under the referrers tag. All three are read.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use super::folder::Folder;
use super::index::Index;
use super::known::{Looked, described};
use crate::oci::annotation::REF_NAME;
use crate::oci::{Descriptor, Digest, Tag};
use crate::store::{Fault, ListedBy, Referrer, Referrers, Result, StoreError};

/// How many manifests are looked through for subjects: those that `index.json` lists, and their children.
const MAX_LOOKED_THROUGH: usize = 100_000;

/// Who refers to whom, as far as one state of `index.json` tells.
pub(super) struct Graph {
    index: Arc<Index>,
    /// By the digest of the subject.
    referrers: HashMap<String, Vec<Descriptor>>,
    tags: HashSet<Tag>,
}

impl Folder {
    /// The manifests whose subject is `subject`: those in `index.json` and the children of indexes there, in that order,
    /// then those that only the index under the referrers tag lists.
    pub(super) fn referrers(&self, subject: &Digest) -> Result<Referrers> {
        let graph = self.graph()?;
        let mut entries = Vec::new();
        let mut found = BTreeSet::new();
        let mut add = |descriptor: Descriptor, by| {
            if found.insert(descriptor.digest.clone()) {
                entries.push(Referrer { descriptor, by });
            }
        };
        for entry in graph.referrers.get(&subject.to_string()).into_iter().flatten() {
            if let Looked::Known(fact) = self.look_at(entry) {
                add(fact.listed.clone(), ListedBy::Layout);
            }
        }
        for entry in self.under_referrers_tag(&graph, subject) {
            // As in a registry, what is listed there counts even where the manifest itself cannot be read.
            let listed = match self.look_at(&entry) {
                Looked::Known(fact) => fact.listed.clone(),
                Looked::Unread | Looked::Nothing => nameless(entry),
            };
            add(listed, ListedBy::Tag);
        }
        Ok(Referrers { entries, native: true })
    }

    /// Whether it is known already that `index` has no such tag: a tree asks for three that mostly are not there with each
    /// of its nodes.
    pub(super) fn is_no_tag(&self, tag: &Tag, index: &Arc<Index>) -> bool {
        // While somebody else looks through the manifests, searching is quicker than waiting.
        let Ok(kept) = self.graph.try_lock() else { return false };
        kept.as_ref().is_some_and(|graph| Arc::ptr_eq(&graph.index, index) && !graph.tags.contains(tag))
    }

    /// The entries of the index under the referrers tag. What stands there without being a list of referrers is ignored:
    /// no index, the subject itself, or something that has a subject (HTTP-73).
    fn under_referrers_tag(&self, graph: &Graph, subject: &Digest) -> Vec<Descriptor> {
        let tag = Tag::of_referrers(subject);
        if !graph.tags.contains(&tag) {
            return Vec::new();
        }
        let Some(entry) = graph.index.find(tag.as_str()).ok().flatten().and_then(described) else { return Vec::new() };
        match self.look_at(&entry) {
            Looked::Known(fact) if fact.is_index() && fact.subject.is_none() && entry.digest != *subject => {
                fact.children.clone()
            }
            _ => Vec::new(),
        }
    }

    /// The graph for `index.json` as it is now. It is kept while nothing changes there, unless a manifest was missing,
    /// which may still come.
    fn graph(&self) -> Result<Arc<Graph>> {
        let index = self.index()?;
        let mut kept = self.graph.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(graph) = kept.as_ref().filter(|graph| Arc::ptr_eq(&graph.index, &index)) {
            return Ok(Arc::clone(graph));
        }
        let mut survey = Survey { folder: self, looked_at: HashSet::new(), referrers: HashMap::new(), whole: true };
        let listed = index.entries().iter().filter_map(described);
        let children = survey.look_at_all(listed)?;
        survey.look_at_all(children)?;
        let tags = index.tags().into_iter().collect();
        let graph = Arc::new(Graph { index, referrers: survey.referrers, tags });
        *kept = survey.whole.then(|| Arc::clone(&graph));
        Ok(graph)
    }
}

/// A walk through the manifests of a layout.
struct Survey<'a> {
    folder: &'a Folder,
    looked_at: HashSet<Digest>,
    referrers: HashMap<String, Vec<Descriptor>>,
    /// Whether every manifest was there.
    whole: bool,
}

impl Survey<'_> {
    /// Note the subjects of `entries`; answers the children of the indexes among them.
    fn look_at_all(&mut self, entries: impl IntoIterator<Item = Descriptor>) -> Result<Vec<Descriptor>> {
        let mut children = Vec::new();
        for entry in entries {
            if !self.looked_at.insert(entry.digest.clone()) {
                continue;
            }
            let fact = match self.folder.look_at(&entry) {
                Looked::Known(fact) => fact,
                Looked::Nothing => continue,
                Looked::Unread => {
                    self.whole = false;
                    continue;
                }
            };
            if let Some(subject) = &fact.subject {
                let pointer = Descriptor::new(entry.media_type, entry.digest, entry.size);
                self.referrers.entry(subject.clone()).or_default().push(pointer);
            }
            let pointers = fact.children.iter();
            children
                .extend(pointers.map(|child| Descriptor::new(&*child.media_type, child.digest.clone(), child.size)));
            self.hold(children.len())?;
        }
        Ok(children)
    }

    fn hold(&self, to_come: usize) -> Result<()> {
        if self.looked_at.len() + to_come <= MAX_LOOKED_THROUGH {
            return Ok(());
        }
        let shown = self.folder.path().display();
        let message = format!("{shown} lists more than the {MAX_LOOKED_THROUGH} manifests that are looked through");
        Err(StoreError::Unreadable(Fault::new(message).with_hint("use a layout of its own for each product")))
    }
}

/// A name in a list of referrers is none.
fn nameless(mut entry: Descriptor) -> Descriptor {
    entry.annotations.remove(REF_NAME);
    entry
}
