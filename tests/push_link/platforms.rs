//! Indexes on either side: which manifest refers to which.

use bobctl::oci::{Descriptor, Digest, media_type};
use serde_json::{Value, json};

use super::{bytes, list_of, parsed, push_linked};
use crate::support::fault::{FaultRegistry, PUT};
use crate::support::linked::Shelf;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, ORIGIN, Place, digest, every_place, webapp};

/// A BoB for each of these in folders named by their architecture.
fn folders(sandbox: &Sandbox, architectures: &[&str]) {
    for architecture in architectures {
        webapp(sandbox, architecture);
        let profile = sandbox.read(format!("{architecture}/bob.yaml"));
        sandbox.write(format!("{architecture}/bob.yaml"), profile.replace("[amd64]", &format!("[{architecture}]")));
    }
}

/// `bobctl push artifact REFERENCE --path linux/ARCHITECTURE=ARCHITECTURE … --link IMAGE`.
fn push_index<'a>(sandbox: &'a Sandbox, reference: &str, of: &[&str], image: &str, more: &[&str]) -> Command<'a> {
    folders(sandbox, of);
    let paths: Vec<String> = of.iter().map(|name| format!("--path=linux/{name}={name}")).collect();
    let words = ["push", "artifact", reference, "--link", image].into_iter().chain(ORIGIN);
    sandbox.bobctl(words.chain(paths.iter().map(String::as_str)).chain(more.iter().copied()))
}

/// An index `index` of images for these platforms, and the digests of both.
fn images(place: &Place, platforms: &[&str]) -> (Digest, Vec<Descriptor>) {
    let shelf = Shelf::of(place);
    let images: Vec<Descriptor> = platforms.iter().map(|platform| shelf.image(None, platform, platform)).collect();
    (shelf.index("index", &images.iter().collect::<Vec<_>>()).digest, images)
}

fn manifest(place: &Place, digest: &Value) -> Value {
    serde_json::from_slice(&bytes(place, digest.as_str().unwrap())).unwrap()
}

#[test]
fn of_two_indexes_every_child_refers_to_that_of_its_platform() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let (name, to) = (place.name, place.images());
        let (index, images) = images(&to, &["linux/arm64", "linux/amd64"]);
        let push = |more: &[&str]| {
            let more = [&["--reproducible"], more].concat();
            push_index(&sandbox, &place.tagged("1"), &["amd64", "arm64"], &to.tagged("index"), &more).run().ok()
        };
        let printed = push(&[]);
        assert_eq!(printed, format!("{}\n", place.at(&digest(&printed))), "{name}: one line, as nothing else is new");
        let done = parsed(&push(&["-o", "json"]));
        assert_eq!((&done["unchanged"], &done["linked"]["unchanged"]), (&true.into(), &true.into()), "{name}: {done}");

        let top = manifest(&to, &done["digest"]);
        assert_eq!(top["subject"]["digest"], json!(index), "{name}");
        assert_eq!(top["artifactType"], media_type::BOB_ARTIFACT, "{name}");
        for (position, image) in [(0, &images[1]), (1, &images[0])] {
            let child = &done["platforms"][position]["digest"];
            assert_eq!(top["manifests"][position]["digest"], *child, "{name}");
            let there = manifest(&to, child);
            let subject = json!({"mediaType": image.media_type, "digest": image.digest, "size": image.size});
            assert_eq!((&there["subject"], &there["artifactType"]), (&subject, &media_type::BOB_ARTIFACT.into()));
            let listed = Shelf::of(&to).referrers(&image.digest);
            assert_eq!(listed, [child.as_str().unwrap().parse::<Digest>().unwrap()], "{name}");
            let own = done["linked"]["platforms"].as_array().unwrap().iter().find(|link| link["digest"] == *child);
            assert_eq!(own.unwrap()["listed"], list_of(&place), "{name}");
        }
        let words = ["pull", "artifact", "--image", &to.tagged("index"), "--platform", "linux/arm64", "-o"];
        let out = format!("from {name}");
        sandbox.bobctl(words.iter().copied().chain([out.as_str()])).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree("arm64"), "{name}");
    }
}

#[test]
fn a_platform_that_the_image_lacks_refers_to_nothing_unless_it_is_asked_for() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let to = place.images();
    images(&to, &["linux/amd64", "linux/s390x"]);
    let push = |more: &[&str]| push_index(&sandbox, &place.tagged("1"), &["amd64", "arm64"], &to.tagged("index"), more);
    let done = parsed(&push(&["-o", "json"]).run().ok());
    assert_eq!(done["linked"]["platforms"].as_array().unwrap().len(), 1, "{done}");
    let other = manifest(&to, &done["platforms"][1]["digest"]);
    assert_eq!((other.get("subject"), other.get("artifactType")), (None, None));
    let error = push(&["--platforms", "linux/arm64"]).run().fails(3);
    assert!(error.contains("the image has no manifest for linux/arm64"), "{error}");
    let error = push(&["--platforms", "linux/s390x"]).run().fails(3);
    assert!(error.contains("the BoB has no manifest for linux/s390x; there are: linux/amd64, linux/arm64"), "{error}");
}

#[test]
fn an_index_may_be_linked_to_a_single_image() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let image = super::image(&place);
    let to = place.images();
    let done = parsed(
        &push_index(&sandbox, &place.tagged("1"), &["amd64", "arm64"], &to.tagged("1"), &["-o", "json"]).run().ok(),
    );
    assert_eq!(manifest(&to, &done["digest"])["subject"]["digest"], json!(image.digest));
    for position in 0..2 {
        assert_eq!(manifest(&to, &done["platforms"][position]["digest"]).get("subject"), None);
    }
    let error = push_index(&sandbox, &place.tagged("2"), &["amd64"], &to.tagged("1"), &["--platforms", "all"]);
    assert!(error.run().fails(2).contains("is no index"));
}

#[test]
fn one_bob_gets_further_links_to_the_children_on_request() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("bob/bob.yaml", sandbox.read("bob/bob.yaml").replace("[amd64]", "[amd64, arm64]"));
    for place in every_place(&sandbox) {
        let (name, to) = (place.name, place.images());
        let (_, images) = images(&to, &["linux/amd64", "linux/arm64"]);
        let push = |more: &[&str]| {
            let more = [&["--reproducible", "--platforms", "all"], more].concat();
            push_linked(&sandbox, &place.tagged("1"), &to.tagged("index"), &more).run()
        };
        let run = push(&[]);
        assert!(run.stderr().contains("which no signature covers yet"), "{name}: {}", run.stderr());
        let printed = run.ok();
        let lines: Vec<&str> = printed.lines().collect();
        let bob = digest(lines[0]);
        assert_eq!((lines.len(), lines[0]), (3, place.at(&bob).as_str()), "{name}");
        for (line, image) in lines[1..].iter().zip(&images) {
            let link = manifest(&to, &digest(line).into());
            assert_eq!(link["subject"]["digest"], json!(image.digest), "{name}");
            let origin = link["annotations"]["io.k8sstormcenter.bob.reference"].as_str().unwrap();
            assert!(origin.ends_with(&format!("@{bob}")), "{name}: {origin}");
        }
        let again = parsed(&push(&["-o", "json"]).ok());
        assert_eq!((&again["digest"], &again["linked"]["unchanged"]), (&bob.into(), &true.into()), "{name}");
        let platforms = again["linked"]["platforms"].as_array().unwrap();
        let references: Vec<&str> = platforms.iter().map(|link| link["reference"].as_str().unwrap()).collect();
        assert_eq!(references, lines[1..], "{name}");
        // What `link` would have made of it.
        let link = ["link", "artifact", &place.tagged("1"), &to.tagged("index"), "--platforms", "all"];
        let linked = sandbox.bobctl(link).run().ok();
        assert_eq!(linked.lines().skip(1).collect::<Vec<_>>(), lines[1..], "{name}");
    }
}

#[test]
fn files_for_every_platform_are_not_taken_for_a_bob() {
    let sandbox = Sandbox::new();
    sandbox.write("sbom.json", "{}");
    for place in every_place(&sandbox) {
        let (name, to) = (place.name, place.images());
        let (index, images) = images(&to, &["linux/amd64", "linux/arm64"]);
        let (sbom, image) = (place.tagged("sbom"), to.tagged("index"));
        let words = ["push", "artifact", &sbom, "--file", "sbom.json", "--artifact-type", "application/spdx+json"];
        let done = sandbox.bobctl(words.into_iter().chain(["--link", &image, "--platforms", "all", "-o", "json"]));
        let done = parsed(&done.run().ok());
        let top = manifest(&to, &done["digest"]);
        assert_eq!(top["subject"]["digest"], json!(index), "{name}");
        for (link, image) in done["linked"]["platforms"].as_array().unwrap().iter().zip(&images) {
            let mut of_one = manifest(&to, &link["digest"]);
            let subject = json!({"mediaType": image.media_type, "digest": image.digest, "size": image.size});
            assert_eq!(of_one["subject"], subject, "{name}");
            // Nothing else tells it from the one of the index.
            of_one["subject"] = top["subject"].clone();
            assert_eq!(of_one, top, "{name}");
        }
        let pull = ["pull", "artifact", "--image", &image, "--platform", "linux/arm64", "-o", "out"];
        assert!(sandbox.bobctl(pull).run().fails(3).contains("application/spdx+json"), "{name}");
    }
}

#[test]
fn of_several_images_for_one_child_the_exact_one_is_its_subject() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let to = place.images();
    let (_, images) = images(&to, &["linux/arm/v6", "linux/arm", "linux/arm/v7"]);
    let done =
        parsed(&push_index(&sandbox, &place.tagged("1"), &["arm"], &to.tagged("index"), &["-o", "json"]).run().ok());
    let child = &done["platforms"][0]["digest"];
    assert_eq!(manifest(&to, child)["subject"]["digest"], json!(images[1].digest));
    let links = done["linked"]["platforms"].as_array().unwrap();
    let subjects: Vec<&Value> = links.iter().map(|link| &link["subject"]).collect();
    assert_eq!(subjects, [&json!(images[0].digest), &json!(images[1].digest), &json!(images[2].digest)]);
    let other = manifest(&to, &links[2]["digest"]);
    let origin = other["annotations"]["io.k8sstormcenter.bob.reference"].as_str().unwrap();
    assert!(origin.ends_with(child.as_str().unwrap()), "{origin}");
}

#[test]
fn each_child_is_held_against_its_profile() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let to = place.images();
    images(&to, &["linux/amd64", "linux/arm64"]);
    folders(&sandbox, &["amd64"]);
    let words = ["push", "artifact", &place.tagged("1"), "--link", &to.tagged("index")];
    let paths = ["--path=linux/amd64=amd64", "--path=linux/arm64=amd64"];
    let error = sandbox.bobctl(words.into_iter().chain(ORIGIN).chain(paths)).run().fails(7);
    assert!(error.contains("is for amd64, the image for arm64"), "{error}");
    assert!(!sandbox.path("layout").exists(), "nothing was written");
}

#[test]
fn in_one_repository_each_manifest_is_written_once_and_never_for_the_clock_alone() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let (index, _) = images(&place, &["linux/amd64", "linux/arm64"]);
    let push = |seconds: &str| {
        let more = ["--if-changed", "-o", "json"];
        let run = push_index(&sandbox, &place.tagged("bob"), &["amd64", "arm64"], &place.tagged("index"), &more);
        parsed(&run.env("SOURCE_DATE_EPOCH", seconds).run().ok())
    };
    let before = registry.log();
    let first = push("1000");
    let log = registry.log().since(&before);
    assert_eq!(log.only(|record| record.method == PUT).count(), 3, "{log}");
    assert_eq!(first["linked"]["subject"], json!(index));
    assert_eq!(first["linked"]["platforms"].as_array().unwrap().len(), 2, "{first}");

    let before = registry.log();
    let again = push("2000");
    super::assert_only_reads(&registry, &before);
    assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &true.into()));
    assert_eq!(again["linked"]["unchanged"], true, "{again}");
}
