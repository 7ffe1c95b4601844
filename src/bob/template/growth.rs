//! How large a document becomes when its placeholders are filled in, told without doing it.
//!
//! A sequence element is repeated for every entry of its list, and so are the sequences inside it: a few hundred bytes of
//! nested lists could fill any memory.

use std::collections::BTreeSet;

use super::own_lists;
use super::scan::{MARK, Part, parts};
use crate::bob::{Value, Values};

/// The largest document that is made by filling in, as [`filled_size`] counts.
pub(super) const MAX_FILLED: u64 = 256 << 20;
/// What a value takes in memory beside its text, in bytes; about right.
const NODE: u64 = 64;

/// The size of `document` with its placeholders filled in, in bytes of memory; never less.
pub(super) fn filled_size(document: &Value, values: &Values) -> u64 {
    let inside = match document {
        Value::String(text) => text_size(text, values),
        Value::Sequence(elements) => {
            sum(elements.iter().map(|element| repeated(element, values).saturating_mul(filled_size(element, values))))
        }
        Value::Mapping(entries) => {
            sum(entries.iter().flat_map(|(key, value)| [key, value]).map(|part| filled_size(part, values)))
        }
        _ => 0,
    };
    inside.saturating_add(NODE)
}

/// How often a sequence element stands there in the end.
fn repeated(element: &Value, values: &Values) -> u64 {
    let mut lists = BTreeSet::new();
    own_lists(element, values, &mut lists);
    lists.iter().filter_map(|key| values.list(key)).map(|entries| entries.len() as u64).max().unwrap_or(1)
}

fn text_size(text: &str, values: &Values) -> u64 {
    sum(parts(text, values).map(|part| match part {
        Part::Text(text) => text.len() as u64,
        Part::Escape => MARK.len() as u64,
        Part::Unknown(key) => (MARK.len() + key.len()) as u64,
        Part::Key(key) => {
            let longest = values.list(key).unwrap_or_default().iter().map(String::len).max().unwrap_or_default();
            let scalar = values.scalar(key).map_or(MARK.len() + key.len(), str::len);
            longest.max(scalar) as u64
        }
    }))
}

fn sum(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bob::{template, yaml};

    fn values(entries: usize) -> Values {
        Values::parse("a.values", &format!("LIST = {}\nlong = {}\n", "x,".repeat(entries), "y".repeat(1000))).unwrap()
    }

    /// Lists in lists, each repeated for every entry of the one around it.
    fn nested(depth: usize) -> Value {
        let inner = (0..depth).fold("end: 1".to_owned(), |inner, _| format!("l: [{{k: $values.LIST, {inner}}}]"));
        yaml::read(&format!("{{{inner}}}")).unwrap().remove(0)
    }

    #[test]
    fn what_grows_without_end_stays_as_it_is() {
        let bomb = nested(20);
        assert_eq!(template::fill(&bomb, &values(100)), bomb);
        let long = Value::String("$values.long".repeat(300_000));
        assert_eq!(template::fill(&long, &values(1)), long);
    }

    #[test]
    fn the_size_is_that_of_what_comes_out_or_more() {
        for (document, values) in
            [(nested(3), values(7)), (nested(1), values(0)), (Value::String("$values.long".into()), values(1))]
        {
            let filled = template::fill(&document, &values);
            let (told, size) = (filled_size(&document, &values), filled_size(&filled, &Values::default()));
            assert!(told >= size && size > 0, "{told} {size}");
        }
    }
}
