//! A result as text, JSON or YAML.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;

use super::escape::acts;

/// The format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people and shells.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

/// `result` in `format`, ending with a line break unless there is nothing to say.
pub(super) fn render<R: Serialize>(format: Format, result: &R, text: impl FnOnce(&R) -> String) -> io::Result<String> {
    match format {
        Format::Text => {
            let mut text = text(result);
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            Ok(text)
        }
        Format::Json => json(result),
        // A long digest stays on the line of its key, where people and grep look for it.
        Format::Yaml => {
            let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
            serde_saphyr::to_string_with_options(result, options).map_err(io::Error::other)
        }
    }
}

/// `value` as one indented JSON document. What a terminal would act on is escaped as JSON does it: only strings can hold
/// it, and they mean the same.
pub(super) fn json<T: Serialize>(value: &T) -> io::Result<String> {
    let plain = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    let mut text = String::with_capacity(plain.len() + 1);
    for character in plain.chars() {
        if character >= '\u{7f}' && acts(character) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
    }
    text.push('\n');
    Ok(text)
}
