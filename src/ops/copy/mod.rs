//! `copy`: a manifest with all that it needs, from one store to another, its bytes untouched (HTTP-17).
//!
//! ```text
//! load         manifests with what they list, and their blobs
//! attachments  what refers to them, and cosign's tags (-r)
//! survey       what of it is there, and who is listed
//! freight      blobs, mounted where both sides are one registry
//! courier      the order: blobs, what is listed, what lists it, what refers to it, the tag
//! ```
//!
//! What is there is neither read nor sent again, so a copy that was interrupted goes on where it stopped. A tag is
//! resolved once; everything after that goes by digest (SEC-3).

mod attachments;
mod courier;
mod error;
mod freight;
mod load;
mod survey;

use std::sync::Arc;

use serde::Serialize;

pub use self::error::CopyError;
pub use self::freight::{BlobCount, ManifestCount};

use self::courier::{Courier, Tally};
use super::report::{Event, Reporter};
use super::transfer::Carrier;
use super::{OpError, Result, fetch, platform};
use crate::oci::{Digest, Document, Platform, RawManifest, Reference, Version};
use crate::store::{Store, StoreError};

/// How many manifests are copied at once, with all that refers to them (HTTP-80).
const MAX_MANIFESTS: usize = 10_000;

/// What to copy, and where.
pub struct CopyRequest {
    /// What to copy.
    pub source: Reference,
    /// Where: with the tag to write and, if given, the digest that has to come out.
    pub target: Reference,
    /// Of an index, only the manifest for this platform.
    pub platform: Option<Platform>,
    /// With everything that refers to it.
    pub recursive: bool,
    /// How many blobs are sent at the same time.
    pub concurrency: usize,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Copied {
    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    pub reference: String,
    /// The manifest's digest, the same on both sides.
    pub digest: Digest,
    /// Where it came from, in the form of `reference`.
    pub source: String,
    /// The tag that names it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The manifest's media type.
    pub media_type: String,
    /// The manifest's size in bytes.
    pub size: u64,
    /// What became of the manifests.
    pub manifests: ManifestCount,
    /// What became of the blobs.
    pub blobs: BlobCount,
    /// How many manifests that refer to others came along; absent unless they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrers: Option<usize>,
    /// Whether all of it was there before, so that nothing was written.
    pub unchanged: bool,
}

/// Copy what `request` names.
pub async fn copy(
    from: &Arc<dyn Store>,
    to: &Arc<dyn Store>,
    request: CopyRequest,
    reporter: &Arc<dyn Reporter>,
) -> Result<Copied> {
    let CopyRequest { source, target, recursive, concurrency, .. } = &request;
    let (top, named) = tokio::try_join!(chosen(from.as_ref(), &request), named(to.as_ref(), target))?;
    if let Some(given) = target.digest.as_ref().filter(|given| *given != top.digest()) {
        return Err(OpError::OtherDigest { given: given.clone(), computed: top.digest().clone() });
    }
    let carrier = Carrier { store: to.as_ref(), concurrency: *concurrency, reporter };
    let one_place = source.location == target.location;
    let there = match &target.tag {
        Some(_) => named.as_ref() == Some(top.digest()),
        None if one_place => true,
        None => carrier.missing_manifests([top.digest()]).await?.is_empty(),
    };
    let mut courier = Courier::new(from, carrier);
    if one_place {
        // All of it is there; a name is the most that it can lack.
        courier.tag(&top, target.tag.as_ref(), there).await?;
    } else {
        courier.bring(&top, target.tag.as_ref(), there, *recursive).await?;
    }
    let copied = result(&request, &top, &courier.tally);
    if copied.unchanged {
        reporter.report(Event::Note("all of it is there already"));
    }
    Ok(copied)
}

/// The manifest to copy: what the reference names, or of an index the one for the platform.
async fn chosen(from: &dyn Store, request: &CopyRequest) -> Result<RawManifest> {
    let top = from.manifest(&request.source.version()).await?;
    let Some(wanted) = &request.platform else { return Ok(top) };
    let is_index = matches!(top.document()?, Document::Index(_));
    let (chosen, manifest) = platform::choose(from, top, Some(wanted)).await?;
    if !is_index {
        match fetch::promise(from, &manifest).await {
            Ok(promise) => platform::hold(promise.platform.as_ref(), Some(wanted))?,
            // A config that is no JSON names no platform.
            Err(OpError::Config(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(chosen)
}

/// What the target's tag names now.
async fn named(to: &dyn Store, target: &Reference) -> Result<Option<Digest>> {
    let Some(tag) = &target.tag else { return Ok(None) };
    match to.resolve(&Version::Tag(tag.clone())).await {
        Ok(descriptor) => Ok(Some(descriptor.digest)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn result(request: &CopyRequest, top: &RawManifest, tally: &Tally) -> Copied {
    let CopyRequest { source, target, recursive, .. } = request;
    let Tally { manifests, blobs, attached, tags } = tally;
    Copied {
        reference: target.at(top.digest()),
        digest: top.digest().clone(),
        source: source.at(top.digest()),
        tag: target.tag.as_ref().map(ToString::to_string),
        media_type: top.media_type().to_owned(),
        size: top.bytes().len() as u64,
        manifests: *manifests,
        blobs: *blobs,
        referrers: recursive.then_some(*attached),
        unchanged: manifests.sent + blobs.mounted + blobs.sent + tags == 0,
    }
}
