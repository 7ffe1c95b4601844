//! What is refused before anything is written, and what remains when a link fails: never a tag.

use bobctl::oci::{Digest, media_type};
use serde_json::json;

use super::{assert_only_reads, image, linked, push_linked};
use crate::support::fault::{FaultRegistry, Feature, GET, POST, PUT, on};
use crate::support::linked::Shelf;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, Place, digest, every_place, push, webapp};

/// A registry with an image `1`, and a folder `bob` to be pushed.
struct Stage {
    sandbox: Sandbox,
    registry: FaultRegistry,
    place: Place,
}

impl Stage {
    fn new() -> Self {
        Self::with(FaultRegistry::start())
    }

    fn with(registry: FaultRegistry) -> Self {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let place = story::fault(&registry);
        image(&place);
        Self { sandbox, registry, place }
    }

    fn push(&self, more: &[&str]) -> Command<'_> {
        let more = [&["--reproducible"], more].concat();
        push_linked(&self.sandbox, &self.place.tagged("bob"), &self.place.images().tagged("1"), &more)
    }

    fn tagged(&self) -> Option<Digest> {
        self.registry.tag("org/bobs/webapp", "bob")
    }
}

/// A list of referrers without entries.
fn empty() -> String {
    json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": []}).to_string()
}

#[test]
fn an_image_that_is_none_is_refused_before_anything_is_written() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let (name, images) = (place.name, place.images());
        image(&place);
        let run = |image: &str, code| push_linked(&sandbox, &place.tagged("bob"), image, &[]).run().fails(code);
        let error = run(&images.tagged("no"), 3);
        assert!(error.contains("the image ") && error.contains("was not found"), "{name}: {error}");
        let blob = Shelf::of(&images).blob("application/octet-stream", "app").digest;
        let error = run(&format!("{}@{blob}", images.repository()), 2);
        assert!(error.contains(&format!("{blob} is a blob in ")), "{name}: {error}");
        assert!(run("https://x/y", 2).contains("oci://"), "{name}");
        let pulled = sandbox.bobctl(["pull", "artifact", &place.tagged("bob"), "-o", "out"]).run();
        pulled.fails(3);
    }
}

#[test]
fn who_may_not_read_the_image_is_told_before_anything_is_written() {
    let stage = Stage::new();
    stage.registry.fault(on(GET).path("org/images/webapp/manifests").answer(403));
    let before = stage.registry.log();
    let error = stage.push(&[]).run().fails(4);
    assert!(error.contains("the image ") && error.contains("may not be read"), "{error}");
    assert_only_reads(&stage.registry, &before);
}

#[test]
fn a_bob_about_another_image_is_refused_before_anything_is_written() {
    let stage = Stage::new();
    let profile = stage.sandbox.read("bob/bob.yaml").replace("org/webapp:1", "org/database:1");
    stage.sandbox.write("bob/bob.yaml", profile);
    for more in [&[][..], &["--dry-run"]] {
        let before = stage.registry.log();
        let error = stage.push(more).run().fails(7);
        for part in
            ["org/bobs/webapp@", "does not fit the image", "org/images/webapp@", "org/database:1", "--allow-mismatch"]
        {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert_only_reads(&stage.registry, &before);
    }
    let run = stage.push(&["--allow-mismatch"]).run();
    assert!(run.stderr().contains("warning: ") && run.stderr().contains("org/database:1"), "{}", run.stderr());
    run.ok();
}

#[test]
fn a_tag_that_may_not_move_stops_everything() {
    let stage = Stage::new();
    push(&stage.sandbox, &stage.place.tagged("bob"), "bob", &[]).run().ok();
    let before = stage.registry.log();
    let error = stage.push(&["--no-clobber"]).run().fails(7);
    assert!(error.contains("--no-clobber"), "{error}");
    assert_only_reads(&stage.registry, &before);
}

#[test]
fn the_image_keeps_its_tags() {
    let stage = Stage::new();
    let images = stage.place.images();
    let digest = stage.registry.tag("org/images/webapp", "1").unwrap();
    let before = stage.registry.log();
    let by_digest = format!("{}@{digest}", images.repository());
    for (reference, image, more) in [
        (images.tagged("1"), images.tagged("1"), &[][..]),
        (images.tagged("bob"), images.tagged("1"), &["--tag", "1"]),
        (images.tagged("latest"), images.repository().to_owned(), &[]),
        (images.tagged("1"), by_digest, &[]),
    ] {
        let error = push_linked(&stage.sandbox, &reference, &image, more).run().fails(2);
        assert!(error.contains("what is pushed would take its place") && error.contains("a tag of its own"), "{error}");
    }
    assert_only_reads(&stage.registry, &before);

    // Whatever name the image is given by, none of its others is taken from it.
    let own = Shelf::of(&stage.place);
    let image = own.image(Some("image"), "linux/amd64", "app").digest;
    own.write(&own.manifest(&image), Some("stable"));
    let before = stage.registry.log();
    let by_digest = format!("{}@{image}", stage.place.repository());
    for (reference, image, more) in [
        (stage.place.tagged("bob"), &by_digest, ["--tag", "stable"]),
        (stage.place.repository().to_owned(), &by_digest, ["--tag", "stable"]),
        (stage.place.tagged("bob"), &stage.place.tagged("image"), ["--tag", "stable"]),
    ] {
        let error = push_linked(&stage.sandbox, &reference, image, &more).run().fails(2);
        assert!(error.contains("the tag stable is the image's"), "{error}");
    }
    assert_only_reads(&stage.registry, &before);
}

#[test]
fn a_layout_by_another_name_keeps_its_image() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let image = Shelf::of(&place).image(Some("1"), "linux/amd64", "app").digest;
    let error = push_linked(&sandbox, "oci-layout://layout:1", &place.tagged("1"), &[]).run().fails(2);
    assert!(error.contains("the tag 1 is the image's"), "{error}");
    assert_eq!(Shelf::of(&place).descriptor(&place.tagged("1")).digest, image);
    push_linked(&sandbox, "oci-layout://layout:bob", &place.tagged("1"), &[]).run().ok();
    assert_eq!(Shelf::of(&place).referrers(&image).len(), 1);
}

#[test]
fn an_immutable_tag_is_explained_and_the_link_is_there() {
    let stage = Stage::with(FaultRegistry::builder().with(Feature::ImmutableTags).start());
    push(&stage.sandbox, &stage.place.tagged("bob"), "bob", &[]).run().ok();
    let stood = stage.tagged();
    let error = stage.push(&[]).run().fails(7);
    assert!(error.contains("immutable"), "{error}");
    assert_eq!(stage.tagged(), stood);
    // Links come before tags; under a tag that is free, nothing but the tag is left to be written.
    let printed =
        linked(&stage.sandbox, &stage.place.tagged("free"), &stage.place.images().tagged("1"), &["--reproducible"]);
    assert_eq!(printed["linked"]["unchanged"], true, "{printed}");
}

#[test]
fn a_layout_that_is_written_to_is_not_packed() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let images = format!("oci-layout://{}", sandbox.path("bob/images").display());
    Shelf::of(&images).image(Some("1"), "linux/amd64", "app");
    let error = push_linked(&sandbox, &story::layout(&sandbox).tagged("1"), &format!("{images}:1"), &[]).run().fails(2);
    assert!(error.contains("bob/images"), "{error}");
}

#[test]
fn what_fails_beside_the_image_leaves_no_tag() {
    for (rule, code) in [
        (on(POST).path("org/images").answer(403), 4),
        (on(PUT).path("org/images").answer(403), 4),
        (on(GET).referrers().after(1).body(empty()), 5),
    ] {
        let stage = Stage::new();
        stage.registry.fault(rule);
        stage.push(&[]).run().fails(code);
        assert_eq!(stage.tagged(), None, "{}", stage.registry.log());
        // The same command again does it.
        stage.registry.heal();
        let printed = stage.push(&[]).run().ok();
        assert_eq!(stage.tagged().unwrap().to_string(), digest(&printed));
    }
}

#[test]
fn a_link_that_is_not_listed_is_named_with_what_mends_it() {
    let stage = Stage::new();
    stage.registry.fault(on(GET).referrers().body(empty()));
    let error = stage.push(&[]).run().fails(5);
    assert!(error.contains("org/images/webapp@sha256:") && error.contains("was pushed, but is not listed"), "{error}");
    // `link` would list it, and leave it without its tag.
    assert!(error.contains("run the same command again") && !error.contains("bobctl link"), "{error}");
    stage.registry.heal();
    stage.push(&[]).run().ok();
}

#[test]
fn beside_the_image_its_own_command_mends_a_link() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    Shelf::of(&place).image(Some("image"), "linux/amd64", "app");
    registry.fault(on(GET).referrers().body(empty()));
    let error = push_linked(&sandbox, &place.tagged("bob"), &place.tagged("image"), &[]).run().fails(5);
    let (_, command) = error.split_once("hint: to have it listed: bobctl ").unwrap_or_else(|| panic!("{error}"));
    registry.heal();
    let printed = sandbox.bobctl(command.split_whitespace()).run().ok();
    assert_eq!(digest(&printed), registry.tag("org/bobs/webapp", "bob").unwrap().to_string());
}

#[test]
fn a_registry_that_takes_mounts_and_knows_no_blob_is_sent_them() {
    let stage = Stage::new();
    stage.registry.fault(on(PUT).manifest().path("org/images").first(1).error(404, "MANIFEST_BLOB_UNKNOWN"));
    let before = stage.registry.log();
    stage.push(&[]).run().ok();
    let log = stage.registry.log().since(&before);
    let posts = log.only(|record| record.method == POST && record.target.contains("org/images"));
    let sent = posts.records().iter().filter(|record| record.received > 0).count();
    assert_eq!((posts.count(), sent), (4, 2), "{log}");
}

#[test]
fn without_the_api_the_list_is_kept_beside_the_image_alone() {
    let stage = Stage::with(FaultRegistry::builder().without(Feature::Referrers).start());
    let done = linked(&stage.sandbox, &stage.place.tagged("bob"), &stage.place.images().tagged("1"), &[]);
    assert_eq!(done["linked"]["listed"], "tag");
    let written = stage.registry.log().only(|record| record.method == PUT && record.target.contains("sha256-"));
    assert!(written.records().iter().all(|record| record.target.contains("org/images")), "{written}");
}
