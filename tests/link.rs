//! `link artifact`: a BoB is found from the image that it is about, wherever the two are.

mod crowd;
mod platforms;
mod proof;
mod refused;

use bobctl::oci::media_type;
use serde_json::{Value, json};

use crate::support::fault::{FaultRegistry, Log};
use crate::support::linked::Shelf;
use crate::support::peers::peer;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, Place, digest, every_place, pull, push, webapp};

/// `bobctl link artifact BOB IMAGE`.
fn link<'a>(sandbox: &'a Sandbox, bob: &str, image: &str, more: &[&str]) -> Command<'a> {
    sandbox.bobctl(["link", "artifact", bob, image].iter().chain(more))
}

/// As [`link`], with what it printed as JSON.
fn linked(sandbox: &Sandbox, bob: &str, image: &str, more: &[&str]) -> Value {
    let more = [more, &["--format", "json"]].concat();
    serde_json::from_str(&link(sandbox, bob, image, &more).run().ok()).unwrap()
}

/// The manifest that `place` has under a digest.
fn manifest(place: &Place, digest: &Value) -> Value {
    let digest = digest.as_str().unwrap().parse().unwrap();
    serde_json::from_slice(Shelf::of(place).manifest(&digest).bytes()).unwrap()
}

/// By what a link is listed there.
fn list_of(place: &Place) -> &'static str {
    match place.name {
        "layout" => "layout",
        "olareg" | "fault registry" => "api",
        _ => "tag",
    }
}

fn assert_only_reads(registry: &FaultRegistry, before: &Log) {
    let writes = registry.log().since(before).only(|record| record.method != "GET" && record.method != "HEAD");
    assert_eq!(writes.count(), 0, "{writes}");
}

#[test]
fn it_is_found_from_the_image_in_every_place() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let name = place.name;
        let images = place.images();
        let image = Shelf::of(&images).image(Some("1"), "linux/amd64", "app");
        let bob = digest(&push(&sandbox, &place.tagged("1.0.0"), "bob", &["--reproducible"]).run().ok());
        let run = link(&sandbox, &place.tagged("1.0.0"), &images.tagged("1"), &[]).run();
        assert!(run.stderr().contains("no signature covers yet"), "{name}: {}", run.stderr());
        let printed = run.ok();
        let link = digest(&printed);
        assert_eq!(printed, format!("{}\n", images.at(&link)), "{name}");

        let there = manifest(&images, &link.clone().into());
        let subject = json!({"mediaType": media_type::MANIFEST, "digest": image.digest, "size": image.size});
        assert_eq!((&there["subject"], &there["artifactType"]), (&subject, &media_type::BOB_ARTIFACT.into()), "{name}");
        let annotations = &there["annotations"];
        assert_eq!(annotations["org.opencontainers.artifact.description"], "BoB Security Policy", "{name}");
        let root = place.repository().trim_start_matches("oci://");
        let origin = format!("bob://{}@{bob}", if place.is_layout() { "layout" } else { root });
        assert_eq!(annotations["io.k8sstormcenter.bob.reference"], origin, "{name}");
        // The content came along.
        let out = format!("from {name}");
        pull(&sandbox, &format!("{}@{link}", images.repository()), &out, &[]).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree("bob"), "{name}");

        let again = linked(&sandbox, &place.tagged("1.0.0"), &images.tagged("1"), &[]);
        let expected = json!({
            "reference": images.at(&link), "digest": link, "subject": image.digest, "listed": list_of(&place),
            "unchanged": true
        });
        assert_eq!(again, expected, "{name}");
    }
}

#[test]
fn it_goes_from_every_place_to_every_other() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let places = every_place(&sandbox);
    for place in &places {
        push(&sandbox, &place.tagged("1.0.0"), "bob", &[]).run().ok();
        Shelf::of(place.images()).image(Some("1"), "linux/amd64", "app");
    }
    for from in &places {
        for to in &places {
            let (what, images) = (format!("{} to {}", from.name, to.name), to.images());
            let first = linked(&sandbox, &from.tagged("1.0.0"), &images.tagged("1"), &[]);
            assert_eq!((&first["listed"], &first["unchanged"]), (&list_of(to).into(), &false.into()), "{what}");
            let again = linked(&sandbox, &from.tagged("1.0.0"), &images.tagged("1"), &[]);
            assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &true.into()), "{what}");
            pull(&sandbox, &format!("{}@{}", images.repository(), first["digest"].as_str().unwrap()), &what, &[])
                .run()
                .ok();
        }
    }
}

#[test]
fn a_bob_beside_the_image_sends_nothing_and_a_link_is_its_own_link() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("bob"), "bob", &[]).run().ok();
    Shelf::of(&place).image(Some("image"), "linux/amd64", "app");
    let before = registry.log();
    let first = linked(&sandbox, &place.tagged("bob"), &place.tagged("image"), &[]);
    let posts = registry.log().since(&before).only(|record| record.method == "POST");
    assert_eq!(posts.count(), 0, "{posts}");
    let before = registry.log();
    let link = format!("{}@{}", place.repository(), first["digest"].as_str().unwrap());
    let run = self::link(&sandbox, &link, &place.tagged("image"), &[]).run();
    assert!(!run.stderr().contains("no signature"), "{}", run.stderr());
    assert_eq!(run.ok(), format!("{}\n", place.at(first["digest"].as_str().unwrap())));
    assert_only_reads(&registry, &before);
}

#[test]
fn type_and_annotations_are_those_that_are_asked_for() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("bob"), "bob", &["-a", "org.opencontainers.artifact.description=Mine"]).run().ok();
    Shelf::of(&place).image(Some("image"), "linux/amd64", "app");
    let link = |more: &[&str]| linked(&sandbox, &place.tagged("bob"), &place.tagged("image"), more);
    let kept = manifest(&place, &link(&[])["digest"]);
    assert_eq!(kept["annotations"]["org.opencontainers.artifact.description"], "Mine");
    let own = manifest(&place, &link(&["--artifact-type", "text/x", "-a", "a=b=c"])["digest"]);
    assert_eq!((&own["artifactType"], &own["annotations"]["a"]), (&"text/x".into(), &"b=c".into()));
    let error = self::link(
        &sandbox,
        &place.tagged("bob"),
        &place.tagged("image"),
        &["-a", "org.opencontainers.image.revision=x"],
    );
    let error = error.run().fails(2);
    assert!(error.contains("is set by the push of the BoB"), "{error}");
}

#[test]
fn docker_s_own_manifests_and_lists_are_subjects_too() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let (shelf, images) = (Shelf::of(place.images()), place.images());
        let config = shelf.blob("application/vnd.docker.container.image.v1+json", r#"{"architecture":"amd64"}"#);
        let layer = shelf.blob("application/vnd.docker.image.rootfs.diff.tar.gzip", "layer");
        let image = json!({
            "schemaVersion": 2, "mediaType": media_type::DOCKER_MANIFEST, "config": config, "layers": [layer]
        });
        let image = bobctl::oci::RawManifest::new(media_type::DOCKER_MANIFEST, image.to_string());
        shelf.write(&image, Some("single"));
        let mut entry = image.descriptor();
        entry.platform = Some("linux/amd64".parse().unwrap());
        let list = json!({"schemaVersion": 2, "mediaType": media_type::DOCKER_LIST, "manifests": [entry]});
        let list = bobctl::oci::RawManifest::new(media_type::DOCKER_LIST, list.to_string());
        shelf.write(&list, Some("list"));
        push(&sandbox, &place.tagged("1.0.0"), "bob", &[]).run().ok();
        for (tag, subject) in [("single", &image), ("list", &list)] {
            let done = linked(&sandbox, &place.tagged("1.0.0"), &images.tagged(tag), &[]);
            assert_eq!(done["listed"], list_of(&place), "{} {tag}", place.name);
            let there = manifest(&images, &done["digest"]);
            assert_eq!(there["subject"]["mediaType"], subject.media_type(), "{} {tag}", place.name);
        }
    }
}

#[test]
fn the_peers_find_it() {
    let (Some(crane), Some(oras), Some(regctl)) = (peer("crane"), peer("oras"), peer("regctl")) else { return };
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("app", "the app");
    sandbox.program("tar", ["-cf", "app.tar", "app"]).run().ok();
    let run = |program: &std::path::Path, words: &[&str]| sandbox.program(program.to_str().unwrap(), words).run().ok();
    for place in every_place(&sandbox).into_iter().filter(|place| !place.is_layout()) {
        let images = place.images();
        let image = images.tagged("1").replace("oci://", "");
        run(&crane, &["append", "--new_layer", "app.tar", "--new_tag", &image, "--platform", "linux/amd64"]);
        push(&sandbox, &place.tagged("1.0.0"), "bob", &[]).run().ok();
        let done = linked(&sandbox, &place.tagged("1.0.0"), &images.tagged("1"), &[]);
        let link = done["digest"].as_str().unwrap();
        let mut words = vec!["discover", "--plain-http", "--format", "json", &image];
        // It takes olareg's 405 for a failure.
        if list_of(&place) == "tag" {
            words.extend(["--distribution-spec", "v1.1-referrers-tag"]);
        }
        let found: Value = serde_json::from_str(&run(&oras, &words)).unwrap();
        let found = &found["referrers"][0];
        assert_eq!(
            (&found["digest"], &found["artifactType"]),
            (&link.into(), &media_type::BOB_ARTIFACT.into()),
            "{}",
            place.name
        );
        assert_eq!(found["annotations"]["org.opencontainers.artifact.description"], "BoB Security Policy");
        let host = image.split('/').next().unwrap();
        let tree = run(&regctl, &["--host", &format!("reg={host},tls=disabled"), "artifact", "tree", &image]);
        assert!(tree.contains(link), "{}: {tree}", place.name);
    }
}
