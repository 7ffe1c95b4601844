//! `tag artifact`: further names, and the conditions for them.

use serde_json::Value;

use crate::support::fault::FaultRegistry;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, digest, every_place, push, webapp};

#[test]
fn one_reference_a_line_and_the_same_bytes_under_each() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let pushed = push(&sandbox, &place.tagged("1.0.0"), "bob", &[]).run().ok();
        let printed =
            sandbox.bobctl(["tag", "artifact", &place.tagged("1.0.0"), "--tag", "stable", "--tag", "1.0"]).run().ok();
        let expected: String =
            ["stable", "1.0"].map(|tag| format!("{}\n", place.tagged(tag).trim_start_matches("oci://"))).concat();
        assert_eq!(printed, expected, "{}", place.name);
        let rows = sandbox.bobctl(["list", "artifacts", place.repository(), "-o", "json"]).run().ok();
        let rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
        assert_eq!(rows.len(), 3, "{}", place.name);
        assert!(rows.iter().all(|row| row["digest"] == digest(&pushed)), "{}: {rows:?}", place.name);
    }
}

#[test]
fn a_manifest_of_strange_bytes_keeps_its_digest() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let odd = "{ \"schemaVersion\": 2,\n\n \"mediaType\":\"application/vnd.oci.image.index.v1+json\",  \"x\":1, \"manifests\": [] }";
    let digest = registry.put_manifest("a/b", Some("1"), odd);
    sandbox.bobctl(["tag", "artifact", &registry.reference("a/b:1"), "--tag", "2"]).run().ok();
    assert_eq!(registry.tag("a/b", "2"), Some(digest));
    assert_eq!(registry.manifest("a/b", "2").unwrap(), odd);
}

#[test]
fn conditions_are_held_against_each_tag() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let one = digest(&push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok());
        let two = digest(&push(&sandbox, &place.tagged("2"), "bob/bob.yaml", &["--reproducible"]).run().ok());
        let tag = |more: &[&str]| {
            let reference = place.tagged("2");
            let arguments: Vec<String> =
                ["tag", "artifact", &reference].iter().chain(more).map(ToString::to_string).collect();
            sandbox.bobctl(arguments)
        };
        tag(&["--tag", "live", "--if-match", &one]).run().fails(7);
        tag(&["--tag", "live", "--no-clobber"]).run().ok();
        let error = tag(&["--tag", "live", "--if-match", &one]).run().fails(7);
        assert!(error.contains(&one) && error.contains(&two), "{}: {error}", place.name);
        tag(&["--tag", "live", "--if-match", &two]).run().ok();
        tag(&["--tag", "1", "--no-clobber"]).run().fails(7);
        tag(&["--tag", "2", "--no-clobber"]).run().ok();
    }
}

#[test]
fn a_reference_that_is_not_there_is_not_found() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        sandbox.bobctl(["tag", "artifact", &place.tagged("1"), "--tag", "2"]).run().fails(3);
        push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
        let error = sandbox.bobctl(["tag", "artifact", &place.tagged("none"), "--tag", "2"]).run().fails(3);
        assert!(error.contains("none"), "{}: {error}", place.name);
    }
    let error =
        sandbox.bobctl(["tag", "artifact", &story::layout(&sandbox).tagged("1"), "--tag", "v1+build"]).run().fails(2);
    assert!(error.contains("v1_build"), "{error}");
}
