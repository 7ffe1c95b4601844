//! `push`: pack a folder, upload what the store does not have, tag.
//!
//! What is refused is refused before the first request. The tag is asked for while the folder is packed; a large layer
//! of a new tag is sent while it is made. Blobs come before the manifest, the manifest is written under its tag, and
//! nothing is written when the tag has it already.

use std::sync::Arc;

use futures_util::future;
use serde::Serialize;
use tokio::sync::OnceCell;

pub use super::content::Content;
use super::content::{Made, layer_spool, make, prepare};
use super::report::{Event, Reporter, Step};
use super::{OpError, Result, counted::Counted, tag};
use crate::artifact::config::{Bob, Config, Promise};
pub use crate::artifact::pack::{Input, Options};
pub use crate::artifact::provenance::{Claims, Created, parse_annotations, read_annotation_file};
use crate::oci::annotation::{self, Annotations};
use crate::oci::{Descriptor, Digest, Document, Manifest, RawManifest, Reference, Tag, Version, media_type};
use crate::store::spool::Spool;
use crate::store::{BlobSource, BytesSource, Fault, Store, StoreError};

/// From this many compressed bytes on, a layer is sent while it is still being made. Below, knowing its digest first is
/// cheaper: the store may have it.
const SEND_AHEAD: u64 = 4 << 20;
/// The largest config that is read back for `--if-changed`, in bytes.
const MAX_CONFIG: usize = 4 << 20;

/// What to push, where, and under which conditions.
pub struct PushRequest {
    /// Where, with the tag to write and, if given, the digest that has to come out.
    pub reference: Reference,
    /// Further tags.
    pub tags: Vec<Tag>,
    /// What to pack.
    pub content: Content,
    /// Where it comes from.
    pub claims: Claims,
    /// The config's media type, when it is not the BoB's own.
    pub config_media_type: Option<String>,
    /// Under which conditions something is written.
    pub conditions: Conditions,
}

/// Under which conditions something is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions {
    /// Leave a tag alone that has this content with these annotations, whenever it was made.
    pub if_changed: bool,
    /// Fail when a tag names something else.
    pub no_clobber: bool,
    /// Write nothing, and ask nothing.
    pub dry_run: bool,
}

/// What was pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// `oci://HOST/REPOSITORY@DIGEST`, as Flux prints it.
    pub url: String,
    /// `HOST/REPOSITORY`.
    pub repository: String,
    /// The tag of the reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The manifest's digest.
    pub digest: Digest,
    /// The manifest's size in bytes.
    pub size: u64,
    /// The content layer.
    pub layer: Layer,
    /// Whether the store had it already, so that nothing but further tags was written.
    pub unchanged: bool,
    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    #[serde(skip)]
    pub reference: String,
}

/// A content layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// Digest of the compressed layer.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Digest of the uncompressed tar: the identity of the content.
    pub content: Digest,
}

/// Pack and push.
pub async fn push(store: &dyn Store, request: PushRequest, reporter: &Arc<dyn Reporter>) -> Result<Pushed> {
    let PushRequest { reference, tags, content, claims, config_media_type, conditions } = request;
    let (writer, spool) = layer_spool(&content.scratch)?;
    let prepared = prepare(content, claims, reporter).await?;
    prepared.keep_out(&reference)?;
    let push = Push { store, reporter, reference: &reference, conditions };
    let config_media_type = config_media_type.as_deref().unwrap_or(media_type::BOB_CONFIG);

    let standing = OnceCell::new();
    let first = async {
        let ahead = push.send_ahead(&spool, &standing);
        let (made, sent) = tokio::try_join!(make(&prepared, writer, reporter), ahead)?;
        let (config, manifest) = artifact(&made, &prepared.provenance.annotations, config_media_type);
        // Annotations can be more than any reader takes, this program included.
        manifest.document()?;
        push.expect_digest(&manifest)?;
        let missing = push.missing(&config, &spool, sent, &manifest, &standing).await?;
        Ok((made, config, manifest, missing))
    };
    let tag_standing = async { if push.asks_first() { push.standing(&standing).await.map(drop) } else { Ok(()) } };
    let ((made, config, manifest, missing), ()) = tokio::try_join!(first, tag_standing)?;

    // A store that has the manifest and has lost a blob of it is mended.
    let lost = |standing: &Descriptor| (missing.config || missing.layer) && standing.digest == *manifest.digest();
    let standing = standing.into_inner().flatten().filter(|standing| !lost(standing));
    let unchanged = push.unchanged(standing, &manifest, &made).await?;
    let written = unchanged.as_ref().unwrap_or(&manifest);
    push.check_clobber(&tags, written, unchanged.is_some()).await?;
    if !conditions.dry_run {
        match &unchanged {
            Some(standing) => tag::write(store, standing, tags.iter()).await?,
            None => push.publish(&config, &spool, missing, &manifest, &tags).await?,
        }
    }
    Ok(push.result(written, &made, unchanged.is_some()))
}

/// The config and the manifest of a layer.
fn artifact(made: &Made, annotations: &Annotations, config_media_type: &str) -> (BytesSource, RawManifest) {
    let created = annotations.get(annotation::CREATED).map_or("", String::as_str);
    let bob = Bob { content: made.packed.content.clone(), summary: made.summary.clone() };
    let config = Config::new(created, None, &made.packed.layer.digest, bob).bytes();
    let config = BytesSource::new(config_media_type, config);
    let manifest = Manifest::new(config.descriptor().clone(), vec![made.packed.layer.clone()], annotations.clone());
    let manifest = RawManifest::from_manifest(&manifest);
    (config, manifest)
}

/// Which blobs the store does not have.
#[derive(Debug, Clone, Copy)]
struct Missing {
    config: bool,
    layer: bool,
}

struct Push<'a> {
    store: &'a dyn Store,
    reporter: &'a Arc<dyn Reporter>,
    reference: &'a Reference,
    conditions: Conditions,
}

type Standing = OnceCell<Option<Descriptor>>;

impl Push<'_> {
    /// Whether the tag's manifest is asked for while the folder is packed.
    fn asks_first(&self) -> bool {
        !self.conditions.dry_run && self.reference.tag.is_some()
    }

    /// What the tag names now; asked once.
    async fn standing<'s>(&self, standing: &'s Standing) -> Result<Option<&'s Descriptor>> {
        let Some(tag) = &self.reference.tag else { return Ok(None) };
        let found = standing.get_or_try_init(async || self.current(&Version::Tag(tag.clone())).await).await?;
        Ok(found.as_ref())
    }

    async fn current(&self, version: &Version) -> Result<Option<Descriptor>> {
        match self.store.resolve(version).await {
            Ok(descriptor) => Ok(Some(descriptor)),
            Err(StoreError::NotFound(_)) => Ok(None),
            // Some registries forbid to look where nothing is yet; if it is more than that, writing will tell.
            Err(StoreError::Denied(fault)) if !self.conditions.no_clobber && is_forbidden(&fault) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Send a large layer while it is made, when its tag is new; whether that was done.
    async fn send_ahead(&self, spool: &Spool, standing: &Standing) -> Result<bool> {
        let possible = self.asks_first() && !self.conditions.if_changed;
        if !possible || !spool.grown_past(SEND_AHEAD).await || self.standing(standing).await?.is_some() {
            return Ok(false);
        }
        self.reporter.report(Event::Begin(Step::Upload, None));
        match self.store.write_blob(&Counted::new(spool, self.reporter, Step::Upload)).await {
            Ok(()) => Ok(true),
            // The packing's own error is the cause, and arrives beside this one.
            Err(_) if spool.failed() => future::pending().await,
            // It was to save time. Some registries take large content only in one request, with its digest.
            Err(error) if dislikes_streams(&error) => {
                self.reporter.report(Event::Detail(&format!("the layer is sent when it is complete: {error}")));
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A digest in the reference is a promise about the result (REF-10).
    fn expect_digest(&self, manifest: &RawManifest) -> Result<()> {
        match &self.reference.digest {
            Some(given) if given != manifest.digest() => {
                Err(OpError::OtherDigest { given: given.clone(), computed: manifest.digest().clone() })
            }
            _ => Ok(()),
        }
    }

    /// Look for the blobs, and without a tag for the manifest as well.
    async fn missing(
        &self,
        config: &BytesSource,
        spool: &Spool,
        sent: bool,
        manifest: &RawManifest,
        standing: &Standing,
    ) -> Result<Missing> {
        if self.conditions.dry_run {
            return Ok(Missing { config: false, layer: false });
        }
        let layer = async {
            match spool.known() {
                Some(layer) if !sent => Ok(!self.store.has_blob(&layer).await?),
                _ => Ok(false),
            }
        };
        let config = async { Ok(!self.store.has_blob(config.descriptor()).await?) };
        let untagged = async {
            if self.reference.tag.is_none() {
                let found = self.current(&Version::Digest(manifest.digest().clone())).await?;
                // Nobody else fills the cell when there is no tag.
                drop(standing.set(found));
            }
            Ok::<(), OpError>(())
        };
        let (config, layer, ()) = tokio::try_join!(config, layer, untagged)?;
        for (what, missing) in [("config", config), ("layer", layer)] {
            let detail = format!("the {what} is {}", if missing { "to be sent" } else { "there already" });
            self.reporter.report(Event::Detail(&detail));
        }
        Ok(Missing { config, layer })
    }

    /// The manifest that makes a push needless: the very same, or with `--if-changed` one of the same content.
    async fn unchanged(
        &self,
        standing: Option<Descriptor>,
        manifest: &RawManifest,
        made: &Made,
    ) -> Result<Option<RawManifest>> {
        let Some(standing) = standing else { return Ok(None) };
        if standing.digest == *manifest.digest() {
            return Ok(Some(manifest.clone()));
        }
        if !self.conditions.if_changed {
            return Ok(None);
        }
        let theirs = match self.store.manifest(&Version::Digest(standing.digest)).await {
            Ok(theirs) => theirs,
            // Whatever the tag names, it is not this content.
            Err(StoreError::Unreadable(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let (Ok(Document::Manifest(old)), Ok(Document::Manifest(new))) = (theirs.document(), manifest.document())
        else {
            return Ok(None);
        };
        if lasting(&old.annotations) != lasting(&new.annotations) || old.config.size > MAX_CONFIG as u64 {
            return Ok(None);
        }
        let config = self.store.small_blob(&old.config, MAX_CONFIG).await?;
        let same = Promise::read(&config).is_ok_and(|promise| promise.content.as_ref() == Some(&made.packed.content));
        Ok(same.then_some(theirs))
    }

    /// `--no-clobber`: every tag that is about to be written is absent, or names this manifest.
    async fn check_clobber(&self, further: &[Tag], manifest: &RawManifest, unchanged: bool) -> Result<()> {
        if !self.conditions.no_clobber || self.conditions.dry_run {
            return Ok(());
        }
        let own = self.reference.tag.iter().filter(|_| !unchanged);
        let check = async |tag: &Tag| match self.current(&Version::Tag(tag.clone())).await? {
            Some(existing) if existing.digest != *manifest.digest() => {
                Err(OpError::Exists { tag: tag.clone(), existing: existing.digest, new: manifest.digest().clone() })
            }
            _ => Ok(()),
        };
        future::try_join_all(own.chain(further).map(check)).await.map(drop)
    }

    /// Send what is missing, both blobs at the same time.
    async fn upload(&self, config: &BytesSource, spool: &Spool, missing: Missing) -> Result<()> {
        let layer = async {
            if missing.layer {
                self.reporter.report(Event::Begin(Step::Upload, spool.known().map(|layer| layer.size)));
                self.store.write_blob(&Counted::new(spool, self.reporter, Step::Upload)).await?;
            }
            Ok::<(), OpError>(())
        };
        let config = async {
            if missing.config {
                self.store.write_blob(config).await?;
            }
            Ok(())
        };
        tokio::try_join!(layer, config)?;
        self.reporter.report(Event::End(Step::Upload));
        Ok(())
    }

    /// Send what is missing, then the manifest. A registry that claims not to know a blob after all gets both once more,
    /// whatever it said of them before (HTTP-56).
    async fn publish(
        &self,
        config: &BytesSource,
        spool: &Spool,
        missing: Missing,
        manifest: &RawManifest,
        further: &[Tag],
    ) -> Result<()> {
        self.upload(config, spool, missing).await?;
        match self.write_tags(manifest, further).await {
            Err(OpError::Store(error)) if lacks_a_blob(&error) => {
                self.reporter.report(Event::Detail(&format!("both blobs are sent again: {error}")));
                self.upload(config, spool, Missing { config: true, layer: true }).await?;
                self.write_tags(manifest, further).await
            }
            result => result,
        }
    }

    /// Write the manifest under all its tags; without any, by its digest.
    async fn write_tags(&self, manifest: &RawManifest, further: &[Tag]) -> Result<()> {
        if self.reference.tag.is_none() && further.is_empty() {
            self.store.write_manifest(manifest, None).await?;
        }
        tag::write(self.store, manifest, self.reference.tag.iter().chain(further)).await
    }

    fn result(&self, manifest: &RawManifest, made: &Made, unchanged: bool) -> Pushed {
        let reference = self.reference.at(manifest.digest());
        let url = if reference.contains("://") { reference.clone() } else { format!("oci://{reference}") };
        let layer = &made.packed.layer;
        Pushed {
            url,
            repository: self.reference.location.to_string(),
            tag: self.reference.tag.as_ref().map(ToString::to_string),
            digest: manifest.digest().clone(),
            size: manifest.bytes().len() as u64,
            layer: Layer { digest: layer.digest.clone(), size: layer.size, content: made.packed.content.clone() },
            unchanged,
            reference,
        }
    }
}

/// Whether the registry answered that it does not take content this way; who may push was settled before.
fn dislikes_streams(error: &StoreError) -> bool {
    let status = error.fault().answer().map_or(0, |answer| answer.status);
    (400..500).contains(&status) && status != 429 && !matches!(error, StoreError::Denied(_))
}

/// Whether the registry refused a manifest for a blob that it does not have.
fn lacks_a_blob(error: &StoreError) -> bool {
    error.fault().answer().is_some_and(|answer| {
        answer.status == 404 || matches!(answer.code.as_deref(), Some("MANIFEST_BLOB_UNKNOWN" | "BLOB_UNKNOWN"))
    })
}

fn is_forbidden(fault: &Fault) -> bool {
    fault.answer().is_some_and(|answer| answer.status == 403)
}

/// Annotations without the one that the clock writes.
fn lasting(annotations: &Annotations) -> Annotations {
    annotations
        .iter()
        .filter(|(key, _)| *key != annotation::CREATED)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
