//! `WWW-Authenticate`: values are lines of the input. What is read is written strictly, and read again as the same.

#![no_main]

use bobctl::store::registry::fuzzing::challenges;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let values: Vec<&str> = text.lines().collect();
    let found = challenges(&values);
    let size = |words: &(String, Vec<(String, String)>)| {
        words.0.len() + words.1.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    };
    assert!(found.iter().map(size).sum::<usize>() <= text.len(), "more came out than went in");
    let written: Vec<String> = found.iter().map(|(scheme, parameters)| strict(scheme, parameters)).collect();
    let lines: Vec<&str> = written.iter().map(String::as_str).collect();
    assert_eq!(challenges(&lines), found, "{written:?}");
});

/// A challenge as RFC 9110 has it, every value quoted.
fn strict(scheme: &str, parameters: &[(String, String)]) -> String {
    let quoted = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
    let parameters: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    format!("{scheme} {}", parameters.join(", "))
}
