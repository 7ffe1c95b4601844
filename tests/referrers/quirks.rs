//! What registries do their own way (`registry-client.md` 6), one story a kind.

use bobctl::oci::{Index, RawManifest, Tag};
use bobctl::store::registry::RegistryStore;
use bobctl::store::{ListedBy, Referrers, Store, StoreError, SubjectTaken};
use std::time::Duration;

use super::{REPOSITORY, entry, image, listed, note, write};
use crate::support::client::{ALONE, client, repository};
use crate::support::fault::{Builder, FaultRegistry, Feature, GET, PUT, on};

/// Longer than the client needs between two answers, so that what it sends together overlaps.
const LATENCY: Duration = Duration::from_millis(60);

fn plain() -> Builder {
    FaultRegistry::builder().without(Feature::Referrers)
}

fn open(registry: &FaultRegistry) -> RegistryStore {
    repository(&client(ALONE), &registry.host(), REPOSITORY)
}

/// What the registry has under the referrers tag of `subject`.
fn tagged(registry: &FaultRegistry, subject: &RawManifest) -> Option<String> {
    let bytes = registry.manifest(REPOSITORY, Tag::of_referrers(subject.digest()).as_str())?;
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

/// A note is written, not found, merged and found.
async fn is_listed_by_hand(registry: &FaultRegistry, taken: SubjectTaken) {
    let store = open(registry);
    let (image, note) = (image("image"), note(&image("image"), "note"));
    write(&store, &image).await;
    assert_eq!(write(&store, &note).await, taken);
    assert_eq!(store.referrers(image.digest()).await.unwrap(), Referrers::default());
    store.merge_referrers(image.digest(), &[entry(&note)]).await.unwrap();
    let found = store.referrers(image.digest()).await.unwrap();
    assert_eq!((found.native, found.entries.len()), (false, 1));
    assert_eq!((&found.entries[0].descriptor, found.entries[0].by), (&entry(&note), ListedBy::Tag));
}

#[tokio::test]
async fn distribution_has_no_list() {
    is_listed_by_hand(&plain().start(), SubjectTaken::Unconfirmed).await;
}

#[tokio::test]
async fn ecr_may_confirm_a_subject_that_it_does_not_list() {
    is_listed_by_hand(&plain().with(Feature::EmptyPromise).start(), SubjectTaken::Confirmed).await;
}

#[tokio::test]
async fn ghcr_sends_to_a_web_site() {
    let (registry, site) = (FaultRegistry::start(), FaultRegistry::start());
    registry.fault(on(GET).referrers().see_other(&site.url()));
    is_listed_by_hand(&registry, SubjectTaken::Confirmed).await;
    assert_eq!(site.log().count(), 0, "{}", site.log());
}

#[tokio::test]
async fn gar_may_answer_with_a_sign_in_page() {
    let registry = FaultRegistry::start();
    registry.fault(on(GET).referrers().html());
    is_listed_by_hand(&registry, SubjectTaken::Confirmed).await;
}

#[tokio::test]
async fn quay_lists_a_subject_that_it_did_not_confirm_and_knows_no_other() {
    let registry = FaultRegistry::builder().with(Feature::KnownSubjects).with(Feature::SilentSubject).start();
    let store = open(&registry);
    let (image, note) = (image("image"), note(&image("image"), "note"));
    assert_eq!(store.referrers(image.digest()).await.unwrap(), Referrers::default());
    write(&store, &image).await;
    assert_eq!(write(&store, &note).await, SubjectTaken::Unconfirmed);
    let found = store.referrers(image.digest()).await.unwrap();
    assert_eq!((found.native, found.find(note.digest()).map(|entry| entry.by)), (true, Some(ListedBy::Api)));
}

#[tokio::test]
async fn gitlab_takes_the_tag_for_the_image() {
    let registry = plain().with(Feature::DigestTags).start();
    let store = open(&registry);
    let (image, note) = (image("image"), note(&image("image"), "note"));
    for manifest in [&image, &note] {
        write(&store, manifest).await;
    }
    assert_eq!(store.referrers(image.digest()).await.unwrap(), Referrers::default());
    let error = store.merge_referrers(image.digest(), &[entry(&note)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)) && error.to_string().contains("GitLab"), "{error:?}");
    assert_eq!(registry.tags(REPOSITORY), Vec::<String>::new());
}

#[tokio::test]
async fn an_immutable_tag_takes_the_first_list_and_no_other() {
    for feature in [None, Some(Feature::ConditionalWrites)] {
        let builder = plain().with(Feature::ImmutableTags);
        let registry = feature.map_or(builder.clone(), |feature| builder.with(feature)).start();
        let store = open(&registry);
        let notes = ["one", "two"].map(|text| note(&image("image"), text));
        for note in &notes {
            write(&store, note).await;
        }
        let subject = image("image");
        store.merge_referrers(subject.digest(), &[entry(&notes[0])]).await.unwrap();
        let error = store.merge_referrers(subject.digest(), &[entry(&notes[1])]).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Conflict(_)) && error.to_string().contains("does not let tag"),
            "{error:?}"
        );
        assert_eq!(listed(&store, &subject).await, [notes[0].digest().clone()]);
    }
}

#[tokio::test]
async fn a_registry_that_forgets_is_found_out() {
    let registry = plain().start();
    registry.fault(on(PUT).path("/manifests/sha256-").answer(201));
    let store = open(&registry);
    let (image, note) = (image("image"), note(&image("image"), "note"));
    write(&store, &note).await;
    let error = store.merge_referrers(image.digest(), &[entry(&note)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains(&note.digest().to_string()), "{error}");
}

#[tokio::test]
async fn a_writer_who_read_before_us_and_writes_after_us_does_no_harm() {
    let registry = plain().start();
    let store = open(&registry);
    let subject = image("image");
    let notes = ["ours", "theirs"].map(|text| note(&subject, text));
    for note in &notes {
        write(&store, note).await;
    }
    let [ours, theirs] = notes;
    let list = RawManifest::from_index(&Index::new(vec![entry(&theirs)], std::collections::BTreeMap::new()));
    let tag = Tag::of_referrers(subject.digest());
    registry.fault(on(PUT).path(tag.as_str()).nth(1).overtaken(REPOSITORY, tag.as_str(), list.bytes().clone()));
    store.merge_referrers(subject.digest(), &[entry(&ours)]).await.unwrap();
    assert_eq!(listed(&store, &subject).await, [theirs.digest().clone(), ours.digest().clone()]);
}

#[tokio::test]
async fn pages_that_lead_back_are_no_list() {
    let registry = FaultRegistry::start();
    let store = open(&registry);
    let (image, note) = (image("image"), note(&image("image"), "note"));
    write(&store, &note).await;
    registry.fault(on(GET).referrers().add_header("link", "<?again>; rel=\"next\""));
    let error = store.referrers(image.digest()).await.unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
}

#[tokio::test]
async fn what_somebody_keeps_under_the_tag_stays_theirs() {
    let registry = plain().start();
    let store = open(&registry);
    let (image, note) = (image("image"), note(&image("image"), "note"));
    write(&store, &note).await;
    let tag = Tag::of_referrers(image.digest());
    registry.put_manifest(REPOSITORY, Some(tag.as_str()), note.bytes().clone());
    let error = store.merge_referrers(image.digest(), &[entry(&note)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    assert_eq!(tagged(&registry, &image).as_deref(), std::str::from_utf8(note.bytes()).ok());
}

#[tokio::test]
async fn the_list_is_one_step_and_an_entry_three_more() {
    for builder in [FaultRegistry::builder(), plain()] {
        let registry = builder.latency(LATENCY).start();
        let store = open(&registry);
        let (image, note) = (image("image"), note(&image("image"), "note"));
        write(&store, &note).await;
        let before = registry.log();
        store.referrers(image.digest()).await.unwrap();
        let asked = registry.log().since(&before);
        assert_eq!((asked.count(), asked.serial_steps()), (2, 1), "{asked}");
        let before = registry.log();
        store.merge_referrers(image.digest(), &[entry(&note)]).await.unwrap();
        assert_eq!(registry.log().since(&before).count(), 3);
        let before = registry.log();
        store.merge_referrers(image.digest(), &[entry(&note)]).await.unwrap();
        assert_eq!(registry.log().since(&before).count(), 1);
    }
}
