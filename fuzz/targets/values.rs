//! Values files, and documents that are filled from them. A line of `---values---` parts the two.

#![no_main]

use bobctl::bob::{Value, Values, template, yaml};
use libfuzzer_sys::fuzz_target;

const PART: &str = "---values---\n";

fuzz_target!(|text: &str| {
    let (values, document) = text.split_once(PART).unwrap_or((text, ""));
    let values = match Values::parse("bob.values", values) {
        Ok(values) => values,
        Err(error) => return drop((error.to_string(), error.hint())),
    };
    same_again(&values);
    let Ok(documents) = yaml::read(document) else { return };
    for document in documents {
        let filled = template::fill(&document, &values);
        let unknown = template::undeclared(&document, &values);
        // As `fill` does, so that a target is not slow where the program is not.
        if filled == document && !unknown.is_empty() {
            continue;
        }
        if document_size(&document) < 2_000
            && lists_are_short(&values)
            && let Ok(rendered) = template::render(&document, &values)
        {
            assert!(unknown.is_empty(), "{unknown:?} were filled in");
            assert_eq!(rendered, filled);
        }
    }
});

/// Written in the plainest way, they are read as the same.
fn same_again(values: &Values) {
    let line = |key: &str| match (values.scalar(key), values.list(key)) {
        (Some(value), None) => format!("{key} = {value}\n"),
        (None, Some(entries)) => format!("{key} = {}\n", entries.join(",")),
        other => panic!("{key} is {other:?}"),
    };
    let written: String = values.keys().map(line).collect();
    let again = Values::parse("again", &written).expect("what was read can be read");
    for key in values.keys() {
        assert_eq!((again.scalar(key), again.list(key)), (values.scalar(key), values.list(key)), "{written:?}");
    }
}

fn document_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Sequence(elements) => 1 + elements.iter().map(document_size).sum::<usize>(),
        Value::Mapping(entries) => {
            1 + entries.iter().map(|(key, value)| document_size(key) + document_size(value)).sum::<usize>()
        }
        _ => 1,
    }
}

fn lists_are_short(values: &Values) -> bool {
    values.keys().all(|key| values.list(key).is_none_or(|entries| entries.len() <= 4))
}
