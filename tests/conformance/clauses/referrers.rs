//! The clauses about referrers: written, listed, and merged where the store has no list of its own.

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Descriptor, Digest, Document, Index, Manifest, RawManifest};
use bobctl::store::{ListedBy, Referrers, Store, SubjectTaken};
use futures_util::future::join_all;

use super::{Fixture, manifest, written};

/// The entry that a list has for `manifest`.
pub(super) fn entry(manifest: &RawManifest) -> Descriptor {
    manifest.as_referrer(&manifest.document().unwrap())
}

/// A manifest about `subject`, not written yet.
pub(super) async fn note(store: &dyn Store, subject: &RawManifest, text: &str) -> RawManifest {
    let annotations = Annotations::from([("note".to_owned(), text.to_owned())]);
    let subject = Some(subject.descriptor());
    RawManifest::from_manifest(&Manifest { subject, annotations, ..manifest(store, text).await })
}

/// Write `manifest` the way whoever links does it: where nobody says that the subject was taken, it is listed by hand.
pub(super) async fn attach(store: &dyn Store, subject: &Digest, manifest: &RawManifest) {
    if store.write_manifest(manifest, None).await.unwrap() == SubjectTaken::Unconfirmed {
        store.merge_referrers(subject, &[entry(manifest)]).await.unwrap();
    }
}

pub(super) async fn listed(store: &dyn Store, subject: &RawManifest) -> Vec<Descriptor> {
    let Referrers { entries, .. } = store.referrers(subject.digest()).await.unwrap();
    let mut listed: Vec<Descriptor> = entries.into_iter().map(|entry| entry.descriptor).collect();
    listed.sort_by(|left, right| left.digest.cmp(&right.digest));
    listed
}

pub async fn a_referrer_is_listed(fixture: &impl Fixture) {
    let store = fixture.store();
    let subject = written(store, "content", None).await;
    let other = written(store, "other", None).await;
    let note = note(store, &subject, "note").await;
    attach(store, subject.digest(), &note).await;
    let found = store.referrers(subject.digest()).await.unwrap();
    let want = entry(&note);
    assert_eq!((want.artifact_type.as_deref(), want.annotations["note"].as_str()), (Some("a/b"), "note"));
    assert_eq!(found.find(note.digest()).map(|found| &found.descriptor), Some(&want));
    assert_eq!(found.entries.len(), 1);
    assert_eq!(found.native, found.entries[0].by != ListedBy::Tag, "by {:?}", found.entries[0].by);
    assert_eq!(listed(store, &other).await, []);
}

pub async fn a_referrer_is_listed_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let subject = written(store, "content", None).await;
    let note = note(store, &subject, "note").await;
    for _ in 0..2 {
        attach(store, subject.digest(), &note).await;
        // By the tag as well, where the store has a list of its own and takes the tag.
        store.merge_referrers(subject.digest(), &[entry(&note)]).await.unwrap();
    }
    assert_eq!(listed(store, &subject).await, [entry(&note)]);
}

pub async fn an_unknown_subject_has_no_referrers(fixture: &impl Fixture) {
    written(fixture.store(), "content", None).await;
    let found = fixture.store().referrers(&Digest::of(b"never written")).await.unwrap();
    assert_eq!(found.entries, []);
}

pub async fn a_subject_may_be_written_after_its_referrers(fixture: &impl Fixture) {
    let store = fixture.store();
    let subject = RawManifest::from_manifest(&manifest(store, "content").await);
    let note = note(store, &subject, "note").await;
    attach(store, subject.digest(), &note).await;
    assert_eq!(listed(store, &subject).await, [entry(&note)]);
}

pub async fn an_index_is_a_referrer_too(fixture: &impl Fixture) {
    let store = fixture.store();
    let subject = written(store, "content", None).await;
    let child = written(store, "child", None).await;
    let index = Index {
        subject: Some(subject.descriptor()),
        artifact_type: Some("c/d".to_owned()),
        ..Index::new(vec![child.descriptor()], Annotations::new())
    };
    let index = RawManifest::from_index(&index);
    assert!(matches!(index.document().unwrap(), Document::Index(_)));
    attach(store, subject.digest(), &index).await;
    assert_eq!(listed(store, &subject).await, [entry(&index)]);
}

pub async fn many_referrers_are_all_listed(fixture: &impl Fixture) {
    let store = fixture.store();
    let subject = written(store, "content", None).await;
    let texts: Vec<String> = (0..8).map(|number| format!("note {number}")).collect();
    let notes = join_all(texts.iter().map(|text| note(store, &subject, text))).await;
    join_all(notes.iter().map(|note| attach(store, subject.digest(), note))).await;
    let mut want: Vec<Descriptor> = notes.iter().map(entry).collect();
    want.sort_by(|left, right| left.digest.cmp(&right.digest));
    assert_eq!(listed(store, &subject).await, want);
}
