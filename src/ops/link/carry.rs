//! Blobs on their way to the image's repository: only those that are not there, each once.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::super::Result;
use super::super::counted::Counted;
use super::super::report::{Event, Reporter, Step};
use crate::oci::Descriptor;
use crate::store::{BlobSource, Sent, Store, StoredBlob};

/// How many blobs are asked for at the same time.
const QUESTIONS_AT_ONCE: usize = 16;

/// A blob, and where its bytes come from.
pub(in crate::ops) struct Parcel {
    pub(in crate::ops) blob: Descriptor,
    pub(in crate::ops) source: Arc<dyn BlobSource>,
}

/// What is to be carried, and to where.
pub(in crate::ops) struct Carrier<'a> {
    pub(in crate::ops) to: &'a dyn Store,
    /// How many blobs are sent at the same time.
    pub(in crate::ops) at_once: usize,
    pub(in crate::ops) reporter: &'a Arc<dyn Reporter>,
    pub(in crate::ops) parcels: &'a [Parcel],
}

/// `blobs` of `from`, each once.
pub(in crate::ops) fn parcels<'a>(from: &Arc<dyn Store>, blobs: impl Iterator<Item = &'a Descriptor>) -> Vec<Parcel> {
    let mut seen = BTreeSet::new();
    let once = blobs.filter(|blob| seen.insert(&blob.digest));
    let parcel = |blob: &Descriptor| {
        let source = StoredBlob::new(Arc::clone(from), blob.clone());
        Parcel { blob: blob.clone(), source: Arc::new(source) }
    };
    once.map(parcel).collect()
}

impl Carrier<'_> {
    /// The parcels that are not there yet.
    pub(in crate::ops) async fn missing(&self) -> Result<Vec<&Parcel>> {
        let answers = stream::iter(self.parcels).map(|parcel| self.to.has_blob(&parcel.blob));
        let there: Vec<bool> = answers.buffered(QUESTIONS_AT_ONCE).try_collect().await?;
        Ok(self.parcels.iter().zip(there).filter_map(|(parcel, there)| (!there).then_some(parcel)).collect())
    }

    /// Send `parcels`; inside one registry nothing need be sent.
    pub(in crate::ops) async fn send(&self, parcels: &[&Parcel]) -> Result<()> {
        self.each(parcels, async |parcel| self.write(parcel.source.as_ref()).await).await
    }

    /// Send everything, whatever the store said of it before, and take nothing for there already (HTTP-56).
    pub(in crate::ops) async fn send_all_again(&self) -> Result<()> {
        let all: Vec<&Parcel> = self.parcels.iter().collect();
        self.each(&all, async |parcel| self.write(&Sent(parcel.source.as_ref())).await).await
    }

    async fn each(&self, parcels: &[&Parcel], write: impl AsyncFn(&Parcel) -> Result<()>) -> Result<()> {
        if parcels.is_empty() {
            return Ok(());
        }
        let total = parcels.iter().map(|parcel| parcel.blob.size).sum();
        self.reporter.report(Event::Begin(Step::Upload, Some(total)));
        let sent = stream::iter(parcels).map(|parcel| write(parcel)).buffer_unordered(self.at_once.max(1));
        sent.try_for_each(async |()| Ok(())).await?;
        self.reporter.report(Event::End(Step::Upload));
        Ok(())
    }

    async fn write(&self, source: &dyn BlobSource) -> Result<()> {
        Ok(self.to.write_blob(&Counted::new(source, self.reporter, Step::Upload)).await?)
    }
}
