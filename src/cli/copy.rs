//! `copy artifact`.

use clap::Args;

use super::context::Context;
use super::error::CliError;
use super::flags::{self, FormatOrShort, RegistryFlags, Shown, SideFlags};
use crate::oci::Platform;
use crate::ops::copy::{self, CopyRequest};
use crate::output::escape;

/// Copy an artifact, an image or an index from one registry or layout to another
///
/// Every byte stays as it is, and so does the digest. What is there already is not sent again; inside one registry blobs
/// do not travel at all. The tag is written last. Prints HOST/REPOSITORY@DIGEST of the copy, ready for cosign sign.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bobctl copy artifact oci://ghcr.io/org/webapp:1.2.3 oci://mirror.example.org/webapp:1.2.3 -r\n  bobctl copy artifact oci://ghcr.io/org/webapp:1.2.3 oci-layout://webapp:1.2.3"
)]
pub(super) struct CopyArgs {
    /// What to copy: oci://HOST/REPOSITORY[:TAG][@DIGEST] or oci-layout://DIR[:TAG][@DIGEST]
    #[arg(value_name = "SRC")]
    source: String,
    /// Where to, in the same form; without a tag it is reachable by digest
    #[arg(value_name = "DST")]
    target: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// Copy what refers to it as well, recursively: BoBs, SBOMs, signatures, and cosign's .sig, .att and .sbom tags
    #[arg(short, long)]
    recursive: bool,
    /// Of an index, copy the manifest for this platform alone; the tag then names that one
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    sides: SideFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl CopyArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let request = CopyRequest {
            source: flags::reference(&self.source, &[])?,
            target: flags::destination(&self.target, &self.more)?,
            platform: self.platform,
            recursive: self.recursive,
            concurrency: usize::from(self.registry.concurrency),
        };
        let untagged = request.target.tag.is_none();
        let (source, target) = (&request.source.location, &request.target.location);
        let (from, to) = context.pair(source, target, &self.registry, &self.sides)?;
        let copied = context.wait(&self.registry.access, copy::copy(&from, &to, request, context.reporter()));
        let copied = copied.map_err(flags::or_one_side)?;
        if untagged {
            context.ui().note("no tag is given; the copy is reachable by its digest alone, and some registries delete what no tag names");
        }
        context.ui().result(&copied, |copied| escape(&copied.reference))?;
        Ok(())
    }
}
