//! `describe artifact`.

mod text;

use clap::Args;

use super::context::{Access, Context};
use super::error::CliError;
use super::flags::{self, FormatOrShort, RegistryFlags, Shown};
use crate::oci::Platform;
use crate::ops::describe::{self, DescribeRequest};

/// Show what an artifact, image or index is, what it holds and what is attached to it
///
/// Of a BoB it shows the profiles with what they allow, in numbers, and the values with their defaults; the content is
/// fetched only for these and for --files, and checked as pull does. Nothing that is attached is verified here. Digests and
/// long values are shown short without --verbose; JSON and YAML have them whole.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bobctl describe artifact oci://ghcr.io/org/bobs/webapp:1.2.3 --files")]
pub(super) struct DescribeArgs {
    /// Which artifact: oci://HOST/REPOSITORY[:TAG][@DIGEST] or oci-layout://DIR[:TAG][@DIGEST]
    #[arg(value_name = "REF")]
    reference: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// Fetch the content and list its files
    #[arg(long)]
    files: bool,
    /// Describe this platform's manifest of an index instead of the index
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Print the manifest's own bytes and nothing else, whatever the format
    #[arg(long, conflicts_with = "files")]
    raw: bool,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl DescribeArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let reference = flags::reference(&self.reference, &self.more)?;
        let store = context.store(&reference.location, &self.registry, Access::Pull)?;
        if self.raw {
            let raw = describe::raw(store.as_ref(), &reference, self.platform.as_ref());
            context.ui().data(&context.wait(&self.registry.access, raw)?)?;
            return Ok(());
        }
        let request = DescribeRequest {
            reference,
            platform: self.platform,
            files: self.files,
            scratch: Context::scratch(),
            concurrency: usize::from(self.registry.concurrency),
        };
        let work = describe::describe(store.as_ref(), request, context.reporter());
        let description = context.wait(&self.registry.access, work)?;
        let whole = context.ui().is_verbose();
        context.ui().result(&description, |description| text::text(description, whole))?;
        Ok(())
    }
}
