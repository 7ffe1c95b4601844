//! `describe`: what a manifest is, what it holds, and what is attached to it.
//!
//! A tag is resolved once; everything after goes by digest, and at the same time. The layer is fetched only when something
//! that is shown needs it. Nothing that is attached is verified here, and all of it says so (SEC-9).

mod content;
mod description;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::attached::{self, Attached};
use super::report::{Event, Reporter};
use super::{OpError, Result, fetch, platform};
use crate::artifact::config::Promise;
use crate::oci::manifest::ManifestError;
use crate::oci::{Descriptor, Digest, Document, Manifest, Platform, RawManifest, Reference};
use crate::store::{Store, StoreError};

pub use super::attached::By;
pub use crate::artifact::inside::{Counts, Inside, Measured, MeasuredContainer, ValueShown};
use content::Content;
pub use description::{Bob, Child, Config, Description, File, Linked};

/// What to describe, and how far to look.
pub struct DescribeRequest {
    /// Which artifact, image or index.
    pub reference: Reference,
    /// Which manifest of an index, instead of the index.
    pub platform: Option<Platform>,
    /// List the files, however large the layers are.
    pub files: bool,
    /// Where layers are kept and unpacked while they are read; nothing stays there.
    pub scratch: PathBuf,
    /// How many blobs are fetched at the same time.
    pub concurrency: usize,
}

/// Describe whatever `request` names.
pub async fn describe(
    store: &dyn Store,
    request: DescribeRequest,
    reporter: &Arc<dyn Reporter>,
) -> Result<Description> {
    let found = find(store, &request.reference, request.platform.as_ref()).await?;
    let mut description = Description::of(&request.reference, &found.raw);
    let digest = found.raw.digest();
    match found.document {
        Some(Document::Manifest(manifest)) => {
            let content = Content { store, manifest: &manifest, request: &request, reporter };
            let wanted = request.platform.as_ref().filter(|_| !found.is_child);
            let (shown, attached) = tokio::try_join!(content.read(wanted), attached(store, digest, reporter))?;
            description.manifest(manifest, shown);
            description.attached(attached);
        }
        Some(Document::Index(index)) => {
            if request.files {
                reporter
                    .report(Event::Note("an index has no files of its own; name one of its manifests by --platform"));
            }
            description.index(index);
            description.attached(attached(store, digest, reporter).await?);
        }
        None => {
            let note = format!(
                "'{}' is no type of manifest that bobctl reads: this is all that is known",
                found.raw.media_type()
            );
            reporter.report(Event::Note(&note));
            description.attached(attached(store, digest, reporter).await?);
        }
    }
    Ok(description)
}

/// The bytes of the manifest that `reference` names, or of the one that its index has for `platform`.
pub async fn raw(store: &dyn Store, reference: &Reference, platform: Option<&Platform>) -> Result<Bytes> {
    let found = find(store, reference, platform).await?;
    if let (Some(wanted), false, Some(Document::Manifest(manifest))) = (platform, found.is_child, &found.document) {
        let promise: Promise = fetch::promise(store, manifest).await?;
        platform::hold(promise.platform.as_ref(), Some(wanted))?;
    }
    Ok(found.raw.bytes().clone())
}

/// The manifest that is meant.
struct Found {
    raw: RawManifest,
    /// `None` for a type that bobctl does not read (HTTP-16).
    document: Option<Document>,
    /// Whether it was chosen from an index.
    is_child: bool,
}

async fn find(store: &dyn Store, reference: &Reference, platform: Option<&Platform>) -> Result<Found> {
    let top = store.manifest(&reference.version()).await?;
    if platform.is_none() {
        let document = match top.document() {
            Ok(document) => Some(document),
            Err(ManifestError::Unknown(_)) => None,
            Err(error) => return Err(error.into()),
        };
        return Ok(Found { raw: top, document, is_child: false });
    }
    let digest = top.digest().clone();
    let (raw, manifest) = platform::choose(store, top, platform).await?;
    let is_child = *raw.digest() != digest;
    Ok(Found { raw, document: Some(Document::Manifest(manifest)), is_child })
}

/// What is attached. A store that does not tell is no reason to tell nothing else.
async fn attached(store: &dyn Store, digest: &Digest, reporter: &Arc<dyn Reporter>) -> Result<Option<Vec<Attached>>> {
    match attached::attached(store, digest).await {
        Ok(attached) => Ok(Some(attached)),
        Err(OpError::Store(error)) if !matches!(error, StoreError::Integrity(_) | StoreError::Local(_)) => {
            reporter.report(Event::Warning(&format!("referrers and signatures cannot be listed: {error}")));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether the blob is the empty JSON document, which need not be fetched to be known.
fn is_empty(config: &Descriptor) -> bool {
    config.digest == Digest::of_with(config.digest.algorithm(), b"{}")
}

/// Bytes of all layers together.
fn total(manifest: &Manifest) -> u64 {
    manifest.layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.size))
}
