//! A secret's document as YAML, written by hand: the same bytes for ever, whatever a library learns, since exports are
//! kept in git and compared.
//!
//! Text is plain where no reader could take it for anything else, a literal block where it has lines, and otherwise in
//! double quotes, which are JSON's.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use super::secret::Manifest;

/// What stands in front of `stringData`.
const WARNING: &str = "\
# stringData is for reading. When it is applied again without one of its keys, that key stays in the cluster: a CA
# certificate that was removed here would still be trusted there. The export without --string-data has no such trap.
";
/// Words that some YAML reader takes for a truth value, for nothing or for a number.
const WORDS: [&str; 14] =
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nil", "none", "nan", "inf", "infinity"];

impl Manifest<'_> {
    /// The document, with the line `---` in front so that several can follow each other.
    pub fn yaml(&self) -> String {
        let mut text = String::from("---\n");
        if !self.string_data.is_empty() {
            text.push_str(WARNING);
        }
        entry(&mut text, 0, "apiVersion", self.api_version);
        entry(&mut text, 0, "kind", self.kind);
        text.push_str("metadata:\n");
        entry(&mut text, 1, "name", self.metadata.name);
        if let Some(namespace) = self.metadata.namespace {
            entry(&mut text, 1, "namespace", namespace);
        }
        mapping(&mut text, 1, "labels", self.metadata.labels);
        mapping(&mut text, 1, "annotations", self.metadata.annotations);
        mapping(&mut text, 0, "data", &self.data);
        mapping(&mut text, 0, "stringData", &self.string_data);
        entry(&mut text, 0, "type", self.r#type);
        text
    }
}

/// A mapping of texts, left out when there are none.
fn mapping<K: AsRef<str>, V: AsRef<str>>(text: &mut String, depth: usize, key: &str, entries: &BTreeMap<K, V>) {
    if entries.is_empty() {
        return;
    }
    line(text, depth, format_args!("{key}:"));
    for (key, value) in entries {
        entry(text, depth + 1, key.as_ref(), value.as_ref());
    }
}

fn entry(text: &mut String, depth: usize, key: &str, value: &str) {
    let key = scalar(key);
    match block(value) {
        Some((header, content)) => {
            line(text, depth, format_args!("{key}: {header}"));
            for content in content.split('\n') {
                // An empty line needs no indentation.
                let depth = if content.is_empty() { 0 } else { depth + 1 };
                line(text, depth, content);
            }
        }
        None => line(text, depth, format_args!("{key}: {}", scalar(value))),
    }
}

fn line(text: &mut String, depth: usize, content: impl Display) {
    let indent = 2 * depth;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{:indent$}{content}", "");
}

/// The header and the lines of a literal block, for text of several lines in which a reader would not change anything.
fn block(value: &str) -> Option<(&'static str, &str)> {
    let (header, content) = value.strip_suffix('\n').map_or(("|-", value), |content| ("|", content));
    let starts = |c: char| matches!(c, ' ' | '\t' | '\n');
    let fits = value.contains('\n')
        && !content.is_empty()
        && !content.starts_with(starts)
        && !content.ends_with('\n')
        && content.chars().all(|c| matches!(c, '\n' | '\t') || is_printable(c));
    fits.then_some((header, content))
}

/// Text on one line.
fn scalar(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { quoted(value) }
}

/// Whether no reader takes these characters for anything but text: names, paths and most base64.
fn is_plain(value: &str) -> bool {
    let mut characters = value.trim_start_matches('.').chars();
    let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+' | '=');
    begins && characters.all(inner) && !WORDS.contains(&value.trim_start_matches('.').to_ascii_lowercase().as_str())
}

fn quoted(value: &str) -> String {
    let mut text = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            c if is_printable(c) => text.push(c),
            c if u32::from(c) <= 0xffff => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(text, "\\U{:08x}", u32::from(c));
            }
        }
    }
    text.push('"');
    text
}

/// Whether a character may stand in a YAML document as it is, and is no line break anywhere.
fn is_printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}'
        | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests;
