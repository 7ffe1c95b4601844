//! The proof that a link can be found from its subject (HTTP-75 to HTTP-77).
//!
//! A list that a registry keeps may be late, and it may lose an entry when several writers meet: olareg reads and writes
//! it without a lock. So the list is not read before others who were writing at the same time are done; when the link is
//! not there it is written again, and when others were seen it is looked for once more, a while later.

use std::time::Duration;

use crate::oci::{Descriptor, Digest, Location, RawManifest};
use crate::store::jitter::jitter;
use crate::store::{ListedBy, Referrers, Store, StoreError, SubjectTaken};

/// How often a list is read that has to show the link.
const LOOKS: u32 = 8;
/// How often before the link is written again: a list may just be late.
const LATE_LOOKS: u32 = 2;
/// As [`LOOKS`], where the registry has a list and did not say that it takes part.
const UNSAID_LOOKS: u32 = 3;
/// Another writer needs no longer than we did, so it is done after this many times our own time.
const OTHERS: u32 = 2;
/// The shortest and the longest pause before the first look.
const FIRST_PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// The shortest and the longest pause before a look that follows another one.
const NEXT_PAUSE: (Duration, Duration) = (Duration::from_millis(150), Duration::from_millis(400));
/// The shortest and the longest pause before the look that follows one that showed other writers (HTTP-77).
const CROWD_PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(1));

/// How a manifest was written.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Written {
    /// What the store said of the subject.
    pub(in crate::ops) taken: SubjectTaken,
    /// How long it took.
    pub(in crate::ops) took: Duration,
}

impl Written {
    /// It was not seen how.
    pub(in crate::ops) const UNSAID: Self = Self { taken: SubjectTaken::Unconfirmed, took: Duration::ZERO };
}

/// What has to be found.
pub(in crate::ops) struct Proof<'a> {
    /// The store of the subject.
    pub(in crate::ops) store: &'a dyn Store,
    /// The link, which is there.
    pub(in crate::ops) link: &'a RawManifest,
    /// How a list of referrers shows it.
    pub(in crate::ops) entry: &'a Descriptor,
    /// What it refers to.
    pub(in crate::ops) subject: &'a Digest,
    /// What the list was before the link was written.
    pub(in crate::ops) known: &'a Referrers,
}

impl Proof<'_> {
    /// Look until the list shows the link. Where the store has no list of its own, and says nothing of one, the link is
    /// listed under the referrers tag.
    ///
    /// The error is what went wrong; `None` when nothing did, and the link never showed.
    pub(in crate::ops) async fn listed(&self, written: Written) -> Result<ListedBy, Option<StoreError>> {
        let said = written.taken == SubjectTaken::Confirmed;
        if said || self.known.native {
            let (found, native) = self.watch(written, if said { LOOKS } else { UNSAID_LOOKS }).await?;
            match found {
                Some(by) => return Ok(by),
                None if said && native => return Err(None),
                // Some confirm what they do not do: ECR at times.
                None => {}
            }
        }
        self.store.merge_referrers(self.subject, std::slice::from_ref(self.entry)).await?;
        let list = self.store.referrers(self.subject).await?;
        list.find(&self.entry.digest).map(|entry| entry.by).ok_or(None)
    }

    /// Where the store's own list shows the link, and whether there is such a list at all.
    async fn watch(&self, written: Written, looks: u32) -> Result<(Option<ListedBy>, bool), StoreError> {
        let is_layout = matches!(self.store.location(), Location::Layout(_));
        let mut pause = (written.took * OTHERS).clamp(FIRST_PAUSE.0, FIRST_PAUSE.1);
        let mut crowded = false;
        for look in 1..=looks {
            // A layout is changed under a lock.
            if !is_layout {
                tokio::time::sleep(pause).await;
            }
            let list = self.store.referrers(self.subject).await?;
            let found = list.find(&self.entry.digest).map(|entry| entry.by);
            let alone = is_layout || crowded || !self.shows_others(&list);
            match found {
                Some(by) if alone => return Ok((Some(by), true)),
                None if !list.native => return Ok((None, false)),
                Some(_) => (pause, crowded) = (jitter(CROWD_PAUSE.0, CROWD_PAUSE.1), true),
                None => {
                    if look >= LATE_LOOKS && written.taken == SubjectTaken::Confirmed {
                        self.store.write_manifest(self.link, None).await?;
                    }
                    (pause, crowded) = (jitter(NEXT_PAUSE.0, NEXT_PAUSE.1), false);
                }
            }
        }
        Ok((None, true))
    }

    /// Whether somebody else wrote the list since it was read for the first time.
    fn shows_others(&self, list: &Referrers) -> bool {
        let is_new = |digest: &Digest| *digest != self.entry.digest && self.known.find(digest).is_none();
        list.entries.iter().any(|entry| is_new(&entry.descriptor.digest))
    }
}
