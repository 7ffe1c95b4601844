//! Lists that lie, go in circles, or are not told; and how many requests a tree takes.

use std::time::Duration;

use bobctl::oci::{Digest, media_type};
use serde_json::{Value, json};

use super::{each, tree};
use crate::support::fault::{ANY, FaultRegistry, Feature, on};
use crate::support::sandbox::Sandbox;

const NAME: &str = "a/b";

/// A manifest of this type, under a tag when one is given; answers its entry in a list.
fn manifest(registry: &FaultRegistry, tag: Option<&str>, kind: &str, subject: Option<&Value>) -> Value {
    let config = json!({"mediaType": media_type::EMPTY, "digest": Digest::of(b"{}"), "size": 2});
    let mut document = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": kind,
        "config": config, "layers": []});
    if let Some(subject) = subject {
        document["subject"] = subject.clone();
    }
    entry(registry, tag, &document)
}

fn entry(registry: &FaultRegistry, tag: Option<&str>, document: &Value) -> Value {
    let bytes = document.to_string();
    let size = bytes.len();
    let digest = registry.put_manifest(NAME, tag, bytes);
    json!({"mediaType": document["mediaType"], "digest": digest, "size": size, "artifactType": document["artifactType"]})
}

fn index(entries: &[&Value]) -> Value {
    json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": entries})
}

fn referrers_tag(of: &Value) -> String {
    of["digest"].as_str().unwrap().replace(':', "-")
}

/// List `entries` under the referrers tag of `of`.
fn list(registry: &FaultRegistry, of: &Value, entries: &[&Value]) {
    registry.put_manifest(NAME, Some(&referrers_tag(of)), index(entries).to_string());
}

#[test]
fn a_circle_of_lists_ends_where_it_began() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().without(Feature::Referrers).start();
    let [a, b] = ["x/a", "x/b"].map(|kind| manifest(&registry, Some(&kind[2..]), kind, None));
    list(&registry, &a, &[&b, &a]);
    list(&registry, &b, &[&a]);
    let found = tree(&sandbox, &registry.reference("a/b:a"), &[]);
    let below = &found["referrers"];
    assert_eq!(each(below, "artifactType"), ["x/b", "x/a"], "{found}");
    assert_eq!((&below[1]["seen"], below[1].get("referrers")), (&json!(true), None), "{found}");
    let again = &below[0]["referrers"];
    assert_eq!(each(again, "digest"), [a["digest"].as_str().unwrap()], "{found}");
    assert_eq!((&again[0]["seen"], again[0].get("referrers")), (&json!(true), None), "{found}");
    let text = sandbox.bobctl(["tree", "artifact", &registry.reference("a/b:a")]).run().ok();
    assert_eq!(text.matches("(shown elsewhere)").count(), 2, "{text}");
}

#[test]
fn a_chain_is_followed_to_the_sixteenth_level_and_the_bound_is_named() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let mut last = manifest(&registry, Some("1"), "x/0", None);
    for level in 1..=18 {
        last = manifest(&registry, None, &format!("x/{level}"), Some(&last));
    }
    let run = |depth: &str| sandbox.bobctl(["tree", "artifact", &registry.reference("a/b:1"), "--depth", depth]).run();
    let full = run("16");
    assert!(full.stderr().contains("warning: referrers more than 16 levels deep are not looked for"), "{full:?}");
    let text = full.ok();
    assert!(text.contains("x/16") && !text.contains("x/17"), "{text}");
    let three = run("3");
    assert_eq!(three.stderr(), "", "what was asked for is no bound");
    assert_eq!(three.ok().lines().count(), 4);
}

#[test]
fn an_index_that_refers_is_opened_only_when_it_does() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().without(Feature::Referrers).start();
    let root = manifest(&registry, Some("1"), "x/root", None);
    let child = manifest(&registry, None, "x/child", None);
    let mut honest = index(&[&child]);
    honest["artifactType"] = json!("x/honest");
    honest["subject"] = root.clone();
    let honest = entry(&registry, None, &honest);
    let mut other = index(&[&child]);
    other["artifactType"] = json!("x/other");
    let other = entry(&registry, None, &other);
    list(&registry, &root, &[&honest, &other]);
    let found = tree(&sandbox, &registry.reference("a/b:1"), &[]);
    assert_eq!(each(&found["referrers"], "artifactType"), ["x/honest", "x/other"], "{found}");
    assert_eq!(each(&found["referrers"][0]["platforms"], "artifactType"), ["x/child"], "{found}");
    assert_eq!(found["referrers"][1].get("platforms"), None, "{found}");
}

#[test]
fn what_is_not_told_is_a_warning_and_the_rest_is_shown() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().without(Feature::Referrers).start();
    let root = manifest(&registry, Some("1"), "x/root", None);
    let [secret, open, deep] = ["x/secret", "x/open", "x/deep"].map(|kind| manifest(&registry, None, kind, None));
    list(&registry, &root, &[&secret, &open]);
    list(&registry, &open, &[&deep]);
    registry.fault(on(ANY).path(&referrers_tag(&secret)).answer(403));
    let run = sandbox.bobctl(["tree", "artifact", &registry.reference("a/b:1"), "-o", "json"]).run();
    let warning = format!("what refers to {} is not told", secret["digest"].as_str().unwrap());
    assert!(run.stderr().contains(&warning), "{}", run.stderr());
    let found: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(found["referrers"][0].get("referrers"), None, "{found}");
    assert_eq!(each(&found["referrers"][1]["referrers"], "artifactType"), ["x/deep"], "{found}");
}

#[test]
fn what_a_list_says_cannot_act_on_the_terminal() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let root = manifest(&registry, Some("1"), "x/root", None);
    let document = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": "x/\u{1b}[31mred",
        "config": {"mediaType": media_type::EMPTY, "digest": Digest::of(b"{}"), "size": 2}, "layers": [],
        "subject": root, "annotations": {"\u{202e}key": "a\nb", "org.opencontainers.image.created": "\u{7}now"}});
    entry(&registry, None, &document);
    let run = sandbox.bobctl(["tree", "artifact", &registry.reference("a/b:1"), "--verbose"]).run();
    let text = run.ok();
    assert_eq!(text.lines().count(), 4, "{text}");
    for part in ["x/\\u{1b}[31mred", "\\u{202e}key: a\\u{a}b", "\\u{7}now"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_level_takes_one_step() {
    let latency = Duration::from_millis(60);
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().latency(latency).start();
    let children = ["x/amd64", "x/arm64"].map(|kind| manifest(&registry, None, kind, None));
    let root = entry(&registry, Some("1"), &index(&[&children[0], &children[1]]));
    let first = manifest(&registry, None, "x/first", Some(&root));
    manifest(&registry, None, "x/second", Some(&first));
    for (depth, steps, requests) in [("1", 2, 16), ("2", 3, 21)] {
        let before = registry.log();
        sandbox.bobctl(["tree", "artifact", &registry.reference("a/b:1"), "--depth", depth]).run().ok();
        let log = registry.log().since(&before);
        assert!(log.serial_steps() <= steps && log.count() <= requests, "depth {depth}:\n{log}");
    }
}
