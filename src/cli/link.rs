//! `link artifact`.

use clap::Args;

use super::context::Context;
use super::error::CliError;
use super::flags::{self, FormatOrShort, RegistryFlags, Shown, SideFlags};
use super::inputs::{media_type, platforms};
use crate::ops::link::{self, LinkRequest, Linked, Platforms};
use crate::output::escape;

/// Link a BoB to the image that it is about, so that it is found from there
///
/// The BoB's content goes to the image's repository with a manifest that refers to the image. Prints HOST/REPOSITORY@DIGEST
/// of that manifest, ready for cosign sign, and a line for each platform that is linked too. Linking again changes nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bobctl link artifact oci://ghcr.io/org/bobs/webapp:1.2.3 oci://ghcr.io/org/webapp:1.2.3"
)]
pub(super) struct LinkArgs {
    /// The BoB: oci://HOST/REPOSITORY[:TAG][@DIGEST] or oci-layout://DIR[:TAG][@DIGEST]
    #[arg(value_name = "BOB")]
    bob: String,
    /// The image or index, in the same form
    #[arg(value_name = "IMAGE")]
    image: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// The link's artifact type [default: application/vnd.bob.artifact+yaml]
    #[arg(long, value_name = "TYPE", value_parser = media_type)]
    artifact_type: Option<String>,
    /// An annotation of the link (repeat)
    #[arg(short = 'a', long, value_name = "KEY=VALUE")]
    annotations: Vec<String>,
    /// Link the images in an index too: all that the BoB is for, or those of these platforms, separated by commas
    #[arg(long, value_name = "all|LIST", value_parser = platforms)]
    platforms: Option<Platforms>,
    /// Link even if the BoB's profiles name another image or architecture
    #[arg(long)]
    allow_mismatch: bool,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    sides: SideFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl LinkArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let request = LinkRequest {
            bob: flags::reference(&self.bob, &[])?,
            image: flags::reference(&self.image, &self.more)?,
            artifact_type: self.artifact_type,
            annotations: link::parse_annotations(self.annotations.iter().map(String::as_str))?,
            platforms: self.platforms,
            allow_mismatch: self.allow_mismatch,
            concurrency: usize::from(self.registry.concurrency),
        };
        let (bob, image) = (&request.bob.location, &request.image.location);
        let (from, to) = context.pair(bob, image, &self.registry, &self.sides)?;
        let linked = context.wait(&self.registry.access, link::link(&from, &to, request, context.reporter()));
        context.ui().result(&linked.map_err(flags::or_one_side)?, lines)?;
        Ok(())
    }
}

/// The link to the image, and one a line for its platforms.
fn lines(linked: &Linked) -> String {
    let platforms = linked.platforms.iter().map(|platform| &platform.reference);
    let references: Vec<String> = [&linked.reference].into_iter().chain(platforms).map(|text| escape(text)).collect();
    references.join("\n")
}
