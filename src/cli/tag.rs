//! `tag artifact`.

use clap::Args;

use super::context::{Access, Context};
use super::error::CliError;
use super::flags::{self, FormatOrShort, RegistryFlags, Shown};
use crate::oci::Digest;
use crate::ops::tag::{self, TagRequest};
use crate::output::escape;

/// Add tags to an artifact; no content moves
///
/// Prints one reference a line. The conditions are checked just before writing; registries offer no lock.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bobctl tag artifact oci://ghcr.io/org/bobs/webapp:1.2.3 --tag stable --tag 1.2")]
pub(super) struct TagArgs {
    /// Which artifact: oci://HOST/REPOSITORY[:TAG][@DIGEST] or oci-layout://DIR[:TAG][@DIGEST]
    #[arg(value_name = "REF")]
    reference: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// A tag to add (repeat)
    #[arg(long, value_name = "TAG", required = true)]
    tag: Vec<String>,
    /// Fail unless each tag names this digest now
    #[arg(long, value_name = "DIGEST")]
    if_match: Option<Digest>,
    /// Fail when a tag exists and names something else
    #[arg(long)]
    no_clobber: bool,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl TagArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let request = TagRequest {
            reference: flags::reference(&self.reference, &self.more)?,
            tags: flags::tags(&self.tag)?,
            if_match: self.if_match,
            no_clobber: self.no_clobber,
        };
        let store = context.store(&request.reference.location, &self.registry, Access::Push)?;
        let tagged = context.wait(&self.registry.access, tag::tag(store.as_ref(), request, context.reporter()))?;
        context.ui().result(&tagged, |tagged| escaped(&tagged.references).join("\n"))?;
        Ok(())
    }
}

fn escaped(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| escape(line)).collect()
}
