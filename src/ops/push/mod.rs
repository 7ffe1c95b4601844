//! `push`: make everything here, upload what the store does not have, tag.
//!
//! What is refused is refused before the first request. The tag is asked for while the content is packed; a large layer
//! of a new tag is sent while it is made. Blobs come before manifests, the manifests of an index before it, the top
//! manifest is written under its tags, and nothing is written when the tag has it already.
//!
//! ```text
//! bobs ← bob          folders: a BoB, or an index of one BoB a platform
//! files ← file_source files as they are
//! packed → piece      manifests with their blobs, complete, referring to an image or not
//! conditions ← same   what stands there, and whether that will do
//! publish             blobs, children, top manifest
//! link                the same beside the image
//! ```

mod bob;
mod bobs;
mod conditions;
mod file_source;
mod files;
mod link;
mod packed;
mod piece;
mod publish;
mod same;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::OptionFuture;
use serde::Serialize;

pub use self::bob::Types;
pub use self::bobs::Folders;
pub use self::conditions::Conditions;
pub use self::files::{FileArtifact, FileGiven};
pub use self::link::LinkTo;
pub use self::piece::{Contents, FilePushed, Layer, PlatformPushed};
pub use super::content::Content;
pub use crate::artifact::pack::{Input, Options};
pub use crate::artifact::provenance::{Claims, Created, parse_annotations, read_annotation_file};

use self::bobs::Bobs;
use self::conditions::Target;
use self::files::Files;
use self::link::{Attachment, Outgoing, Own, Plan};
use self::packed::Packed;
use self::piece::Made;
use self::publish::{Missing, Publisher};
use super::Result;
use super::link::{Linked, Shape};
use super::report::{Event, Reporter};
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
    /// The image that it is linked to.
    pub link: Option<LinkTo>,
}

/// What to push.
pub enum What {
    /// Folders, packed.
    Bob {
        /// The folders.
        folders: Folders,
        /// Its types.
        types: Types,
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
    /// What became of the link to an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
    /// `HOST/REPOSITORY@DIGEST`, or `oci-layout://DIR@DIGEST`.
    #[serde(skip)]
    pub reference: String,
}

impl Pushed {
    /// The links that are no manifests of what was pushed: they have digests of their own.
    pub fn further_links(&self) -> impl Iterator<Item = &str> {
        let platforms = self.linked.iter().flat_map(|linked| &linked.platforms);
        let further = platforms.filter(|link| link.digest != self.digest && !self.contents.has(&link.digest));
        further.map(|link| link.reference.as_str())
    }

    fn tell(&self, reporter: &dyn Reporter) {
        let Some(linked) = &self.linked else { return };
        linked.tell(reporter);
        if !linked.unchanged && self.further_links().next().is_some() {
            let note = "the links to single platforms have digests of their own, which no signature covers yet";
            reporter.report(Event::Note(note));
        }
    }
}

/// Pack and push.
pub async fn push(store: &Arc<dyn Store>, request: PushRequest, reporter: &Arc<dyn Reporter>) -> Result<Pushed> {
    let PushRequest { reference, tags, what, claims, conditions, concurrency, link } = request;
    let mut places = vec![&reference.location];
    if let Some(link) = &link {
        link.spare_image(&reference.location, reference.tag.iter().chain(&tags).cloned())?;
        places.push(&link.image.location);
    }
    let prepared = Prepared::of(what, claims, &places, reporter).await?;
    let target = Target::new(store.as_ref(), &reference, conditions, link.is_none());
    let publisher = Publisher { store: store.as_ref(), concurrency, reporter };
    let own = Own { store, reference: &reference, publisher: &publisher };
    let (Ready { made, missing, attachment }, ()) =
        tokio::try_join!(prepared.make_ready(&target, link, own), target.ask_ahead())?;

    let unchanged = target.unchanged(&made, &missing).await?;
    let written = unchanged.as_ref().map_or(&made.top.manifest, |standing| &standing.manifest).clone();
    let names = reference.tag.iter().filter(|_| unchanged.is_none());
    let names: Vec<&Tag> = names.chain(&tags).collect();
    target.check_clobber(&names, &written).await?;
    let mut linked = None;
    if !conditions.dry_run {
        match (attachment, &unchanged) {
            (Some(attachment), unchanged) => {
                attachment.spare_image(target.standing().await?)?;
                let out = Outgoing { made: &made, missing: &missing, unchanged: unchanged.as_ref(), tags: &names };
                linked = Some(attachment.write(out).await?);
            }
            (None, Some(standing)) => drop(tag::write(store.as_ref(), &standing.manifest, names.into_iter()).await?),
            (None, None) => drop(publisher.publish(&made, &missing, &names).await?),
        }
    }
    let (is_unchanged, standing) = (unchanged.is_some(), unchanged.map(|standing| standing.contents));
    let pushed = Pushed { linked, ..result(&reference, &written, is_unchanged, standing.unwrap_or(made.contents)) };
    pushed.tell(reporter.as_ref());
    Ok(pushed)
}

/// What is to be pushed, looked through: nothing about it is left to refuse.
#[expect(clippy::large_enum_variant, reason = "there is one of these, and it is used up at once")]
enum Prepared {
    Bobs(Bobs),
    Files(Files),
}

/// What was made, and what of it is there.
struct Ready<'a> {
    made: Made,
    missing: Missing,
    attachment: Option<Attachment<'a>>,
}

impl Prepared {
    async fn of(what: What, claims: Claims, places: &[&Location], reporter: &Arc<dyn Reporter>) -> Result<Self> {
        match what {
            What::Bob { folders, types } => {
                Bobs::prepare(folders, types, claims, places, reporter).await.map(Self::Bobs)
            }
            What::Files(artifact) => Files::prepare(artifact, claims, reporter).await.map(Self::Files),
        }
    }

    fn shape(&self) -> Shape {
        match self {
            Self::Bobs(bobs) => bobs.shape(),
            Self::Files(_) => Shape::Single(None),
        }
    }

    /// Make everything, and ask what of it there is already. The image is asked for meanwhile, and what does not fit it
    /// is refused.
    async fn make_ready<'a>(self, target: &Target<'_>, link: Option<LinkTo>, own: Own<'a>) -> Result<Ready<'a>> {
        let publisher = own.publisher;
        let plan = OptionFuture::from(link.map(|link| link.plan(self.shape())));
        let plan = async { plan.await.transpose() };
        let ((packed, sent), plan) = tokio::try_join!(self.pack(target, publisher.reporter), plan)?;
        let made = packed.made(&plan.as_ref().map(Plan::subjects).unwrap_or_default());
        made.check()?;
        target.expect_digest(&made.top.manifest)?;
        let mut attachment = plan.map(|plan| plan.attach(&made, own)).transpose()?;
        if target.conditions.dry_run {
            OptionFuture::from(attachment.as_ref().map(Attachment::check)).await.transpose()?;
            return Ok(Ready { made, missing: Missing::default(), attachment });
        }
        let survey = OptionFuture::from(attachment.as_ref().map(Attachment::survey));
        let survey = async { survey.await.transpose() };
        let (missing, (), survey) =
            tokio::try_join!(publisher.missing(&made, &sent), target.ask_for(&made.top.manifest), survey)?;
        if let Some((attachment, survey)) = attachment.as_mut().zip(survey) {
            attachment.settle(survey, &missing);
        }
        Ok(Ready { made, missing, attachment })
    }

    /// Pack everything, and say which blobs the target has got meanwhile.
    async fn pack(self, target: &Target<'_>, reporter: &Arc<dyn Reporter>) -> Result<(Packed, BTreeSet<Digest>)> {
        match self {
            Self::Bobs(bobs) => bobs.pack(target, reporter).await,
            Self::Files(files) => Ok((files.pack(reporter).await?, BTreeSet::new())),
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
        linked: None,
        reference: printed,
    }
}
