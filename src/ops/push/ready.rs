//! From what is given to what is ready to be written: packed, put together, and compared with what stands there.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::OptionFuture;

use super::What;
use super::bobs::Bobs;
use super::conditions::Target;
use super::files::Files;
use super::link::{Attachment, LinkTo, Own, Plan};
use super::packed::Packed;
use super::piece::Made;
use super::publish::Missing;
use crate::artifact::provenance::Claims;
use crate::oci::{Digest, Location};
use crate::ops::Result;
use crate::ops::link::Shape;
use crate::ops::report::Reporter;

/// What is to be pushed, looked through: nothing about it is left to refuse.
#[expect(clippy::large_enum_variant, reason = "there is one of these, and it is used up at once")]
pub(super) enum Prepared {
    Bobs(Bobs),
    Files(Files),
}

/// What was made, and what of it is there.
pub(super) struct Ready<'a> {
    pub(super) made: Made,
    pub(super) missing: Missing,
    /// Its links to an image.
    pub(super) attachment: Option<Attachment<'a>>,
}

impl Prepared {
    /// Look through `what`, which goes to all of `places`.
    pub(super) async fn of(
        what: What,
        claims: Claims,
        places: &[&Location],
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Self> {
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
    pub(super) async fn make_ready<'a>(
        self,
        target: &Target<'_>,
        link: Option<LinkTo>,
        own: Own<'a>,
    ) -> Result<Ready<'a>> {
        let publisher = own.publisher;
        let plan = OptionFuture::from(link.map(|link| link.plan(self.shape())));
        let plan = async { plan.await.transpose() };
        let ((packed, sent), plan) = tokio::try_join!(self.pack(target, publisher.0.reporter), plan)?;
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
