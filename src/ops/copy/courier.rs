//! The way of a copy: what is listed before what lists it, subjects before what refers to them, and the tag last, so that
//! no reader ever finds half of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::attachments::{self, Attachment};
use super::freight::{BlobCount, Freight, ManifestCount};
use super::load::{Load, Reading};
use super::survey::Survey;
use super::{CopyError, MAX_MANIFESTS};
use crate::oci::{Digest, RawManifest, Tag, media_type};
use crate::ops::report::Event;
use crate::ops::transfer::{Blob, Carrier, Manifests, Round, Written};
use crate::ops::tree::MAX_DEPTH;
use crate::ops::{OpError, Result};
use crate::store::{Store, StoreError};

/// Carries manifests with all that they need from one store to another.
pub(super) struct Courier<'a> {
    from: &'a Arc<dyn Store>,
    carrier: Carrier<'a>,
    /// Manifests that were looked at.
    seen: BTreeSet<Digest>,
    /// Blobs that have arrived.
    arrived: BTreeSet<Digest>,
    pub(super) tally: Tally,
}

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) manifests: ManifestCount,
    pub(super) blobs: BlobCount,
    /// Manifests that are attached to another one of the copy.
    pub(super) attached: usize,
    /// Tags that were written.
    pub(super) tags: usize,
}

impl<'a> Courier<'a> {
    pub(super) fn new(from: &'a Arc<dyn Store>, carrier: Carrier<'a>) -> Self {
        Self { from, carrier, seen: BTreeSet::new(), arrived: BTreeSet::new(), tally: Tally::default() }
    }

    /// Bring `top`, with what is attached to it and to what it lists when `recursive`, and let `tag` name it. `there`
    /// says whether that needs no writing: the tag names it, or without a tag it is there.
    pub(super) async fn bring(
        &mut self,
        top: &RawManifest,
        tag: Option<&Tag>,
        there: bool,
        recursive: bool,
    ) -> Result<()> {
        let load = self.load(vec![top.clone()]).await?;
        let digests = load.manifests().map(|manifest| manifest.digest().clone()).collect::<Vec<_>>();
        let survey = Survey::of(&self.carrier, &load, Some((top.digest(), there)));
        let (survey, attached) = tokio::try_join!(survey, self.attached(&digests, recursive))?;
        let tag = tag.filter(|_| !there);
        if attached.is_empty() {
            self.ship(&load, &survey, tag).await?;
        } else {
            self.ship(&load, &survey, None).await?;
            self.bring_attached(attached).await?;
            if let Some(tag) = tag {
                self.carrier.write(top, &[tag]).await?;
            }
        }
        self.tally.tags += usize::from(tag.is_some());
        Ok(())
    }

    /// Let `tag` name `top`, which is there, unless it does.
    pub(super) async fn tag(&mut self, top: &RawManifest, tag: Option<&Tag>, there: bool) -> Result<()> {
        let missing = tag.filter(|_| !there);
        if let Some(tag) = missing {
            self.carrier.write(top, &[tag]).await?;
            self.tally.tags += 1;
        }
        self.tally.manifests.present += 1;
        Ok(())
    }

    /// Bring what is attached, what is attached to that, and so on.
    async fn bring_attached(&mut self, mut found: Vec<Attachment>) -> Result<()> {
        let mut depth = 0;
        while !found.is_empty() {
            depth += 1;
            if depth > MAX_DEPTH {
                return Err(bound(format!("referrers are more than {MAX_DEPTH} levels deep")));
            }
            let (from, to) = (self.from.as_ref(), self.carrier.store);
            let attached = attachments::fetch(from, found, self.carrier.reporter.as_ref()).await?;
            let tags = attachments::outdated(to, &attached).await?;
            let mut new = BTreeSet::new();
            let fresh = attached.iter().map(|(raw, _)| raw).filter(|raw| !self.seen.contains(raw.digest()));
            let fresh: Vec<RawManifest> = fresh.filter(|raw| new.insert(raw.digest())).cloned().collect();
            self.tally.attached += fresh.len();
            let load = self.load(fresh).await?;
            let digests: Vec<Digest> = load.manifests().map(|manifest| manifest.digest().clone()).collect();
            let survey = Survey::of(&self.carrier, &load, None);
            let (survey, next) = tokio::try_join!(survey, self.attached(&digests, true))?;
            self.ship(&load, &survey, None).await?;
            for (manifest, tag) in &tags {
                self.carrier.write(manifest, &[tag]).await?;
            }
            self.tally.tags += tags.len();
            found = next;
        }
        Ok(())
    }

    /// `roots` with what they list. Blobs that have arrived are not asked for again.
    async fn load(&mut self, roots: Vec<RawManifest>) -> Result<Load> {
        let reading = Reading { from: self.from.as_ref(), reporter: self.carrier.reporter.as_ref() };
        let mut load = reading.load(roots).await?;
        load.levels.iter_mut().for_each(|level| level.retain(|manifest| !self.seen.contains(manifest.digest())));
        load.blobs.retain(|blob| !self.arrived.contains(&blob.digest));
        self.seen.extend(load.manifests().map(|manifest| manifest.digest().clone()));
        if self.seen.len() > MAX_MANIFESTS {
            return Err(bound(format!("more than {MAX_MANIFESTS} manifests belong together")));
        }
        Ok(load)
    }

    async fn attached(&self, subjects: &[Digest], recursive: bool) -> Result<Vec<Attachment>> {
        if recursive { attachments::find(self.from.as_ref(), subjects).await } else { Ok(Vec::new()) }
    }

    /// Bring what is missing of `load`: the blobs, then level by level the manifests, the last of them under `tag`; and
    /// prove that what refers to something is listed.
    async fn ship(&mut self, load: &Load, survey: &Survey, tag: Option<&Tag>) -> Result<()> {
        let freight: Vec<Freight> = load.blobs.iter().map(|blob| Freight::new(self.from, blob)).collect();
        let (missing, present): (Vec<&Freight>, Vec<&Freight>) =
            freight.iter().partition(|freight| survey.blobs.contains(&freight.blob.descriptor.digest));
        self.carrier.send(&missing.iter().map(|freight| &freight.blob).collect::<Vec<_>>()).await?;
        let all: Vec<&Blob> = freight.iter().map(|freight| &freight.blob).collect();
        let write = async |round| self.write(load, survey, tag, round).await;
        let written = self.carrier.publish(&all, write).await?;
        survey.prove(&self.carrier, &written).await?;

        self.arrived.extend(load.blobs.iter().map(|blob| blob.digest.clone()));
        let to = self.carrier.store.location();
        let mounted = missing.iter().filter(|freight| freight.was_mounted(to)).count();
        let Tally { manifests, blobs, .. } = &mut self.tally;
        blobs.mounted += mounted;
        blobs.sent += missing.len() - mounted;
        blobs.present += present.len();
        manifests.sent += written.len();
        manifests.present += load.manifests().count() - written.len();
        Ok(())
    }

    async fn write(&self, load: &Load, survey: &Survey, tag: Option<&Tag>, round: Round) -> Result<Manifests> {
        let mut written = Manifests::new();
        for (position, level) in load.levels.iter().enumerate() {
            let tag = tag.filter(|_| position + 1 == load.levels.len());
            let wanted = |manifest: &&RawManifest| {
                tag.is_some() || round == Round::Again || survey.manifests.contains(manifest.digest())
            };
            let writes: Vec<_> = level.iter().filter(wanted).map(|manifest| self.write_one(manifest, tag)).collect();
            let writes = stream::iter(writes).buffer_unordered(self.carrier.manifests_at_once());
            written.extend(writes.try_collect::<Manifests>().await?);
        }
        Ok(written)
    }

    async fn write_one(&self, manifest: &RawManifest, tag: Option<&Tag>) -> Result<(Digest, Written)> {
        let tags: Vec<&Tag> = tag.into_iter().collect();
        let written = self.carrier.write(manifest, &tags).await.map_err(|error| self.refused(manifest, error))?;
        let text = format!("manifest {} of type {} is written", manifest.digest(), manifest.media_type());
        self.carrier.reporter.report(Event::Detail(&text));
        Ok(written)
    }

    /// A type that not every registry takes is named, where one does not.
    fn refused(&self, manifest: &RawManifest, error: OpError) -> OpError {
        match error {
            OpError::Store(source)
                if source.fault().answer().is_some_and(|answer| (400..500).contains(&answer.status))
                    && !matches!(source, StoreError::Denied(_))
                    && !media_type::is_common(manifest.media_type()) =>
            {
                let (digest, media_type) = (manifest.digest().clone(), manifest.media_type().to_owned());
                CopyError::Type { digest, media_type, to: self.carrier.store.location().to_string(), source }.into()
            }
            other => other,
        }
    }
}

fn bound(message: String) -> OpError {
    CopyError::Bound(message).into()
}
