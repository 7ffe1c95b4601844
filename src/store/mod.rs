//! Stores: where manifests and blobs are kept.
//!
//! One small object-safe trait, [`Store`], bound to one repository or one layout folder, and its two implementers:
//! [`layout`], an OCI image layout folder, and [`registry`], the distribution specification over HTTP. The trait's own
//! methods check digest and size, so that no implementer can forget it. A store does not know what a BoB is.

pub mod blob;
pub mod delete;
pub mod error;
pub mod jitter;
pub mod layout;
mod pump;
pub mod referrers;
pub mod registry;
pub mod retry;
pub mod spool;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;

pub use blob::{BlobSource, BlobStream, BytesSource, Sent, StoredBlob};
pub use delete::Delete;
pub use error::{Answer, Fault, Passing, StoreError};
pub use referrers::{ListedBy, Referrer, Referrers};
pub use spool::{Spool, SpoolWriter, spool};

use crate::oci::{Descriptor, Digest, Location, RawManifest, Tag, Version};

/// What a store answers.
pub type Result<T> = std::result::Result<T, StoreError>;

/// How the store took a manifest's `subject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectTaken {
    /// The manifest has no subject.
    None,
    /// The registry confirmed it (`OCI-Subject`), or the layout lists it.
    Confirmed,
    /// Nothing was said: the caller has to look whether the referrer is listed.
    Unconfirmed,
}

/// A manifest as an implementer fetched it: nothing is checked yet.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// What the store says the media type is; empty when it says nothing.
    pub media_type: String,
    /// What the store says the digest is (`Docker-Content-Digest`).
    pub digest: Option<Digest>,
    /// The body, bounded by [`MAX_MANIFEST`].
    pub bytes: Bytes,
}

/// One page of tags, in the order the store gave them.
#[derive(Debug, Clone, Default)]
pub struct TagPage {
    /// The tags of this page; what is no valid tag is left out by the implementer.
    pub tags: Vec<Tag>,
    /// Where the next page is; `None` on the last.
    pub next: Option<Cursor>,
}

/// Where the next page of a listing is. Only the store that made it can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) String);

/// The largest manifest or index that is read, in bytes (HTTP-6).
pub const MAX_MANIFEST: usize = 8 << 20;
/// The largest manifest or index that is written, in bytes (HTTP-6): what every registry takes.
pub const MAX_PUSHED_MANIFEST: usize = 4 << 20;

/// A place that keeps manifests and blobs by digest, and names manifests by tag.
///
/// Missing things are [`StoreError::NotFound`]. Writing what is already there is no error and changes nothing. A blob or
/// a manifest is visible whole or not at all; a tag is written last.
#[async_trait]
pub trait Store: Send + Sync {
    /// Where this store is.
    fn location(&self) -> &Location;

    /// Media type, digest and size of a manifest, without its body where the store can do that (HTTP-10).
    async fn resolve(&self, version: &Version) -> Result<Descriptor>;

    /// A manifest's body, unchecked. Callers want [`Store::manifest`].
    async fn fetch_manifest(&self, version: &Version) -> Result<Fetched>;

    /// A blob's bytes, unchecked. Callers want [`Store::blob`].
    async fn fetch_blob(&self, blob: &Descriptor) -> Result<BlobStream>;

    /// Whether a blob is there with this size. When the store cannot tell, the answer is no (HTTP-41).
    async fn has_blob(&self, blob: &Descriptor) -> Result<bool>;

    /// Keep a blob. A source whose digest is not known yet is streamed while it grows.
    async fn write_blob(&self, source: &dyn BlobSource) -> Result<()>;

    /// Keep a manifest, and name it `tag` when one is given. Everything it points at must be there already.
    async fn write_manifest(&self, manifest: &RawManifest, tag: Option<&Tag>) -> Result<SubjectTaken>;

    /// One page of tags; the first when `from` is `None`.
    async fn tags(&self, from: Option<&Cursor>) -> Result<TagPage>;

    /// The manifests whose subject is `subject`, from every list the store has. A subject that nobody refers to, or that
    /// is not there itself, has an empty list.
    async fn referrers(&self, subject: &Digest) -> Result<Referrers>;

    /// List `referrers` of `subject` under the referrers tag, where the store has no list of its own: merged into what is
    /// there, looked at again, and merged again when another writer lost an entry (HTTP-76). Done already, it writes
    /// nothing. A layout lists referrers when they are written, so there it does nothing.
    async fn merge_referrers(&self, subject: &Digest, referrers: &[Descriptor]) -> Result<()>;

    /// A manifest, its bytes checked against the digest asked for and the one that the store names (HTTP-12).
    async fn manifest(&self, version: &Version) -> Result<RawManifest> {
        let fetched = self.fetch_manifest(version).await?;
        blob::check_manifest(version, fetched)
    }

    /// A blob's bytes as a stream that ends with [`StoreError::Integrity`] unless size and digest are right.
    ///
    /// Content that the descriptor carries in `data` is used without asking the store (HTTP-21).
    async fn blob(&self, blob: &Descriptor) -> Result<BlobStream> {
        let stream = match blob::inline(blob)? {
            Some(bytes) => blob::once(bytes),
            None => self.fetch_blob(blob).await?,
        };
        Ok(blob::checked(stream, blob))
    }

    /// A small blob, whole and checked; one larger than `limit` bytes is refused before anything is fetched.
    async fn small_blob(&self, blob: &Descriptor, limit: usize) -> Result<Bytes> {
        if blob.size > limit as u64 {
            let message = format!("blob {} has {} bytes, more than the {limit} allowed here", blob.digest, blob.size);
            return Err(StoreError::Integrity(Fault::new(message)));
        }
        let chunks: Vec<Bytes> = self.blob(blob).await?.try_collect().await?;
        Ok(chunks.concat().into())
    }
}
