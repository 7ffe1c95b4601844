//! `list artifacts`: a row a tag.

use serde_json::{Value, json};

use crate::support::fault::{FaultRegistry, GET, on};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{every_place, push, webapp};

fn tags(printed: &str) -> Vec<String> {
    let rows: Vec<Value> = serde_json::from_str(printed).unwrap();
    rows.iter().map(|row| row["tag"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn versions_come_first_and_filters_choose() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let further = ["1.9.0", "1.10.0", "2.0.0-rc.1", "latest", "build-9", "build-10"];
        let further: Vec<&str> = further.iter().flat_map(|tag| ["--tag", *tag]).collect();
        push(&sandbox, &place.tagged("1.2.0"), "bob", &further).run().ok();
        Shelf::of(&place).image(Some(&format!("sha256-{}", "a".repeat(64))), "linux/amd64", "a list, by its tag");
        let list = |more: &[&str]| {
            let arguments = ["list", "artifacts", place.repository(), "-o", "json"];
            tags(&sandbox.bobctl(arguments.iter().chain(more)).run().ok())
        };
        let expected = ["2.0.0-rc.1", "1.10.0", "1.9.0", "1.2.0", "latest", "build-10", "build-9"];
        assert_eq!(list(&[]), expected, "{}", place.name);
        assert_eq!(list(&["--all"]).len(), 8, "{}", place.name);
        assert_eq!(list(&["--filter-semver", "^1"]), ["1.10.0", "1.9.0", "1.2.0"]);
        assert_eq!(list(&["--filter-regex", "^build-"]), ["build-10", "build-9"]);
        assert_eq!(list(&["--filter-semver", "^1", "--limit", "1"]), ["1.10.0"]);
    }
}

#[test]
fn a_row_says_what_the_manifest_says() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    push(&sandbox, &registry.reference("a/b:1"), "bob", &["--reproducible"]).run().ok();
    let rows = sandbox.bobctl(["list", "artifacts", &registry.reference("a/b"), "-o", "json"]).run().ok();
    let expected = json!([{
        "tag": "1",
        "digest": registry.tag("a/b", "1").unwrap(),
        "created": "1970-01-01T00:00:00Z",
        "revision": "main@sha1:0123456789",
        "source": "https://example.org/webapp",
    }]);
    assert_eq!(serde_json::from_str::<Value>(&rows).unwrap(), expected);
    let text = sandbox.bobctl(["list", "artifacts", &registry.reference("a/b")]).run().ok();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("TAG  DIGEST") && lines[1].starts_with("1    sha256:"), "{text}");
}

#[test]
fn one_bad_tag_is_a_row_and_exit_code_1() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    push(&sandbox, &registry.reference("a/b:1.0.0"), "bob", &["--tag", "2.0.0"]).run().ok();
    registry.fault(on(GET).manifest().path("/2.0.0").answer(404));
    let run = sandbox.bobctl(["list", "artifacts", &registry.reference("a/b"), "-o", "json"]).run();
    let rows: Vec<Value> = serde_json::from_str(run.stdout()).unwrap();
    assert!(rows[0]["error"].is_string() && rows[0]["tag"] == "2.0.0", "{rows:?}");
    assert!(rows[1]["digest"].is_string(), "{rows:?}");
    let error = run.fails(1);
    assert!(error.contains("1 of 2 tags"), "{error}");
}

#[test]
fn every_page_is_read_and_an_endless_one_is_not() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().page_size(2).start();
    let further: Vec<String> = (1..8).flat_map(|minor| ["--tag".to_owned(), format!("1.{minor}.0")]).collect();
    let further: Vec<&str> = further.iter().map(String::as_str).collect();
    push(&sandbox, &registry.reference("a/b:1.0.0"), "bob", &further).run().ok();
    let list = || sandbox.bobctl(["list", "artifacts", &registry.reference("a/b"), "-o", "json"]).run();
    assert_eq!(tags(&list().ok()).len(), 8);
    let itself = "</v2/a/b/tags/list?n=2>; rel=\"next\"";
    registry.fault(on(GET).tags().header("link", itself));
    let error = list().fails(5);
    assert!(error.contains("circle"), "{error}");
}

#[test]
fn a_repository_that_is_not_there_is_not_found() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let error = sandbox.bobctl(["list", "artifacts", &registry.reference("no/such")]).run().fails(3);
    assert!(error.contains("no/such"), "{error}");
    let error = sandbox.bobctl(["list", "artifacts", "oci-layout://nowhere"]).run().fails(3);
    assert!(error.contains("nowhere"), "{error}");
    let error = sandbox.bobctl(["list", "artifacts", &registry.reference("a/b:1")]).run().fails(2);
    assert!(error.contains("tag"), "{error}");
}
