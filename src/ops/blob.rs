//! A blob on its way to a store: what it is, and where its bytes come from.

use std::sync::Arc;

use crate::oci::Descriptor;
use crate::store::BlobSource;

/// A blob that is to be written somewhere.
pub(super) struct Blob {
    pub(super) descriptor: Descriptor,
    pub(super) source: Arc<dyn BlobSource>,
}
