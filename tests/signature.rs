//! The room `signature`: trust policies, certificates and keys, against fixtures and the tools whose files they are.

mod certificate;
mod key;
mod policy;

use std::fs;
use std::path::Path;

/// A file of `tests/fixtures/signature`; its README says what each is.
fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signature").join(name)).unwrap()
}

/// A PEM block that nobody can read: what is in it must not matter.
fn block(label: &str) -> String {
    format!("-----BEGIN {label}-----\nnot base64!\n-----END {label}-----\n")
}

/// An error, its causes and its hint, as a reader meets them.
fn told(error: &dyn std::error::Error, hint: Option<&str>) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    causes.chain(hint.map(|hint| format!("hint: {hint}"))).collect::<Vec<_>>().join("\n")
}
