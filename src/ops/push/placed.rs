//! What a store has got by now, on its way to the next.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;

use super::piece::Made;
use crate::oci::{Descriptor, Location, Repository};
use crate::ops::transfer::Blob;
use crate::store::BlobSource;
use crate::store::blob::SourceStream;

/// The blobs of what was made, which are at `origin` when they are carried further.
pub(super) fn blobs(made: &Made, origin: &Location) -> Vec<Blob> {
    let mut seen = BTreeSet::new();
    let blobs = made.pieces().flat_map(|piece| &piece.blobs);
    let once = blobs.filter(|blob| seen.insert(&blob.descriptor.digest));
    let placed = |blob: &Blob| {
        let source = Placed { source: Arc::clone(&blob.source), origin: origin.clone() };
        Blob { descriptor: blob.descriptor.clone(), source: Arc::new(source) }
    };
    once.map(placed).collect()
}

/// Local content that a store has got by now: a registry takes it over from there, and it is sent from here otherwise.
struct Placed {
    source: Arc<dyn BlobSource>,
    origin: Location,
}

#[async_trait]
impl BlobSource for Placed {
    fn known(&self) -> Option<Descriptor> {
        self.source.known()
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        self.source.complete().await
    }

    fn origin(&self) -> Option<&Repository> {
        match &self.origin {
            Location::Registry(repository) => Some(repository),
            Location::Layout(_) => None,
        }
    }

    fn open(&self) -> SourceStream {
        self.source.open()
    }
}
