//! Under which conditions an index is written, and how many requests that takes.

use std::time::Duration;

use serde_json::Value;

use super::{AMD, ARM, json, push, push_both, text, two};
use crate::support::fault::{FaultRegistry, Log};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, digest, every_place, pull};

#[track_caller]
fn assert_only_reads(registry: &FaultRegistry, before: &Log) {
    let log = registry.log().since(before);
    let writes = log.only(|record| !["GET", "HEAD"].contains(&record.method.as_str()));
    assert_eq!(writes.count(), 0, "{log}");
}

#[test]
fn an_index_takes_one_step_more_than_a_manifest() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    // Longer than the program needs between two answers, so that what it sends together overlaps. Only four of the first
    // requests go together, and there are seven questions here: that is another step.
    let registry = FaultRegistry::builder().latency(Duration::from_millis(250)).start();
    let place = story::fault(&registry);
    let first = push_both(&sandbox, &place.tagged("1"), &["--reproducible"]).run().ok();
    let log = registry.log();
    assert!(log.serial_steps() <= 5 && log.count() == 14, "{} steps\n{log}", log.serial_steps());

    let again = push_both(&sandbox, &place.tagged("1"), &["--reproducible"]).run();
    assert!(again.stderr().contains("already up to date"), "{}", again.stderr());
    assert_eq!(again.ok(), first);
    assert_only_reads(&registry, &log);
    let again = registry.log().since(&log);
    assert!(again.serial_steps() <= 2 && again.count() == 7, "{} steps\n{again}", again.serial_steps());
}

#[test]
fn if_changed_compares_children_pairwise_but_not_the_clock() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let at = |seconds: &str, paths: &[&str], more: &[&str]| {
        let more = [&["--if-changed", "-o", "json"], more].concat();
        json(&push(&sandbox, &place.tagged("1"), paths, &more).env("SOURCE_DATE_EPOCH", seconds).run().ok())
    };
    let first = at("1000", &[AMD, ARM], &[]);
    let before = registry.log();
    let again = at("2000", &[AMD, ARM], &[]);
    assert_only_reads(&registry, &before);
    // What is told is what stands there, not what would have been pushed.
    assert_eq!(again["unchanged"], true);
    assert_eq!((&again["digest"], &again["platforms"]), (&first["digest"], &first["platforms"]));
    assert_eq!(at("2000", &[AMD, ARM], &["--tag", "2"])["digest"], first["digest"]);
    assert_eq!(registry.tag("org/bobs/webapp", "2").unwrap().to_string(), text(&first, "/digest"));

    let others: [(&[&str], &[&str]); 5] = [
        (&[ARM, AMD], &[]),
        (&[AMD], &[]),
        (&[AMD, "linux/arm/v7=arm64"], &[]),
        (&[AMD, "linux/arm64=amd64"], &[]),
        (&[AMD, ARM], &["-a", "a=b"]),
    ];
    for (paths, more) in others {
        assert_eq!(at("3000", paths, more)["unchanged"], false, "{paths:?} {more:?}");
        assert_eq!(at("4000", paths, more)["unchanged"], true, "{paths:?} {more:?}");
    }
    // One folder for any platform is not the same, nor is an index the same as that.
    for paths in [&["amd64"][..], &["linux/amd64=amd64"]] {
        assert_eq!(at("5000", paths, &[])["unchanged"], false, "{paths:?}");
    }
}

#[test]
fn a_push_brings_back_what_was_lost() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let place = story::layout(&sandbox);
    let push =
        |more: &[&str]| json(&push_both(&sandbox, &place.tagged("1"), &[&["-o", "json"], more].concat()).run().ok());
    let first = push(&["--reproducible"]);
    for lost in ["/platforms/1/digest", "/platforms/1/layer/digest"] {
        let blob = format!("layout/blobs/{}", text(&first, lost).replace(':', "/"));
        for more in [&["--reproducible"][..], &["--reproducible", "--if-changed"]] {
            std::fs::remove_file(sandbox.path(&blob)).unwrap();
            let again = push(more);
            assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &Value::from(false)), "{lost}");
            pull(&sandbox, &place.tagged("1"), "out", &["--platform", "linux/arm64", "--force"]).run().ok();
            assert_eq!(push(more)["unchanged"], true, "{lost}");
        }
    }
    // With another time in the manifests nothing is the same but the layers, and one of those is gone.
    let blob = format!("layout/blobs/{}", text(&first, "/platforms/0/layer/digest").replace(':', "/"));
    std::fs::remove_file(sandbox.path(&blob)).unwrap();
    assert_eq!(push(&["--if-changed"])["unchanged"], false);
    assert!(sandbox.exists(&blob));
}

#[test]
fn no_clobber_dry_run_and_an_expected_digest() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    for place in every_place(&sandbox) {
        let name = place.name;
        let dry = push_both(&sandbox, &place.tagged("1"), &["--reproducible", "--dry-run"]).run().ok();
        pull(&sandbox, &place.tagged("1"), "out", &[]).run().fails(3);
        let expected = format!("{}@{}", place.tagged("1"), digest(&dry));
        assert_eq!(push_both(&sandbox, &expected, &["--reproducible", "--no-clobber"]).run().ok(), dry, "{name}");
        assert_eq!(push_both(&sandbox, &expected, &["--reproducible", "--no-clobber"]).run().ok(), dry, "{name}");
        let error = push(&sandbox, &place.tagged("1"), &[ARM], &["--no-clobber"]).run().fails(7);
        assert!(error.contains("tag 1 exists and names"), "{name}: {error}");
        let error = push(&sandbox, &expected, &[ARM], &["--reproducible"]).run().fails(7);
        assert!(error.contains("the content gives sha256:"), "{name}: {error}");
    }
}

#[test]
fn without_a_tag_the_index_is_reachable_by_digest() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    for place in every_place(&sandbox) {
        let printed = push_both(&sandbox, place.repository(), &["--reproducible"]).run().ok();
        let reference = format!("{}@{}", place.repository(), digest(&printed));
        let out = format!("from {}", place.name);
        pull(&sandbox, &reference, &out, &["--platform", "linux/arm64"]).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree("arm64"), "{}", place.name);
        let again = push_both(&sandbox, place.repository(), &["--reproducible", "-o", "json"]).run().ok();
        assert_eq!(json(&again)["unchanged"], true, "{}", place.name);
    }
}
