//! A folder as the parts of a BoB: its layer and config, for one platform or for any.

use std::sync::Arc;

use futures_util::future;

use super::conditions::Target;
use super::packed::{ArtifactType, Metadata, Part};
use super::piece::Layer;
use crate::artifact::config::{self, Config};
use crate::artifact::fit::BobFacts;
use crate::artifact::provenance::Provenance;
use crate::oci::{Platform, media_type};
use crate::ops::Result;
use crate::ops::content::{self, Prepared};
use crate::ops::report::{Event, Reporter, Step};
use crate::ops::transfer::{Blob, Counted};
use crate::store::{BytesSource, Spool, SpoolWriter};

/// From this many compressed bytes on, a layer is sent while it is still being made. Below, knowing its digest first is
/// cheaper: the store may have it.
const SEND_AHEAD: u64 = 4 << 20;

/// Types of a BoB, where they are not its own.
#[derive(Debug, Clone, Default)]
pub struct Types {
    /// The config's media type.
    pub config: Option<String>,
    /// The artifact type that it has when it is linked.
    pub artifact: Option<String>,
}

/// What all folders of a push have in common.
pub(super) struct Recipe {
    metadata: Metadata,
    created: String,
    config_media_type: String,
}

impl Recipe {
    /// Content of this origin; the types are the BoB's own unless others are given.
    pub(super) fn new(provenance: Provenance, types: Types) -> Self {
        let artifact_type = types.artifact.unwrap_or_else(|| media_type::BOB_ARTIFACT.to_owned());
        Self {
            created: provenance.created().to_owned(),
            config_media_type: types.config.unwrap_or_else(|| media_type::BOB_CONFIG.to_owned()),
            metadata: Metadata {
                annotations: provenance.annotations,
                artifact_type: ArtifactType::WithSubject(artifact_type),
            },
        }
    }

    pub(super) fn metadata(self) -> Metadata {
        self.metadata
    }
}

/// A folder to be packed, and the place that its layer goes to.
pub(super) struct Folder {
    pub(super) platform: Option<Platform>,
    pub(super) prepared: Prepared,
    writer: SpoolWriter,
    pub(super) spool: Spool,
}

/// What became of a folder.
pub(super) struct Bob {
    pub(super) part: Part,
    pub(super) layer: Layer,
    /// Warnings about the files, one line each.
    pub(super) warnings: Vec<String>,
}

impl Folder {
    /// `prepared` for `platform`, or for any.
    pub(super) fn new(platform: Option<Platform>, prepared: Prepared) -> Result<Self> {
        let (writer, spool) = content::layer_spool(prepared.scratch())?;
        Ok(Self { platform, prepared, writer, spool })
    }

    /// Pack it, and put the config together.
    pub(super) async fn make(self, recipe: &Recipe, reporter: &Arc<dyn Reporter>) -> Result<Bob> {
        let made = content::make(&self.prepared, self.writer, reporter).await?;
        let layer = made.packed.layer;
        let facts = BobFacts { profiles: made.summary.profiles.clone(), platform: self.platform.clone() };
        let bob = config::Bob { content: made.packed.content.clone(), summary: made.summary };
        let config = Config::new(&recipe.created, self.platform.as_ref(), &layer.digest, bob).bytes();
        let config = BytesSource::new(&recipe.config_media_type, config);
        let pushed = Layer { digest: layer.digest.clone(), size: layer.size, content: made.packed.content };
        let config = Blob { descriptor: config.descriptor().clone(), source: Arc::new(config) };
        let layer = Blob { descriptor: layer, source: Arc::new(self.spool) };
        Ok(Bob { part: Part { config, layers: vec![layer], facts }, layer: pushed, warnings: made.warnings })
    }
}

/// Send a large layer to the target while it is made, when the target's tag is new; whether that was done.
pub(super) async fn send_ahead(target: &Target<'_>, spool: &Spool, reporter: &Arc<dyn Reporter>) -> Result<bool> {
    if !target.sends_ahead() || !spool.grown_past(SEND_AHEAD).await || target.standing().await?.is_some() {
        return Ok(false);
    }
    reporter.report(Event::Begin(Step::Upload, None));
    match target.store.write_blob(&Counted::new(spool, reporter, Step::Upload)).await {
        Ok(()) => Ok(true),
        // The packing's own error is the cause, and arrives beside this one.
        Err(_) if spool.failed() => future::pending().await,
        Err(error) => Err(error.into()),
    }
}
