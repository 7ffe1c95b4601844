//! What is wrong with a reference, and how the mended one is found.
//!
//! A parser that meets a slip says what it saw and, where it can, rewrites the whole input without that one slip. The
//! rewritten text is parsed again, and so on, until it is a reference or nothing more can be mended: `https://r.io//A`
//! is mended in three steps. Only a text that parses is ever shown, so a hint never leads to the next error.

use std::ops::Range;

/// A string that is no reference: what is wrong, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReferenceError {
    message: String,
    hint: Option<String>,
}

impl ReferenceError {
    /// What to do about it; names the mended reference where there is one.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// How often a text is mended before it is given up: more slips than this in one reference is another thing.
const MENDS: usize = 8;

/// One thing that is wrong with a text.
#[derive(Debug)]
pub(super) struct Slip {
    message: String,
    mended: Option<String>,
    advice: Option<String>,
}

impl Slip {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), mended: None, advice: None }
    }

    /// The whole input without this slip; other slips may be left in it.
    pub(super) fn mended(mut self, text: impl Into<String>) -> Self {
        self.mended = Some(text.into());
        self
    }

    /// What else helps; it must not quote the input, which may hold a password.
    pub(super) fn advice(mut self, text: impl Into<String>) -> Self {
        self.advice = Some(text.into());
        self
    }

    /// The error for the user: mended by `parse` as far as it goes, and shown as `show` prints it.
    pub(super) fn explain<T>(
        self,
        parse: impl Fn(&str) -> Result<T, Self>,
        show: impl Fn(&T) -> String,
    ) -> ReferenceError {
        let mended = mend(self.mended, parse).map(|value| format!("write {}", show(&value)));
        let hint = match (mended, self.advice) {
            (Some(mended), Some(advice)) => Some(format!("{mended}; {advice}")),
            (mended, advice) => mended.or(advice),
        };
        ReferenceError { message: self.message, hint }
    }
}

fn mend<T>(mut candidate: Option<String>, parse: impl Fn(&str) -> Result<T, Slip>) -> Option<T> {
    for _ in 0..MENDS {
        match parse(&candidate?) {
            Ok(value) => return Some(value),
            Err(slip) => candidate = slip.mended,
        }
    }
    None
}

/// A part of the input that knows where it stands, for columns and for mending.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    whole: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn new(whole: &'a str) -> Self {
        Self { whole, start: 0, end: whole.len() }
    }

    pub(super) fn text(&self) -> &'a str {
        &self.whole[self.start..self.end]
    }

    /// The part at these byte offsets of this piece.
    pub(super) fn slice(&self, range: Range<usize>) -> Self {
        Self { whole: self.whole, start: self.start + range.start, end: self.start + range.end }
    }

    pub(super) fn before(&self, at: usize) -> Self {
        self.slice(0..at)
    }

    pub(super) fn after(&self, at: usize) -> Self {
        self.slice(at..self.text().len())
    }

    /// The pieces on both sides of the first `separator`.
    pub(super) fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let at = self.text().find(separator)?;
        Some((self.before(at), self.after(at + separator.len_utf8())))
    }

    /// The column, from 1 and in characters of the whole input, of a byte offset in this piece.
    pub(super) fn column(&self, at: usize) -> usize {
        self.whole[..self.start + at].chars().count() + 1
    }

    /// The whole input with this piece replaced.
    pub(super) fn replaced(&self, with: &str) -> String {
        format!("{}{with}{}", &self.whole[..self.start], &self.whole[self.end..])
    }

    /// This piece and the ASCII separator before it.
    pub(super) fn with_separator(&self) -> Self {
        Self { start: self.start - 1, ..*self }
    }

    /// From here to the end of the input.
    pub(super) fn to_end(self) -> Self {
        Self { end: self.whole.len(), ..self }
    }
}

/// A character as it is shown in a message: never raw when it could disturb a terminal.
pub(super) fn shown(character: char) -> String {
    if character.is_ascii_graphic() || character == ' ' {
        format!("'{character}'")
    } else {
        format!("'{}'", character.escape_default())
    }
}
