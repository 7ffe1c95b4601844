//! The steps of one `link`, over all the links that it makes.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::super::report::Reporter;
use super::super::transfer::{Carrier, Manifests, Proof, Written};
use super::super::{OpError, Result};
use super::bob::Bob;
use super::check::{Check, Claim};
use super::image::Image;
use super::plan::{Target, Which};
use super::{LinkError, LinkRequest, LinkedPlatform};
use crate::artifact::linked::Linking;
use crate::oci::{Descriptor, Digest, RawManifest, Version};
use crate::store::{ListedBy, Referrers, Store, StoreError};

/// How many manifests are written or looked for at the same time.
const LINKS_AT_ONCE: usize = 8;

/// A manifest that refers to the image or to a child of it.
pub(super) struct Link {
    target: Target,
    pub(super) manifest: RawManifest,
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

/// What all steps look at.
pub(in crate::ops) struct Job {
    /// The image's repository.
    pub(in crate::ops) to: Arc<dyn Store>,
    pub(in crate::ops) request: LinkRequest,
    pub(in crate::ops) bob: Bob,
    pub(in crate::ops) image: Image,
    /// Whether links of their own say where the BoB is; files that are pushed as they are make none.
    pub(in crate::ops) is_bob: bool,
    /// Whether linking a link once more is all that has to be done for it when it was not listed.
    pub(in crate::ops) mends_itself: bool,
    pub(in crate::ops) reporter: Arc<dyn Reporter>,
}

impl Job {
    /// The link that `target` asks for.
    pub(super) fn make(&self, target: Target) -> Result<Link> {
        let linking = Linking {
            origin: self.is_bob.then_some(&self.request.bob.location),
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
                    Err(error) if error.is_forbidden() => Ok(false),
                    // Docker's fails at what somebody else is just writing; writing it tells what is wrong, if anything.
                    Err(error) if error.fault().answer().is_some_and(|answer| answer.status == 500) => Ok(false),
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
            to: self.to.as_ref(),
            image: &self.image,
            bob: self.request.bob.at(self.bob.top.digest()),
            allow_mismatch: self.request.allow_mismatch,
            reporter: &self.reporter,
        };
        let (parts, image) = tokio::try_join!(self.bob.all_facts(), check.facts())?;
        let claim = |link: &'_ Link| {
            let profiles = match link.target.which {
                Which::Top => parts.iter().flat_map(|facts| facts.profiles.clone()).collect(),
                Which::Child(position) => parts[position].profiles.clone(),
            };
            Claim { profiles, platform: link.target.platform.clone() }
        };
        check.hold(image, &links.iter().map(claim).collect::<Vec<_>>()).await
    }

    /// Write the links that are neither settled nor among those `written` already. The children of an index come before
    /// it, those that are links themselves and those that stay as they are.
    pub(super) async fn write(&self, carrier: &Carrier<'_>, links: &[Link], written: &Manifests) -> Result<Manifests> {
        let done = |link: &Link| link.settled.is_some() || written.contains_key(link.manifest.digest());
        let (tops, children): (Vec<&Link>, Vec<&Link>) =
            links.iter().filter(|link| !done(link)).partition(|link| link.target.which == Which::Top);
        let mut before: Vec<&RawManifest> = children.iter().map(|link| &link.manifest).collect();
        if self.bob.is_index && !tops.is_empty() {
            let links: BTreeSet<&Digest> = links.iter().map(|link| link.manifest.digest()).collect();
            before.extend(self.bob.parts.iter().map(|part| &part.raw).filter(|raw| !links.contains(raw.digest())));
        }
        let mut written = carrier.write_all(before).await?;
        written.extend(carrier.write_all(tops.iter().map(|link| &link.manifest)).await?);
        Ok(written)
    }

    /// Prove of each link that it is listed.
    pub(super) async fn prove(&self, links: &[Link], written: &Manifests) -> Result<Vec<LinkedPlatform>> {
        let prove = async |link: &Link| {
            let written = written.get(link.manifest.digest()).copied().unwrap_or(Written::UNSAID);
            let listed = match link.settled {
                Some(by) => by,
                None => self.proof(link).listed(written).await.map_err(|source| self.unlisted(link, source))?,
            };
            Ok::<_, OpError>(self.done(link, listed))
        };
        stream::iter(links).map(prove).buffered(LINKS_AT_ONCE).try_collect().await
    }

    fn proof<'l>(&'l self, link: &'l Link) -> Proof<'l> {
        let Link { manifest, entry, known, .. } = link;
        Proof { store: self.to.as_ref(), link: manifest, entry, subject: &link.target.subject.digest, known }
    }

    /// The link was pushed and is not listed. Linking it once more as it is, by its digest, mends that; the children of
    /// an index would then come from elsewhere, so there it is the whole command.
    fn unlisted(&self, link: &Link, source: Option<StoreError>) -> LinkError {
        let (at, subject) = (self.at(link.manifest.digest()), link.target.subject.digest.clone());
        let alone = self.mends_itself && (!self.bob.is_index || link.target.which != Which::Top);
        let mend = alone.then(|| {
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
