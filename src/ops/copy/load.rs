//! What is carried together: manifests, what they list, and the blobs of all of them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::CopyError;
use crate::oci::manifest::ManifestError;
use crate::oci::{Descriptor, Digest, Document, RawManifest, Version, media_type};
use crate::ops::report::{Event, Reporter};
use crate::ops::{OpError, Result};
use crate::store::{Fault, Store, StoreError};

/// How many manifests are fetched at the same time.
pub(super) const FETCHED_AT_ONCE: usize = 8;
/// How many indexes may be nested (SEC-5).
const MAX_NESTING: usize = 8;
/// How many bytes of manifests are held at the same time.
const MAX_HELD: usize = 128 << 20;
/// Layers that their makers keep to themselves: a registry need not have them (HTTP-25).
const FOREIGN: [&str; 2] =
    ["application/vnd.docker.image.rootfs.foreign.diff", "application/vnd.oci.image.layer.nondistributable."];
/// Docker's first schema, signed or not.
const SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+";

/// Manifests with all that they need.
pub(super) struct Load {
    /// What is listed stands before what lists it; the last are those that nothing lists.
    pub(super) levels: Vec<Vec<RawManifest>>,
    /// Each once.
    pub(super) blobs: Vec<Descriptor>,
}

/// A manifest, and what it points at.
struct Found {
    raw: RawManifest,
    children: Vec<Descriptor>,
    blobs: Vec<Descriptor>,
    /// How many indexes lie above it, at most.
    level: usize,
}

/// Reads manifests of a store.
pub(super) struct Reading<'a> {
    pub(super) from: &'a dyn Store,
    pub(super) reporter: &'a dyn Reporter,
}

impl Load {
    /// All manifests.
    pub(super) fn manifests(&self) -> impl Iterator<Item = &RawManifest> {
        self.levels.iter().flatten()
    }
}

impl Reading<'_> {
    /// `roots`, what they list, what that lists, and so on.
    pub(super) async fn load(&self, roots: Vec<RawManifest>) -> Result<Load> {
        let mut found = BTreeMap::new();
        let mut wanted = self.open(&mut found, roots, 0)?;
        let mut level = 1;
        while !wanted.is_empty() {
            if level > MAX_NESTING {
                return Err(CopyError::Bound(format!("indexes are nested more than {MAX_NESTING} deep")).into());
            }
            // What is known already, and is listed once more further down, has to be written earlier.
            let (known, new): (Vec<_>, Vec<_>) =
                wanted.into_iter().partition(|(_, entry)| found.contains_key(&entry.digest));
            let mut below = Vec::new();
            for (_, entry) in known {
                if let Some(again) = found.get_mut(&entry.digest) {
                    again.level = level;
                    below.extend(again.children.iter().map(|child| (entry.digest.clone(), child.clone())));
                }
            }
            let fetched = stream::iter(&new).map(|(parent, entry)| self.child(parent, entry)).buffered(FETCHED_AT_ONCE);
            below.extend(self.open(&mut found, fetched.try_collect::<Vec<_>>().await?, level)?);
            wanted = each_once(below);
            level += 1;
        }
        self.sorted(found).await
    }

    /// Read `manifests`, and say what they list.
    fn open(
        &self,
        found: &mut BTreeMap<Digest, Found>,
        manifests: Vec<RawManifest>,
        level: usize,
    ) -> Result<Vec<(Digest, Descriptor)>> {
        let mut listed = Vec::new();
        for raw in manifests {
            let digest = raw.digest().clone();
            let (children, blobs) = self.contents(&raw)?;
            listed.extend(children.iter().map(|child| (digest.clone(), child.clone())));
            found.insert(digest, Found { raw, children, blobs, level });
        }
        let held: usize = found.values().map(|found| found.raw.bytes().len()).sum();
        if found.len() > super::MAX_MANIFESTS || held > MAX_HELD {
            let (number, max) = (found.len(), super::MAX_MANIFESTS);
            let message =
                format!("{number} manifests with {held} bytes; {max} with {MAX_HELD} bytes are copied at once");
            return Err(CopyError::Bound(message).into());
        }
        Ok(each_once(listed))
    }

    /// The manifests and the blobs that a manifest points at. Of a type that is not known, the bytes are all there is.
    fn contents(&self, raw: &RawManifest) -> Result<(Vec<Descriptor>, Vec<Descriptor>)> {
        match raw.document() {
            Ok(Document::Manifest(manifest)) => {
                let mut blobs = manifest.layers;
                blobs.push(manifest.config);
                Ok((Vec::new(), blobs))
            }
            // Some keep layers in an index: the caches of BuildKit.
            Ok(Document::Index(index)) => {
                Ok(index.manifests.into_iter().partition(|entry| is_manifest(&entry.media_type)))
            }
            Err(ManifestError::Unknown(kind)) if kind.starts_with(SCHEMA1) => {
                Err(CopyError::Schema1(raw.digest().clone()).into())
            }
            Err(ManifestError::Unknown(kind)) => {
                let text = format!("manifest {} is of type '{kind}': nothing but its bytes is copied", raw.digest());
                self.reporter.report(Event::Warning(&text));
                Ok((Vec::new(), Vec::new()))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn child(&self, parent: &Digest, entry: &Descriptor) -> Result<RawManifest> {
        let raw = match self.from.manifest(&Version::Digest(entry.digest.clone())).await {
            Ok(raw) => raw,
            Err(source @ StoreError::NotFound(_)) => {
                let (parent, child, from) = (parent.clone(), entry.digest.clone(), self.from.location().to_string());
                return Err(CopyError::Sparse { parent, child, from, source }.into());
            }
            Err(error) => return Err(error.into()),
        };
        let size = raw.bytes().len() as u64;
        if size != entry.size {
            let message = format!("manifest {} has {size} bytes; {parent} says {}", entry.digest, entry.size);
            return Err(StoreError::Integrity(Fault::new(message)).into());
        }
        if !entry.media_type.is_empty() && !media_type::same(&entry.media_type, raw.media_type()) {
            let (body, given) = (raw.media_type().to_owned(), entry.media_type.clone());
            return Err(ManifestError::MediaType { body, given }.into());
        }
        Ok(raw)
    }

    async fn sorted(&self, found: BTreeMap<Digest, Found>) -> Result<Load> {
        let depth = found.values().map(|found| found.level + 1).max().unwrap_or_default();
        let mut levels: Vec<Vec<RawManifest>> = (0..depth).map(|_| Vec::new()).collect();
        let mut blobs = BTreeMap::new();
        for Found { raw, blobs: own, level, .. } in found.into_values() {
            levels[depth - 1 - level].push(raw);
            blobs.extend(own.into_iter().map(|blob| (blob.digest.clone(), blob)));
        }
        let foreign: Vec<&Descriptor> = blobs.values().filter(|blob| is_foreign(&blob.media_type)).collect();
        let elsewhere = self.elsewhere(foreign).await?;
        blobs.retain(|digest, _| !elsewhere.contains(digest));
        Ok(Load { levels, blobs: blobs.into_values().collect() })
    }

    /// Which of the `foreign` layers the source does not have. They are not fetched from where the manifest says (HTTP-25).
    async fn elsewhere(&self, foreign: Vec<&Descriptor>) -> Result<BTreeSet<Digest>> {
        let here = async |blob: &Descriptor| {
            let here = self.from.has_blob(blob).await?;
            Ok::<_, OpError>((!here).then(|| blob.digest.clone()))
        };
        let asked: Vec<_> = foreign.into_iter().map(here).collect();
        let asked: Vec<Option<Digest>> = stream::iter(asked).buffered(FETCHED_AT_ONCE).try_collect().await?;
        let elsewhere: BTreeSet<Digest> = asked.into_iter().flatten().collect();
        for digest in &elsewhere {
            let text = format!("layer {digest} is kept elsewhere, as its manifest says, and stays there");
            self.reporter.report(Event::Note(&text));
        }
        Ok(elsewhere)
    }
}

/// What is listed, each digest once.
fn each_once(listed: Vec<(Digest, Descriptor)>) -> Vec<(Digest, Descriptor)> {
    let mut seen = BTreeSet::new();
    listed.into_iter().filter(|(_, entry)| seen.insert(entry.digest.clone())).collect()
}

/// Whether an entry of an index is a manifest; one that says nothing is.
fn is_manifest(kind: &str) -> bool {
    let kind = media_type::essence(kind);
    kind.is_empty() || kind.starts_with(SCHEMA1) || media_type::is_common(&kind) || media_type::is_prototype(&kind)
}

fn is_foreign(kind: &str) -> bool {
    let kind = media_type::essence(kind);
    FOREIGN.iter().any(|start| kind.starts_with(start))
}
