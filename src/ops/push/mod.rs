//! `push`: make everything here, upload what the store does not have, tag.
//!
//! What is refused is refused before the first request. The tag is asked for while the content is packed; a large layer
//! of a new tag is sent while it is made. Blobs come before manifests, the manifests of an index before it, the top
//! manifest is written under its tags, and nothing is written when the tag has it already.
//!
//! ```text
//! bobs ← bob          folders: a BoB, or an index of one BoB a platform
//! files ← file_source files as they are
//!        → piece      manifests with their blobs, complete
//! conditions ← same   what stands there, and whether that will do
//! publish             blobs, children, top manifest
//! ```

mod bob;
mod bobs;
mod conditions;
mod file_source;
mod files;
mod piece;
mod publish;
mod same;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

pub use self::bobs::Folders;
pub use self::conditions::Conditions;
pub use self::files::{FileArtifact, FileGiven};
pub use self::piece::{Contents, FilePushed, Layer, PlatformPushed};
pub use super::content::Content;
pub use crate::artifact::pack::{Input, Options};
pub use crate::artifact::provenance::{Claims, Created, parse_annotations, read_annotation_file};

use self::bobs::Bobs;
use self::conditions::Target;
use self::files::Files;
use self::piece::Made;
use self::publish::{Missing, Publisher};
use super::Result;
use super::report::Reporter;
use super::tag;
use crate::oci::{Digest, Location, RawManifest, Reference, Tag};
use crate::store::Store;

/// What to push, where, and under which conditions.
pub struct PushRequest {
    /// Where, with the tag to write and, if given, the digest that has to come out.
    pub reference: Reference,
    /// Further tags.
    pub tags: Vec<Tag>,
    /// What to push.
    pub what: What,
    /// Where it comes from.
    pub claims: Claims,
    /// Under which conditions something is written.
    pub conditions: Conditions,
    /// How many blobs are sent at the same time.
    pub concurrency: usize,
}

/// What to push.
pub enum What {
    /// Folders, packed.
    Bob {
        /// The folders.
        folders: Folders,
        /// The config's media type, when it is not the BoB's own.
        config_media_type: Option<String>,
    },
    /// Files as they are.
    Files(FileArtifact),
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
    /// The digest of the manifest, or of the index.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// `layer`, `platforms` or `files`.
    #[serde(flatten)]
    pub contents: Contents,
    /// Whether the store had it already, so that nothing but further tags was written.
    pub unchanged: bool,
    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    #[serde(skip)]
    pub reference: String,
}

/// Pack and push.
pub async fn push(store: &dyn Store, request: PushRequest, reporter: &Arc<dyn Reporter>) -> Result<Pushed> {
    let PushRequest { reference, tags, what, claims, conditions, concurrency } = request;
    let prepared = Prepared::of(what, claims, &reference.location, reporter).await?;
    let target = Target::new(store, &reference, conditions);
    let publisher = Publisher { store, concurrency, reporter };

    let first = async {
        let (made, sent) = prepared.make(&target, reporter).await?;
        made.check()?;
        target.expect_digest(&made.top.manifest)?;
        if conditions.dry_run {
            return Ok((made, Missing::default()));
        }
        let (missing, ()) = tokio::try_join!(publisher.missing(&made, &sent), target.ask_for(&made.top.manifest))?;
        Ok((made, missing))
    };
    let ((made, missing), ()) = tokio::try_join!(first, target.ask_ahead())?;

    let unchanged = target.unchanged(&made, &missing).await?;
    let written = unchanged.as_ref().map_or(&made.top.manifest, |standing| &standing.manifest);
    let own = reference.tag.iter().filter(|_| unchanged.is_none());
    let names: Vec<&Tag> = own.chain(&tags).collect();
    target.check_clobber(&names, written).await?;
    if !conditions.dry_run {
        match &unchanged {
            Some(standing) => tag::write(store, &standing.manifest, names.into_iter()).await?,
            None => publisher.publish(&made, &missing, &names).await?,
        }
    }
    let (written, unchanged) = (written.clone(), unchanged.map(|standing| standing.contents));
    Ok(result(&reference, &written, unchanged.is_some(), unchanged.unwrap_or(made.contents)))
}

/// What is to be pushed, looked through: nothing about it is left to refuse.
#[expect(clippy::large_enum_variant, reason = "there is one of these, and it is used up at once")]
enum Prepared {
    Bobs(Bobs),
    Files(Files),
}

impl Prepared {
    async fn of(what: What, claims: Claims, target: &Location, reporter: &Arc<dyn Reporter>) -> Result<Self> {
        match what {
            What::Bob { folders, config_media_type } => {
                Bobs::prepare(folders, config_media_type, claims, target, reporter).await.map(Self::Bobs)
            }
            What::Files(artifact) => Files::prepare(artifact, claims, reporter).await.map(Self::Files),
        }
    }

    /// Make everything, and say which blobs the target has got meanwhile.
    async fn make(self, target: &Target<'_>, reporter: &Arc<dyn Reporter>) -> Result<(Made, BTreeSet<Digest>)> {
        match self {
            Self::Bobs(bobs) => bobs.make(target, reporter).await,
            Self::Files(files) => Ok((files.make(reporter).await?, BTreeSet::new())),
        }
    }
}

fn result(reference: &Reference, manifest: &RawManifest, unchanged: bool, contents: Contents) -> Pushed {
    let printed = reference.at(manifest.digest());
    Pushed {
        url: if printed.contains("://") { printed.clone() } else { format!("oci://{printed}") },
        repository: reference.location.to_string(),
        tag: reference.tag.as_ref().map(ToString::to_string),
        digest: manifest.digest().clone(),
        size: manifest.bytes().len() as u64,
        contents,
        unchanged,
        reference: printed,
    }
}
