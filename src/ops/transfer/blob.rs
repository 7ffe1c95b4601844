//! A blob on its way to a store: what it is, and where its bytes come from.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::oci::Descriptor;
use crate::store::{BlobSource, Store, StoredBlob};

/// A blob that is to be written somewhere.
pub(in crate::ops) struct Blob {
    pub(in crate::ops) descriptor: Descriptor,
    pub(in crate::ops) source: Arc<dyn BlobSource>,
}

/// `blobs` of `from`, each once.
pub(in crate::ops) fn stored_blobs<'a>(
    from: &Arc<dyn Store>,
    blobs: impl IntoIterator<Item = &'a Descriptor>,
) -> Vec<Blob> {
    let mut seen = BTreeSet::new();
    let once = blobs.into_iter().filter(|blob| seen.insert(&blob.digest));
    let sourced = |blob: &Descriptor| {
        let source = StoredBlob::new(Arc::clone(from), blob.clone());
        Blob { descriptor: blob.clone(), source: Arc::new(source) }
    };
    once.map(sourced).collect()
}
