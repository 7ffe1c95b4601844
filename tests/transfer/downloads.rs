//! Downloads that break.

use std::time::Duration;

use super::{Pushed, every_64_kib};
use crate::support::fault::{FaultRegistry, Feature, GET, on};

#[test]
fn a_download_goes_on_wherever_its_line_breaks() {
    let pushed = Pushed::to(FaultRegistry::start());
    for offset in every_64_kib() {
        let before = pushed.statuses("GET").len();
        pushed.registry.heal();
        pushed.registry.fault(on(GET).path(&pushed.layer).first(1).cut_after(offset));
        pushed.pulls(&[]);
        let expected = if offset == 0 { ["200", "200"] } else { ["200", "206"] };
        assert_eq!(pushed.statuses("GET")[before..], expected, "cut after {offset}");
    }
}

#[test]
fn a_download_goes_on_after_the_second_break_too() {
    let pushed = Pushed::to(FaultRegistry::start());
    for first in [1, 2] {
        pushed.registry.fault(on(GET).path(&pushed.layer).nth(first).cut_after(300_000));
    }
    pushed.pulls(&[]);
    assert_eq!(pushed.statuses("GET"), ["200", "206", "206"]);
}

#[test]
fn a_failing_registry_in_the_middle_is_asked_again() {
    let pushed = Pushed::to(FaultRegistry::start());
    pushed.registry.fault(on(GET).path(&pushed.layer).nth(1).cut_after(300_000));
    pushed.registry.fault(on(GET).path(&pushed.layer).nth(2).answer(503));
    pushed.registry.fault(on(GET).path(&pushed.layer).nth(3).reset());
    pushed.pulls(&[]);
    assert_eq!(pushed.statuses("GET"), ["200", "503", "-", "206"]);
}

#[test]
fn a_stall_is_a_break_and_a_slow_flow_is_none() {
    let pushed = Pushed::to(FaultRegistry::start());
    pushed.registry.fault(on(GET).path(&pushed.layer).first(1).stall_after(300_000));
    pushed.pulls(&["--idle-timeout", "400ms"]);
    assert_eq!(pushed.statuses("GET"), ["200", "206"]);
    pushed.registry.heal();
    pushed.registry.fault(on(GET).path(&pushed.layer).drip(Duration::from_millis(100)));
    pushed.pulls(&["--idle-timeout", "400ms"]);
    assert_eq!(pushed.statuses("GET"), ["200", "206", "200"]);
}

#[test]
fn a_registry_without_ranges_sends_it_all_again() {
    let pushed = Pushed::to(FaultRegistry::builder().without(Feature::Ranges).start());
    pushed.registry.fault(on(GET).path(&pushed.layer).first(2).cut_after(700_000));
    pushed.pulls(&[]);
    assert_eq!(pushed.statuses("GET"), ["200", "200", "200"]);
}

#[test]
fn a_range_that_was_not_asked_for_is_not_taken() {
    for (status, range) in [(206, "bytes 0-9/10"), (206, "bytes 299999-1048575/1048576"), (416, "bytes */10")] {
        let pushed = Pushed::to(FaultRegistry::start());
        pushed.registry.fault(on(GET).path(&pushed.layer).nth(1).cut_after(300_000));
        let wrong = on(GET).path(&pushed.layer).nth(2).header("content-range", range);
        pushed.registry.fault(if status == 206 { wrong } else { wrong.answer(status) });
        pushed.pulls(&[]);
        assert_eq!(pushed.statuses("GET"), ["200", &status.to_string(), "200"], "{range}");
    }
}

#[test]
fn other_bytes_behind_the_break_are_found_out() {
    for ranges in [true, false] {
        let builder = FaultRegistry::builder();
        let pushed = Pushed::to(if ranges { builder } else { builder.without(Feature::Ranges) }.start());
        pushed.registry.fault(on(GET).path(&pushed.layer).nth(1).cut_after(300_000));
        pushed.registry.fault(on(GET).path(&pushed.layer).nth(2).flip_byte(if ranges { 5 } else { 300_005 }));
        let before = pushed.sandbox.tree(".");
        let error = pushed.pull(&[]).fails(6);
        assert!(error.contains("came with digest"), "{error}");
        assert_eq!(pushed.sandbox.tree("."), before);
    }
}

#[test]
fn a_download_that_always_breaks_at_the_same_place_ends() {
    let pushed = Pushed::to(FaultRegistry::builder().without(Feature::Ranges).start());
    pushed.registry.fault(on(GET).path(&pushed.layer).cut_after(700_000));
    let before = pushed.sandbox.tree(".");
    pushed.pull(&[]).fails(5);
    assert_eq!(pushed.sandbox.tree("."), before);
    assert_eq!(pushed.statuses("GET").len(), 5);
}

#[test]
fn the_registry_is_asked_again_where_a_content_network_breaks() {
    let network = FaultRegistry::start();
    let pushed = Pushed::to(FaultRegistry::start());
    let digest = pushed.layer.trim_start_matches("/blobs/").parse().unwrap();
    network.corrupt_blob("cdn", &digest, pushed.registry.blob("org/bobs/webapp", &digest).unwrap());
    let signed = |n: u8| format!("{}/v2/cdn/blobs/{digest}?signed={n}", network.url());
    pushed.registry.fault(on(GET).path(&pushed.layer).nth(1).redirect(&signed(1)));
    pushed.registry.fault(on(GET).path(&pushed.layer).nth(2).redirect(&signed(2)));
    network.fault(on(GET).blob().nth(1).cut_after(300_000));
    pushed.pulls(&[]);
    let asked = network.log().requests();
    assert!(asked[0].ends_with("?signed=1 200") && asked[1].ends_with("?signed=2 206"), "{asked:?}");
}
