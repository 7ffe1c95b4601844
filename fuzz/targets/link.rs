//! `Link`: values are lines of the input. The address of the next page is a part of one of them.

#![no_main]

use bobctl::store::registry::fuzzing::next_link;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let values: Vec<&str> = text.lines().collect();
    let Some(target) = next_link(&values) else { return };
    assert!(values.iter().any(|value| value.contains(target)), "{target:?}");
    assert!(!target.contains('>'), "{target:?}");
    let plain = format!("<{target}>; rel=\"next\"");
    assert_eq!(next_link(&[&plain]), Some(target));
});
