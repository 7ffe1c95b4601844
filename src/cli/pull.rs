//! `pull artifact`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};

use super::context::{Access, Context};
use super::error::CliError;
use super::flags::{self, FormatOnly, RegistryFlags, Shown};
use super::units;
use crate::oci::range::Range;
use crate::oci::{Platform, Reference};
use crate::ops::pull::{self, Choice, Limits, PullRequest};
use crate::output::escape;

/// Fetch an artifact, check it and unpack it into a folder
///
/// Every digest and size is checked before anything is unpacked, and the folder appears in one step. Prints
/// HOST/REPOSITORY@DIGEST.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bobctl pull artifact oci://ghcr.io/org/bobs/webapp --semver '~1.2' -o ./webapp\n  \
                  bobctl pull artifact --image ghcr.io/org/webapp:1.2.3 -o ./webapp",
    group = ArgGroup::new("artifact").args(["reference", "image"]).required(true)
)]
pub(super) struct PullArgs {
    /// Which artifact: oci://HOST/REPOSITORY[:TAG][@DIGEST] or oci-layout://DIR[:TAG][@DIGEST]
    #[arg(value_name = "REF")]
    reference: Option<String>,
    #[arg(hide = true)]
    more: Vec<String>,
    /// The folder to write; made if absent
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output: PathBuf,
    /// Replace the folder when it is not empty
    #[arg(long)]
    force: bool,
    /// Take the newest version in this range instead of a tag, ~1.2 or '>=1.0 <2' for one
    #[arg(long, value_name = "RANGE", conflicts_with = "image")]
    semver: Option<Range>,
    /// Instead of REF: the newest BoB that is linked to this image
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Which platform of an index [default: linux on this machine's architecture, or the only one]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Refuse to unpack more than this
    #[arg(long, value_name = "SIZE", value_parser = units::size, default_value = "4Gi")]
    max_unpacked_size: u64,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOnly,
}

impl PullArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let (reference, choice) = self.choice()?;
        let store = context.store(&reference.location, &self.registry, Access::Pull)?;
        let request = PullRequest {
            reference,
            choice,
            platform: self.platform,
            output: self.output,
            rules: Context::rules(self.force),
            limits: Limits::of_size(self.max_unpacked_size),
            concurrency: usize::from(self.registry.concurrency),
        };
        let pulled = context.wait(&self.registry.access, pull::pull(store.as_ref(), request, context.reporter()))?;
        context.ui().result(&pulled, |pulled| escape(&pulled.reference))?;
        Ok(())
    }
    /// What to start at, and which artifact that means.
    fn choice(&self) -> Result<(Reference, Choice), CliError> {
        if let Some(image) = &self.image {
            return Ok((flags::reference(image, &self.more)?, Choice::Linked));
        }
        let given = self.reference.as_deref().unwrap_or_default();
        let reference = flags::reference(given, &self.more)?;
        match &self.semver {
            None => Ok((reference, Choice::Named)),
            Some(_) if reference.tag.is_some() || reference.digest.is_some() => {
                let error = anyhow::anyhow!("--semver chooses the tag, and '{reference}' has one");
                Err(CliError::usage(error).with_hint(format!("write {} with --semver", reference.location)))
            }
            Some(range) => Ok((reference, Choice::Newest(range.clone()))),
        }
    }
}
