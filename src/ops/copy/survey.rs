//! What the destination has of a load, and who is listed there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::CopyError;
use super::load::Load;
use crate::oci::{Descriptor, Digest, Location, RawManifest};
use crate::ops::transfer::{Carrier, Manifests, Proof, Written};
use crate::ops::{OpError, Result};
use crate::store::{Referrers, StoreError, SubjectTaken};

/// How many lists are asked for at the same time.
const LISTS_AT_ONCE: usize = 8;

/// What is to be done for a load.
pub(super) struct Survey {
    /// Blobs that are not there.
    pub(super) blobs: BTreeSet<Digest>,
    /// Manifests that are not there, or not listed.
    pub(super) manifests: BTreeSet<Digest>,
    /// What is to be listed.
    referrers: Vec<Referring>,
}

/// A manifest that refers to another one.
struct Referring {
    manifest: RawManifest,
    /// How a list shows it.
    entry: Descriptor,
    subject: Digest,
    /// What the list was before.
    known: Arc<Referrers>,
}

impl Survey {
    /// Ask for everything in `load` but the manifest `top`, of which the caller knows whether it is there.
    pub(super) async fn of(carrier: &Carrier<'_>, load: &Load, top: Option<(&Digest, bool)>) -> Result<Self> {
        let asked =
            load.manifests().map(RawManifest::digest).filter(|digest| top.is_none_or(|(top, _)| top != *digest));
        let (blobs, mut manifests, mut referrers) =
            tokio::try_join!(carrier.missing(&load.blobs), carrier.missing_manifests(asked), referring(carrier, load))?;
        manifests.extend(top.filter(|(_, there)| !there).map(|(top, _)| top.clone()));
        referrers.retain(|it| manifests.contains(&it.entry.digest) || it.known.find(&it.entry.digest).is_none());
        manifests.extend(referrers.iter().map(|it| it.entry.digest.clone()));
        Ok(Self { blobs, manifests, referrers })
    }

    /// Prove of each manifest that refers to something that it is listed.
    pub(super) async fn prove(&self, carrier: &Carrier<'_>, written: &Manifests) -> Result<()> {
        let mut by_subject: BTreeMap<&Digest, Vec<&Referring>> = BTreeMap::new();
        self.referrers.iter().for_each(|it| by_subject.entry(&it.subject).or_default().push(it));
        let proofs = stream::iter(by_subject).map(|(subject, all)| prove(carrier, subject, all, written));
        proofs.buffer_unordered(LISTS_AT_ONCE).try_for_each(async |()| Ok(())).await
    }
}

/// Prove that `all` are listed as referrers of `subject`: together as far as one look shows them, and then each of the
/// others.
async fn prove(carrier: &Carrier<'_>, subject: &Digest, all: Vec<&Referring>, written: &Manifests) -> Result<()> {
    let how = |it: &Referring| written.get(&it.entry.digest).copied().unwrap_or(Written::UNSAID);
    if let [only] = all.as_slice() {
        return only.prove(carrier, how(only), &only.known).await;
    }
    let said = all.iter().any(|it| how(it).taken == SubjectTaken::Confirmed || it.known.native);
    if !said {
        let entries: Vec<Descriptor> = all.iter().map(|it| it.entry.clone()).collect();
        carrier.store.merge_referrers(subject, &entries).await?;
    }
    let now = carrier.store.referrers(subject).await?;
    let late = all.into_iter().filter(|it| now.find(&it.entry.digest).is_none());
    let proofs = stream::iter(late).map(|it| it.prove(carrier, how(it), &now)).buffer_unordered(LISTS_AT_ONCE);
    proofs.try_for_each(async |()| Ok(())).await
}

impl Referring {
    async fn prove(&self, carrier: &Carrier<'_>, written: Written, known: &Referrers) -> Result<()> {
        let Self { manifest, entry, subject, .. } = self;
        let proof = Proof { store: carrier.store, link: manifest, entry, subject, known };
        proof.listed(written).await.map(drop).map_err(|source| {
            let (referrer, to) = (entry.digest.clone(), carrier.store.location().to_string());
            CopyError::Unlisted { referrer, subject: subject.clone(), to, source }.into()
        })
    }
}

/// The manifests of `load` that refer to something, with what is listed there now.
async fn referring(carrier: &Carrier<'_>, load: &Load) -> Result<Vec<Referring>> {
    let with_subject = |manifest: &RawManifest| {
        let document = manifest.document().ok()?;
        let subject = document.subject()?.digest.clone();
        Some((manifest.clone(), manifest.as_referrer(&document), subject))
    };
    let referring: Vec<_> = load.manifests().filter_map(with_subject).collect();
    let subjects: BTreeSet<Digest> = referring.iter().map(|(_, _, subject)| subject.clone()).collect();
    let list = async |subject: Digest| {
        let known = match carrier.store.referrers(&subject).await {
            Ok(known) => known,
            // A layout that is still to be made lists nothing, and will.
            Err(StoreError::NotFound(_)) => {
                let native = matches!(carrier.store.location(), Location::Layout(_));
                Referrers { entries: Vec::new(), native }
            }
            Err(error) => return Err(error.into()),
        };
        Ok::<_, OpError>((subject, Arc::new(known)))
    };
    let lists = stream::iter(subjects).map(list).buffer_unordered(LISTS_AT_ONCE);
    let lists: BTreeMap<Digest, Arc<Referrers>> = lists.try_collect().await?;
    let listed = |(manifest, entry, subject): (RawManifest, Descriptor, Digest)| {
        let known = lists.get(&subject).cloned().unwrap_or_default();
        Referring { manifest, entry, subject, known }
    };
    Ok(referring.into_iter().map(listed).collect())
}
