//! The steps of one `link`, over all the links that it makes.

use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::super::lacking::lacks_content;
use super::super::report::{Event, Reporter};
use super::super::{OpError, Result};
use super::bob::Bob;
use super::carry::Carrier;
use super::check::{Check, Claim};
use super::image::Image;
use super::plan::{Shape, Target, Which};
use super::proof::{Proof, Written};
use super::{LinkError, LinkRequest, LinkedPlatform};
use crate::artifact::linked::Linking;
use crate::oci::{Descriptor, Digest, Location, RawManifest, Version};
use crate::store::{ListedBy, Referrers, Store, StoreError};

/// How many manifests are written or looked for at the same time.
const LINKS_AT_ONCE: usize = 8;

/// A manifest that refers to the image or to a child of it.
pub(super) struct Link {
    target: Target,
    manifest: RawManifest,
    /// How a list of referrers shows it.
    entry: Descriptor,
    /// The list of referrers from before anything was written.
    pub(super) known: Referrers,
    /// Where it is listed, if there is nothing left to do.
    pub(super) settled: Option<ListedBy>,
}

/// What the image's repository has of a link.
pub(super) struct Standing {
    pub(super) known: Referrers,
    /// Where it is listed, if it is there itself.
    pub(super) listed: Option<ListedBy>,
}

/// What became of a link.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    /// It was there before, and is listed.
    Settled(ListedBy),
    /// It was written.
    Written(Written),
}

/// What all steps look at.
pub(super) struct Job<'a> {
    pub(super) to: &'a dyn Store,
    pub(super) request: &'a LinkRequest,
    pub(super) bob: &'a Bob,
    pub(super) image: &'a Image,
    pub(super) reporter: &'a Arc<dyn Reporter>,
}

impl Job<'_> {
    /// What the BoB is made of. Its platform matters only where there is one to choose, so it is not asked for otherwise.
    pub(super) async fn shape(&self) -> Result<Shape> {
        Ok(match self.bob.parts.as_slice() {
            parts if self.bob.is_index => Shape::Index(parts.iter().map(|part| part.platform.clone()).collect()),
            [only] if self.request.platforms.is_some() => Shape::Single(self.bob.told(only).await?.platform.clone()),
            _ => Shape::Single(None),
        })
    }

    /// The link that `target` asks for.
    pub(super) fn make(&self, target: Target) -> Result<Link> {
        let linking = Linking {
            origin: &self.request.bob.location,
            artifact_type: self.request.artifact_type.as_deref(),
            annotations: &self.request.annotations,
        };
        let bob = match target.which {
            Which::Top => &self.bob.top,
            Which::Child(position) => &self.bob.parts[position].raw,
        };
        let manifest = linking.link(bob, &target.subject).map_err(LinkError::from)?;
        let entry = manifest.as_referrer(&manifest.document()?);
        Ok(Link { target, manifest, entry, known: Referrers::default(), settled: None })
    }

    /// What there is of each link.
    pub(super) async fn standing(&self, links: &[Link]) -> Result<Vec<Standing>> {
        let ask = async |link: &Link| {
            let digest = link.manifest.digest();
            let version = Version::Digest(digest.clone());
            let there = async {
                match self.to.resolve(&version).await {
                    Ok(_) => Ok(true),
                    Err(StoreError::NotFound(_)) => Ok(false),
                    Err(error) => Err(error),
                }
            };
            let (there, known) = tokio::try_join!(there, self.to.referrers(&link.target.subject.digest))?;
            let listed = known.find(digest).map(|entry| entry.by).filter(|_| there);
            Ok::<_, OpError>(Standing { known, listed })
        };
        stream::iter(links).map(ask).buffered(LINKS_AT_ONCE).try_collect().await
    }

    /// Hold what each link says against the image.
    pub(super) async fn check(&self, links: &[Link]) -> Result<()> {
        let check = Check {
            to: self.to,
            image: self.image,
            bob: self.request.bob.at(self.bob.top.digest()),
            allow_mismatch: self.request.allow_mismatch,
            reporter: self.reporter,
        };
        let (told, facts) = tokio::try_join!(self.bob.all_told(), check.facts())?;
        let claim = |link: &'_ Link| {
            let profiles = match link.target.which {
                Which::Top => told.iter().flat_map(|told| told.profiles.clone()).collect(),
                Which::Child(position) => told[position].profiles.clone(),
            };
            Claim { profiles, platform: link.target.platform.clone() }
        };
        check.hold(facts, &links.iter().map(claim).collect::<Vec<_>>()).await
    }

    /// Write the links that are not settled, and tell what became of each. A registry that claims not to know a blob gets
    /// all of them once more (HTTP-56).
    pub(super) async fn publish(&self, carrier: &Carrier<'_>, links: &[Link]) -> Result<Vec<Outcome>> {
        match self.write(links).await {
            Err(OpError::Store(error)) if lacks_content(&error) => {
                self.reporter.report(Event::Detail(&format!("every blob is sent again: {error}")));
                carrier.send_all_again().await?;
                self.write(links).await
            }
            result => result,
        }
    }

    /// The children of an index come before it, as they are. In a layout one comes after the other, so that its
    /// `index.json` does not depend on which is quicker.
    async fn write(&self, links: &[Link]) -> Result<Vec<Outcome>> {
        let at_once = match self.to.location() {
            Location::Registry(_) => LINKS_AT_ONCE,
            Location::Layout(_) => 1,
        };
        if self.bob.is_index && links.iter().any(|link| link.target.which == Which::Top && link.settled.is_none()) {
            let children = self.bob.parts.iter().map(|part| self.to.write_manifest(&part.raw, None));
            stream::iter(children).buffered(at_once).try_for_each(async |_| Ok(())).await?;
        }
        let write = async |link: &Link| {
            if let Some(by) = link.settled {
                return Ok(Outcome::Settled(by));
            }
            let start = Instant::now();
            let taken = self.to.write_manifest(&link.manifest, None).await?;
            Ok::<_, OpError>(Outcome::Written(Written { taken, took: start.elapsed() }))
        };
        stream::iter(links).map(write).buffered(at_once).try_collect().await
    }

    /// Prove of each link that it is listed.
    pub(super) async fn prove(&self, links: &[Link], outcomes: &[Outcome]) -> Result<Vec<LinkedPlatform>> {
        let prove = async |(link, outcome): (&Link, &Outcome)| {
            let listed = match *outcome {
                Outcome::Settled(by) => by,
                Outcome::Written(written) => {
                    self.proof(link).listed(written).await.map_err(|source| self.unlisted(link, source))?
                }
            };
            Ok::<_, OpError>(self.done(link, listed))
        };
        stream::iter(links.iter().zip(outcomes)).map(prove).buffered(LINKS_AT_ONCE).try_collect().await
    }

    fn proof<'l>(&'l self, link: &'l Link) -> Proof<'l> {
        let Link { manifest, entry, known, .. } = link;
        Proof { store: self.to, link: manifest, entry, subject: &link.target.subject.digest, known }
    }

    /// The link was pushed and is not listed. Linking it once more as it is, by its digest, mends that; the children of
    /// an index would then come from elsewhere, so there it is the whole command.
    fn unlisted(&self, link: &Link, source: Option<StoreError>) -> LinkError {
        let (at, subject) = (self.at(link.manifest.digest()), link.target.subject.digest.clone());
        let mend = (!self.bob.is_index || link.target.which != Which::Top).then(|| {
            let allow = if self.request.allow_mismatch { " --allow-mismatch" } else { "" };
            format!("bobctl link artifact {at} {}{allow}", self.at(&subject))
        });
        LinkError::Unlisted { link: at, subject, mend, source }
    }

    fn at(&self, digest: &Digest) -> String {
        self.request.image.at(digest)
    }

    fn done(&self, link: &Link, listed: ListedBy) -> LinkedPlatform {
        LinkedPlatform {
            platform: link.target.platform.as_ref().map(ToString::to_string).unwrap_or_default(),
            reference: self.at(link.manifest.digest()),
            digest: link.manifest.digest().clone(),
            subject: link.target.subject.digest.clone(),
            listed,
            unchanged: link.settled.is_some(),
        }
    }
}
