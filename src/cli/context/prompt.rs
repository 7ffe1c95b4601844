//! Questions to whoever sits at the terminal.

use std::io::{self, BufRead, IsTerminal, Read};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;

use super::credentials::MAX_PASSWORD;
use super::{CliError, Context};

/// Whether somebody can be asked.
pub(super) fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// A terminal that does not show what is typed, until this is dropped.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        // The end of the line is shown, or the next output would stand behind the question.
        modes.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

impl Context {
    /// A line that is typed in answer to `question`.
    pub(super) fn ask(&self, question: &str) -> Result<String, CliError> {
        self.typed(question, || Ok(None))
    }

    /// As [`Context::ask`], and nobody sees what is typed. However this ends, the terminal shows what is typed later.
    pub(super) fn ask_unseen(&self, question: &str) -> Result<SecretString, CliError> {
        self.typed(question, || Unseen::begin().map(Some)).map(SecretString::from)
    }

    /// The next line, typed while what `prepare` makes is there. Ctrl-C ends the waiting.
    fn typed(&self, question: &str, prepare: impl FnOnce() -> io::Result<Option<Unseen>>) -> Result<String, CliError> {
        let answer = async {
            // From here on Ctrl-C is waited for too, and finds the terminal to be put right.
            tokio::task::yield_now().await;
            let _unseen = prepare()?;
            self.ui().question(question);
            tokio::task::spawn_blocking(line).await?
        };
        let line = self.wait_local(async { Ok(answer.await) }).inspect_err(|_| self.ui().unanswered())?;
        line.map_err(|error| CliError::failure(anyhow::Error::new(error).context("cannot ask at this terminal")))
    }
}

fn line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(MAX_PASSWORD).read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}
