//! `delete artifact`: names taken away, manifests deleted, and what neither may take along.

mod faults;
mod peers;
mod referrers;

use serde_json::Value;

use crate::support::fault::{Auth, FaultRegistry};
use crate::support::real::{DockerRegistry, DockerRegistryOptions};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{ORIGIN, Place, digest, every_place, layout, push, webapp};

/// `bobctl delete artifact REFERENCE --yes`.
fn delete<'a>(sandbox: &'a Sandbox, reference: &str, more: &[&str]) -> Command<'a> {
    sandbox.bobctl(["delete", "artifact", reference, "--yes"].iter().chain(more))
}

/// The tags that `list` shows, sorted.
fn tags(sandbox: &Sandbox, place: &Place) -> Vec<String> {
    let rows = sandbox.bobctl(["list", "artifacts", place.repository(), "--all", "-o", "json"]).run().ok();
    let rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
    let mut tags: Vec<String> = rows.iter().map(|row| row["tag"].as_str().unwrap().to_owned()).collect();
    tags.sort();
    tags
}

/// A small BoB under each of `tags`; its digest.
fn tagged(sandbox: &Sandbox, place: &Place, tags: &[&str]) -> String {
    webapp(sandbox, "bob");
    let more: Vec<&str> = tags[1..].iter().flat_map(|tag| ["--tag", tag]).collect();
    digest(&push(sandbox, &place.tagged(tags[0]), "bob", &more).run().ok())
}

fn by_digest(place: &Place, digest: &str) -> String {
    format!("{}@{digest}", place.repository())
}

#[test]
fn a_tag_goes_and_the_manifest_stays_under_its_other_names() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let digest = tagged(&sandbox, &place, &["1.0.0", "stable"]);
        let run = delete(&sandbox, &place.tagged("stable"), &[]).run();
        if place.name == "docker-registry" {
            // Version 2.8 takes away by digest only.
            let error = run.fails(1);
            assert!(error.contains("tag stable of") && error.contains("does not allow it"), "{error}");
            let remedy = format!("`bobctl delete artifact {}`", by_digest(&place, &digest));
            assert!(error.contains(&remedy) && error.contains("all tags"), "{error}");
            assert_eq!(tags(&sandbox, &place), ["1.0.0", "stable"]);
            continue;
        }
        assert!(run.stderr().contains(&format!("manifest {digest} stays")), "{}: {run:?}", place.name);
        let printed = place.tagged("stable");
        assert_eq!(run.ok().trim_end(), printed.trim_start_matches("oci://"), "{}", place.name);
        assert_eq!(tags(&sandbox, &place), ["1.0.0"], "{}", place.name);
        let printed = delete(&sandbox, &place.tagged("1.0.0"), &["-o", "json"]).run().ok();
        let printed: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(printed["digest"], *digest);
        assert_eq!(printed["tags"], serde_json::json!(["1.0.0"]));
        assert_eq!(tags(&sandbox, &place), [""; 0], "{}", place.name);
        sandbox.bobctl(["describe", "artifact", &by_digest(&place, &digest)]).run().ok();
    }
}

#[test]
fn a_digest_takes_every_tag_along_and_says_so() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        tagged(&sandbox, &place, &["other"]);
        sandbox.write("bob/more.txt", place.name);
        let digest = digest(&push(&sandbox, &place.tagged("1.0.0"), "bob", &["--tag", "stable"]).run().ok());
        // The tag in front of the digest says nothing.
        let reference = format!("{}@{digest}", place.tagged("other"));
        let run = delete(&sandbox, &reference, &["-o", "json"]).run();
        assert!(run.stderr().contains("its tags go too: 1.0.0, stable"), "{}: {run:?}", place.name);
        let printed: Value = serde_json::from_str(&run.ok()).unwrap();
        let expected =
            serde_json::json!({"reference": place.at(&digest), "digest": digest, "tags": ["1.0.0", "stable"]});
        assert_eq!(printed, expected, "{}", place.name);
        assert_eq!(tags(&sandbox, &place), ["other"], "{}", place.name);
        if place.is_layout() {
            assert!(!sandbox.read("layout/index.json").contains(&digest));
            let blob = digest.replace(':', "/");
            assert!(sandbox.exists(format!("layout/blobs/{blob}")), "blobs stay");
            let error = delete(&sandbox, &by_digest(&place, &digest), &[]).run().fails(2);
            assert!(error.contains("is not listed"), "{error}");
        } else {
            sandbox.bobctl(["describe", "artifact", &by_digest(&place, &digest)]).run().fails(3);
            delete(&sandbox, &by_digest(&place, &digest), &[]).run().fails(3);
        }
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        tagged(&sandbox, &place, &["1.0.0"]);
        let error = delete(&sandbox, &place.tagged("none"), &[]).run().fails(3);
        assert!(error.contains("none"), "{}: {error}", place.name);
        delete(&sandbox, &by_digest(&place, &bobctl::oci::Digest::of(b"none").to_string()), &[]).run().fails(3);
        assert_eq!(tags(&sandbox, &place), ["1.0.0"]);
    }
}

#[test]
fn an_index_says_that_its_parts_stay() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = layout(&sandbox);
    let paths = ["--path", "linux/amd64=bob", "--path", "linux/arm64=bob"];
    let pushed =
        sandbox.bobctl(["push", "artifact", &place.tagged("1")].iter().chain(&paths).chain(&ORIGIN)).run().ok();
    let run = delete(&sandbox, &by_digest(&place, &digest(&pushed)), &[]).run();
    assert!(run.stderr().contains("the 2 manifests that it lists stay"), "{run:?}");
    run.ok();
}

#[test]
fn docker_registry_with_deletes_switched_off_is_explained() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(registry) = DockerRegistry::start(DockerRegistryOptions::default()) else { return };
    let repository = format!("oci://{}/org/webapp", registry.host());
    let digest = digest(&push(&sandbox, &format!("{repository}:1"), "bob", &[]).run().ok());
    for reference in [format!("{repository}:1"), format!("{repository}@{digest}")] {
        let error = delete(&sandbox, &reference, &[]).run().fails(1);
        assert!(error.contains("was not deleted: the registry does not allow it"), "{error}");
    }
    let error = delete(&sandbox, &format!("{repository}@{digest}"), &[]).run().fails(1);
    assert!(error.contains("storage.delete.enabled"), "{error}");
    sandbox.bobctl(["describe", "artifact", &format!("{repository}:1")]).run().ok();
}

#[test]
fn nothing_is_deleted_by_a_slip_or_without_consent() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let repository = registry.reference("org/webapp");
    let error = delete(&sandbox, &repository, &[]).run().fails(2);
    assert!(error.contains("neither a tag nor a digest") && error.contains(":TAG"), "{error}");
    let error = sandbox.bobctl(["delete", "artifact", &format!("{repository}:1")]).run().fails(2);
    assert!(error.contains("--yes"), "{error}");
    assert_eq!(registry.log().count(), 0, "{}", registry.log());
}

#[test]
fn on_a_terminal_it_asks() {
    let sandbox = Sandbox::new();
    let place = layout(&sandbox);
    tagged(&sandbox, &place, &["1", "2"]);
    let line = format!("{} delete artifact {}", env!("CARGO_BIN_EXE_bobctl"), place.tagged("1"));
    let answer = |answer: &str| sandbox.program("script", ["-qec", &line, "/dev/null"]).stdin(answer).run();
    for no in ["n\n", "\n", "whatever\n"] {
        let run = answer(no);
        assert!(run.stdout().contains("Take tag 1 away from oci-layout://"), "{run:?}");
        assert!(run.stdout().contains("nothing was deleted") && run.code() == Some(1), "{run:?}");
        assert_eq!(tags(&sandbox, &place), ["1", "2"]);
    }
    answer("y\n").ok();
    assert_eq!(tags(&sandbox, &place), ["2"]);
}

#[test]
fn the_right_to_delete_is_asked_for_from_the_start() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", "secret")).start();
    let reference = registry.reference("org/webapp:1");
    push(&sandbox, &reference, "bob", &["--creds", "bob:secret"]).run().ok();
    let before = registry.log();
    delete(&sandbox, &reference, &["--creds", "bob:secret"]).run().ok();
    assert_eq!(registry.tags("org/webapp"), Vec::<String>::new());
    let asked = registry.log().since(&before);
    let tokens: Vec<String> = asked.requests().into_iter().filter(|request| request.contains("scope=")).collect();
    assert!(tokens.len() == 1 && tokens[0].contains("delete,pull,push"), "{asked}");
}
