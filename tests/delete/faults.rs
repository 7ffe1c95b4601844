//! Registries that do it their own way, and others who write at the same time.

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Descriptor, Digest, Index, RawManifest, Tag};

use super::delete;
use crate::support::fault::{Builder, DELETE, FaultRegistry, Feature, HEAD, PUT, on};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;

const REPOSITORY: &str = "org/webapp";

fn plain() -> Builder {
    FaultRegistry::builder().without(Feature::Referrers)
}

fn shelf(registry: &FaultRegistry) -> Shelf {
    Shelf::of(registry.reference(REPOSITORY))
}

fn at(registry: &FaultRegistry, digest: &Digest) -> String {
    registry.reference(&format!("{REPOSITORY}@{digest}"))
}

/// An image with some referrers.
fn linked(registry: &FaultRegistry, kinds: &[&str]) -> (Descriptor, Vec<Digest>) {
    let shelf = shelf(registry);
    let image = shelf.image(Some("1"), "linux/amd64", "image");
    let notes = kinds.iter().map(|kind| shelf.attach(&image, kind)).collect();
    (image, notes)
}

/// What is under the referrers tag of `subject`.
fn list(registry: &FaultRegistry, subject: &Descriptor) -> String {
    let bytes = registry.manifest(REPOSITORY, Tag::of_referrers(&subject.digest).as_str()).expect("a list");
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn index(entries: &[&Digest], registry: &FaultRegistry) -> RawManifest {
    let shelf = shelf(registry);
    let entries = entries.iter().map(|digest| shelf.manifest(digest).descriptor()).collect();
    RawManifest::from_index(&Index::new(entries, Annotations::new()))
}

#[test]
fn a_registry_that_takes_no_tag_away_is_never_asked_for_the_digest_instead() {
    for (status, code) in [(400, "UNSUPPORTED"), (405, "UNSUPPORTED"), (404, "MANIFEST_UNKNOWN")] {
        let sandbox = Sandbox::new();
        let registry = FaultRegistry::start();
        let (image, _) = linked(&registry, &[]);
        registry.fault(on(DELETE).path("/manifests/1").error(status, code));
        let before = registry.log();
        let error = delete(&sandbox, &registry.reference("org/webapp:1"), &[]).run().fails(1);
        assert!(error.contains("does not allow it") && error.contains(&at(&registry, &image.digest)), "{error}");
        let asked = registry.log().since(&before).requests();
        assert_eq!(asked.iter().filter(|request| request.starts_with("DELETE")).count(), 1, "{asked:?}");
        assert_eq!(registry.tag(REPOSITORY, "1"), Some(image.digest));
    }
}

#[test]
fn a_rule_that_keeps_tags_is_a_condition_that_does_not_hold() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    linked(&registry, &[]);
    registry.fault(on(DELETE).error(412, "PRECONDITION"));
    let error = delete(&sandbox, &registry.reference("org/webapp:1"), &[]).run().fails(7);
    assert!(error.contains("keeps tag 1"), "{error}");
}

#[test]
fn an_answer_that_got_lost_is_no_failure() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let (image, _) = linked(&registry, &[]);
    registry.fault(on(DELETE).nth(1).lose_answer());
    delete(&sandbox, &at(&registry, &image.digest), &[]).run().ok();
    assert_eq!(registry.tags(REPOSITORY), Vec::<String>::new());
}

#[test]
fn an_empty_list_stays_where_the_registry_has_none_of_its_own() {
    let sandbox = Sandbox::new();
    let registry = plain().start();
    let (image, notes) = linked(&registry, &["a/one"]);
    delete(&sandbox, &at(&registry, &notes[0]), &[]).run().ok();
    assert!(list(&registry, &image).contains("\"manifests\":[]"), "{}", list(&registry, &image));
    assert_eq!(registry.manifest(REPOSITORY, &notes[0].to_string()), None);
}

#[test]
fn who_writes_the_list_meanwhile_loses_nothing() {
    let sandbox = Sandbox::new();
    let registry = plain().start();
    let (image, notes) = linked(&registry, &["a/one", "a/two"]);
    let third = {
        let shelf = shelf(&registry);
        shelf.attach(&image, "a/three")
    };
    // Another client read the list before, and writes it after us: with our entry, and with one that we never saw.
    let tag = Tag::of_referrers(&image.digest);
    registry.put_manifest(REPOSITORY, Some(tag.as_str()), index(&[&notes[0], &notes[1]], &registry).bytes().clone());
    let theirs = index(&[&notes[0], &notes[1], &third], &registry);
    registry.fault(on(PUT).path(tag.as_str()).nth(1).overtaken(REPOSITORY, tag.as_str(), theirs.bytes().clone()));
    delete(&sandbox, &at(&registry, &notes[0]), &[]).run().ok();
    let mut left = shelf(&registry).referrers(&image.digest);
    left.sort();
    let mut expected = vec![notes[1].clone(), third];
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn an_entry_that_comes_back_before_the_manifest_goes_is_taken_out_again() {
    let sandbox = Sandbox::new();
    let registry = plain().start();
    let (image, notes) = linked(&registry, &["a/one", "a/two"]);
    let tag = Tag::of_referrers(&image.digest);
    let theirs = index(&[&notes[0], &notes[1]], &registry);
    registry.fault(on(DELETE).overtaken(REPOSITORY, tag.as_str(), theirs.bytes().clone()));
    delete(&sandbox, &at(&registry, &notes[0]), &[]).run().ok();
    assert_eq!(shelf(&registry).referrers(&image.digest), [notes[1].clone()]);
}

#[test]
fn a_list_that_may_not_change_keeps_its_referrer() {
    let sandbox = Sandbox::new();
    let registry = plain().with(Feature::ImmutableTags).start();
    let (image, notes) = linked(&registry, &["a/one"]);
    let before = list(&registry, &image);
    let error = delete(&sandbox, &at(&registry, &notes[0]), &[]).run().fails(7);
    assert!(error.contains("does not let tag"), "{error}");
    assert_eq!(list(&registry, &image), before);
    assert!(registry.manifest(REPOSITORY, &notes[0].to_string()).is_some());
}

#[test]
fn many_tags_are_not_looked_for() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let (image, _) = linked(&registry, &[]);
    let bytes = registry.manifest(REPOSITORY, "1").unwrap();
    for number in 0..64 {
        registry.put_manifest(REPOSITORY, Some(&format!("t{number}")), bytes.clone());
    }
    let before = registry.log();
    let run = delete(&sandbox, &at(&registry, &image.digest), &["-o", "json"]).run();
    assert!(run.stderr().contains("too many tags"), "{run:?}");
    assert!(!run.ok().contains("\"tags\""));
    let asked = registry.log().since(&before).requests();
    assert!(!asked.iter().any(|request| request.starts_with(HEAD.as_str())), "{asked:?}");
    assert_eq!(registry.tags(REPOSITORY), Vec::<String>::new());
}

#[test]
fn a_tag_takes_two_requests() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    linked(&registry, &[]);
    let before = registry.log();
    delete(&sandbox, &registry.reference("org/webapp:1"), &[]).run().ok();
    let asked = registry.log().since(&before).requests();
    let manifests: Vec<&String> = asked.iter().filter(|request| request.contains("/manifests/")).collect();
    assert_eq!(manifests.len(), 2, "{asked:?}");
}
