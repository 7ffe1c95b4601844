//! `tag`: further names for a manifest; no content moves.

use std::sync::Arc;

use futures_util::future;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::report::{Event, Reporter};
use super::{OpError, Result};
use crate::oci::{Descriptor, Digest, Location, RawManifest, Reference, Tag, Version};
use crate::store::{Store, StoreError, SubjectTaken};

/// How many tags are written at the same time.
const TAGS_AT_ONCE: usize = 16;

/// What to tag.
pub struct TagRequest {
    /// The manifest.
    pub reference: Reference,
    /// The new tags.
    pub tags: Vec<Tag>,
    /// Each tag has to name this now.
    pub if_match: Option<Digest>,
    /// Each tag has to be absent, or to name the manifest already.
    pub no_clobber: bool,
}

/// What was tagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tagged {
    /// The manifest's digest.
    pub digest: Digest,
    /// A reference for each tag.
    pub references: Vec<String>,
}

/// Fetch the manifest once, and write the same bytes under each tag.
pub async fn tag(store: &dyn Store, request: TagRequest, reporter: &Arc<dyn Reporter>) -> Result<Tagged> {
    let version = request.reference.version();
    let manifest = store.manifest(&version).await?;
    let check = async |tag: &Tag| check(store, &request, tag, manifest.digest()).await;
    let standing = future::try_join_all(request.tags.iter().map(check)).await?;
    let names_it = |tag: &Tag| version == Version::Tag(tag.clone());
    let missing = request.tags.iter().zip(standing).filter(|(tag, there)| !there && !names_it(tag)).map(|(tag, _)| tag);
    write(store, &manifest, missing).await?;
    reporter.report(Event::Detail(&format!("{} is {}", manifest.digest(), manifest.media_type())));
    let references = request.tags.iter().map(|tag| request.reference.tagged(tag)).collect();
    Ok(Tagged { digest: manifest.digest().clone(), references })
}

/// Write `manifest` under each of `tags`: at the same time on a registry, one after the other in a layout, whose
/// `index.json` then does not depend on which came first. Answers how a subject was taken, once a tag.
pub(super) async fn write(
    store: &dyn Store,
    manifest: &RawManifest,
    tags: impl Iterator<Item = &Tag>,
) -> Result<Vec<SubjectTaken>> {
    let at_once = match store.location() {
        Location::Registry(_) => TAGS_AT_ONCE,
        Location::Layout(_) => 1,
    };
    let written = stream::iter(tags).map(|tag| store.write_manifest(manifest, Some(tag)));
    Ok(written.buffer_unordered(at_once).try_collect().await?)
}

/// Hold `tag` against the conditions; whether it names the manifest already, as far as they had to know.
async fn check(store: &dyn Store, request: &TagRequest, tag: &Tag, digest: &Digest) -> Result<bool> {
    if request.if_match.is_none() && !request.no_clobber {
        return Ok(false);
    }
    let existing = match store.resolve(&Version::Tag(tag.clone())).await {
        Ok(Descriptor { digest, .. }) => Some(digest),
        Err(StoreError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(wanted) = request.if_match.as_ref().filter(|wanted| existing.as_ref() != Some(*wanted)) {
        return Err(OpError::NoMatch { tag: tag.clone(), wanted: wanted.clone(), existing });
    }
    match existing {
        Some(existing) if existing == *digest => Ok(true),
        Some(existing) if request.no_clobber => {
            Err(OpError::Exists { tag: tag.clone(), existing, new: digest.clone() })
        }
        _ => Ok(false),
    }
}
