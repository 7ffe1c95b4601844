//! `pull`: fetch, check, unpack, put in place.
//!
//! A tag is resolved once; everything after goes by digest. Layers are fetched into temporary files and checked before
//! the first byte of them is unpacked, unpacked into a staging folder, and that is put in place in one step.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::cancel::blocking;
use super::fetch::{self, Download};
use super::report::{Event, Reporter, Step};
use super::{OpError, Result, image, platform, versions};
pub use crate::artifact::place::Rules;
use crate::artifact::place::{How, Placed, Staging};
pub use crate::artifact::unpack::Limits;
use crate::oci::range::Range;
use crate::oci::{Digest, Platform, RawManifest, Reference, Version};
use crate::store::Store;

/// What to pull, and where to.
pub struct PullRequest {
    /// Where from, and what [`Choice`] starts at.
    pub reference: Reference,
    /// Which artifact.
    pub choice: Choice,
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

/// Which artifact is pulled.
#[derive(Debug, Clone)]
pub enum Choice {
    /// The one that the reference names.
    Named,
    /// The newest version in this range, instead of a tag.
    Newest(Range),
    /// The newest BoB that is linked to what the reference names: an image, or an index of images.
    Linked,
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
    /// With [`Choice::Linked`] what the artifact is linked to: the image's reference by digest, or its index's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// Pull an artifact into a folder.
pub async fn pull(store: &dyn Store, request: PullRequest, reporter: &Arc<dyn Reporter>) -> Result<Pulled> {
    // Before the first request: what is wrong with the output folder is known at once.
    let (output, rules) = (request.output.clone(), request.rules.clone());
    let staging = blocking(move |_| Ok(Staging::prepare(&output, &rules)?)).await?;
    if staging.restored() {
        reporter.report(Event::Note("an earlier run was killed while it replaced the folder; the old one is back"));
    }
    let (top, image) = request.find(store, reporter.as_ref()).await?;
    let digest = top.digest().clone();
    let (_, manifest) = platform::choose(store, top, request.platform.as_ref()).await?;
    let download = Download { store, folder: staging.around(), concurrency: request.concurrency, reporter };
    let (layers, promise) = tokio::try_join!(download.layers(&manifest), fetch::promise(store, &manifest))?;
    platform::hold(promise.platform.as_ref(), request.platform.as_ref())?;
    layers.hold(&promise)?;

    reporter.report(Event::Begin(Step::Unpack, None));
    let (limits, kind) = (request.limits, manifest.kind().to_owned());
    let (files, placed) = blocking(move |wanted| {
        let files = layers.unpack(staging.path(), limits, &promise, &wanted)?;
        if files.is_empty() {
            return Err(OpError::NotArtifact { kind, why: "its layers hold no files".to_owned() });
        }
        Ok((files, staging.commit()?))
    })
    .await?;
    reporter.report(Event::End(Step::Unpack));
    tell(&placed, reporter.as_ref());
    let files = files.into_iter().map(|file| file.path).collect();
    Ok(Pulled { reference: request.reference.at(&digest), digest, output: request.output, files, image })
}

impl PullRequest {
    /// The manifest or index to pull, and what it is linked to when that was asked for.
    async fn find(&self, store: &dyn Store, reporter: &dyn Reporter) -> Result<(RawManifest, Option<String>)> {
        let version = match &self.choice {
            Choice::Named => self.reference.version(),
            Choice::Newest(range) => Version::Tag(versions::newest(store, range).await?),
            Choice::Linked => {
                let linked = image::linked(store, &self.reference, self.platform.as_ref(), reporter).await?;
                return Ok((linked.bob, Some(self.reference.at(&linked.subject))));
            }
        };
        Ok((store.manifest(&version).await?, None))
    }
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
