//! An artifact's content, fetched and checked: `pull` unpacks it into its output, `describe` into a folder that goes again.
//!
//! Layers are fetched into temporary files and checked before the first byte of them is unpacked. What the config promises
//! about them is held against what came (`artifact.md` section 8).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::cancel::Wanted;
use super::report::{Event, Reporter, Step};
use super::{OpError, Result};
use crate::artifact::config::Promise;
use crate::artifact::layers::{self, Role};
use crate::artifact::unpack::{Limits, Unpacked, Unpacker};
use crate::oci::{Descriptor, Digest, Manifest};
use crate::store::Store;
use crate::store::spool::{self, Spool};

/// The largest config that is read, in bytes.
pub(super) const MAX_CONFIG: usize = 8 << 20;

/// What the config promises about the layers.
pub(super) async fn promise(store: &dyn Store, manifest: &Manifest) -> Result<Promise> {
    let bytes: Bytes = store.small_blob(&manifest.config, MAX_CONFIG).await?;
    Promise::read(&bytes).map_err(OpError::Config)
}

/// How layers are fetched.
pub(super) struct Download<'a> {
    /// Where from.
    pub(super) store: &'a dyn Store,
    /// On the file system that has to hold the content anyway.
    pub(super) folder: &'a Path,
    /// How many at the same time.
    pub(super) concurrency: usize,
    /// Who is told.
    pub(super) reporter: &'a Arc<dyn Reporter>,
}

/// Layers that were fetched and checked, in the order of the manifest.
pub(super) struct Layers {
    first: Option<Digest>,
    parts: Vec<(Spool, Role)>,
}

impl Download<'_> {
    /// Fetch every layer once, the largest first, into temporary files that hold checked bytes only.
    ///
    /// A manifest whose layers do not become files is [`OpError::NotArtifact`], before anything is fetched.
    pub(super) async fn layers(&self, manifest: &Manifest) -> Result<Layers> {
        let roles =
            layers::roles(manifest).map_err(|why| OpError::NotArtifact { kind: manifest.kind().to_owned(), why })?;
        let once: BTreeMap<&Digest, &Descriptor> = manifest.layers.iter().map(|layer| (&layer.digest, layer)).collect();
        let mut wanted: Vec<&Descriptor> = once.into_values().collect();
        wanted.sort_by_key(|layer| std::cmp::Reverse(layer.size));
        self.reporter.report(Event::Begin(Step::Download, Some(wanted.iter().map(|layer| layer.size).sum())));
        let spools: BTreeMap<Digest, Spool> = stream::iter(wanted)
            .map(|layer| self.layer(layer))
            .buffer_unordered(self.concurrency.max(1))
            .try_collect()
            .await?;
        self.reporter.report(Event::End(Step::Download));
        let ordered = manifest.layers.iter().map(|layer| spools[&layer.digest].clone());
        Ok(Layers {
            first: manifest.layers.first().map(|layer| layer.digest.clone()),
            parts: ordered.zip(roles).collect(),
        })
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

impl Layers {
    /// Hold the compressed layer against what the config promises of it.
    pub(super) fn hold(&self, promise: &Promise) -> Result<()> {
        keep_promise("layer", promise.layer.as_ref(), self.first.as_ref())
    }

    /// Unpack the layers, in order, into `folder`; blocking, until they are no longer wanted.
    pub(super) fn unpack(
        self,
        folder: &Path,
        limits: Limits,
        promise: &Promise,
        wanted: &Wanted,
    ) -> Result<Vec<Unpacked>> {
        let mut unpacker = Unpacker::new(folder, limits)?;
        for (position, (spool, role)) in self.parts.into_iter().enumerate() {
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
}

fn keep_promise(what: &'static str, promised: Option<&Digest>, found: Option<&Digest>) -> Result<()> {
    match (promised, found) {
        (Some(promised), Some(found)) if promised.algorithm() == found.algorithm() && promised != found => {
            Err(OpError::Promise { what, promised: promised.clone(), found: found.clone() })
        }
        _ => Ok(()),
    }
}
