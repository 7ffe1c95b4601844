//! YAML 1.2 in: the only file that names the YAML crate, and the value that the rest of the room works on.
//!
//! Key order is kept and a string stays a string (`"12.0"`, `no`), so that what was read can be written again. A key
//! that is given twice is an error. What an anchor may be expanded to and how deep a document may nest is bounded; how
//! long it may be is the reader's business.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The deepest nesting that is read; Kubernetes objects stay far below it.
const MAX_DEPTH: usize = 64;

/// One YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// Text, quoted or not.
    String(String),
    /// A list.
    Sequence(Vec<Value>),
    /// A mapping, in the order it was written.
    Mapping(Vec<(Value, Value)>),
}

impl Value {
    /// The value of `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Mapping(entries) = self else { return None };
        entries.iter().find_map(|(name, value)| (name.as_str() == Some(key)).then_some(value))
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements; none, if this is no list.
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Sequence(elements) => elements,
            _ => &[],
        }
    }
}

/// Text that is no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct YamlError {
    message: String,
    position: Option<(u64, u64)>,
}

impl YamlError {
    /// Line and column, from 1, where they are known.
    pub fn position(&self) -> Option<(u64, u64)> {
        self.position
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.position {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Reads all documents of a stream; empty ones are left out.
pub fn read(text: &str) -> Result<Vec<Value>, YamlError> {
    serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| {
        let position = error.location().map(|location| (location.line(), location.column()));
        YamlError { message: message(&error), position }
    })
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        // The crate's limits on length would refuse real profiles; the text is in memory already. What can grow out
        // of a short text, aliases and merge keys, stays limited.
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_documents: usize::MAX,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
        },
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::Error,
        // YAML 1.2: `no` and `1_000` are text. So is `0644`, which readers take for 644, 420 or 644.0.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}

/// The crate's message without the position that it ends with: ours stands in front.
fn message(error: &serde_saphyr::Error) -> String {
    if matches!(error, serde_saphyr::Error::Budget { .. }) {
        return format!("nested deeper than {MAX_DEPTH} levels, or its aliases and merge keys make too much of it");
    }
    let text = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
    let end = text.rfind(" at line ").filter(|at| !text[*at..].contains('\n')).unwrap_or(text.len());
    text[..end].lines().collect::<Vec<_>>().join(" ")
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Value::Sequence(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = access.next_entry()? {
            if matches!(key, Value::Sequence(_) | Value::Mapping(_)) {
                return Err(de::Error::custom("a mapping key must be a scalar; a template in braces needs quotes"));
            }
            entries.push((key, value));
        }
        Ok(Value::Mapping(entries))
    }
}
