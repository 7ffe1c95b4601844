//! What is linked to something, and what others are linked to.

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Descriptor, Index, RawManifest, Tag};
use serde_json::Value;

use super::{by_digest, delete};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{every_place, layout};

#[test]
fn a_deleted_referrer_leaves_the_list_and_no_other_does() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("1"), "linux/amd64", "image");
        let [one, two] = ["a/one", "a/two"].map(|kind| shelf.attach(&image, kind));
        let run = delete(&sandbox, &by_digest(&place, &one.to_string()), &["-o", "json"]).run();
        let printed: Value = serde_json::from_str(&run.ok()).unwrap();
        assert_eq!(printed["subject"], image.digest.to_string(), "{}", place.name);
        let left = Shelf::of(&place).referrers(&image.digest);
        assert_eq!(left, std::slice::from_ref(&two), "{}", place.name);
        delete(&sandbox, &by_digest(&place, &two.to_string()), &[]).run().ok();
        assert_eq!(Shelf::of(&place).referrers(&image.digest), [], "{}", place.name);
    }
}

#[test]
fn who_deletes_an_image_learns_what_stays_behind() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("1"), "linux/amd64", "image");
        let note = shelf.attach(&image, "a/note");
        let run = delete(&sandbox, &by_digest(&place, &image.digest.to_string()), &["-o", "json"]).run();
        assert!(run.stderr().contains("warning: 1 manifest refers to it"), "{}: {run:?}", place.name);
        let printed: Value = serde_json::from_str(&run.ok()).unwrap();
        assert_eq!(printed["referrers"], serde_json::json!([note.to_string()]), "{}", place.name);
    }
}

#[test]
fn a_list_that_another_tool_keeps_in_a_layout_is_kept_right() {
    let sandbox = Sandbox::new();
    let place = layout(&sandbox);
    let shelf = Shelf::of(&place);
    let image = shelf.image(Some("1"), "linux/amd64", "image");
    let notes = ["a/one", "a/two"].map(|kind| shelf.attach(&image, kind));
    let tag = Tag::of_referrers(&image.digest);
    let entries: Vec<Descriptor> = notes.iter().map(|note| shelf.manifest(note).descriptor()).collect();
    shelf.write(&RawManifest::from_index(&Index::new(entries, Annotations::new())), Some(tag.as_str()));
    for (gone, left) in [(0, 1), (1, 0)] {
        delete(&sandbox, &by_digest(&place, &notes[gone].to_string()), &[]).run().ok();
        let list = sandbox.bobctl(["describe", "artifact", &place.tagged(tag.as_str()), "--raw"]).run().ok();
        let list: Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list["manifests"].as_array().unwrap().len(), left, "{list}");
        assert_eq!(Shelf::of(&place).referrers(&image.digest).len(), left);
    }
}

#[test]
fn a_referrer_in_a_layout_stays_one_without_its_tag() {
    let sandbox = Sandbox::new();
    let place = layout(&sandbox);
    let shelf = Shelf::of(&place);
    let image = shelf.image(Some("1"), "linux/amd64", "image");
    let note = shelf.attach(&image, "a/note");
    shelf.write(&shelf.manifest(&note), Some("note"));
    delete(&sandbox, &place.tagged("note"), &[]).run().ok();
    assert_eq!(Shelf::of(&place).referrers(&image.digest), [note]);
    let run = delete(&sandbox, &place.tagged("1"), &[]).run();
    run.ok();
    assert!(!sandbox.read("layout/index.json").contains(&image.digest.to_string()));
}
