//! What an operation tells while it works.

/// A stretch of work whose bytes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Reading the folder and compressing it.
    Pack,
    /// Sending blobs.
    Upload,
    /// Fetching blobs.
    Download,
    /// Writing files.
    Unpack,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// Something is probably not as the user wants it.
    Warning(&'a str),
    /// Something the user should know.
    Note(&'a str),
    /// Something for `--verbose`.
    Detail(&'a str),
    /// A step begins; `total` is its size in bytes where that is known.
    Begin(Step, Option<u64>),
    /// So many bytes more are done.
    Advance(Step, u64),
    /// The step is done.
    End(Step),
}

/// Takes events; called from any thread, and quick.
pub trait Reporter: Send + Sync {
    /// Take one event.
    fn report(&self, event: Event<'_>);

    /// Take a warning for each of `lines`.
    fn warn_all(&self, lines: &[String]) {
        for line in lines {
            self.report(Event::Warning(line));
        }
    }
}
