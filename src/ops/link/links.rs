//! All links of one BoB to an image, from the first question to the proof.

use std::collections::BTreeSet;

use super::super::Result;
use super::super::report::Event;
use super::super::transfer::{Blob, Carrier, Manifests};
use super::bob::Bob;
use super::job::{Job, Link, Standing};
use super::plan::{Platforms, Target};
use super::{Linked, LinkedPlatform};
use crate::oci::{Descriptor, Digest};

/// Links that are to be made.
pub(in crate::ops) struct Links {
    job: Job,
    targets: Vec<Target>,
    all: Vec<Link>,
    blobs: Vec<Blob>,
    /// The blobs that the image's repository lacks.
    missing: BTreeSet<Digest>,
    /// The manifests that it has got by now.
    written: Manifests,
}

/// What there is of the links already.
pub(in crate::ops) struct Survey {
    /// The blobs that are not there.
    pub(in crate::ops) missing: BTreeSet<Digest>,
    standing: Vec<Standing>,
}

impl Links {
    /// The links that `targets` ask for, with `blobs` that they need. Nothing is asked yet.
    pub(in crate::ops) fn new(job: Job, targets: Vec<Target>, blobs: Vec<Blob>) -> Result<Self> {
        let all = targets.iter().map(|target| job.make(target.clone())).collect::<Result<_>>()?;
        Ok(Self { job, targets, all, blobs, missing: BTreeSet::new(), written: Manifests::new() })
    }

    /// The same links of another BoB of the same shape.
    pub(in crate::ops) fn of(self, bob: Bob, blobs: Vec<Blob>) -> Result<Self> {
        Self::new(Job { bob, ..self.job }, self.targets, blobs)
    }

    /// The digest of the BoB that the links are made of.
    pub(in crate::ops) fn bob(&self) -> &Digest {
        self.job.bob.top.digest()
    }

    /// Hold the BoB against the image.
    pub(in crate::ops) async fn check(&self) -> Result<()> {
        self.job.check(&self.all).await
    }

    /// Ask what there is already.
    pub(in crate::ops) async fn look(&self) -> Result<Survey> {
        let (carrier, blobs) = (self.carrier(), self.blobs.iter().map(|blob| &blob.descriptor));
        let (missing, standing) = tokio::try_join!(carrier.missing(blobs), self.job.standing(&self.all))?;
        Ok(Survey { missing, standing })
    }

    /// Leave alone what is listed. A link that has lost a blob is none.
    pub(in crate::ops) fn settle(&mut self, survey: Survey) {
        for (link, standing) in self.all.iter_mut().zip(survey.standing) {
            link.settled = standing.listed.filter(|_| survey.missing.is_empty());
            link.known = standing.known;
        }
        self.missing = survey.missing;
    }

    /// These manifests are in the image's repository by now: what is among them is not written again.
    pub(in crate::ops) fn have(&mut self, written: Manifests) {
        self.written.extend(written);
    }

    /// Carry the blobs, write the links, and prove that they are listed.
    pub(in crate::ops) async fn complete(mut self) -> Result<Linked> {
        let carrier = self.carrier();
        let missing = self.blobs.iter().filter(|blob| self.missing.contains(&blob.descriptor.digest));
        carrier.send(&missing.collect::<Vec<_>>()).await?;
        let blobs: Vec<&Blob> = self.blobs.iter().collect();
        let write = async |_| self.job.write(&carrier, &self.all, &self.written).await;
        let written = carrier.publish(&blobs, write).await?;
        self.have(written);
        let links = self.job.prove(&self.all, &self.written).await?;
        let left_out = self.left_out();
        if !left_out.is_empty() {
            let note = format!("the BoB is not for these platforms of the image: {}", left_out.join(", "));
            self.job.reporter.report(Event::Note(&note));
        }
        Ok(Linked::of(links))
    }

    /// The platforms of the image that got no link, where all were to get one.
    fn left_out(&self) -> Vec<String> {
        let Job { request, bob, image, .. } = &self.job;
        let all_wanted = match request.platforms {
            Some(Platforms::All) => true,
            Some(Platforms::These(_)) => false,
            None => bob.is_index,
        };
        let children = image.children().filter(|_| all_wanted).unwrap_or_default().into_iter();
        let linked = |entry: &Descriptor| self.targets.iter().any(|target| target.subject.digest == entry.digest);
        children.filter(|(_, entry)| !linked(entry)).map(|(platform, _)| platform.to_string()).collect()
    }

    fn carrier(&self) -> Carrier<'_> {
        let Job { to, request, reporter, .. } = &self.job;
        Carrier { store: to.as_ref(), concurrency: request.concurrency, reporter }
    }
}

impl Linked {
    fn of(mut links: Vec<LinkedPlatform>) -> Self {
        let unchanged = links.iter().all(|link| link.unchanged);
        // The first is the link to the image itself.
        let LinkedPlatform { reference, digest, subject, listed, .. } = links.remove(0);
        Self { reference, digest, subject, listed, platforms: links, unchanged }
    }
}
