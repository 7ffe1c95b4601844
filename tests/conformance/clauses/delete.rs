//! The clauses about deleting: what goes, and what stays.

use bobctl::oci::{Digest, Tag, Version};
use bobctl::store::{Store, StoreError};

use super::referrers::{attach, entry, listed, note};
use super::{Fixture, by_digest, tag, written};

async fn tags(store: &dyn Store) -> Vec<String> {
    let mut tags = Vec::new();
    let mut from = None;
    loop {
        let page = store.tags(from.as_ref()).await.unwrap();
        tags.extend(page.tags.iter().map(Tag::to_string));
        let Some(next) = page.next else { break };
        from = Some(next);
    }
    tags.sort();
    tags
}

pub async fn a_tag_is_taken_away(fixture: &impl Fixture) {
    let store = fixture.store();
    let manifest = written(store, "content", Some(&tag("one"))).await;
    store.write_manifest(&manifest, Some(&tag("two"))).await.unwrap();
    let other = written(store, "other", Some(&tag("other"))).await;
    store.untag(&tag("one")).await.unwrap();
    assert_eq!(tags(store).await, ["other", "two"]);
    assert!(matches!(store.resolve(&Version::Tag(tag("one"))).await, Err(StoreError::NotFound(_))));
    store.untag(&tag("two")).await.unwrap();
    assert_eq!(tags(store).await, ["other"]);
    for manifest in [manifest, other] {
        assert_eq!(store.manifest(&by_digest(&manifest)).await.unwrap(), manifest);
    }
}

pub async fn an_unknown_tag_cannot_be_taken_away(fixture: &impl Fixture) {
    written(fixture.store(), "content", Some(&tag("one"))).await;
    let outcome = fixture.store().untag(&tag("two")).await;
    assert!(matches!(outcome, Err(StoreError::NotFound(_))), "{outcome:?}");
    assert_eq!(tags(fixture.store()).await, ["one"]);
}

pub async fn a_deleted_manifest_takes_its_tags_along(fixture: &impl Fixture) {
    let store = fixture.store();
    let manifest = written(store, "content", Some(&tag("one"))).await;
    store.write_manifest(&manifest, Some(&tag("two"))).await.unwrap();
    let other = written(store, "other", Some(&tag("other"))).await;
    store.delete_manifest(manifest.digest(), None).await.unwrap();
    assert_eq!(tags(store).await, ["other"]);
    assert_eq!(store.manifest(&by_digest(&other)).await.unwrap(), other);
}

pub async fn an_unknown_manifest_cannot_be_deleted(fixture: &impl Fixture) {
    written(fixture.store(), "content", Some(&tag("one"))).await;
    let outcome = fixture.store().delete_manifest(&Digest::of(b"never written"), None).await;
    assert!(matches!(outcome, Err(StoreError::NotFound(_))), "{outcome:?}");
    assert_eq!(tags(fixture.store()).await, ["one"]);
}

pub async fn a_deleted_referrer_is_not_listed(fixture: &impl Fixture) {
    let store = fixture.store();
    let subject = written(store, "content", None).await;
    let [gone, kept] = [note(store, &subject, "gone").await, note(store, &subject, "kept").await];
    for note in [&gone, &kept] {
        attach(store, subject.digest(), note).await;
        // By the tag as well, where the store has a list of its own and takes the tag.
        store.merge_referrers(subject.digest(), &[entry(note)]).await.unwrap();
    }
    store.delete_manifest(gone.digest(), Some(subject.digest())).await.unwrap();
    assert_eq!(listed(store, &subject).await, [entry(&kept)]);
    store.delete_manifest(kept.digest(), Some(subject.digest())).await.unwrap();
    assert_eq!(listed(store, &subject).await, []);
}

pub async fn a_deleted_subject_keeps_its_referrers(fixture: &impl Fixture) {
    let store = fixture.store();
    let subject = written(store, "content", Some(&tag("one"))).await;
    let note = note(store, &subject, "note").await;
    attach(store, subject.digest(), &note).await;
    store.delete_manifest(subject.digest(), None).await.unwrap();
    assert_eq!(listed(store, &subject).await, [entry(&note)]);
    assert_eq!(store.manifest(&by_digest(&note)).await.unwrap(), note);
}
