//! `link`: a BoB becomes a referrer of the image that it is about (`artifact.md` section 7).
//!
//! - [`image`] and [`bob`]: the two sides, each fetched in one request, and the children of a BoB's index.
//! - [`plan`]: which manifest goes to which; [`check`]: whether they belong together; [`job`]: all the steps.
//! - [`carry`]: the blobs; [`proof`]: whether the link can be found.
//!
//! What depends on nothing is asked at the same time. Inside one registry a cold link takes five steps: both manifests;
//! the BoB's config, its blobs over there, and the referrers that there are; the missing blobs; the link; the proof.

mod bob;
mod carry;
mod check;
mod error;
mod image;
mod job;
mod plan;
mod proof;

use std::sync::Arc;

use serde::Serialize;

use self::bob::Bob;
use self::carry::Carrier;
use self::image::Image;
use self::job::{Job, Link};
use super::Result;
use super::report::{Event, Reporter};
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
    request: &LinkRequest,
    reporter: &Arc<dyn Reporter>,
) -> Result<Linked> {
    let (bob, image) = tokio::try_join!(Bob::fetch(from, &request.bob), Image::fetch(to.as_ref(), &request.image))?;
    if *bob.top.digest() == image.descriptor().digest {
        return Err(LinkError::Same(image.descriptor().digest).into());
    }
    let job = Job { to: to.as_ref(), request, bob: &bob, image: &image, reporter };
    let targets = plan::targets(&job.shape().await?, &image, request.platforms.as_ref())?;
    let mut links = targets.into_iter().map(|target| job.make(target)).collect::<Result<Vec<Link>>>()?;
    let parcels = carry::parcels(from, bob.blobs());
    let carrier = Carrier { to: to.as_ref(), at_once: request.concurrency, reporter, parcels };

    let (missing, standing, ()) = tokio::try_join!(carrier.missing(), job.standing(&links), job.check(&links))?;
    for (link, standing) in links.iter_mut().zip(standing) {
        // A link that has lost a blob is none.
        link.settled = standing.listed.filter(|_| missing.is_empty());
        link.known = standing.known;
    }
    carrier.send(&missing).await?;
    let outcomes = job.publish(&carrier, &links).await?;
    let linked = Linked::of(job.prove(&links, &outcomes).await?);
    tell(&linked, *bob.top.digest() != linked.digest, reporter.as_ref());
    Ok(linked)
}

impl Linked {
    fn of(mut links: Vec<LinkedPlatform>) -> Self {
        let unchanged = links.iter().all(|link| link.unchanged);
        // The first is the link to the image itself.
        let LinkedPlatform { reference, digest, subject, listed, .. } = links.remove(0);
        Self { reference, digest, subject, listed, platforms: links, unchanged }
    }
}

fn tell(linked: &Linked, is_new: bool, reporter: &dyn Reporter) {
    let list = match linked.listed {
        ListedBy::Api => "the registry's list of referrers",
        ListedBy::Tag => "the index under the image's referrers tag",
        ListedBy::Layout => "the layout's index.json",
    };
    if linked.unchanged {
        reporter.report(Event::Note(&format!("linked already, and listed in {list}")));
        return;
    }
    reporter.report(Event::Note(&format!("linked to {}, and listed in {list}", linked.subject)));
    if is_new {
        reporter.report(Event::Note("the link has a digest of its own, which no signature covers yet"));
    }
}
