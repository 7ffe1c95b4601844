//! `push artifact --link`: one digest in the BoB's repository and beside the image, found from both.

mod conditions;
mod failures;
mod platforms;

use bobctl::oci::{Descriptor, Digest, media_type};
use serde_json::{Value, json};

use crate::support::fault::{FaultRegistry, Log};
use crate::support::linked::Shelf;
use crate::support::peers::peer;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, Place, digest, every_place, pull, push, webapp};

/// `bobctl push artifact REFERENCE --path bob --link IMAGE`.
fn push_linked<'a>(sandbox: &'a Sandbox, reference: &str, image: &str, more: &[&str]) -> Command<'a> {
    push(sandbox, reference, "bob", &[&["--link", image], more].concat())
}

/// As [`push_linked`], with what it printed as JSON.
fn linked(sandbox: &Sandbox, reference: &str, image: &str, more: &[&str]) -> Value {
    parsed(&push_linked(sandbox, reference, image, &[more, &["-o", "json"]].concat()).run().ok())
}

fn parsed(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

/// An image `1` beside the BoB's repository, or in the layout beside it.
fn image(place: &Place) -> Descriptor {
    let image = Shelf::of(place.images()).image(Some("1"), "linux/amd64", "app");
    Descriptor { platform: None, ..image }
}

/// The bytes of a manifest there.
fn bytes(place: &Place, digest: &str) -> bytes::Bytes {
    Shelf::of(place).manifest(&digest.parse().unwrap()).bytes().clone()
}

fn tags(sandbox: &Sandbox, place: &Place) -> Vec<String> {
    let rows = sandbox.bobctl(["list", "artifacts", place.repository(), "--all", "-o", "json"]).run().ok();
    let rows = parsed(&rows);
    rows.as_array().unwrap().iter().map(|row| row["tag"].as_str().unwrap().to_owned()).collect()
}

/// By what a link is listed there.
fn list_of(place: &Place) -> &'static str {
    match place.name {
        "layout" => "layout",
        "olareg" | "fault registry" => "api",
        _ => "tag",
    }
}

#[track_caller]
fn assert_only_reads(registry: &FaultRegistry, before: &Log) {
    let writes = registry.log().since(before).only(|record| record.method != "GET" && record.method != "HEAD");
    assert_eq!(writes.count(), 0, "{writes}");
}

#[test]
fn one_digest_in_both_repositories_of_every_place() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let (name, images, image) = (place.name, place.images(), image(&place));
        let push = || push_linked(&sandbox, &place.tagged("1.0.0"), &images.tagged("1"), &["--reproducible"]).run();
        let run = push();
        assert!(
            run.stderr().contains(&format!("linked to {}, as {}", image.digest, images.at(""))),
            "{}",
            run.stderr()
        );
        let printed = run.ok();
        let bob = digest(&printed);
        assert_eq!(printed, format!("{}\n", place.at(&bob)), "{name}");

        let there = bytes(&images, &bob);
        assert_eq!(bytes(&place, &bob), there, "{name}");
        let manifest: Value = serde_json::from_slice(&there).unwrap();
        let subject = json!({"mediaType": image.media_type, "digest": image.digest, "size": image.size});
        assert_eq!((&manifest["subject"], &manifest["artifactType"]), (&subject, &media_type::BOB_ARTIFACT.into()));
        let added = ["org.opencontainers.artifact.description", "io.k8sstormcenter.bob.reference"];
        assert!(added.iter().all(|key| manifest["annotations"].get(key).is_none()), "{name}: {manifest}");

        // No list of referrers where the image is not, and no name where it is.
        assert_eq!(tags(&sandbox, &place), ["1.0.0"], "{name}");
        assert!(!tags(&sandbox, &images).contains(&"1.0.0".to_owned()), "{name}");
        assert_eq!(Shelf::of(&images).referrers(&image.digest), [bob.parse::<Digest>().unwrap()], "{name}");
        let again = push();
        assert!(again.stderr().contains("already up to date") && again.stderr().contains("linked already"), "{name}");
        assert_eq!(again.ok(), printed, "{name}");
    }
}

#[test]
fn it_is_found_by_everything_that_reads() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let (name, images, image) = (place.name, place.images(), image(&place));
        let printed = linked(&sandbox, &place.tagged("1.0.0"), &images.tagged("1"), &[]);
        let bob = printed["digest"].as_str().unwrap();
        let out = format!("from {name}");
        let pulled = sandbox.bobctl(["pull", "artifact", "--image", &images.tagged("1"), "-o", &out]).run().ok();
        assert_eq!((digest(&pulled).as_str(), sandbox.tree(&out)), (bob, sandbox.tree("bob")), "{name}");
        let tree = sandbox.bobctl(["tree", "artifact", &images.tagged("1"), "-v"]).run().ok();
        assert!(tree.contains(bob), "{name}: {tree}");
        let described = sandbox.bobctl(["describe", "artifact", &place.tagged("1.0.0"), "-o", "json"]).run().ok();
        assert_eq!(parsed(&described)["subject"]["digest"], json!(image.digest), "{name}");
    }
}

#[test]
fn the_json_is_as_documented() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let (images, image) = (place.images(), image(&place));
        let first = linked(&sandbox, &place.tagged("1"), &images.tagged("1"), &[]);
        let bob = first["digest"].as_str().unwrap();
        let expected = json!({
            "reference": images.at(bob), "digest": bob, "subject": image.digest, "listed": list_of(&place),
            "unchanged": false,
        });
        assert_eq!((&first["linked"], first["unchanged"].as_bool()), (&expected, Some(false)), "{}", place.name);
        assert!(first["layer"]["content"].is_string(), "{first}");
        let plain = parsed(&push(&sandbox, &place.tagged("2"), "bob", &["-o", "json"]).run().ok());
        assert_eq!(plain.get("linked"), None);
    }
}

#[test]
fn it_goes_from_every_place_to_every_other() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let places = every_place(&sandbox);
    let images: Vec<Descriptor> = places.iter().map(image).collect();
    for own in &places {
        for (to, image) in places.iter().zip(&images) {
            let what = format!("{} to {}", own.name, to.name);
            let tag = to.name.replace(' ', "-");
            let push = || {
                linked(&sandbox, &own.tagged(&tag), &to.images().tagged("1"), &["-a", &format!("from={}", own.name)])
            };
            let first = push();
            assert_eq!(
                (&first["linked"]["listed"], &first["unchanged"]),
                (&list_of(to).into(), &false.into()),
                "{what}"
            );
            let bob = first["digest"].as_str().unwrap();
            assert_eq!(bytes(own, bob), bytes(&to.images(), bob), "{what}");
            assert!(Shelf::of(to.images()).referrers(&image.digest).contains(&bob.parse().unwrap()), "{what}");
            pull(&sandbox, &format!("{}@{bob}", to.images().repository()), &what, &[]).run().ok();
        }
    }
}

#[test]
fn the_image_may_be_in_the_same_repository() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let image = Shelf::of(&place).image(Some("image"), "linux/amd64", "app");
        let push =
            || linked(&sandbox, &place.tagged("bob"), &place.tagged("image"), &["--reproducible", "--tag", "too"]);
        let first = push();
        assert_eq!(
            (&first["linked"]["subject"], &first["linked"]["listed"]),
            (&json!(image.digest), &list_of(&place).into())
        );
        let mut names = tags(&sandbox, &place);
        names.retain(|tag| !tag.starts_with("sha256-"));
        names.sort();
        assert_eq!(names, ["bob", "image", "too"], "{}", place.name);
        let again = push();
        assert_eq!(
            (&again["digest"], &again["linked"]["unchanged"]),
            (&first["digest"], &true.into()),
            "{}",
            place.name
        );
    }
}

#[test]
fn files_are_attached_as_oras_attaches_them() {
    let sandbox = Sandbox::new();
    sandbox.write("sbom.json", "{}");
    for place in every_place(&sandbox) {
        let (images, image) = (place.images(), image(&place));
        let words = ["push", "artifact", &place.tagged("sbom"), "--file", "sbom.json:application/spdx+json"];
        let more = ["--artifact-type", "application/spdx+json", "--link", &images.tagged("1"), "-o", "json"];
        let run = sandbox.bobctl(words.iter().chain(&more)).run();
        assert!(!run.stderr().contains("held against"), "{}", run.stderr());
        let printed = parsed(&run.ok());
        let manifest: Value = serde_json::from_slice(&bytes(&images, printed["digest"].as_str().unwrap())).unwrap();
        assert_eq!(manifest["artifactType"], "application/spdx+json", "{}", place.name);
        assert_eq!(manifest["subject"]["digest"], json!(image.digest), "{}", place.name);
        let tree =
            sandbox.bobctl(["tree", "artifact", &images.tagged("1"), "--artifact-type", "application/spdx+json"]);
        assert!(tree.run().ok().contains("application/spdx+json"), "{}", place.name);
    }
}

#[test]
fn a_type_of_its_own_is_for_what_is_linked() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    image(&place);
    let printed = linked(&sandbox, &place.tagged("1"), &place.images().tagged("1"), &["--artifact-type", "text/x"]);
    let manifest: Value = serde_json::from_slice(&bytes(&place, printed["digest"].as_str().unwrap())).unwrap();
    assert_eq!(manifest["artifactType"], "text/x");
    let error = push(&sandbox, &place.tagged("2"), "bob", &["--artifact-type", "text/x"]).run().fails(2);
    assert!(error.contains("--artifact-type is for files") && error.contains("--link"), "{error}");
    for alone in [&["--platforms", "all"][..], &["--allow-mismatch"]] {
        push(&sandbox, &place.tagged("2"), "bob", alone).run().fails(2);
    }
}

#[test]
fn the_peers_find_it() {
    let (Some(oras), Some(regctl)) = (peer("oras"), peer("regctl")) else { return };
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let run = |program: &std::path::Path, words: &[&str]| sandbox.program(program.to_str().unwrap(), words).run().ok();
    for place in every_place(&sandbox) {
        let images = place.images();
        image(&place);
        let printed = linked(&sandbox, &place.tagged("1.0.0"), &images.tagged("1"), &[]);
        let bob = printed["digest"].as_str().unwrap();
        let image = images.tagged("1").replace("oci://", "").replace("oci-layout://", "");
        let mut words = vec!["discover", "--format", "json", &image];
        words.push(if place.is_layout() { "--oci-layout" } else { "--plain-http" });
        // It takes olareg's 405 for a failure.
        if list_of(&place) == "tag" {
            words.extend(["--distribution-spec", "v1.1-referrers-tag"]);
        }
        let found = parsed(&run(&oras, &words));
        let found = &found["referrers"][0];
        assert_eq!((&found["digest"], &found["artifactType"]), (&bob.into(), &media_type::BOB_ARTIFACT.into()));
        if !place.is_layout() {
            let host = image.split('/').next().unwrap();
            let tree = run(&regctl, &["--host", &format!("reg={host},tls=disabled"), "artifact", "tree", &image]);
            assert!(tree.contains(bob), "{}: {tree}", place.name);
        }
    }
}
