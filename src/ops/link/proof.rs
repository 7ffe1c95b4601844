//! The proof that a link can be found from its subject (HTTP-75).

use std::time::Duration;

use crate::oci::{Descriptor, Digest};
use crate::store::{ListedBy, Store, StoreError, SubjectTaken};

/// How often a list is read that has to show the link; with the pauses between, some two seconds.
const TRIES: u32 = 5;
/// As [`TRIES`], where the registry has a list and did not say that it takes part.
const TRIES_UNSAID: u32 = 3;
/// The first pause between two tries; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(150);

/// Read the referrers of `subject` until `entry` is one of them, and list it under the referrers tag where the store does
/// not do so itself. `taken` is how the store took the manifest, `native` whether it has a list of its own, as far as was
/// known before.
///
/// The error is what went wrong; `None` when nothing did, and the entry never showed.
pub(in crate::ops) async fn prove_listed(
    store: &dyn Store,
    entry: &Descriptor,
    subject: &Digest,
    taken: SubjectTaken,
    native: bool,
) -> Result<ListedBy, Option<StoreError>> {
    let said = taken == SubjectTaken::Confirmed;
    if said || native {
        let tries = if said { TRIES } else { TRIES_UNSAID };
        let (found, native) = look(store, &entry.digest, subject, tries).await?;
        match found {
            Some(by) => return Ok(by),
            None if said && native => return Err(None),
            // Some confirm what they do not do: ECR at times.
            None => {}
        }
    }
    store.merge_referrers(subject, std::slice::from_ref(entry)).await?;
    let (found, _) = look(store, &entry.digest, subject, TRIES).await?;
    found.ok_or(None)
}

/// Where the link is listed, and whether the store has a list of its own. Only such a list may be late.
async fn look(
    store: &dyn Store,
    link: &Digest,
    subject: &Digest,
    tries: u32,
) -> Result<(Option<ListedBy>, bool), StoreError> {
    let mut pause = PAUSE;
    for attempt in 1..=tries {
        let referrers = store.referrers(subject).await?;
        let found = referrers.find(link).map(|entry| entry.by);
        if found.is_some() || !referrers.native {
            return Ok((found, referrers.native));
        }
        if attempt < tries {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    Ok((None, true))
}
