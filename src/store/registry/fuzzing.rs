//! The small languages of headers, open to the fuzz targets: with the feature `fuzzing` alone.

use super::{challenge, link};

/// The challenges of values of `WWW-Authenticate`: schemes with their parameters, in order.
pub fn challenges(values: &[&str]) -> Vec<(String, Vec<(String, String)>)> {
    let found = challenge::parse(values.iter().copied());
    found.into_iter().map(|challenge| (challenge.scheme, challenge.parameters)).collect()
}

/// The address of the next page, from values of `Link`.
pub fn next_link<'a>(values: &[&'a str]) -> Option<&'a str> {
    link::next(values.iter().copied())
}
