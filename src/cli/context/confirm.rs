//! Whether the user agrees to what cannot be undone.

use std::io::{self, BufRead, IsTerminal};

use super::{CliError, Context};
use crate::output;

impl Context {
    /// An error unless somebody agreed by `--yes`, or is there to be asked.
    pub(in crate::cli) fn agreed_or_present(yes: bool) -> Result<(), CliError> {
        if yes || (io::stdin().is_terminal() && output::stderr_is_terminal()) {
            return Ok(());
        }
        let error = anyhow::anyhow!("nobody is there to be asked whether to delete: this is no terminal");
        Err(CliError::usage(error).with_hint("give --yes to delete without being asked"))
    }

    /// Ask `question` on the terminal; whether the answer is yes. An empty answer, or none, is no.
    pub(in crate::cli) async fn asks(&self, question: &str) -> bool {
        self.ui.question(&format!("{question} [y/N] "));
        // On a thread of its own, so that Ctrl-C and --timeout end the wait for an answer.
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().lock().read_line(&mut answer).map(|_| answer)
        });
        let answer = answer.await.ok().and_then(Result::ok).unwrap_or_default();
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}
