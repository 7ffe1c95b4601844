//! Names, labels, annotations and data keys, as Kubernetes validates them (`k8s.io/apimachinery`, `util/validation`).

use std::fmt;
use std::str::FromStr;

/// The longest name of an object, and the longest prefix of a key, in bytes: an RFC 1123 subdomain.
const MAX_SUBDOMAIN: usize = 253;
/// The longest namespace, label value and name part of a key, in bytes: an RFC 1123 label.
const MAX_LABEL: usize = 63;

/// Text that Kubernetes would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing stands where something has to.
    #[error("the {what} is empty")]
    Empty {
        /// What is named.
        what: &'static str,
    },
    /// It is too long.
    #[error("the {what} has {length} characters; at most {limit} are allowed")]
    Long {
        /// What is named.
        what: &'static str,
        /// How long it is, in bytes.
        length: usize,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// A character that does not belong there.
    #[error("{character:?} at column {column} is not allowed in the {what} '{text}'; {allowed} are")]
    Character {
        /// What is named.
        what: &'static str,
        /// The whole text.
        text: String,
        /// The character.
        character: char,
        /// Where it stands, from 1.
        column: usize,
        /// What may stand there.
        allowed: &'static str,
    },
    /// A character that belongs inside stands at an end.
    #[error("the {what} '{text}' {side} with '{character}' at column {column}; {wanted} is expected there")]
    Edge {
        /// What is named.
        what: &'static str,
        /// The whole text.
        text: String,
        /// `begins` or `ends`, of a part between dots too.
        side: &'static str,
        /// The character.
        character: char,
        /// Where it stands, from 1.
        column: usize,
        /// What may stand there.
        wanted: &'static str,
    },
    /// Two dots, or one at an end.
    #[error("the {what} '{text}' has nothing between two dots, or beside one at column {column}")]
    EmptyPart {
        /// What is named.
        what: &'static str,
        /// The whole text.
        text: String,
        /// Where the part would stand, from 1.
        column: usize,
    },
    /// A label or annotation without its value.
    #[error("the {what} '{text}' has no '='; expected KEY=VALUE")]
    NoValue {
        /// What is given.
        what: &'static str,
        /// The whole text.
        text: String,
    },
    /// More than one slash in a key.
    #[error("the {what} '{text}' has more than one '/'; expected [PREFIX/]NAME")]
    Slashes {
        /// What is named.
        what: &'static str,
        /// The whole text.
        text: String,
    },
    /// A data key that means a folder where secrets are mounted.
    #[error(
        "the {what} '{text}' would be a folder where the secret is mounted; it may not be '.', nor begin with '..'"
    )]
    Folder {
        /// What is named.
        what: &'static str,
        /// The whole text.
        text: String,
    },
}

/// The name of an object: an RFC 1123 subdomain of at most 253 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// A namespace: an RFC 1123 label of at most 63 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Namespace {
    /// The namespace as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        subdomain("name", text)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Namespace {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let subject = Subject { what: "namespace", whole: text, offset: 0 };
        subject.length(text, MAX_LABEL)?;
        subject.characters(text, |c| is_lower(c) || c == '-', "lower-case letters, digits and '-'")?;
        subject.edges(text, is_lower, "a lower-case letter or a digit")?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Take a label `KEY=VALUE` apart: `[PREFIX/]NAME`, and a value of at most 63 characters that may be empty.
pub fn label(text: &str) -> Result<(String, String), NameError> {
    let (key, value) = pair("label", text)?;
    qualified("label key", key)?;
    if !value.is_empty() {
        words("label value", value, value)?;
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Take an annotation `KEY=VALUE` apart. Keys are those of labels, but for the case of their prefix; values are free.
pub fn annotation(text: &str) -> Result<(String, String), NameError> {
    let (key, value) = pair("annotation", text)?;
    qualified("annotation key", &key.to_ascii_lowercase()).map_err(|error| error.with_text(key))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Check a key of a secret's data: `[-._a-zA-Z0-9]+`, at most 253 characters, no name of a folder.
pub fn data_key(text: &str) -> Result<(), NameError> {
    let subject = Subject { what: "data key", whole: text, offset: 0 };
    subject.length(text, MAX_SUBDOMAIN)?;
    subject.characters(text, is_word_or_inner, "letters, digits, '-', '_' and '.'")?;
    if text == "." || text.starts_with("..") {
        return Err(NameError::Folder { what: subject.what, text: text.to_owned() });
    }
    Ok(())
}

fn pair<'a>(what: &'static str, text: &'a str) -> Result<(&'a str, &'a str), NameError> {
    text.split_once('=').ok_or_else(|| NameError::NoValue { what, text: text.to_owned() })
}

fn is_lower(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

fn is_word_or_inner(character: char) -> bool {
    is_word(character) || matches!(character, '-' | '_' | '.')
}

/// `[PREFIX/]NAME`, the qualified name of Kubernetes.
fn qualified(what: &'static str, key: &str) -> Result<(), NameError> {
    match key.split_once('/') {
        Some((_, name)) if name.contains('/') => Err(NameError::Slashes { what, text: key.to_owned() }),
        Some((prefix, name)) => {
            subdomain_of(Subject { what, whole: key, offset: 0 }, prefix)?;
            words(what, key, name)
        }
        None => words(what, key, key),
    }
}

/// `text`, the last part of `whole`: letters and digits at the ends, and `-`, `_`, `.` between them.
fn words(what: &'static str, whole: &str, text: &str) -> Result<(), NameError> {
    let subject = Subject { what, whole, offset: whole.len() - text.len() };
    subject.length(text, MAX_LABEL)?;
    subject.characters(text, is_word_or_inner, "letters, digits, '-', '_' and '.'")?;
    subject.edges(text, is_word, "a letter or a digit")
}

fn subdomain(what: &'static str, text: &str) -> Result<(), NameError> {
    subdomain_of(Subject { what, whole: text, offset: 0 }, text)
}

/// `text`, the first part of the subject: parts of lower-case letters, digits and `-`, between dots.
fn subdomain_of(subject: Subject<'_>, text: &str) -> Result<(), NameError> {
    subject.length(text, MAX_SUBDOMAIN)?;
    subject.characters(text, |c| is_lower(c) || matches!(c, '-' | '.'), "lower-case letters, digits, '-' and '.'")?;
    let mut offset = 0;
    for part in text.split('.') {
        let part_of = Subject { offset, ..subject };
        if part.is_empty() {
            let text = subject.whole.to_owned();
            return Err(NameError::EmptyPart { what: subject.what, text, column: offset + 1 });
        }
        part_of.edges(part, is_lower, "a lower-case letter or a digit")?;
        offset += part.len() + 1;
    }
    Ok(())
}

/// What is checked: its kind, the whole text for messages, and where the part in question begins in it.
#[derive(Clone, Copy)]
struct Subject<'a> {
    what: &'static str,
    whole: &'a str,
    offset: usize,
}

impl Subject<'_> {
    fn length(self, text: &str, limit: usize) -> Result<(), NameError> {
        match text.len() {
            0 => Err(NameError::Empty { what: self.what }),
            length if length > limit => Err(NameError::Long { what: self.what, length, limit }),
            _ => Ok(()),
        }
    }

    fn characters(self, text: &str, fits: fn(char) -> bool, allowed: &'static str) -> Result<(), NameError> {
        match text.char_indices().find(|(_, character)| !fits(*character)) {
            Some((at, character)) => Err(NameError::Character {
                what: self.what,
                text: self.whole.to_owned(),
                character,
                column: self.column(at),
                allowed,
            }),
            None => Ok(()),
        }
    }

    /// `text` is not empty, and of ASCII.
    fn edges(self, text: &str, fits: fn(char) -> bool, wanted: &'static str) -> Result<(), NameError> {
        let ends = [(text.chars().next(), "begins", 0), (text.chars().next_back(), "ends", text.len() - 1)];
        for (character, side, at) in ends {
            if let Some(character) = character.filter(|character| !fits(*character)) {
                let (what, text) = (self.what, self.whole.to_owned());
                return Err(NameError::Edge { what, text, side, character, column: self.column(at), wanted });
            }
        }
        Ok(())
    }

    /// Where the byte `at` of the part stands, in characters from 1; what stands before it has been read as ASCII, or
    /// ends there.
    fn column(self, at: usize) -> usize {
        self.whole[..self.offset + at].chars().count() + 1
    }
}

impl NameError {
    /// The same, about `whole` as it was written.
    fn with_text(self, whole: &str) -> Self {
        let whole = whole.to_owned();
        match self {
            Self::Character { what, character, column, allowed, .. } => {
                Self::Character { what, text: whole, character, column, allowed }
            }
            Self::Edge { what, side, character, column, wanted, .. } => {
                Self::Edge { what, text: whole, side, character, column, wanted }
            }
            Self::EmptyPart { what, column, .. } => Self::EmptyPart { what, text: whole, column },
            Self::Slashes { what, .. } => Self::Slashes { what, text: whole },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
