//! Registries that say one thing and do another: what a link has to see before it says that it is done.

use bobctl::oci::{Digest, Tag};
use serde_json::json;

use super::{assert_only_reads, link, linked};
use crate::support::fault::{FaultRegistry, Feature, GET, POST, PUT, on};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, Place, push, webapp};

/// A registry with a BoB `bob`, and an image `image` in another repository.
struct Stage {
    sandbox: Sandbox,
    registry: FaultRegistry,
    place: Place,
    image: Digest,
}

impl Stage {
    fn with(registry: FaultRegistry) -> Self {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let place = story::fault(&registry);
        push(&sandbox, &place.tagged("bob"), "bob", &[]).run().ok();
        let image = Shelf::of(place.images()).image(Some("image"), "linux/amd64", "app").digest;
        Self { sandbox, registry, place, image }
    }

    fn link(&self, more: &[&str]) -> crate::support::sandbox::Command<'_> {
        link(&self.sandbox, &self.place.tagged("bob"), &self.place.images().tagged("image"), more)
    }

    fn linked(&self) -> serde_json::Value {
        linked(&self.sandbox, &self.place.tagged("bob"), &self.place.images().tagged("image"), &[])
    }

    /// What the referrers tag lists.
    fn listed(&self) -> Vec<String> {
        let tag = Tag::of_referrers(&self.image);
        let Some(index) = self.registry.manifest("org/images/webapp", tag.as_str()) else { return Vec::new() };
        let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
        let entries = index["manifests"].as_array().unwrap();
        entries.iter().map(|entry| entry["digest"].as_str().unwrap().to_owned()).collect()
    }

    fn sent(&self, what: &str) -> usize {
        self.registry.log().requests().iter().filter(|line| line.starts_with(what)).count()
    }
}

#[test]
fn linking_again_only_reads() {
    for registry in [FaultRegistry::start(), FaultRegistry::builder().without(Feature::Referrers).start()] {
        let stage = Stage::with(registry);
        let first = stage.link(&[]).run().ok();
        let before = stage.registry.log();
        let again = stage.link(&[]).run();
        assert!(again.stderr().contains("linked already"), "{}", again.stderr());
        assert_eq!(again.ok(), first);
        assert_only_reads(&stage.registry, &before);
    }
}

#[test]
fn a_link_that_is_no_longer_listed_is_listed_again() {
    let stage = Stage::with(FaultRegistry::builder().without(Feature::Referrers).start());
    let first = stage.linked();
    let tag = Tag::of_referrers(&stage.image);
    let empty = json!({"schemaVersion": 2, "mediaType": bobctl::oci::media_type::INDEX, "manifests": []});
    stage.registry.put_manifest("org/images/webapp", Some(tag.as_str()), empty.to_string());
    let again = stage.linked();
    assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &false.into()));
    assert_eq!(stage.listed(), [first["digest"].as_str().unwrap()]);
}

#[test]
fn a_link_that_has_lost_a_blob_is_made_again() {
    let stage = Stage::with(FaultRegistry::start());
    let first = stage.linked();
    let manifest = stage.registry.manifest("org/images/webapp", first["digest"].as_str().unwrap()).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let layer: Digest = manifest["layers"][0]["digest"].as_str().unwrap().parse().unwrap();
    stage.registry.corrupt_blob("org/images/webapp", &layer, "");
    assert_eq!(stage.linked()["unchanged"], false);
    assert!(!stage.registry.blob("org/images/webapp", &layer).unwrap().is_empty());
}

#[test]
fn a_registry_that_lists_without_a_word_is_believed() {
    // Quay: no `OCI-Subject`, and yet a list.
    let stage = Stage::with(FaultRegistry::start());
    stage.registry.fault(on(PUT).manifest().without_header("oci-subject"));
    assert_eq!(stage.linked()["listed"], "api");
    assert_eq!(stage.listed(), [""; 0]);
}

#[test]
fn a_list_that_is_late_is_waited_for() {
    let stage = Stage::with(FaultRegistry::start());
    let empty = json!({"schemaVersion": 2, "mediaType": bobctl::oci::media_type::INDEX, "manifests": []}).to_string();
    stage.registry.fault(on(GET).referrers().first(3).body(empty));
    assert_eq!(stage.linked()["listed"], "api");
    assert_eq!(stage.listed(), [""; 0]);
}

#[test]
fn a_registry_whose_list_leaves_it_out_gets_it_under_the_tag() {
    let stage = Stage::with(FaultRegistry::start());
    let empty = json!({"schemaVersion": 2, "mediaType": bobctl::oci::media_type::INDEX, "manifests": []}).to_string();
    stage.registry.fault(on(PUT).manifest().without_header("oci-subject"));
    stage.registry.fault(on(GET).referrers().body(empty));
    let done = stage.linked();
    assert_eq!(done["listed"], "tag");
    assert_eq!(stage.listed(), [done["digest"].as_str().unwrap()]);
}

#[test]
fn a_registry_that_confirms_and_has_no_list_gets_the_tag() {
    // ECR, at times.
    let stage = Stage::with(FaultRegistry::start());
    stage.registry.fault(on(GET).referrers().answer(404));
    let done = stage.linked();
    assert_eq!(done["listed"], "tag");
    assert_eq!(stage.listed(), [done["digest"].as_str().unwrap()]);
}

#[test]
fn a_link_that_others_overwrote_is_written_again() {
    // olareg, when two write at the same time: both are confirmed, one is listed.
    let stage = Stage::with(FaultRegistry::start());
    let other = json!({"mediaType": bobctl::oci::media_type::MANIFEST, "digest": Digest::of(b"other"), "size": 5});
    let list = json!({"schemaVersion": 2, "mediaType": bobctl::oci::media_type::INDEX, "manifests": [other]});
    let (before, empty) = (stage.sent("PUT "), json!({"schemaVersion": 2, "manifests": []}));
    stage.registry.fault(on(GET).referrers().first(1).body(empty.to_string()));
    stage.registry.fault(on(GET).referrers().first(3).body(list.to_string()));
    assert_eq!(stage.linked()["listed"], "api");
    assert_eq!(stage.sent("PUT ") - before, 2, "{}", stage.registry.log());
}

#[test]
fn a_registry_that_confirms_and_forgets_is_an_error_with_the_way_out() {
    let stage = Stage::with(FaultRegistry::start());
    let empty = json!({"schemaVersion": 2, "mediaType": bobctl::oci::media_type::INDEX, "manifests": []}).to_string();
    stage.registry.fault(on(GET).referrers().body(empty));
    let error = stage.link(&[]).run().fails(5);
    let images = stage.place.images();
    assert!(error.contains("was pushed, but is not listed as a referrer of"), "{error}");
    let (_, command) = error.split_once("hint: to have it listed: bobctl ").unwrap_or_else(|| panic!("{error}"));
    assert!(command.contains(&images.at(&stage.image.to_string())), "{error}");
    // The way out leads out: nothing is sent, and the link is the one that was pushed.
    stage.registry.heal();
    let pushed = command.split_whitespace().nth(2).unwrap().to_owned();
    assert_eq!(stage.sandbox.bobctl(command.split_whitespace()).run().ok(), format!("{pushed}\n"));
    assert_eq!(stage.linked()["unchanged"], true);
}

#[test]
fn what_stops_the_merge_is_told_with_the_link_and_the_way_out() {
    for (status, code) in [(403, 4), (409, 7), (413, 1), (500, 5)] {
        let stage = Stage::with(FaultRegistry::builder().without(Feature::Referrers).start());
        stage.registry.fault(on(PUT).path("manifests/sha256-").answer(status));
        let error = stage.link(&[]).run().fails(code);
        assert!(error.contains("was pushed, but is not listed") && error.contains("hint: "), "{status}: {error}");
        assert!(error.contains("bobctl link artifact "), "{status}: {error}");
    }
}

#[test]
fn what_is_in_the_way_of_the_list_is_told_before_the_way_out() {
    let stage = Stage::with(FaultRegistry::builder().without(Feature::Referrers).start());
    let tag = Tag::of_referrers(&stage.image);
    let image = stage.registry.manifest("org/images/webapp", &stage.image.to_string()).unwrap();
    stage.registry.put_manifest("org/images/webapp", Some(tag.as_str()), image);
    let error = stage.link(&[]).run().fails(7);
    let (_, hint) = error.split_once("hint: ").unwrap_or_else(|| panic!("{error}"));
    assert!(hint.contains("it has to be free for the list; then, to have it listed: bobctl link artifact "), "{error}");
}

#[test]
fn a_registry_that_reads_the_link_half_written_gets_time() {
    let stage = Stage::with(FaultRegistry::builder().without(Feature::Referrers).start());
    stage.registry.fault(on(PUT).path("manifests/sha256-").first(1).error(400, "DIGEST_INVALID"));
    let done = stage.linked();
    assert_eq!(done["listed"], "tag");
    assert_eq!(stage.listed(), [done["digest"].as_str().unwrap()]);
}

#[test]
fn a_registry_that_took_mounts_and_knows_no_blob_is_sent_them() {
    // The last is docker's registry, when somebody else is just writing the blob.
    for (status, code) in
        [(404, "MANIFEST_BLOB_UNKNOWN"), (400, "MANIFEST_BLOB_UNKNOWN"), (404, "BLOB_UNKNOWN"), (400, "DIGEST_INVALID")]
    {
        let stage = Stage::with(FaultRegistry::start());
        let (mounts, posts) = (stage.sent("POST "), stage.sent("PUT "));
        stage.registry.fault(on(PUT).manifest().first(1).error(status, code));
        let done = stage.linked();
        assert_eq!(done["listed"], "api", "{status} {code}");
        // Two are mounted, both are sent, and the link is written twice.
        assert_eq!((stage.sent("POST ") - mounts, stage.sent("PUT ") - posts), (4, 2), "{}", stage.registry.log());
        let log = stage.registry.log();
        assert_eq!(log.requests().iter().filter(|line| line.contains("mount=")).count(), 2, "{log}");
    }
}

#[test]
fn blobs_are_mounted_inside_a_registry_and_only_those_that_are_missing() {
    let stage = Stage::with(FaultRegistry::start());
    let received = |log: &crate::support::fault::Log| log.records().iter().map(|record| record.received).sum::<u64>();
    let before = stage.registry.log();
    stage.linked();
    let log = stage.registry.log().since(&before);
    let posts = log.only(|record| record.method == POST);
    assert!(posts.count() == 2 && received(&posts) == 0, "{posts}");
    // Another image, the same blobs.
    let other = Shelf::of(stage.place.images()).image(Some("other"), "linux/amd64", "other").digest;
    let before = stage.registry.log();
    let done = linked(&stage.sandbox, &stage.place.tagged("bob"), &stage.place.images().tagged("other"), &[]);
    assert_eq!(done["subject"], json!(other));
    assert_eq!(stage.registry.log().since(&before).only(|record| record.method == POST).count(), 0);
}
