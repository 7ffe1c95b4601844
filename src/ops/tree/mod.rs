//! `tree`: what refers to a manifest, what refers to that, and so on (HTTP-80).
//!
//! Lists alone are read, and the indexes whose platforms are to be shown: what a list says about a referrer is enough to
//! show it, and nothing here is believed for anything else.

mod growth;

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde::Serialize;

pub use super::attached::By;
use super::attached::{Attached, attached};
use super::report::{Event, Reporter};
use super::{OpError, Result};
use crate::oci::annotation::Annotations;
use crate::oci::{Descriptor, Digest, Document, Reference, Version, media_type};
use crate::store::{Store, StoreError};
use growth::{Bud, Growth};

/// How many levels of referrers are looked for.
pub const MAX_DEPTH: usize = 16;
/// How many manifests' lists are asked for at the same time (NET-11).
const LISTS_AT_ONCE: usize = 16;

/// What to show.
pub struct TreeRequest {
    /// The root.
    pub reference: Reference,
    /// Only branches that lead to manifests of this artifact type.
    pub artifact_type: Option<String>,
    /// How many levels of referrers; 1 is those of the root alone, [`MAX_DEPTH`] the most.
    pub depth: usize,
}

/// A manifest and what is attached to it. But for the root's, everything is as it was listed: nothing is checked (SEC-9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    pub reference: String,
    /// The manifest's digest.
    pub digest: Digest,
    /// The manifest's media type.
    pub media_type: String,
    /// `artifactType`, else the config's media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The manifest's size in bytes.
    pub size: u64,
    /// When it was made, as its annotation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Which platform of the index above it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// How it is attached to the manifest above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed: Option<By>,
    /// Whether it says that it is a signature.
    #[serde(skip_serializing_if = "is_false")]
    pub signature: bool,
    /// Whether it stands elsewhere in the tree, with what is attached to it.
    #[serde(skip_serializing_if = "is_false")]
    pub seen: bool,
    /// Annotations.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// The manifests of an index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Node>,
    /// What is attached to it; absent where that was not asked for, or not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrers: Option<Vec<Node>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Build the tree of what refers to a manifest, level by level, each level's lists asked for at the same time.
pub async fn tree(store: &dyn Store, request: TreeRequest, reporter: &Arc<dyn Reporter>) -> Result<Node> {
    let top = store.manifest(&request.reference.version()).await?;
    // A root that is of no known type may have referrers all the same.
    let document = top.document().ok();
    let root = document.as_ref().map_or_else(|| top.descriptor(), |document| top.as_referrer(document));
    let mut growth = Growth::new(&request.reference, root, request.depth);
    if let Some(Document::Index(index)) = document {
        growth.add_platforms(&Bud::root(top.digest()), index.manifests);
    }
    let mut buds = growth.buds();
    while !buds.is_empty() {
        let mut looks = stream::iter(buds).map(|bud| look(store, bud)).buffered(LISTS_AT_ONCE);
        while let Some(found) = looks.next().await {
            let Found { bud, attached, platforms, warnings } = found?;
            reporter.warn_all(&warnings);
            if let Some(attached) = attached {
                growth.add_attached(&bud, attached);
            }
            growth.add_platforms(&bud, platforms);
            if growth.is_full() {
                break;
            }
        }
        buds = growth.buds();
    }
    reporter.warn_all(&growth.bounds_reached());
    let mut root = growth.into_tree();
    if let Some(wanted) = &request.artifact_type {
        prune(&mut root, wanted);
    }
    note_nothing(&root, request.artifact_type.as_deref(), reporter.as_ref());
    Ok(root)
}

/// What came of looking at a manifest that is in the tree already.
struct Found {
    bud: Bud,
    /// `None` when the store does not tell.
    attached: Option<Vec<Attached>>,
    platforms: Vec<Descriptor>,
    warnings: Vec<String>,
}

async fn look(store: &dyn Store, bud: Bud) -> Result<Found> {
    let (listed, opened) = tokio::join!(attached(store, &bud.digest), open(store, &bud));
    let mut warnings = Vec::new();
    let attached = match listed {
        Ok(attached) => Some(attached),
        Err(OpError::Store(StoreError::Denied(fault))) => {
            warnings.push(format!("what refers to {} is not told: {fault}", bud.digest));
            None
        }
        Err(error) => return Err(error),
    };
    let platforms = opened.unwrap_or_else(|error| {
        warnings.push(format!("the platforms of {} cannot be read: {error}", bud.digest));
        Vec::new()
    });
    Ok(Found { bud, attached, platforms, warnings })
}

/// The entries of an index, when it is one to be opened. A referrer that is about something else, whatever a list says,
/// is left closed.
async fn open(store: &dyn Store, bud: &Bud) -> Result<Vec<Descriptor>> {
    if !bud.closed_index {
        return Ok(Vec::new());
    }
    let Document::Index(index) = store.manifest(&Version::Digest(bud.digest.clone())).await?.document()? else {
        return Ok(Vec::new());
    };
    let about = index.subject.map(|subject| subject.digest);
    Ok(if bud.subject.is_none() || bud.subject == about { index.manifests } else { Vec::new() })
}

/// Keep what leads to manifests of the type `wanted`.
fn prune(node: &mut Node, wanted: &str) {
    node.platforms.retain_mut(|node| leads_to(node, wanted));
    if let Some(referrers) = &mut node.referrers {
        referrers.retain_mut(|node| leads_to(node, wanted));
    }
}

fn leads_to(node: &mut Node, wanted: &str) -> bool {
    prune(node, wanted);
    let is_wanted = node.artifact_type.as_deref().is_some_and(|kind| media_type::same(kind, wanted));
    is_wanted || !is_bare(node)
}

fn is_bare(node: &Node) -> bool {
    node.platforms.is_empty() && node.referrers.as_ref().is_none_or(Vec::is_empty)
}

fn note_nothing(root: &Node, wanted: Option<&str>, reporter: &dyn Reporter) {
    // Where nobody told, a warning said so.
    if root.referrers.is_none() || !is_bare(root) {
        return;
    }
    let kind = wanted.map(|kind| format!(" of type {kind}")).unwrap_or_default();
    reporter.report(Event::Note(&format!("nothing{kind} refers to {}", root.reference)));
}

#[cfg(test)]
mod tests;
