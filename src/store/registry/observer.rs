//! Who is told what happens on the way to a registry, while it happens.

/// Something that happened, for people: one line, without any secret. What comes from a server is cleaned of control
/// characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Something is probably not as the user wants it: a word of warning from a registry, a credential that did not work.
    Warning(&'a str),
    /// Something for who wants to know more: where a credential came from, why a request is sent again.
    Detail(&'a str),
    /// A line of the trace of all requests and answers.
    Trace(&'a str),
}

/// Takes notices; called from any thread, and quick.
pub trait Observer: Send + Sync {
    /// Take one notice.
    fn notice(&self, notice: Notice<'_>);

    /// Whether [`Notice::Trace`] is wanted: making its lines costs something.
    fn traces(&self) -> bool {
        false
    }
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn notice(&self, _notice: Notice<'_>) {}
}
