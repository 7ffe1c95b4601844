//! What a registry says when it refuses a manifest for something that it does not have (HTTP-56).

use crate::store::StoreError;

/// Docker's registry says the last when it finds a blob half-written by another writer: the digest of a manifest that was
/// made here is never wrong.
const LACKING: [&str; 4] = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "DIGEST_INVALID"];

/// Whether the registry refused a manifest for something that it points at.
pub(super) fn lacks_content(error: &StoreError) -> bool {
    let lacking = |code: &str| LACKING.contains(&code);
    error.fault().answer().is_some_and(|answer| answer.status == 404 || answer.code.as_deref().is_some_and(lacking))
}
