//! `link`: a BoB becomes a referrer of the image that it is about (`artifact.md` section 7).
//!
//! - [`image`] and [`bob`]: the two sides, each fetched in one request, and the children of a BoB's index.
//! - [`plan`]: which manifest goes to which; [`check`]: whether they belong together.
//! - [`links`]: all links of a BoB, from the first question to the proof; [`job`]: the steps on that way. Blobs
//!   and manifests move, and are proven to be listed, by [`super::transfer`].
//!
//! What depends on nothing is asked at the same time. Inside one registry a cold link takes five steps: both manifests;
//! the BoB's config, its blobs over there, and the referrers that there are; the missing blobs; the link; the proof.

mod bob;
mod check;
mod error;
mod image;
mod job;
mod links;
mod plan;

use std::sync::Arc;

use serde::Serialize;

pub(in crate::ops) use self::bob::{Bob, Part};
pub(in crate::ops) use self::image::Image;
pub(in crate::ops) use self::job::Job;
pub(in crate::ops) use self::links::{Links, Survey};
pub(in crate::ops) use self::plan::{Shape, Target, Which, targets};
use super::Result;
use super::report::{Event, Reporter};
use super::transfer::stored_blobs;
use crate::artifact::provenance::{self, ProvenanceError};
use crate::oci::annotation::Annotations;
use crate::oci::{Digest, Reference};
use crate::store::{ListedBy, Store};

pub use self::error::{LinkError, Side};
pub use self::plan::Platforms;

/// What to link to what.
pub struct LinkRequest {
    /// The BoB.
    pub bob: Reference,
    /// The image.
    pub image: Reference,
    /// The link's artifact type, when it is not a BoB's own.
    pub artifact_type: Option<String>,
    /// Annotations of the link.
    pub annotations: Annotations,
    /// Which children of the image's index get a link too.
    pub platforms: Option<Platforms>,
    /// Link what does not fit.
    pub allow_mismatch: bool,
    /// How many blobs are sent at the same time.
    pub concurrency: usize,
}

/// What was linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linked {
    /// `HOST/REPOSITORY@DIGEST` of the link, or `oci-layout://DIR@DIGEST`.
    pub reference: String,
    /// The link's digest.
    pub digest: Digest,
    /// The digest of the image.
    pub subject: Digest,
    /// Where the link is listed.
    pub listed: ListedBy,
    /// The links to children of the image's index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<LinkedPlatform>,
    /// Whether all of it was there before, so that nothing was written.
    pub unchanged: bool,
}

/// A link to a child of the image's index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkedPlatform {
    /// What the child runs on.
    pub platform: String,
    /// `HOST/REPOSITORY@DIGEST` of the link, or `oci-layout://DIR@DIGEST`.
    pub reference: String,
    /// The link's digest.
    pub digest: Digest,
    /// The digest of the child.
    pub subject: Digest,
    /// Where the link is listed.
    pub listed: ListedBy,
    /// Whether it was there before.
    pub unchanged: bool,
}

/// Read annotations of the form `key=value`. Those that `push` makes are the BoB's own, and stay as they are.
pub fn parse_annotations<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Annotations> {
    let annotations = provenance::parse_annotations(given).map_err(|error| match error {
        ProvenanceError::Reserved { key, .. } => ProvenanceError::Reserved { key, flag: "the push of the BoB" },
        other => other,
    })?;
    Ok(annotations)
}

/// Link the BoB in `from` to the image in `to`, and prove that it is listed.
pub async fn link(
    from: &Arc<dyn Store>,
    to: &Arc<dyn Store>,
    request: LinkRequest,
    reporter: &Arc<dyn Reporter>,
) -> Result<Linked> {
    let (bob, image) = tokio::try_join!(Bob::fetch(from, &request.bob), Image::fetch(to.as_ref(), &request.image))?;
    if *bob.top.digest() == image.descriptor().digest {
        return Err(LinkError::Same(image.descriptor().digest).into());
    }
    let (blobs, is_itself) = (stored_blobs(from, bob.blobs()), bob.top.digest().clone());
    let targets = plan::targets(&bob.shape(request.platforms.is_some()).await?, &image, request.platforms.as_ref())?;
    let (to, reporter) = (Arc::clone(to), Arc::clone(reporter));
    let job = Job { to, request, bob, image, is_bob: true, mends_itself: true, reporter: Arc::clone(&reporter) };
    let mut links = Links::new(job, targets, blobs)?;
    let (survey, ()) = tokio::try_join!(links.look(), links.check())?;
    links.settle(survey);
    let linked = links.complete().await?;
    linked.tell(reporter.as_ref());
    if !linked.unchanged && linked.digest != is_itself {
        reporter.report(Event::Note("the link has a digest of its own, which no signature covers yet"));
    }
    Ok(linked)
}

impl Linked {
    /// Say what was linked, and how it is found.
    pub(in crate::ops) fn tell(&self, reporter: &dyn Reporter) {
        let list = match self.listed {
            ListedBy::Api => "the registry's list of referrers",
            ListedBy::Tag => "the index under the image's referrers tag",
            ListedBy::Layout => "the layout's index.json",
        };
        let said = if self.unchanged { "linked already".to_owned() } else { format!("linked to {}", self.subject) };
        reporter.report(Event::Note(&format!("{said}, as {}, and listed in {list}", self.reference)));
    }
}
