//! Eight writers who know nothing of each other, each with connections of its own as eight processes would have, and
//! one list without a lock.

use std::sync::Arc;
use std::time::Duration;

use bobctl::oci::Digest;
use bobctl::store::Store;
use bobctl::store::registry::{Pace, RegistryStore};
use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::{REPOSITORY, entry, image, listed, note, write};
use crate::support::client::{client, repository};
use crate::support::fault::{FaultRegistry, Feature};
use crate::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregOptions};

const WRITERS: usize = 8;
const ROUNDS: usize = 5;

/// What is not listed after all writers of a round said that theirs is, and what they said when they did not.
async fn losses(host: &str, pace: Pace, round: usize) -> Vec<String> {
    let subject = image(&format!("round {round}"));
    let notes: Vec<_> = (0..WRITERS).map(|number| note(&subject, &format!("{round}/{number}"))).collect();
    let stores = notes.iter().map(|_| repository(&client(pace), host, REPOSITORY));
    let stores: Vec<RegistryStore> = stores.collect();
    for (store, note) in stores.iter().zip(&notes) {
        store.write_manifest(note, None).await.unwrap();
    }
    let start = Arc::new(Barrier::new(WRITERS));
    let writers = stores.into_iter().zip(notes).map(|(store, note)| {
        let (start, subject) = (Arc::clone(&start), subject.clone());
        tokio::spawn(async move {
            start.wait().await;
            store.merge_referrers(subject.digest(), &[entry(&note)]).await.map(|()| note.digest().clone())
        })
    });
    let outcomes = join_all(writers).await.into_iter().map(|outcome| outcome.expect("no panic"));
    let (written, errors): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
    let listed = listed(&repository(&client(pace), host, REPOSITORY), &subject).await;
    let lost = written.into_iter().flatten().filter(|digest: &Digest| !listed.contains(digest));
    let lost = lost.map(|digest| format!("round {round} lost {digest}"));
    let errors = errors.into_iter().filter_map(Result::err).map(|error| format!("round {round}: {error}"));
    lost.chain(errors).collect()
}

async fn nothing_is_lost(host: &str, pace: Pace) {
    // The blob that all manifests point at. Docker's registry takes no manifest while its blob is being written again.
    write(&repository(&client(pace), host, REPOSITORY), &image("image")).await;
    // At the same time, as most of one is waiting.
    let losses = join_all((0..ROUNDS).map(|round| losses(host, pace, round))).await.concat();
    assert_eq!(losses, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_a_registry_without_conditions() {
    let registry = FaultRegistry::builder().without(Feature::Referrers).with(Feature::NoEtags).start();
    nothing_is_lost(&registry.host(), Pace::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_a_slow_line() {
    let registry = FaultRegistry::builder().without(Feature::Referrers).latency(Duration::from_millis(100)).start();
    nothing_is_lost(&registry.host(), Pace::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_keeps_conditions_needs_no_waiting() {
    let registry = FaultRegistry::builder().without(Feature::Referrers).with(Feature::ConditionalWrites).start();
    let pace = Pace { settle: Duration::ZERO, pause: Duration::from_millis(100) };
    nothing_is_lost(&registry.host(), pace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_dockers_registry() {
    let Some(registry) = DockerRegistry::start(DockerRegistryOptions::default()) else { return };
    nothing_is_lost(&registry.host(), Pace::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_olareg_without_referrers() {
    let options = OlaregOptions { referrers: false, ..OlaregOptions::default() };
    let Some(registry) = Olareg::start(options) else { return };
    nothing_is_lost(&registry.host(), Pace::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_referrer_does_not_end_all_listing() {
    let Some(registry) = DockerRegistry::start(DockerRegistryOptions::default()) else { return };
    let store = repository(&client(Pace::default()), &registry.host(), REPOSITORY);
    let subject = image("image");
    let notes = ["kept", "deleted", "new"].map(|text| note(&subject, text));
    for note in &notes {
        write(&store, note).await;
    }
    let [kept, deleted, new] = &notes;
    store.merge_referrers(subject.digest(), &[entry(kept), entry(deleted)]).await.unwrap();
    // What `DELETE` does, where it is switched on.
    let manifests = format!("store/docker/registry/v2/repositories/{REPOSITORY}/_manifests/revisions/sha256");
    std::fs::remove_dir_all(registry.folder().join(manifests).join(deleted.digest().hex())).unwrap();
    store.merge_referrers(subject.digest(), &[entry(new)]).await.unwrap();
    assert_eq!(listed(&store, &subject).await, [kept.digest().clone(), new.digest().clone()]);
}
