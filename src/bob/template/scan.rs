//! The placeholders of one string.

use crate::bob::Values;

/// What a placeholder begins with.
pub(super) const MARK: &str = "$values.";

/// A piece of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Text without a placeholder.
    Text(&'a str),
    /// `$$values.`, which is `$values.` as text.
    Escape,
    /// A placeholder of a declared key.
    Key(&'a str),
    /// A placeholder of no declared key, and what would have been its key.
    Unknown(&'a str),
}

/// The pieces of `text`, in order; together they are the whole of it.
pub(super) fn parts<'a>(text: &'a str, values: &'a Values) -> impl Iterator<Item = Part<'a>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (part, length) = first_part(rest, values);
        rest = &rest[length..];
        Some(part)
    })
}

/// The first piece of a text that is not empty, and its length.
fn first_part<'a>(text: &'a str, values: &Values) -> (Part<'a>, usize) {
    match text.find(MARK) {
        None => (Part::Text(text), text.len()),
        Some(0) => placeholder(text, values),
        Some(1) if text.starts_with('$') => (Part::Escape, 1 + MARK.len()),
        Some(at) => {
            let end = if text[..at].ends_with('$') { at - 1 } else { at };
            (Part::Text(&text[..end]), end)
        }
    }
}

fn placeholder<'a>(text: &'a str, values: &Values) -> (Part<'a>, usize) {
    let after = &text[MARK.len()..];
    let longest = values.keys().filter(|key| after.starts_with(key)).map(str::len).max();
    match longest {
        Some(length) if !after[length..].starts_with(continues_key) => {
            (Part::Key(&after[..length]), MARK.len() + length)
        }
        _ => {
            let end = after.find(|c| !continues_key(c) && c != '-').unwrap_or(after.len());
            let key = after[..end].trim_end_matches('-');
            (Part::Unknown(key), MARK.len() + key.len())
        }
    }
}

fn continues_key(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}
