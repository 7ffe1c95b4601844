//! Taking away what a store keeps: a trait of its own, since most of what works on stores never does it.

use async_trait::async_trait;

use super::{Result, Store};
use crate::oci::{Digest, Tag};

/// A store that also gives up what it keeps. Blobs are not its business: whoever collects garbage there finds them.
///
/// What is not there is [`StoreError::NotFound`](super::StoreError::NotFound).
#[async_trait]
pub trait Delete: Store {
    /// Take `tag` away. The manifest stays, and so do its other tags (HTTP-90).
    async fn untag(&self, tag: &Tag) -> Result<()>;

    /// Delete a manifest, with all tags that name it (HTTP-91).
    ///
    /// `subject` is what it refers to: the list of referrers under that one's referrers tag loses the entry first, and no
    /// other (HTTP-92). A list that becomes empty stays.
    async fn delete_manifest(&self, digest: &Digest, subject: Option<&Digest>) -> Result<()>;
}
