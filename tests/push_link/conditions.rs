//! Under which conditions a linked push writes, and how much.

use bobctl::oci::{Digest, Tag, media_type};
use serde_json::{Value, json};

use super::{assert_only_reads, image, linked, parsed, push_linked};
use crate::support::fault::{Auth, FaultRegistry, Feature, GET, HEAD, POST, PUT};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, every_place, noise, push, webapp};

const WRITERS: usize = 8;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_dry_run_asks_nothing_but_the_image() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    image(&place);
    let before = registry.log();
    let push = |more: &[&str]| linked(&sandbox, &place.tagged("1"), &place.images().tagged("1"), more);
    let dry = push(&["--reproducible", "--dry-run"]);
    let log = registry.log().since(&before);
    assert_only_reads(&registry, &before);
    // The image, and its config for the architecture.
    assert!(log.count() == 2 && log.requests().iter().all(|line| line.contains("/org/images/webapp/")), "{log}");
    assert_eq!(dry.get("linked"), None);
    assert_eq!(push(&["--reproducible"])["digest"], dry["digest"]);
}

#[test]
fn a_second_time_nothing_is_written() {
    for registry in [FaultRegistry::start(), FaultRegistry::builder().without(Feature::Referrers).start()] {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let place = story::fault(&registry);
        image(&place);
        let push = |more: &[&str]| linked(&sandbox, &place.tagged("1"), &place.images().tagged("1"), more);
        let first = push(&["--reproducible"]);
        let before = registry.log();
        let again = push(&["--reproducible"]);
        assert_only_reads(&registry, &before);
        assert_eq!((&again["digest"], &again["linked"]["unchanged"]), (&first["digest"], &true.into()));
        // A further tag is all that is written for one.
        let before = registry.log();
        push(&["--reproducible", "--tag", "2"]);
        let written: Vec<String> = registry.log().since(&before).requests();
        let written: Vec<&String> =
            written.iter().filter(|line| !line.starts_with("GET") && !line.starts_with("HEAD")).collect();
        assert!(written.len() == 1 && written[0].contains("/org/bobs/webapp/manifests/2"), "{written:?}");
    }
}

#[test]
fn if_changed_looks_at_the_subject_but_not_at_the_clock() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().without(Feature::Referrers).start();
    let place = story::fault(&registry);
    let (images, image) = (place.images(), image(&place));
    let at = |seconds: &str, more: &[&str]| {
        let more = [&["--if-changed", "-o", "json"], more].concat();
        parsed(
            &push_linked(&sandbox, &place.tagged("1"), &images.tagged("1"), &more)
                .env("SOURCE_DATE_EPOCH", seconds)
                .run()
                .ok(),
        )
    };
    let first = at("1000", &[]);
    let before = registry.log();
    let again = at("2000", &[]);
    assert_only_reads(&registry, &before);
    assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &true.into()));
    assert_eq!(again["linked"]["digest"], first["digest"]);

    // The link is ensured all the same: of what stands there, not of what would have been pushed.
    let tag = Tag::of_referrers(&image.digest);
    let empty = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": []});
    registry.put_manifest("org/images/webapp", Some(tag.as_str()), empty.to_string());
    let mended = at("3000", &[]);
    assert_eq!((&mended["unchanged"], &mended["linked"]["unchanged"]), (&true.into(), &false.into()), "{mended}");
    let listed = Shelf::of(&images).referrers(&image.digest);
    assert_eq!(listed, [text(&first["digest"]).parse::<Digest>().unwrap()]);

    assert_eq!(at("4000", &["--artifact-type", "text/x"])["unchanged"], false);
    Shelf::of(&images).image(Some("1"), "linux/amd64", "another");
    let moved = at("5000", &["--artifact-type", "text/x"]);
    assert_eq!(moved["unchanged"], false);
    let plain = push(&sandbox, &place.tagged("1"), "bob", &["--if-changed", "-o", "json"]);
    assert_eq!(parsed(&plain.run().ok())["unchanged"], false);
}

#[test]
fn a_lost_link_of_the_very_same_bob_is_written_again() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for one_place in [false, true] {
        let registry = FaultRegistry::builder().without(Feature::Referrers).start();
        let place = story::fault(&registry);
        let (name, to) = if one_place {
            ("org/bobs/webapp", story::fault(&registry))
        } else {
            ("org/images/webapp", place.images())
        };
        let image = Shelf::of(&to).image(Some("image"), "linux/amd64", "app");
        let push = || linked(&sandbox, &place.tagged("1"), &to.tagged("image"), &["--reproducible"]);
        let first = push();
        let empty = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": []});
        registry.put_manifest(name, Some(Tag::of_referrers(&image.digest).as_str()), empty.to_string());
        let again = push();
        assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &true.into()));
        assert_eq!(again["linked"]["unchanged"], false);
        assert_eq!(Shelf::of(&to).referrers(&image.digest).len(), 1);
    }
}

#[test]
fn blobs_are_mounted_inside_a_registry_and_never_downloaded_again() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (registry, other) = (FaultRegistry::start(), FaultRegistry::start());
    let place = story::fault(&registry);
    let beside = story::fault(&other);
    image(&place);
    image(&beside);
    let before = registry.log();
    linked(&sandbox, &place.tagged("1"), &place.images().tagged("1"), &[]);
    let log = registry.log().since(&before);
    let mounts = log.only(|record| record.method == POST && record.target.contains("org/images"));
    assert!(mounts.count() == 2 && mounts.records().iter().all(|record| record.received == 0), "{log}");

    let before = registry.log();
    linked(&sandbox, &place.tagged("2"), &beside.images().tagged("1"), &["-a", "a=b"]);
    let blobs = registry.log().since(&before).only(|record| record.method == GET && record.target.contains("/blobs/"));
    assert_eq!(blobs.count(), 0, "{blobs}");
    let sent = other.log().only(|record| record.method == POST && record.received > 0);
    assert!(sent.count() >= 2, "{}", other.log());
}

#[test]
fn in_one_repository_everything_is_written_once() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    Shelf::of(&place).image(Some("image"), "linux/amd64", "app");
    let before = registry.log();
    linked(&sandbox, &place.tagged("bob"), &place.tagged("image"), &[]);
    let log = registry.log().since(&before);
    let count = |method| log.only(|record| record.method == method).count();
    assert_eq!((count(POST), count(PUT)), (2, 1), "{log}");
    let heads = log.only(|record| record.method == HEAD && record.target.contains("/blobs/"));
    assert_eq!(heads.count(), 2, "{log}");
}

#[test]
fn nothing_of_a_large_layer_is_sent_before_the_image_is_known_to_fit() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("bob/large", noise(6 << 20));
    let profile = sandbox.read("bob/bob.yaml").replace("org/webapp:1", "org/database:1");
    sandbox.write("bob/bob.yaml", profile);
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    image(&place);
    let before = registry.log();
    push_linked(&sandbox, &place.tagged("1"), &place.images().tagged("1"), &[]).run().fails(7);
    assert_only_reads(&registry, &before);
    push_linked(&sandbox, &place.tagged("1"), &place.images().tagged("1"), &["--allow-mismatch"]).run().ok();
}

#[test]
fn eight_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    for writer in 0..WRITERS {
        webapp(&sandbox, &format!("bob{writer}"));
        sandbox.write(format!("bob{writer}/stamp"), writer.to_string());
    }
    for place in every_place(&sandbox) {
        let images = place.images();
        for round in 0..2 {
            let text = format!("round {round}");
            let image = Shelf::of(&images).image(Some("1"), "linux/amd64", &text).digest;
            let run = |writer: usize| {
                let (reference, folder) = (place.tagged(&format!("{round}.{writer}")), format!("bob{writer}"));
                push(&sandbox, &reference, &folder, &["--link", &images.tagged("1")]).spawn()
            };
            let running: Vec<_> = (0..WRITERS).map(run).collect();
            let mut pushed: Vec<Digest> =
                running.into_iter().map(|running| story::digest(&running.wait().ok()).parse().unwrap()).collect();
            let mut listed = Shelf::of(&images).referrers(&image);
            pushed.sort();
            listed.sort();
            assert_eq!(listed, pushed, "{}, {text}", place.name);
        }
    }
}

#[test]
fn one_login_is_for_both_registries() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = || FaultRegistry::builder().auth(Auth::bearer("bob", "secret")).start();
    let (own, beside) = (registry(), registry());
    let config = r#"{"architecture":"amd64"}"#;
    let config = json!({
        "mediaType": "application/vnd.oci.image.config.v1+json", "size": config.len(),
        "digest": beside.put_blob("org/images/webapp", config),
    });
    let image = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": []});
    beside.put_manifest("org/images/webapp", Some("1"), image.to_string());
    let run = |creds: &'static str| {
        let images = story::fault(&beside).images();
        push_linked(&sandbox, &story::fault(&own).tagged("1"), &images.tagged("1"), &["--creds", creds]).run()
    };
    run("bob:wrong").fails(4);
    run("bob:secret").ok();
}
