//! `--link`: what is pushed refers to an image from the start, and the same bytes are kept beside the image
//! (`artifact.md` section 7).
//!
//! The image is asked for while the content is packed, as its digest is part of the manifests. Blobs go to the own
//! repository and from there to the image's; the links are written and proven next, and the tags last: none ever names a
//! BoB whose link failed. Where both are one repository everything is written once, tags included, and proven after that.

use std::sync::Arc;

use super::conditions::{self, Unchanged};
use super::packed::Subjects;
use super::piece::{Contents, Made, Piece};
use super::placed;
use super::publish::{Missing, Outgoing, Publisher};
use crate::oci::annotation::Annotations;
use crate::oci::{Descriptor, Location, Platform, Reference, Tag};
use crate::ops::link::{
    self, Bob, Image, Job, LinkError, LinkRequest, Linked, Links, Part, Platforms, Shape, Survey, Target, Which,
};
use crate::ops::{Result, transfer};
use crate::store::Store;

/// An image that the push is linked to.
pub struct LinkTo {
    /// The store of its repository.
    pub store: Arc<dyn Store>,
    /// The image.
    pub image: Reference,
    /// Which children of its index are linked to.
    pub platforms: Option<Platforms>,
    /// Link what does not fit.
    pub allow_mismatch: bool,
}

/// Where a push goes to.
pub(super) struct Own<'a> {
    pub(super) store: &'a Arc<dyn Store>,
    pub(super) reference: &'a Reference,
    pub(super) publisher: &'a Publisher<'a>,
}

/// What refers to what, before there are manifests.
pub(super) struct Plan {
    to: LinkTo,
    image: Image,
    shape: Shape,
    targets: Vec<Target>,
}

/// The links of what was made.
pub(super) struct Attachment<'a> {
    own: Own<'a>,
    links: Links,
    image: Descriptor,
    /// Whether the image is in the repository that is pushed to.
    one_place: bool,
    /// Whether it is a BoB, whose profiles are held against the image.
    is_bob: bool,
}

impl LinkTo {
    /// Refuse a tag that is the image's own.
    pub(super) fn spare_image(&self, location: &Location, mut tags: impl Iterator<Item = Tag>) -> Result<()> {
        let image = self.image.tag.clone().or_else(|| self.image.digest.is_none().then(Tag::latest));
        match tags.find(|tag| Some(tag) == image.as_ref()) {
            Some(tag) if *location == self.image.location => {
                Err(LinkError::Overwrites { tag, image: self.image.to_string() }.into())
            }
            _ => Ok(()),
        }
    }

    /// Ask for the image, and settle what of `shape` refers to what of it.
    pub(super) async fn plan(self, shape: Shape) -> Result<Plan> {
        let image = Image::fetch(self.store.as_ref(), &self.image).await?;
        let targets = link::targets(&shape, &image, self.platforms.as_ref())?;
        Ok(Plan { to: self, image, shape, targets })
    }
}

impl Plan {
    /// What each manifest refers to from the start. A child that several images fit has one of them as its subject, that
    /// of just its platform first; the others get links of their own.
    pub(super) fn subjects(&self) -> Subjects {
        let of = |which: Which| self.targets.iter().filter(move |target| target.which == which);
        let child = |(position, own): (usize, &Option<Platform>)| {
            let mut of = of(Which::Child(position));
            let first = of.clone().next();
            of.find(|target| target.platform == *own).or(first).map(|target| target.subject.clone())
        };
        let children = match &self.shape {
            Shape::Single(_) => Vec::new(),
            Shape::Index(platforms) => platforms.iter().enumerate().map(child).collect(),
        };
        Subjects { top: of(Which::Top).next().map(|target| target.subject.clone()), children }
    }

    /// The links of `made`, which refers to these subjects.
    pub(super) fn attach<'a>(self, made: &Made, own: Own<'a>) -> Result<Attachment<'a>> {
        let Self { to, image, targets, .. } = self;
        let one_place = own.reference.location == to.image.location;
        let blobs = if one_place { Vec::new() } else { placed::blobs(made, &own.reference.location) };
        let request = LinkRequest {
            bob: own.reference.clone(),
            image: to.image,
            artifact_type: made.top.manifest.document()?.kind().map(str::to_owned),
            annotations: Annotations::new(),
            platforms: to.platforms,
            allow_mismatch: to.allow_mismatch,
            concurrency: own.publisher.0.concurrency,
        };
        let (bob, reporter) = (bob(made, own.store)?, Arc::clone(own.publisher.0.reporter));
        let descriptor = image.descriptor();
        let is_bob = !matches!(made.contents, Contents::Files(_));
        // Elsewhere the tags are still to be written.
        let job = Job { to: to.store, request, bob, image, is_bob, mends_itself: one_place, reporter };
        Ok(Attachment { own, links: Links::new(job, targets, blobs)?, image: descriptor, one_place, is_bob })
    }
}

impl Attachment<'_> {
    /// Hold the profiles against the image.
    pub(super) async fn check(&self) -> Result<()> {
        if self.is_bob { self.links.check().await } else { Ok(()) }
    }

    /// As [`Attachment::check`], and ask what there is already.
    pub(super) async fn survey(&self) -> Result<Survey> {
        let ((), survey) = tokio::try_join!(self.check(), self.links.look())?;
        Ok(survey)
    }

    /// Take the answers in. What the own repository lacks counts where it is the image's as well.
    pub(super) fn settle(&mut self, mut survey: Survey, missing: &Missing) {
        if self.one_place {
            survey.missing.extend(missing.blobs.iter().cloned());
        }
        self.links.settle(survey);
    }

    /// Refuse to move one of `tags` from the image to what refers to it. A layout, or a registry, may go by two names, so
    /// this is asked wherever the image seems to be.
    pub(super) async fn spare_image(&self, target: &conditions::Target<'_>, tags: &[&Tag]) -> Result<()> {
        let named = target.named(tags).await?;
        let is_image = |named: &Option<Descriptor>| named.as_ref().is_some_and(|it| it.digest == self.image.digest);
        match tags.iter().zip(named).find(|(_, named)| is_image(named)) {
            Some((&tag, _)) => {
                let image = self.own.reference.at(&self.image.digest);
                Err(LinkError::Overwrites { tag: tag.clone(), image }.into())
            }
            None => Ok(()),
        }
    }

    /// Write everything: the blobs, the links with their proof, and the tags.
    pub(super) async fn write(self, out: &Outgoing<'_>) -> Result<Linked> {
        let (publisher, one_place) = (self.own.publisher, self.one_place);
        match out.unchanged {
            Some(standing) => {
                let linked = self.links_of(standing).await?.complete().await?;
                publisher.write(out).await?;
                Ok(linked)
            }
            None if one_place => {
                let mut links = self.links;
                links.have(publisher.publish(out.made, out.missing, out.tags).await?);
                links.complete().await
            }
            None => {
                publisher.upload(out.made, out.missing).await?;
                let linked = self.links.complete().await?;
                publisher.publish(out.made, &out.missing.without_blobs(), out.tags).await?;
                Ok(linked)
            }
        }
    }

    /// The links of what stands under the tag: it differs from what was made by the clock alone.
    async fn links_of(self, standing: &Unchanged) -> Result<Links> {
        let digest = standing.manifest.digest();
        if digest == self.links.bob() {
            return Ok(self.links);
        }
        let reference =
            Reference { location: self.own.reference.location.clone(), tag: None, digest: Some(digest.clone()) };
        let bob = Bob::fetch(self.own.store, &reference).await?;
        let blobs = if self.one_place { Vec::new() } else { transfer::stored_blobs(self.own.store, bob.blobs()) };
        let mut links = self.links.of(bob, blobs)?;
        let survey = links.look().await?;
        links.settle(survey);
        Ok(links)
    }
}

/// What was made, as something to be linked.
fn bob(made: &Made, store: &Arc<dyn Store>) -> Result<Bob> {
    let is_index = matches!(made.contents, Contents::Platforms(_));
    let pieces = if is_index { made.children.as_slice() } else { std::slice::from_ref(&made.top) };
    let part = |piece: &Piece| Part::made(piece.manifest.clone(), piece.facts.clone());
    let parts = pieces.iter().map(part).collect::<Result<_>>()?;
    Ok(Bob::made(store, made.top.manifest.clone(), parts, is_index))
}
