//! Indexes on either side, and `--platforms`.

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Descriptor, Manifest, RawManifest, media_type};
use serde_json::{Value, json};

use super::{link, linked, list_of, manifest};
use crate::support::fault::FaultRegistry;
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, Place, every_place};

const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// A BoB whose profile is for `architectures`, and which is itself for `platform`.
fn bob(shelf: &Shelf, tag: Option<&str>, platform: Option<&str>, architectures: &[&str]) -> Descriptor {
    let mut config = json!({"config": {}, "bob": {"profiles": [{
        "file": "bob.yaml", "kind": "ApplicationProfile", "architectures": architectures,
        "containers": [{"name": "app", "image": "ghcr.io/org/webapp:1"}]
    }]}});
    let platform: Option<bobctl::oci::Platform> = platform.map(|text| text.parse().unwrap());
    if let Some(platform) = &platform {
        config["architecture"] = platform.architecture.clone().into();
        config["os"] = platform.os.clone().into();
    }
    let config = shelf.blob(media_type::BOB_CONFIG, config.to_string());
    let layer = shelf.blob(media_type::BOB_CONTENT, format!("content for {architectures:?}"));
    let bob = RawManifest::from_manifest(&Manifest::new(config, vec![layer], Annotations::new()));
    shelf.write(&bob, tag);
    Descriptor { platform, ..bob.descriptor() }
}

/// An index of images for two platforms, with an attestation as builders leave it, tagged `index`; its images.
fn images(place: &Place) -> Vec<Descriptor> {
    let shelf = Shelf::of(place);
    let images: Vec<Descriptor> = BOTH.iter().map(|platform| shelf.image(None, platform, platform)).collect();
    let attestation = Descriptor { platform: Some("unknown/unknown".parse().unwrap()), ..images[0].clone() };
    shelf.index("index", &[&images[0], &images[1], &attestation]);
    images
}

/// An index of a `BoB` for each of two platforms, tagged `index`; what it lists.
fn bobs(place: &Place) -> Vec<Descriptor> {
    let shelf = Shelf::of(place);
    let bobs: Vec<Descriptor> =
        ["amd64", "arm64"].iter().map(|name| bob(&shelf, None, Some(&format!("linux/{name}")), &[name])).collect();
    // In another order than the image's.
    shelf.index("index", &[&bobs[1], &bobs[0]]);
    bobs
}

fn subjects(linked: &Value) -> Vec<(String, Value)> {
    let platforms = linked["platforms"].as_array().cloned().unwrap_or_default();
    platforms.iter().map(|link| (link["platform"].as_str().unwrap().to_owned(), link["subject"].clone())).collect()
}

#[test]
fn of_two_indexes_every_child_is_linked_to_that_of_its_platform() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let name = place.name;
        let to = place.images();
        let (bobs, images) = (bobs(&place), images(&to));
        let done = linked(&sandbox, &place.tagged("index"), &to.tagged("index"), &[]);
        let expected: Vec<(String, Value)> =
            BOTH.iter().zip(&images).map(|(platform, image)| ((*platform).to_owned(), json!(image.digest))).collect();
        assert_eq!(subjects(&done), expected, "{name}");
        assert!(done["platforms"].as_array().unwrap().iter().all(|link| link["listed"] == list_of(&place)), "{done}");

        // The index has its children as they were, all of which are there.
        let index = manifest(&to, &done["digest"]);
        assert_eq!(index["artifactType"], media_type::BOB_ARTIFACT, "{name}");
        for (child, bob) in index["manifests"].as_array().unwrap().iter().zip([&bobs[1], &bobs[0]]) {
            assert_eq!(child["digest"], json!(bob.digest), "{name}");
            manifest(&to, &child["digest"]);
        }
        for (link, bob) in done["platforms"].as_array().unwrap().iter().zip(&bobs) {
            let there = manifest(&to, &link["digest"]);
            assert_eq!(there["subject"]["digest"], link["subject"], "{name}");
            let origin = there["annotations"]["io.k8sstormcenter.bob.reference"].as_str().unwrap();
            assert!(origin.ends_with(&format!("@{}", bob.digest)), "{name}: {origin}");
        }
        let again = linked(&sandbox, &place.tagged("index"), &to.tagged("index"), &[]);
        assert_eq!((&again["digest"], &again["unchanged"]), (&done["digest"], &true.into()), "{name}");
    }
}

#[test]
fn one_bob_goes_to_the_index_and_on_request_to_its_children() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let to = place.images();
    let images = images(&to);
    bob(&Shelf::of(&place), Some("any"), None, &["amd64", "arm64"]);
    let run = |more: &[&str]| linked(&sandbox, &place.tagged("any"), &to.tagged("index"), more);
    assert_eq!(subjects(&run(&[])), []);
    assert_eq!(subjects(&run(&["--platforms", "all"])).len(), 2);
    let arm = run(&["--platforms", "linux/arm64"]);
    assert_eq!(subjects(&arm), [("linux/arm64".to_owned(), json!(images[1].digest))]);
    // The index's link first, then a line a child.
    let printed = link(&sandbox, &place.tagged("any"), &to.tagged("index"), &["--platforms", "all"]).run().ok();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[2]),
        (3, arm["reference"].as_str().unwrap(), arm["platforms"][0]["reference"].as_str().unwrap())
    );
    // A child is an image like any other.
    let child = format!("{}@{}", to.repository(), images[1].digest);
    let direct = linked(&sandbox, &place.tagged("any"), &child, &[]);
    assert_eq!((&direct["digest"], &direct["unchanged"]), (&arm["platforms"][0]["digest"], &true.into()));
}

#[test]
fn a_bob_for_one_platform_goes_to_that_alone() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let to = place.images();
    let images = images(&to);
    bob(&Shelf::of(&place), Some("arm"), Some("linux/arm64"), &["arm64"]);
    let arm = linked(&sandbox, &place.tagged("arm"), &to.tagged("index"), &["--platforms", "all"]);
    assert_eq!(subjects(&arm), [("linux/arm64".to_owned(), json!(images[1].digest))]);
    let left_out = |more: &[&str]| {
        let run = link(&sandbox, &place.tagged("arm"), &to.tagged("index"), more).run();
        run.stderr().contains("note: the BoB is not for these platforms of the image: linux/amd64\n")
    };
    assert!(left_out(&["--platforms", "all"]));
    assert!(!left_out(&["--platforms", "linux/arm64"]) && !left_out(&[]));
    let fails = |more: &str, code| {
        link(&sandbox, &place.tagged("arm"), &to.tagged("index"), &["--platforms", more]).run().fails(code)
    };
    let error = fails("linux/arm64,linux/amd64", 3);
    assert!(error.contains("the BoB has no manifest for linux/amd64; there are: linux/arm64"), "{error}");
    let error = fails("linux/s390x", 3);
    assert!(
        error.contains("the image has no manifest for linux/s390x; there are: linux/amd64, linux/arm64"),
        "{error}"
    );
    assert!(fails("all,linux/arm64", 2).contains("not a platform"));
    let single = format!("{}@{}", to.repository(), images[1].digest);
    let error = link(&sandbox, &place.tagged("arm"), &single, &["--platforms", "all"]).run().fails(2);
    assert!(error.contains("is no index") && error.contains("leave --platforms out"), "{error}");
}

#[test]
fn each_child_is_held_against_the_profile() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let to = place.images();
    images(&to);
    bob(&Shelf::of(&place), Some("amd"), None, &["amd64"]);
    let run = |more: &[&str]| link(&sandbox, &place.tagged("amd"), &to.tagged("index"), more).run();
    run(&[]).ok();
    run(&["--platforms", "linux/amd64"]).ok();
    let error = run(&["--platforms", "all"]).fails(7);
    assert!(error.contains(" for linux/arm64: the ApplicationProfile of bob.yaml is for amd64, the image for arm64"));
    assert!(error.contains("hint: name the platforms that the BoB is for with --platforms"), "{error}");
    run(&["--platforms", "all", "--allow-mismatch"]).ok();
}

#[test]
fn an_index_that_names_no_platform_has_none_to_choose_from() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let to = place.images();
    let shelf = Shelf::of(&to);
    let image = Descriptor { platform: None, ..shelf.image(None, "linux/amd64", "image") };
    shelf.index("unnamed", &[&image]);
    let nested = shelf.index("nested", &[&image]);
    shelf.index("outer", &[&nested]);
    bob(&Shelf::of(&place), Some("any"), None, &[]);
    for tag in ["unnamed", "outer"] {
        let run = |more: &[&str]| link(&sandbox, &place.tagged("any"), &to.tagged(tag), more).run();
        for platforms in ["all", "linux/amd64"] {
            let error = run(&["--platforms", platforms]).fails(3);
            assert!(error.contains("names no platform") && error.contains("leave --platforms out"), "{tag}: {error}");
        }
        run(&[]).ok();
    }
}

#[test]
fn what_the_bobs_of_an_index_say_alike_is_said_once() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let other = format!("{}-other", place.images().repository());
    Shelf::of(&other).image(Some("image"), "linux/amd64", "image");
    let shelf = Shelf::of(&place);
    let alike: Vec<Descriptor> = ["a", "b"].iter().map(|name| bob(&shelf, None, None, &["amd64", name])).collect();
    shelf.index("alike", &[&alike[0], &alike[1]]);
    let error = link(&sandbox, &place.tagged("alike"), &format!("{other}:image"), &[]).run().fails(7);
    assert_eq!(error.matches("is about ghcr.io/org/webapp:1").count(), 1, "{error}");
}
