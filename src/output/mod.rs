//! The only room that writes to a stream: results to stdout, everything else to stderr.
//!
//! A result is any value that serialises; its text form is given beside it. So a new format touches this room alone, and
//! a new command does not touch it at all. Bars appear on a terminal after a moment and never in a pipe.

mod escape;
mod progress;
mod render;
mod table;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

pub use escape::escape;
pub use render::Format;
pub use table::table;

use progress::Bars;

/// Whether stderr is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much is said on stderr. The result is printed all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Nothing but errors.
    Quiet,
    /// Warnings and notes too.
    #[default]
    Normal,
    /// Details too.
    Verbose,
    /// Every request and answer too.
    Trace,
}

/// How much is said, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// The format of results and errors.
    pub format: Format,
    /// How much is said on stderr.
    pub level: Level,
    /// Whether stderr is coloured.
    pub color: bool,
    /// Whether bars may be drawn.
    pub bars: bool,
}

/// An error as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorReport {
    /// What kind it is, the name behind the exit code.
    pub kind: &'static str,
    /// What failed.
    pub message: String,
    /// Why, the nearest cause first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the registry answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryAnswer>,
    /// Whether trying again later may help.
    pub retryable: bool,
}

/// What a registry answered to the request that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegistryAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The error code of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Both streams, and how to write to them.
pub struct Ui {
    stdout: Mutex<Box<dyn Write + Send>>,
    stderr: Mutex<Box<dyn Write + Send>>,
    settings: Settings,
    bars: Bars,
}

impl Ui {
    /// The process's own streams.
    pub fn standard(settings: Settings) -> Self {
        Self::new(Box::new(io::stdout()), Box::new(io::stderr()), settings)
    }

    /// Any two streams.
    pub fn new(stdout: Box<dyn Write + Send>, stderr: Box<dyn Write + Send>, settings: Settings) -> Self {
        let bars = Bars::new(settings.bars && settings.level > Level::Quiet);
        Self { stdout: Mutex::new(stdout), stderr: Mutex::new(stderr), settings, bars }
    }

    /// Print a result: as `text` says, or as the document it serialises to.
    pub fn result<R: Serialize>(&self, result: &R, text: impl FnOnce(&R) -> String) -> io::Result<()> {
        let printed = render::render(self.settings.format, result, text)?;
        self.data(printed.as_bytes())
    }

    /// Print bytes that are the result themselves.
    pub fn data(&self, bytes: &[u8]) -> io::Result<()> {
        self.bars.clear();
        let mut stdout = lock(&self.stdout);
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    /// Something is probably not as the user wants it.
    pub fn warning(&self, text: &str) {
        self.say("warning", YELLOW, text);
    }

    /// Something the user should know.
    pub fn note(&self, text: &str) {
        self.say("note", CYAN, text);
    }

    /// A question stays without an answer, whose end would have ended its line.
    pub fn unanswered(&self) {
        self.write_stderr("\n");
    }

    /// Something for `--verbose`.
    pub fn detail(&self, text: &str) {
        if self.is_verbose() {
            self.say("detail", CYAN, text);
        }
    }

    /// A line of the trace; its maker says where a line ends.
    pub fn trace(&self, text: &str) {
        if self.is_tracing() {
            self.write_stderr(&format!("{}\n", escape(text)));
        }
    }

    /// Whether a trace is wanted.
    pub fn is_tracing(&self) -> bool {
        self.settings.level >= Level::Trace
    }

    /// Whether `--verbose` was given: a text may then be long.
    pub fn is_verbose(&self) -> bool {
        self.settings.level >= Level::Verbose
    }

    /// Ask something; the answer is read elsewhere. It is asked even where little is to be said.
    pub fn question(&self, text: &str) {
        self.write_stderr(&escape(text));
    }

    /// Print an error: message, causes, hint; or one JSON object where the format is JSON.
    pub fn error(&self, report: &ErrorReport) {
        self.bars.clear();
        let text = match self.settings.format {
            Format::Json => render::json(report).unwrap_or_else(|_| report.message.clone()),
            Format::Text | Format::Yaml => self.error_text(report),
        };
        self.write_stderr(&text);
    }

    fn error_text(&self, report: &ErrorReport) -> String {
        let mut text = format!("{}: {}\n", self.paint(RED, "error"), escape(&report.message));
        // Writing to a String cannot fail.
        for cause in &report.causes {
            let _ = writeln!(text, "  {}", escape(cause));
        }
        if let Some(hint) = &report.hint {
            let _ = writeln!(text, "{}: {}", self.paint(CYAN, "hint"), escape(hint));
        }
        text
    }

    /// A stretch of work begins; `total` is its size in bytes where that is known.
    pub fn begin(&self, label: &'static str, total: Option<u64>) {
        self.bars.begin(label, total);
    }

    /// So many bytes more are done.
    pub fn advance(&self, label: &'static str, bytes: u64) {
        self.bars.advance(label, bytes);
    }

    /// The work is done.
    pub fn end(&self, label: &'static str) {
        self.bars.end(label);
    }

    fn say(&self, kind: &str, color: &str, text: &str) {
        if self.settings.level > Level::Quiet {
            self.write_stderr(&format!("{}: {}\n", self.paint(color, kind), escape(text)));
        }
    }

    /// A closed stderr is no reason to fail: what goes there is not the result.
    fn write_stderr(&self, text: &str) {
        self.bars.suspend(|| {
            let mut stderr = lock(&self.stderr);
            drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
        });
    }

    fn paint(&self, color: &str, text: &str) -> String {
        if self.settings.color { format!("{color}{text}{RESET}") } else { text.to_owned() }
    }
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const RESET: &str = "\x1b[0m";

/// Whether stderr is a terminal that can draw.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
