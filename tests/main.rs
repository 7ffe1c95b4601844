//! The integration tests, as one binary: one link step, and nothing here needs a network or a container.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has failed, as it should")]
#![expect(unreachable_pub, reason = "a test binary exports nothing; `pub` marks what `support` offers to the tests")]

mod access;
mod architecture;
#[cfg(feature = "cluster")]
mod cluster;
mod conformance;
mod copy;
mod create;
mod credentials;
mod debug;
mod delete;
mod describe;
mod docs;
mod errors;
mod fault;
mod files;
mod ignored;
mod image;
mod link;
mod list;
mod login;
mod memory;
mod mount;
mod peers;
mod platforms;
mod proxy;
mod pull;
mod push;
mod push_link;
mod real;
mod referrers;
mod retries;
mod round_trips;
mod sandbox;
mod signature;
mod support;
mod tag;
mod tls;
mod transfer;
mod tree;

/// A file that is not listed above would compile nowhere and so pass for ever.
#[test]
fn every_test_file_is_listed() {
    let listed = include_str!("main.rs");
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).unwrap();
    let missing: Vec<String> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "main" && !listed.contains(&format!("\nmod {name};\n")))
        .collect();
    assert!(missing.is_empty(), "not listed in tests/main.rs: {missing:?}");
}
