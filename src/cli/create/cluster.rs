//! Which cluster a secret goes to, and how.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::ops::secret::Secret;

/// Flags of applying.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct ClusterFlags {
    /// The kubeconfig [default: $KUBECONFIG or ~/.kube/config]
    #[arg(long, value_name = "FILE", conflicts_with = "export", value_hint = ValueHint::FilePath)]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME", conflicts_with = "export")]
    context: Option<String>,
    /// Take over what others manage, and take out the keys that they added
    #[arg(long, conflicts_with = "export")]
    force_conflicts: bool,
    /// Change nothing: client asks nobody, server lets the cluster decide what would change
    #[arg(long, value_name = "WHO", conflicts_with = "export")]
    dry_run: Option<Dry>,
}

/// Who decides what would change.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dry {
    Client,
    Server,
}

#[cfg(not(feature = "cluster"))]
impl ClusterFlags {
    #[expect(clippy::unused_self, reason = "the same with and without the client")]
    pub(super) fn apply(&self, _: &Secret, _: &Context) -> Result<(), CliError> {
        let error = anyhow::anyhow!("this bobctl is built without the Kubernetes client, the feature 'cluster'");
        Err(CliError::usage(error).with_hint("add --export and pipe the output into 'kubectl apply -f -'"))
    }
}

#[cfg(feature = "cluster")]
mod with_client {
    use super::{CliError, ClusterFlags, Context, Dry, Secret};
    use crate::ops::OpError;
    use crate::ops::secret::apply::{ApplyOptions, Created, DryRun, Outcome, PluginOutput, apply};
    use crate::output::{escape, stderr_is_terminal};

    impl ClusterFlags {
        /// Apply the secret to the cluster, and say what became of it.
        pub(in crate::cli::create) fn apply(&self, secret: &Secret, context: &Context) -> Result<(), CliError> {
            let options = ApplyOptions {
                kubeconfigs: Context::kubeconfigs(self.kubeconfig.as_ref()),
                context: self.context.clone(),
                dry_run: match self.dry_run {
                    None => DryRun::None,
                    Some(Dry::Client) => DryRun::Client,
                    Some(Dry::Server) => DryRun::Server,
                },
                force_conflicts: self.force_conflicts,
                plugin_output: if stderr_is_terminal() { PluginOutput::Shown } else { PluginOutput::Kept },
                ..ApplyOptions::default()
            };
            let work = async { apply(secret, &options).await.map_err(OpError::from) };
            let created = context.wait_local(work)?;
            context.ui().result(&created, line)?;
            Ok(())
        }
    }

    /// As kubectl says it, with the namespace.
    fn line(created: &Created) -> String {
        let outcome = match created.outcome {
            Some(Outcome::Created) => "created",
            Some(Outcome::Changed) => "changed",
            Some(Outcome::Unchanged) => "unchanged",
            None => "checked",
        };
        let dry = match created.dry_run {
            DryRun::None => "",
            DryRun::Client => " (dry run, the cluster was not asked)",
            DryRun::Server => " (dry run)",
        };
        escape(&format!("secret/{} {outcome} in namespace {}{dry}", created.name, created.namespace))
    }
}
