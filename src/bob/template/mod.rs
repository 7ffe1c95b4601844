//! Placeholders: `$values.KEY` inside the strings of parsed YAML, mapping keys included, never in raw text.
//!
//! After `$values.` the longest declared key counts, and no letter, digit or `_` may follow it; otherwise the placeholder
//! is unknown. `$$values.` is a literal `$values.`. An upper-case placeholder repeats the nearest enclosing sequence
//! element once an entry. Rendered text stays text: a scalar that is one placeholder is a string.

mod growth;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{Value, Values};
use scan::{Part, parts};

/// A document that cannot be rendered; `path` is where, as in `spec.containers[0].name`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that no values file declares.
    #[error("unknown placeholder '$values.{key}' at {path}")]
    Unknown {
        /// What stands after `$values.`.
        key: String,
        /// Where.
        path: String,
    },
    /// A list's placeholder with no sequence around it that could grow.
    #[error("the list '$values.{key}' stands outside a sequence at {path}")]
    OutsideSequence {
        /// The list.
        key: String,
        /// Where.
        path: String,
    },
    /// Two lists in one sequence element.
    #[error("two lists, '$values.{first}' and '$values.{second}', in one sequence element at {path}")]
    TwoLists {
        /// One list.
        first: String,
        /// The other.
        second: String,
        /// The element.
        path: String,
    },
    /// Two keys of one mapping became the same.
    #[error("the key '{key}' comes out twice at {path}")]
    SameKey {
        /// The key, rendered.
        key: String,
        /// The mapping.
        path: String,
    },
}

impl TemplateError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "declare it in bob.values, or write $$values. for the text itself",
            Self::OutsideSequence { .. } => "an upper-case key is a list; use it in an element of a sequence",
            Self::TwoLists { .. } => "give each list an element of its own",
            Self::SameKey { .. } => "give the placeholders in the keys different values",
        }
    }
}

/// The document with every placeholder filled in.
pub fn render(document: &Value, values: &Values) -> Result<Value, TemplateError> {
    Renderer { values, lenient: false, path: Vec::new() }.value(document, None)
}

/// The document with every placeholder filled in that can be; the others stay as they stand. One that would grow beyond
/// any honest profile, as nested lists or a value that is repeated make it, stays as it is altogether.
pub fn fill(document: &Value, values: &Values) -> Value {
    if growth::filled_size(document, values) > growth::MAX_FILLED {
        return document.clone();
    }
    // A lenient renderer keeps the original where a strict one fails.
    Renderer { values, lenient: true, path: Vec::new() }.value(document, None).unwrap_or_else(|_| document.clone())
}

/// The keys of the placeholders that `values` does not declare, sorted.
pub fn undeclared(document: &Value, values: &Values) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each_string(document, &mut |text| {
        found.extend(parts(text, values).filter_map(|part| match part {
            Part::Unknown(key) => Some(key.to_owned()),
            _ => None,
        }));
    });
    found
}

fn each_string(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Sequence(elements) => elements.iter().for_each(|element| each_string(element, visit)),
        Value::Mapping(entries) => entries.iter().for_each(|(key, value)| {
            each_string(key, visit);
            each_string(value, visit);
        }),
        _ => {}
    }
}

/// The list whose entries the sequence element at hand is repeated for, and the entry of this time.
type Binding<'a> = Option<(&'a str, &'a str)>;

struct Renderer<'a> {
    values: &'a Values,
    lenient: bool,
    path: Vec<String>,
}

impl Renderer<'_> {
    fn value(&mut self, value: &Value, binding: Binding) -> Result<Value, TemplateError> {
        match value {
            Value::String(text) => self.text(text, binding).map(Value::String),
            Value::Sequence(elements) => self.sequence(elements).map(Value::Sequence),
            Value::Mapping(entries) => self.mapping(entries, binding).map(Value::Mapping),
            other => Ok(other.clone()),
        }
    }

    fn mapping(&mut self, entries: &[(Value, Value)], binding: Binding) -> Result<Vec<(Value, Value)>, TemplateError> {
        let mut rendered: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
        let mut keys = BTreeSet::new();
        for (key, value) in entries {
            self.path.push(step(key));
            let pair = self.value(key, binding).and_then(|key| Ok((key, self.value(value, binding)?)));
            self.path.pop();
            let (key, value) = pair?;
            let name = step(&key);
            if !keys.insert(name.clone()) && !self.lenient {
                return Err(TemplateError::SameKey { key: name[1..].to_owned(), path: self.place() });
            }
            rendered.push((key, value));
        }
        Ok(rendered)
    }

    fn sequence(&mut self, elements: &[Value]) -> Result<Vec<Value>, TemplateError> {
        let mut rendered = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            self.path.push(format!("[{index}]"));
            let done = self.element(element, &mut rendered);
            self.path.pop();
            done?;
        }
        Ok(rendered)
    }

    fn element(&mut self, element: &Value, rendered: &mut Vec<Value>) -> Result<(), TemplateError> {
        let values = self.values;
        let mut lists = BTreeSet::new();
        own_lists(element, values, &mut lists);
        let mut lists = lists.into_iter();
        match (lists.next(), lists.next()) {
            (Some(first), Some(second)) if !self.lenient => {
                Err(TemplateError::TwoLists { first, second, path: self.place() })
            }
            (Some(key), None) => {
                for entry in values.list(&key).unwrap_or_default() {
                    rendered.push(self.value(element, Some((&key, entry)))?);
                }
                Ok(())
            }
            _ => {
                rendered.push(self.value(element, None)?);
                Ok(())
            }
        }
    }

    fn text(&self, text: &str, binding: Binding) -> Result<String, TemplateError> {
        let mut rendered = String::with_capacity(text.len());
        for part in parts(text, self.values) {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Escape => rendered.push_str(scan::MARK),
                Part::Key(key) => match (self.values.scalar(key), binding) {
                    (Some(value), _) => rendered.push_str(value),
                    (None, Some((bound, entry))) if bound == key => rendered.push_str(entry),
                    (None, _) if self.lenient => push_placeholder(&mut rendered, key),
                    (None, _) => {
                        return Err(TemplateError::OutsideSequence { key: key.to_owned(), path: self.place() });
                    }
                },
                Part::Unknown(key) if self.lenient => push_placeholder(&mut rendered, key),
                Part::Unknown(key) => {
                    return Err(TemplateError::Unknown { key: key.to_owned(), path: self.place() });
                }
            }
        }
        Ok(rendered)
    }

    fn place(&self) -> String {
        let path = self.path.concat();
        if path.is_empty() {
            "the top of the document".to_owned()
        } else {
            path.strip_prefix('.').unwrap_or(&path).to_owned()
        }
    }
}

fn push_placeholder(text: &mut String, key: &str) {
    text.push_str(scan::MARK);
    text.push_str(key);
}

/// A mapping key as a step of a path.
fn step(key: &Value) -> String {
    match key {
        Value::String(key) => format!(".{key}"),
        Value::Null => ".null".to_owned(),
        Value::Bool(key) => format!(".{key}"),
        Value::Integer(key) => format!(".{key}"),
        Value::Float(key) => format!(".{key}"),
        Value::Sequence(_) | Value::Mapping(_) => ".?".to_owned(),
    }
}

/// The lists in `value` for which it is the nearest enclosing sequence element: those of inner sequences are theirs.
fn own_lists(value: &Value, values: &Values, lists: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => lists.extend(parts(text, values).filter_map(|part| match part {
            Part::Key(key) if values.list(key).is_some() => Some(key.to_owned()),
            _ => None,
        })),
        Value::Mapping(entries) => entries.iter().for_each(|(key, value)| {
            own_lists(key, values, lists);
            own_lists(value, values, lists);
        }),
        _ => {}
    }
}
