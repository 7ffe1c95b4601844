//! What can go wrong with a store, one variant for each outcome that a caller acts on.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// A failure of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such repository, tag, manifest or blob.
    #[error(transparent)]
    NotFound(Fault),
    /// Not logged in, or not allowed.
    #[error(transparent)]
    Denied(Fault),
    /// Unreachable, failing, limiting, or answering what no registry answers. Trying again later may help.
    #[error(transparent)]
    Unavailable(Fault),
    /// The bytes are not those that digest and size promise.
    #[error(transparent)]
    Integrity(Fault),
    /// The store keeps what is there: an immutable tag, a condition that does not hold.
    #[error(transparent)]
    Conflict(Fault),
    /// A manifest that is none, or none that bobctl reads.
    #[error(transparent)]
    Unreadable(Fault),
    /// The store understood and said no: a policy, a size limit, a feature that is switched off.
    #[error(transparent)]
    Refused(Fault),
    /// This machine's side failed: a folder, a full disk, a CA file, the content to be sent.
    #[error(transparent)]
    Local(Fault),
}

impl StoreError {
    /// The failure of content that was to be written. Content that comes out of another store failed there: that store's
    /// own error it is. Otherwise this machine could not read it, and `message` says so.
    pub fn of_source(error: io::Error, message: &str) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::Local(Fault::new(message).caused_by(error)),
        }
    }

    /// Whether another attempt may go well. A failure that comes out of a store was tried again already, as often as it
    /// makes sense, and does not say so.
    pub fn passes(&self) -> Option<Passing> {
        self.fault().passing
    }

    /// The failure after the last attempt.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.fault_mut().passing = None;
        self
    }

    /// As [`StoreError::settled`], with how many attempts there were in its message.
    #[must_use]
    pub fn after(mut self, attempts: u32) -> Self {
        if attempts > 1 {
            let fault = self.fault_mut();
            fault.message = format!("{} ({attempts} attempts)", fault.message);
        }
        self.settled()
    }

    /// Whether a look was forbidden (403): some registries answer so where nothing is, Artifactory for one. What goes on
    /// from there finds out if it is more than that.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Denied(fault) if fault.answer().is_some_and(|answer| answer.status == 403))
    }

    fn fault_mut(&mut self) -> &mut Fault {
        match self {
            Self::NotFound(fault)
            | Self::Denied(fault)
            | Self::Unavailable(fault)
            | Self::Integrity(fault)
            | Self::Conflict(fault)
            | Self::Unreadable(fault)
            | Self::Refused(fault)
            | Self::Local(fault) => fault,
        }
    }

    /// What is known about the failure.
    pub fn fault(&self) -> &Fault {
        match self {
            Self::NotFound(fault)
            | Self::Denied(fault)
            | Self::Unavailable(fault)
            | Self::Integrity(fault)
            | Self::Conflict(fault)
            | Self::Unreadable(fault)
            | Self::Refused(fault)
            | Self::Local(fault) => fault,
        }
    }
}

/// The facts of a failure: a message, what to do about it, what the registry said, and the cause.
#[derive(Debug)]
pub struct Fault {
    message: String,
    hint: Option<String>,
    answer: Option<Box<Answer>>,
    passing: Option<Passing>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The failure is one of the line or of the moment: another attempt may go well (NET-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passing {
    /// The pause that the server asked for (NET-12).
    pub pause: Option<Duration>,
    /// One more attempt tells: if that fails too, no further one goes well.
    pub once: bool,
}

impl Fault {
    /// A failure that is described by `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, answer: None, passing: None, source: None }
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With what the registry answered.
    #[must_use]
    pub fn answered(mut self, answer: Answer) -> Self {
        self.answer = Some(Box::new(answer));
        self
    }

    /// Another attempt may go well.
    #[must_use]
    pub fn passing(mut self, passing: Passing) -> Self {
        self.passing = Some(passing);
        self
    }

    /// With the error that led to it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// What the registry answered, when it did.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// What a registry answered to the request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The first error code of the body, `MANIFEST_UNKNOWN` for one.
    pub code: Option<String>,
}
