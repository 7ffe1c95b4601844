//! Values files: what a `BoB`'s placeholders stand for.
//!
//! One `key = value` a line. A lower-case key is a scalar; an upper-case key is a list, comma-separated, whose lines add
//! up. Every error names file, line and column.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

/// The values of one or several files, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Scalar(String),
    List(Vec<String>),
}

/// A line that is no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct ValuesError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub problem: ValuesProblem,
}

/// What is wrong with a line of a values file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValuesProblem {
    /// There is no `=`.
    #[error("there is no '=' in this line")]
    NoEquals,
    /// There is nothing before the `=`.
    #[error("there is no key before '='")]
    NoKey,
    /// A key has upper-case and lower-case letters.
    #[error("the key '{0}' mixes upper and lower case")]
    MixedCase(String),
    /// A key holds a character that keys do not have, or begins with one that does not begin a key.
    #[error("the key '{0}' is not letters, digits, '_' and '-' after a first letter")]
    Key(String),
    /// A scalar is given twice.
    #[error("'{key}' is given twice, first in line {first}")]
    Twice {
        /// The key.
        key: String,
        /// The line of the first value.
        first: usize,
    },
}

impl ValuesError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.problem {
            ValuesProblem::NoEquals | ValuesProblem::NoKey => "write key = value; a comment line begins with '#'",
            ValuesProblem::MixedCase(_) | ValuesProblem::Key(_) => {
                "a lower-case key is one value (templatehash), an upper-case key is a list (CIDR)"
            }
            ValuesProblem::Twice { .. } => "keep one of the lines; only the lines of an upper-case key add up",
        }
    }
}

impl Values {
    /// Reads the text of a values file; `file` is its name in messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, ValuesError> {
        let mut values = Self::default();
        let mut first_lines = BTreeMap::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            values.take_line(line, number, &mut first_lines).map_err(|(at, problem)| ValuesError {
                file: file.to_owned(),
                line: number,
                column: line[..at].chars().count() + 1,
                problem,
            })?;
        }
        Ok(values)
    }

    /// These values, and those of `fallback` for keys that these do not have. A list is taken as a whole.
    #[must_use]
    pub fn or(mut self, fallback: Self) -> Self {
        for (key, entry) in fallback.entries {
            self.entries.entry(key).or_insert(entry);
        }
        self
    }

    /// The value of a lower-case key.
    pub fn scalar(&self, key: &str) -> Option<&str> {
        match self.entries.get(key)? {
            Entry::Scalar(value) => Some(value),
            Entry::List(_) => None,
        }
    }

    /// The entries of an upper-case key.
    pub fn list(&self, key: &str) -> Option<&[String]> {
        match self.entries.get(key)? {
            Entry::List(entries) => Some(entries),
            Entry::Scalar(_) => None,
        }
    }

    /// The keys, sorted by their bytes.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Errors are a byte offset in the line and the problem.
    fn take_line(
        &mut self,
        line: &str,
        number: usize,
        first_lines: &mut BTreeMap<String, usize>,
    ) -> Result<(), (usize, ValuesProblem)> {
        let start = line.len() - line.trim_start().len();
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            return Ok(());
        }
        let (key, value) = content.split_once('=').ok_or((start, ValuesProblem::NoEquals))?;
        let (key, value) = (key.trim_end(), value.trim_start());
        let is_list = is_list_key(key).map_err(|(at, problem)| (start + at, problem))?;
        if is_list {
            let entry = self.entries.entry(key.to_owned()).or_insert_with(|| Entry::List(Vec::new()));
            if let Entry::List(entries) = entry {
                entries.extend(value.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned));
            }
            return Ok(());
        }
        if let Some(first) = first_lines.insert(key.to_owned(), number) {
            return Err((start, ValuesProblem::Twice { key: key.to_owned(), first }));
        }
        self.entries.insert(key.to_owned(), Entry::Scalar(value.to_owned()));
        Ok(())
    }
}

/// Whether a key is a list's, `[A-Z][A-Z0-9_-]*`, and not a scalar's, `[a-z][a-z0-9_-]*`.
fn is_list_key(key: &str) -> Result<bool, (usize, ValuesProblem)> {
    let first = key.chars().next().ok_or((0, ValuesProblem::NoKey))?;
    if !first.is_ascii_alphabetic() {
        return Err((0, ValuesProblem::Key(key.to_owned())));
    }
    if let Some(at) = key.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))) {
        return Err((at, ValuesProblem::Key(key.to_owned())));
    }
    let is_list = first.is_ascii_uppercase();
    match key.find(|c: char| c.is_ascii_alphabetic() && c.is_ascii_uppercase() != is_list) {
        Some(at) => Err((at, ValuesProblem::MixedCase(key.to_owned()))),
        None => Ok(is_list),
    }
}
