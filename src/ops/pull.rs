//! `pull`: fetch, check, unpack, put in place.
//!
//! A tag is resolved once; everything after goes by digest. Layers are fetched into temporary files and checked before
//! the first byte of them is unpacked, unpacked into a staging folder, and that is put in place in one step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::cancel::{Wanted, blocking};
use super::report::{Event, Reporter, Step};
use super::{OpError, Result, platform, versions};
use crate::artifact::config::Promise;
use crate::artifact::layers::{self, Role};
pub use crate::artifact::place::Rules;
use crate::artifact::place::{How, Placed, Staging};
pub use crate::artifact::unpack::Limits;
use crate::artifact::unpack::{Unpacked, Unpacker};
use crate::oci::range::Range;
use crate::oci::{Descriptor, Digest, Document, Manifest, Platform, RawManifest, Reference, Version};
use crate::store::Store;
use crate::store::spool::{self, Spool};

/// The largest config that is read, in bytes.
const MAX_CONFIG: usize = 8 << 20;
/// How many indexes may be nested (SEC-5).
const MAX_NESTING: usize = 8;

/// What to pull, and where to.
pub struct PullRequest {
    /// Which artifact.
    pub reference: Reference,
    /// Take the newest version in this range, instead of a tag.
    pub range: Option<Range>,
    /// Which manifest of an index.
    pub platform: Option<Platform>,
    /// The folder to write.
    pub output: PathBuf,
    /// Whether it may be replaced, and what never is.
    pub rules: Rules,
    /// How much may be unpacked.
    pub limits: Limits,
    /// How many blobs are fetched at the same time.
    pub concurrency: usize,
}

/// What was pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pulled {
    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    pub reference: String,
    /// The digest that the reference resolved to: the index's, when it named one.
    pub digest: Digest,
    /// The folder.
    pub output: PathBuf,
    /// The files that were written.
    pub files: Vec<String>,
}

/// Pull an artifact into a folder.
pub async fn pull(store: &dyn Store, request: PullRequest, reporter: &Arc<dyn Reporter>) -> Result<Pulled> {
    // Before the first request: what is wrong with the output folder is known at once.
    let (output, rules) = (request.output.clone(), request.rules.clone());
    let staging = blocking(move |_| Ok(Staging::prepare(&output, &rules)?)).await?;
    if staging.restored() {
        reporter.report(Event::Note("an earlier run was killed while it replaced the folder; the old one is back"));
    }
    let version = match &request.range {
        Some(range) => Version::Tag(versions::newest(store, range).await?),
        None => request.reference.version(),
    };
    let top = store.manifest(&version).await?;
    let digest = top.digest().clone();
    let manifest = choose(store, top, request.platform.as_ref()).await?;
    let becomes =
        layers::roles(&manifest).map_err(|why| OpError::NotArtifact { kind: manifest.kind().to_owned(), why })?;

    let download = Download { store, folder: staging.around(), concurrency: request.concurrency, reporter };
    let (promise, spools) = tokio::try_join!(config(store, &manifest), download.layers(&manifest))?;
    platform::hold(promise.platform.as_ref(), request.platform.as_ref())?;
    keep_promise("layer", promise.layer.as_ref(), manifest.layers.first().map(|layer| &layer.digest))?;

    let layers = manifest.layers.iter().map(|layer| spools[&layer.digest].clone());
    let work: Vec<(Spool, Role)> = layers.zip(becomes).collect();
    reporter.report(Event::Begin(Step::Unpack, None));
    let (limits, kind) = (request.limits, manifest.kind().to_owned());
    let (files, placed) = blocking(move |wanted| {
        let files = unpack(staging.path(), limits, work, &promise, &wanted)?;
        if files.is_empty() {
            return Err(OpError::NotArtifact { kind, why: "its layers hold no files".to_owned() });
        }
        Ok((files, staging.commit()?))
    })
    .await?;
    reporter.report(Event::End(Step::Unpack));
    tell(&placed, reporter.as_ref());
    let files = files.into_iter().map(|file| file.path).collect();
    Ok(Pulled { reference: request.reference.at(&digest), digest, output: request.output, files })
}

fn tell(placed: &Placed, reporter: &dyn Reporter) {
    if placed.how == How::TwoRenames {
        let line =
            "this file system cannot exchange two folders: the old one was moved away just before the new one came";
        reporter.report(Event::Note(line));
    }
    if let Some(leftover) = &placed.leftover {
        reporter.report(Event::Warning(&format!(
            "what is left of the old folder could not be removed: {}",
            leftover.display()
        )));
    }
}

/// The manifest itself, or the one that an index has for the platform.
async fn choose(store: &dyn Store, top: RawManifest, wanted: Option<&Platform>) -> Result<Manifest> {
    let mut current = top;
    for _ in 0..MAX_NESTING {
        let index = match current.document()? {
            Document::Manifest(manifest) => return Ok(manifest),
            Document::Index(index) => index,
        };
        let entry = platform::select(&index, wanted)?;
        current = store.manifest(&Version::Digest(entry.digest.clone())).await?;
    }
    Err(OpError::NotArtifact {
        kind: current.media_type().to_owned(),
        why: format!("indexes are nested more than {MAX_NESTING} deep"),
    })
}

/// What the config promises about the layers.
async fn config(store: &dyn Store, manifest: &Manifest) -> Result<Promise> {
    let bytes: Bytes = store.small_blob(&manifest.config, MAX_CONFIG).await?;
    Promise::read(&bytes).map_err(OpError::Config)
}

/// How layers are fetched.
struct Download<'a> {
    store: &'a dyn Store,
    /// On the file system that has to hold the content anyway.
    folder: &'a Path,
    concurrency: usize,
    reporter: &'a Arc<dyn Reporter>,
}

impl Download<'_> {
    /// Fetch every layer once, the largest first, into temporary files that hold checked bytes only.
    async fn layers(&self, manifest: &Manifest) -> Result<BTreeMap<Digest, Spool>> {
        let once: BTreeMap<&Digest, &Descriptor> = manifest.layers.iter().map(|layer| (&layer.digest, layer)).collect();
        let mut wanted: Vec<&Descriptor> = once.into_values().collect();
        wanted.sort_by_key(|layer| std::cmp::Reverse(layer.size));
        self.reporter.report(Event::Begin(Step::Download, Some(wanted.iter().map(|layer| layer.size).sum())));
        let fetched = stream::iter(wanted)
            .map(|layer| self.layer(layer))
            .buffer_unordered(self.concurrency.max(1))
            .try_collect()
            .await?;
        self.reporter.report(Event::End(Step::Download));
        Ok(fetched)
    }

    async fn layer(&self, layer: &Descriptor) -> Result<(Digest, Spool)> {
        let (writer, spool) = spool::spool(&layer.media_type, self.folder).map_err(OpError::Local)?;
        let reporter = self.reporter.clone();
        let advance = move |chunk: &Bytes| reporter.report(Event::Advance(Step::Download, chunk.len() as u64));
        let stream = self.store.blob(layer).await?.inspect_ok(advance);
        spool::fill(stream.boxed(), writer, layer).await?;
        Ok((layer.digest.clone(), spool))
    }
}

fn keep_promise(what: &'static str, promised: Option<&Digest>, found: Option<&Digest>) -> Result<()> {
    match (promised, found) {
        (Some(promised), Some(found)) if promised.algorithm() == found.algorithm() && promised != found => {
            Err(OpError::Promise { what, promised: promised.clone(), found: found.clone() })
        }
        _ => Ok(()),
    }
}

/// Unpack the checked layers, in order, into `folder`.
fn unpack(
    folder: &Path,
    limits: Limits,
    parts: Vec<(Spool, Role)>,
    promise: &Promise,
    wanted: &Wanted,
) -> Result<Vec<Unpacked>> {
    let mut unpacker = Unpacker::new(folder, limits)?;
    for (position, (spool, role)) in parts.into_iter().enumerate() {
        let mut reader = wanted.guard(spool.reader());
        match role {
            Role::Archive => {
                let content = unpacker.layer(&mut reader)?;
                if position == 0 {
                    keep_promise("content", promise.content.as_ref(), Some(&content))?;
                }
            }
            Role::File(name) => unpacker.file(&name, &mut reader)?,
        }
    }
    Ok(unpacker.finish())
}
