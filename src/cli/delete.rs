//! `delete artifact`.

use clap::Args;

use super::context::Context;
use super::error::CliError;
use super::flags::{self, FormatOrShort, RegistryFlags, Shown};
use crate::oci::Reference;
use crate::ops::delete::{self, Plan};
use crate::ops::{Event, Reporter};
use crate::output::escape;

/// Take a tag away, or delete a manifest with all its tags
///
/// With a tag the tag goes and the manifest stays. With a digest the manifest goes, and every tag that names it. The list of
/// referrers of what it is linked to is kept right. In an OCI image layout blobs stay. Prints what was deleted.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bobctl delete artifact oci://ghcr.io/org/bobs/webapp:1.2.3-rc1 --yes")]
pub(super) struct DeleteArgs {
    /// What: oci://HOST/REPOSITORY:TAG or oci-layout://DIR:TAG for a tag, …@DIGEST for a manifest
    #[arg(value_name = "REF")]
    reference: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// Do not ask; needed where no terminal is
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl DeleteArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let reference = named(flags::reference(&self.reference, &self.more)?)?;
        Context::agreed_or_present(self.yes)?;
        let store = context.deleting(&reference.location, &self.registry)?;
        let deleted = context.wait(&self.registry.access, async {
            let plan = delete::plan(store.as_ref(), reference).await?;
            tell(context, &plan);
            if !self.yes && !context.asks(&plan.question()).await {
                return Ok(None);
            }
            delete::delete(store.as_ref(), plan).await.map(Some)
        })?;
        let deleted = deleted.ok_or_else(|| CliError::failure(anyhow::anyhow!("nothing was deleted")))?;
        context.ui().result(&deleted, |deleted| format!("{}\n", escape(&deleted.reference)))?;
        Ok(())
    }
}

/// No other command would take what has neither tag nor digest for anything but `latest`; this one takes it for a slip.
fn named(reference: Reference) -> Result<Reference, CliError> {
    if reference.tag.is_some() || reference.digest.is_some() {
        return Ok(reference);
    }
    let error = anyhow::anyhow!("'{reference}' names neither a tag nor a digest to delete");
    Err(CliError::usage(error)
        .with_hint(format!("write {reference}:TAG to take a tag away, {reference}@DIGEST to delete a manifest")))
}

fn tell(context: &Context, plan: &Plan) {
    let reporter: &dyn Reporter = context.reporter().as_ref();
    plan.notes().iter().for_each(|note| reporter.report(Event::Note(note)));
    reporter.warn_all(&plan.warnings());
}
