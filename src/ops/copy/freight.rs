//! Blobs on their way, and whether their bytes had to travel.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde::Serialize;

use crate::oci::{Descriptor, Location, Repository};
use crate::ops::transfer::Blob;
use crate::store::blob::SourceStream;
use crate::store::{BlobSource, Store, StoredBlob};

/// What became of manifests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ManifestCount {
    /// Written.
    pub sent: usize,
    /// There already.
    pub present: usize,
}

/// What became of blobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BlobCount {
    /// Taken over by the registry from another repository of its own.
    pub mounted: usize,
    /// Sent.
    pub sent: usize,
    /// There already.
    pub present: usize,
}

/// A blob that is carried.
pub(super) struct Freight {
    pub(super) blob: Blob,
    watched: Arc<Watched>,
}

/// Takes note of its being read.
struct Watched {
    source: StoredBlob,
    read: AtomicBool,
}

impl Freight {
    /// `blob`, which is in `from`.
    pub(super) fn new(from: &Arc<dyn Store>, blob: &Descriptor) -> Self {
        let source = StoredBlob::new(Arc::clone(from), blob.clone());
        let watched = Arc::new(Watched { source, read: AtomicBool::new(false) });
        let source: Arc<dyn BlobSource> = Arc::<Watched>::clone(&watched);
        Self { blob: Blob { descriptor: blob.clone(), source }, watched }
    }

    /// Once it has arrived at `to`: whether it came without being read.
    pub(super) fn was_mounted(&self, to: &Location) -> bool {
        let mountable = match (to, self.watched.origin()) {
            (Location::Registry(to), Some(from)) => to.host() == from.host(),
            _ => false,
        };
        mountable && !self.watched.read.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl BlobSource for Watched {
    fn known(&self) -> Option<Descriptor> {
        self.source.known()
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        self.source.complete().await
    }

    fn origin(&self) -> Option<&Repository> {
        self.source.origin()
    }

    fn open(&self) -> SourceStream {
        self.read.store(true, Ordering::Relaxed);
        self.source.open()
    }
}
