//! Lists of referrers (HTTP-70 to HTTP-81): the registry's own, by its referrers API, and the index under the referrers
//! tag `sha256-<hex>`, which clients keep where a registry has none.
//!
//! - [`api`] and [`tagged`] read the two; [`mod@list`] is the index that both of them are.
//! - [`mod@merge`] writes the tagged one or says why not ([`refusal`]), as [`pace`] says, and [`queue`] lets one writer
//!   of this process at a time do so.
//!
//! A registry without conditional writes has no way to change an index under a tag atomically (HTTP-78). What is done
//! here makes a loss unlikely and noticed, not impossible.

mod api;
mod list;
mod merge;
mod pace;
mod queue;
mod refusal;
mod tagged;

use std::collections::HashSet;

pub use self::pace::Pace;
pub(super) use self::queue::Queues;
use self::tagged::Tagged;
use super::RegistryStore;
use crate::oci::manifest::MAX_ENTRIES;
use crate::oci::{Descriptor, Digest};
use crate::store::{Fault, ListedBy, Referrer, Referrers, Result, StoreError};

/// What the API and the tag list, each digest once, those of the API first (HTTP-74). Both are asked at the same time.
pub(super) async fn list(store: &RegistryStore, subject: &Digest) -> Result<Referrers> {
    // Two requests under way take much room.
    let (api, tag) = tokio::join!(Box::pin(api::list(store, subject)), Box::pin(tagged::read(store, subject)));
    let api = api?;
    let native = api.is_some();
    let tagged = match tag {
        Ok(Tagged::List(listed)) => listed.list.descriptors(),
        // What is under the tag is somebody's, but no list (HTTP-73).
        Ok(Tagged::Nothing | Tagged::Other(_)) => Vec::new(),
        // The registry has a list of its own, and this tag may not be read or is one that it does not take.
        Err(StoreError::Denied(_) | StoreError::Refused(_)) if native => Vec::new(),
        Err(error) => return Err(error),
    };
    let api = api.unwrap_or_default().into_iter().map(|descriptor| (descriptor, ListedBy::Api));
    let tagged = tagged.into_iter().map(|descriptor| (descriptor, ListedBy::Tag));
    let entries = union(api.chain(tagged));
    within_bounds(entries.len(), subject)?;
    Ok(Referrers { entries, native })
}

/// List `referrers` under the tag, together with what other callers of this process want to have listed for `subject`
/// at the same time (HTTP-77).
pub(super) async fn merge(store: &RegistryStore, subject: &Digest, referrers: &[Descriptor]) -> Result<()> {
    let queue = store.client.merges.of(&store.repository, subject);
    queue.run(referrers, async |referrers| merge::merge(store, subject, referrers).await).await
}

/// Take `referrer` out of the list under the tag of `subject`; whether it was there.
pub(super) async fn unlist(store: &RegistryStore, subject: &Digest, referrer: &Digest) -> Result<bool> {
    let queue = store.client.merges.of(&store.repository, subject);
    let _turn = queue.turn().await;
    merge::unlist(store, subject, referrer).await
}

fn union(listed: impl Iterator<Item = (Descriptor, ListedBy)>) -> Vec<Referrer> {
    let mut seen = HashSet::new();
    let fresh = listed.filter(|(descriptor, _)| seen.insert(descriptor.digest.clone()));
    fresh.map(|(descriptor, by)| Referrer { descriptor, by }).collect()
}

/// An error for a list of more entries than are read (SEC-5): a part of it would look like the whole.
fn within_bounds(entries: usize, subject: &Digest) -> Result<()> {
    if entries <= MAX_ENTRIES {
        return Ok(());
    }
    let message = format!("the list of referrers of {subject} has more than {MAX_ENTRIES} entries");
    Err(StoreError::Unreadable(Fault::new(message)))
}
