//! `completion`.

use clap::Args;
use clap_complete::Shell;

use super::context::Context;
use super::error::CliError;

/// Print the completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bobctl completion bash > /etc/bash_completion.d/bobctl")]
pub(super) struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionArgs {
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "bobctl", &mut script);
        context.ui().data(&script)?;
        Ok(())
    }
}
