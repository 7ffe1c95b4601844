//! Blobs on their way to the image's repository: only those that are not there, each once.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::super::Result;
use super::super::blob::Blob;
use super::super::counted::Counted;
use super::super::report::{Event, Reporter, Step};
use crate::oci::Descriptor;
use crate::store::{BlobSource, Sent, Store, StoredBlob};

/// How many blobs are asked for at the same time.
const QUESTIONS_AT_ONCE: usize = 16;

/// Which blobs are needed where.
pub(super) struct Transfer<'a> {
    pub(super) to: &'a dyn Store,
    /// How many blobs are sent at the same time.
    pub(super) at_once: usize,
    pub(super) reporter: &'a Arc<dyn Reporter>,
    pub(super) blobs: &'a [Blob],
}

/// `blobs` of `from`, each once.
pub(in crate::ops) fn stored_blobs<'a>(
    from: &Arc<dyn Store>,
    blobs: impl Iterator<Item = &'a Descriptor>,
) -> Vec<Blob> {
    let mut seen = BTreeSet::new();
    let once = blobs.filter(|blob| seen.insert(&blob.digest));
    let sourced = |blob: &Descriptor| {
        let source = StoredBlob::new(Arc::clone(from), blob.clone());
        Blob { descriptor: blob.clone(), source: Arc::new(source) }
    };
    once.map(sourced).collect()
}

impl Transfer<'_> {
    /// The blobs that are not there yet.
    pub(super) async fn missing(&self) -> Result<Vec<&Blob>> {
        let answers = stream::iter(self.blobs).map(|blob| self.to.has_blob(&blob.descriptor));
        let there: Vec<bool> = answers.buffered(QUESTIONS_AT_ONCE).try_collect().await?;
        Ok(self.blobs.iter().zip(there).filter_map(|(blob, there)| (!there).then_some(blob)).collect())
    }

    /// Send `blobs`; inside one registry nothing need be sent.
    pub(super) async fn send(&self, blobs: &[&Blob]) -> Result<()> {
        self.each(blobs, async |blob| self.write(blob.source.as_ref()).await).await
    }

    /// Send everything, whatever the store said of it before, and take nothing for there already (HTTP-56).
    pub(super) async fn send_all_again(&self) -> Result<()> {
        let all: Vec<&Blob> = self.blobs.iter().collect();
        self.each(&all, async |blob| self.write(&Sent(blob.source.as_ref())).await).await
    }

    async fn each(&self, blobs: &[&Blob], write: impl AsyncFn(&Blob) -> Result<()>) -> Result<()> {
        if blobs.is_empty() {
            return Ok(());
        }
        let total = blobs.iter().map(|blob| blob.descriptor.size).sum();
        self.reporter.report(Event::Begin(Step::Upload, Some(total)));
        let sent = stream::iter(blobs).map(|blob| write(blob)).buffer_unordered(self.at_once.max(1));
        sent.try_for_each(async |()| Ok(())).await?;
        self.reporter.report(Event::End(Step::Upload));
        Ok(())
    }

    async fn write(&self, source: &dyn BlobSource) -> Result<()> {
        Ok(self.to.write_blob(&Counted::new(source, self.reporter, Step::Upload)).await?)
    }
}
