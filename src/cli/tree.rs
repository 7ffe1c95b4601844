//! `tree artifact`.

mod drawing;

use clap::Args;

use super::context::{Access, Context};
use super::error::CliError;
use super::flags::{self, FormatOrShort, RegistryFlags, Shown};
use crate::ops::tree::{self, MAX_DEPTH, TreeRequest};

/// Show what refers to an artifact or image, recursively: SBOMs, signatures, BoBs
///
/// Referrers come from the registry's own list, from the referrers tag, and from cosign's .sig, .att and .sbom tags. The
/// platforms of an index are branches with referrers of their own. A manifest that was shown already is shown without
/// what refers to it. Anybody who may write to a repository may refer to what is there: nothing is verified here. With
/// --verbose, digests are whole and annotations are shown.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bobctl tree artifact oci://ghcr.io/org/webapp:1.2.3 --artifact-type application/vnd.bob.artifact+yaml"
)]
pub(super) struct TreeArgs {
    /// Which artifact or image: oci://HOST/REPOSITORY[:TAG][@DIGEST] or oci-layout://DIR[:TAG][@DIGEST]
    #[arg(value_name = "REF")]
    reference: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// Only branches that lead to artifacts of this type
    #[arg(long, value_name = "TYPE")]
    artifact_type: Option<String>,
    /// How many levels of referrers to show; 1 is direct referrers alone, 16 the most
    #[arg(long, value_name = "N", default_value_t = MAX_DEPTH as u64, value_parser = clap::value_parser!(u64).range(1..=MAX_DEPTH as u64))]
    depth: u64,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl TreeArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let request = TreeRequest {
            reference: flags::reference(&self.reference, &self.more)?,
            artifact_type: self.artifact_type,
            depth: usize::try_from(self.depth).unwrap_or(MAX_DEPTH),
        };
        let store = context.store(&request.reference.location, &self.registry, Access::Pull)?;
        let tree = context.wait(&self.registry.access, tree::tree(store.as_ref(), request, context.reporter()))?;
        let verbose = context.ui().is_verbose();
        context.ui().result(&tree, |tree| drawing::draw(tree, verbose))?;
        Ok(())
    }
}
