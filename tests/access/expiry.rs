//! Tokens that end earlier than their service said, in the middle of a pull.

use std::time::Duration;

use super::SECRET;
use crate::support::fault::{Auth, FaultRegistry, GET, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{noise, pull, push, webapp};

#[test]
fn a_download_that_breaks_off_goes_on_with_a_new_token() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("bob/noise", noise(1 << 20));
    let second = Duration::from_secs(1);
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).lifetime(second)).start();
    let creds = format!("bob:{SECRET}");
    push(&sandbox, &registry.reference("a/b:1"), "bob", &["--creds", &creds]).run().ok();
    // The content begins to flow when the token has ended already, and does not reach its end.
    registry.fault(on(GET).blob().path(&largest(&registry)).nth(1).delay(second + second / 4).cut_after(256 << 10));
    let tokens = || registry.log().requests().iter().filter(|line| line.contains("/token")).count();
    let before = tokens();
    pull(&sandbox, &registry.reference("a/b:1"), "out", &["--creds", &creds]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    assert!(tokens() >= before + 2, "{}", registry.log());
}

/// The digest of the layer of what was pushed.
fn largest(registry: &FaultRegistry) -> String {
    let manifest = registry.manifest("a/b", "1").unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    let largest = layers.iter().max_by_key(|layer| layer["size"].as_u64()).unwrap();
    largest["digest"].as_str().unwrap().to_owned()
}
