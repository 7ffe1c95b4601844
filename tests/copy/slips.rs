//! What somebody reads who typed something wrong, or forgot something.

use super::{copy, index};
use crate::support::fault::{Auth, FaultRegistry};
use crate::support::sandbox::Sandbox;
use crate::support::story;

#[test]
fn a_third_reference_is_not_expected_and_no_flag_is_advised_that_copy_does_not_have() {
    let sandbox = Sandbox::new();
    let run = sandbox.bobctl(["copy", "artifact", "oci-layout://a:1", "oci-layout://b:1", "b:2"]).run();
    let error = run.fails(2);
    assert!(error.contains("no further reference is expected, and 'b:2' follows 'oci-layout://b:1'"), "{error}");
    assert!(!error.contains("--tag "), "{error}");
    assert!(error.ends_with("write oci-layout://b:1 alone\n"), "{error}");
}

#[test]
fn a_copy_that_failed_is_not_said_to_be_reachable() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    index(&place);
    let error = copy(&sandbox, &place.tagged("none"), "oci-layout://there", &[]).run().fails(3);
    assert!(error.contains("there is no tag 'none'") && !error.contains("reachable"), "{error}");
}

#[test]
fn a_file_is_no_layout_and_is_left_as_it_is() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    index(&place);
    sandbox.write("file", "mine");
    for target in ["oci-layout://file:1", "oci-layout://file/below:1"] {
        let error = copy(&sandbox, &place.tagged("1"), target, &[]).run().fails(2);
        assert!(error.contains("is a file, or lies below one") && error.contains("hint: name a folder"), "{error}");
    }
    assert_eq!(sandbox.read("file"), "mine");
}

#[test]
fn a_login_for_both_sides_is_not_the_only_advice() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    index(&place);
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", "secret")).start();
    let error = copy(&sandbox, &place.tagged("1"), &registry.reference("org/app:1"), &[]).run().fails(4);
    assert!(error.contains("hint: give them with --creds"), "{error}");
    assert!(error.contains("flags that begin with --from- or --to- are for one side alone"), "{error}");
}

#[test]
fn the_advice_about_another_digest_is_about_a_copy() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    index(&place);
    let other = bobctl::oci::Digest::of(b"other");
    let error = copy(&sandbox, &place.tagged("1"), &format!("oci-layout://there@{other}"), &[]).run().fails(7);
    assert!(error.contains("hint: leave the digest out of the reference, or choose the content"), "{error}");
}
