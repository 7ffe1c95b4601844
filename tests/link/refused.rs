//! What is not linked, and why.

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Digest, Manifest, RawManifest, media_type};
use serde_json::json;

use super::{link, linked};
use crate::support::fault::{Auth, FaultRegistry};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, Place, every_place, push, webapp};

/// A place with a BoB `bob`, and an image `image` beside it.
fn both(sandbox: &Sandbox, place: &Place) {
    webapp(sandbox, "bob");
    push(sandbox, &place.tagged("bob"), "bob", &[]).run().ok();
    Shelf::of(place.images()).image(Some("image"), "linux/amd64", "app");
}

/// Let the profile name this image.
fn name(sandbox: &Sandbox, image: &str) {
    let profile = sandbox.read("bob/bob.yaml");
    let start = profile.find("imageTag: ").unwrap() + "imageTag: ".len();
    sandbox.write("bob/bob.yaml", format!("{}{image}\n", &profile[..start]));
}

#[test]
fn what_is_not_there_is_named_with_its_side() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        both(&sandbox, &place);
        let images = place.images();
        let error = link(&sandbox, &place.tagged("bob"), &images.tagged("no"), &[]).run().fails(3);
        assert!(error.contains("the image ") && error.contains("was not found"), "{}: {error}", place.name);
        let error = link(&sandbox, &place.tagged("no"), &images.tagged("image"), &[]).run().fails(3);
        assert!(error.contains("the BoB ") && error.contains("was not found"), "{}: {error}", place.name);
    }
}

#[test]
fn a_blob_is_no_subject() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        both(&sandbox, &place);
        let images = place.images();
        for content in ["app", r#"{"a":1}"#] {
            let blob = Shelf::of(&images).blob("application/octet-stream", content).digest;
            let subject = format!("{}@{blob}", images.repository());
            let error = link(&sandbox, &place.tagged("bob"), &subject, &[]).run().fails(2);
            assert!(error.contains(&format!("{blob} is a blob in ")), "{}: {error}", place.name);
            assert!(error.contains("not a manifest"), "{}: {error}", place.name);
        }
        let none = format!("{}@{}", images.repository(), Digest::of(b"nobody"));
        link(&sandbox, &place.tagged("bob"), &none, &[]).run().fails(3);
    }
}

#[test]
fn references_in_the_wrong_order_are_explained() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    both(&sandbox, &place);
    let error = link(&sandbox, &place.images().tagged("image"), &place.tagged("bob"), &[]).run().fails(2);
    assert!(error.contains("is a container image, not a BoB") && error.contains("the BoB comes first"), "{error}");
    let error = link(&sandbox, &place.tagged("bob"), &place.tagged("bob"), &[]).run().fails(2);
    assert!(error.contains("are the same manifest"), "{error}");
}

#[test]
fn only_an_artifact_with_an_oci_manifest_can_be_linked() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    both(&sandbox, &place);
    let shelf = Shelf::of(&place);
    let empty = shelf.blob(media_type::EMPTY, "{}");
    let signature = Manifest::new(empty.clone(), vec![shelf.blob("a/b", "signature")], Annotations::new());
    shelf.write(&RawManifest::from_manifest(&signature), Some("signature"));
    let titled = json!({"mediaType": "text/x", "digest": empty.digest, "size": 2, "annotations": {"org.opencontainers.image.title": "x"}});
    let docker =
        json!({"schemaVersion": 2, "mediaType": media_type::DOCKER_MANIFEST, "config": empty, "layers": [titled]});
    shelf.write(&RawManifest::new(media_type::DOCKER_MANIFEST, docker.to_string()), Some("docker"));
    let prototype = json!({"mediaType": media_type::PROTOTYPE_ARTIFACT, "artifactType": "a/b", "blobs": [titled]});
    shelf.write(&RawManifest::new(media_type::PROTOTYPE_ARTIFACT, prototype.to_string()), Some("prototype"));
    let error = |tag: &str| link(&sandbox, &place.tagged(tag), &place.images().tagged("image"), &[]).run().fails(1);
    assert!(error("signature").contains("not a BoB artifact"));
    for tag in ["docker", "prototype"] {
        let error = error(tag);
        assert!(
            error.contains("only OCI image manifests and indexes can") && error.contains("push it again"),
            "{tag}: {error}"
        );
    }
}

#[test]
fn a_profile_about_another_image_is_a_mismatch() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    both(&sandbox, &place);
    let image = place.images().tagged("image");
    let other = format!("ghcr.io/org/webapp@{}", Digest::of(b"another"));
    for (named, fits) in [("ghcr.io/org/database:1", false), (&other, false), ("mirror.example/webapp:7", true)] {
        name(&sandbox, named);
        push(&sandbox, &place.tagged("bob"), "bob", &[]).run().ok();
        if fits {
            link(&sandbox, &place.tagged("bob"), &image, &[]).run().ok();
            continue;
        }
        let before = registry.log();
        let error = link(&sandbox, &place.tagged("bob"), &image, &[]).run().fails(7);
        for part in ["does not fit the image", named, "org/images/webapp@sha256:", "hint:", "--allow-mismatch"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        super::assert_only_reads(&registry, &before);
        let run = link(&sandbox, &place.tagged("bob"), &image, &["--allow-mismatch"]).run();
        assert!(run.stderr().contains("warning: ") && run.stderr().contains(named), "{}", run.stderr());
        run.ok();
    }
}

#[test]
fn a_digest_in_the_profile_is_looked_for_in_the_whole_image() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    both(&sandbox, &place);
    let shelf = Shelf::of(place.images());
    let child = shelf.image(None, "linux/amd64", "child");
    let index = shelf.index("index", &[&child]);
    let bobctl::oci::Document::Manifest(document) = shelf.manifest(&child.digest).document().unwrap() else { panic!() };
    for named in [
        format!("ghcr.io/org/other@{}", child.digest),
        format!("docker-pullable://other@{}", index.digest),
        document.config.digest.to_string(),
    ] {
        name(&sandbox, &named);
        push(&sandbox, &place.tagged("bob"), "bob", &[]).run().ok();
        link(&sandbox, &place.tagged("bob"), &place.images().tagged("index"), &[]).run().ok();
    }
    name(&sandbox, &Digest::of(b"nobody's id").to_string());
    push(&sandbox, &place.tagged("bob"), "bob", &[]).run().ok();
    link(&sandbox, &place.tagged("bob"), &place.images().tagged("index"), &[]).run().fails(7);
}

#[test]
fn an_image_for_another_architecture_is_a_mismatch() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    both(&sandbox, &place);
    Shelf::of(place.images()).image(Some("arm"), "linux/arm64", "app");
    let error = link(&sandbox, &place.tagged("bob"), &place.images().tagged("arm"), &[]).run().fails(7);
    assert!(error.contains("is for amd64, the image for arm64"), "{error}");
}

#[test]
fn what_cannot_be_compared_is_noted() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let (layout, place) = (story::layout(&sandbox), story::fault(&registry));
    both(&sandbox, &layout);
    both(&sandbox, &place);
    let noted = |bob: &str, image: &str| {
        let run = link(&sandbox, bob, image, &[]).run();
        let stderr = run.stderr().to_owned();
        run.ok();
        assert!(stderr.contains("note: the BoB is not held against the image: "), "{stderr}");
        stderr
    };
    assert!(noted(&layout.tagged("bob"), &layout.images().tagged("image")).contains("a layout has no name"));
    push(&sandbox, &place.tagged("values"), "bob/bob.values", &[]).run().ok();
    assert!(noted(&place.tagged("values"), &place.images().tagged("image")).contains("it has no profile"));
    let shelf = Shelf::of(&place);
    let file = shelf.blob("text/x", "file").with_annotation("org.opencontainers.image.title", "x.txt");
    let empty = shelf.blob(media_type::EMPTY, "{}");
    let oras = RawManifest::from_manifest(&Manifest::new(empty, vec![file], Annotations::new()));
    shelf.write(&oras, Some("oras"));
    noted(&place.tagged("oras"), &place.images().tagged("image"));
}

#[test]
fn who_may_not_write_beside_the_image_is_told_so() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", "secret").read_only()).start();
    let place = story::fault(&registry);
    let layout = story::layout(&sandbox);
    both(&sandbox, &layout);
    let config = json!({"architecture": "amd64"}).to_string();
    let config = registry.put_blob("org/images/webapp", config);
    let config = json!({"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 24});
    let image = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": []});
    registry.put_manifest("org/images/webapp", Some("image"), image.to_string());
    let login = ["--creds", "bob:secret"];
    let error = link(&sandbox, &layout.tagged("bob"), &place.images().tagged("image"), &login).run().fails(4);
    assert!(error.contains("org/images/webapp") && error.contains("written"), "{error}");
    let json = link(&sandbox, &layout.tagged("bob"), &place.images().tagged("image"), &["--format", "json"]);
    assert!(json.run().fails(4).contains("\"kind\": \"denied\""));
    assert!(linked(&sandbox, &layout.tagged("bob"), &layout.images().tagged("image"), &[])["digest"].is_string());
}
