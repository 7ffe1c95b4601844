//! Whether a BoB and the image belong together, before anything is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::Result;
use super::super::report::{Event, Reporter};
use super::error::LinkError;
use super::image::Image;
use crate::artifact::fit::{self, Fit, Profile};
use crate::oci::Platform;
use crate::store::Store;

/// How many profiles that do not fit an error names.
const REASONS: usize = 3;

/// What a link claims: that these profiles are about the image, or about its child for a platform.
pub(in crate::ops) struct Claim {
    pub(in crate::ops) profiles: Vec<Profile>,
    pub(in crate::ops) platform: Option<Platform>,
}

/// A BoB that is held against an image.
pub(in crate::ops) struct Check<'a> {
    pub(in crate::ops) to: &'a dyn Store,
    pub(in crate::ops) image: &'a Image,
    /// The BoB's reference, for messages.
    pub(in crate::ops) bob: String,
    /// A mismatch is a warning.
    pub(in crate::ops) allow_mismatch: bool,
    pub(in crate::ops) reporter: &'a Arc<dyn Reporter>,
}

impl Check<'_> {
    /// What there is to know of the image: of a single one, the architecture that its config names as well.
    pub(in crate::ops) async fn facts(&self) -> Result<fit::Image> {
        let mut facts = self.image.facts();
        facts.architectures.extend(self.image.architecture(self.to).await?);
        Ok(facts)
    }

    /// Hold every claim against the image, and say what could not be compared.
    pub(in crate::ops) async fn hold(&self, mut facts: fit::Image, claims: &[Claim]) -> Result<()> {
        if claims.iter().any(|claim| fit::wants_ids(&claim.profiles, &facts)) {
            facts.digests.extend(self.image.ids(self.to).await?);
        }
        let mut said = None;
        for claim in claims {
            let facts = match &claim.platform {
                Some(platform) => fit::Image { architectures: [platform.architecture.clone()].into(), ..facts.clone() },
                None => facts.clone(),
            };
            match fit::fit(&claim.profiles, &facts) {
                Fit::Fits => {}
                Fit::Unknown(why) if said == Some(why) => {}
                Fit::Unknown(why) => {
                    self.reporter.report(Event::Note(&format!("the BoB is not held against the image: {why}")));
                    said = Some(why);
                }
                Fit::Mismatch(why) => self.mismatch(claim, why)?,
            }
        }
        Ok(())
    }

    fn mismatch(&self, claim: &Claim, why: Vec<String>) -> Result<()> {
        // The BoBs of an index often say the same.
        let mut said = BTreeSet::new();
        let why = why.into_iter().filter(|line| said.insert(line.clone())).take(REASONS).collect();
        let (bob, image, platform) = (self.bob.clone(), self.image.reference(), claim.platform.clone());
        let error = LinkError::Mismatch { bob, image, platform, why };
        if !self.allow_mismatch {
            return Err(error.into());
        }
        self.reporter.report(Event::Warning(&error.to_string()));
        Ok(())
    }
}
