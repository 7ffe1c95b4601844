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
//! ready               all of that, with the questions that are asked meanwhile
//! publish             blobs, children, top manifest
//! link ← placed       the same beside the image
//! ```

mod bob;
mod bobs;
mod conditions;
mod file_source;
mod files;
mod link;
mod packed;
mod piece;
mod placed;
mod publish;
mod ready;
mod same;

use std::sync::Arc;

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

use self::conditions::Target;
use self::link::Own;
use self::publish::{Outgoing, Publisher};
use self::ready::{Prepared, Ready};
use super::Result;
use super::link::Linked;
use super::report::{Event, Reporter};
use super::transfer::Carrier;
use crate::oci::{Digest, RawManifest, Reference, Tag};
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
    let publisher = Publisher(Carrier { store: store.as_ref(), concurrency, reporter });
    let own = Own { store, reference: &reference, publisher: &publisher };
    let (Ready { made, missing, attachment }, ()) =
        tokio::try_join!(prepared.make_ready(&target, link, own), target.ask_ahead())?;

    let unchanged = target.unchanged(&made, &missing).await?;
    let written = unchanged.as_ref().map_or(&made.top.manifest, |standing| &standing.manifest).clone();
    let names = reference.tag.iter().filter(|_| unchanged.is_none());
    let names: Vec<&Tag> = names.chain(&tags).collect();
    target.check_clobber(&names, &written).await?;
    let out = Outgoing { made: &made, missing: &missing, unchanged: unchanged.as_ref(), tags: &names };
    let linked = match attachment {
        _ if conditions.dry_run => None,
        None => publisher.write(&out).await.map(|()| None)?,
        Some(attachment) => {
            attachment.spare_image(&target, &names).await?;
            Some(attachment.write(&out).await?)
        }
    };
    let (is_unchanged, standing) = (unchanged.is_some(), unchanged.map(|standing| standing.contents));
    let pushed = Pushed { linked, ..result(&reference, &written, is_unchanged, standing.unwrap_or(made.contents)) };
    pushed.tell(reporter.as_ref());
    Ok(pushed)
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
