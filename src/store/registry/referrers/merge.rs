//! Listing referrers under the tag, or taking one out (HTTP-92), where others may do so at the same time (HTTP-76, HTTP-77).
//!
//! Read, change, write, wait, and look: until a look shows all that was to be listed and all that was seen before. The index
//! that was there before is left where it is: another writer may just be about to name it again (HTTP-79).

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use reqwest::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use serde_json::Value;

use super::list::{List, digest_of, entry_of};
use super::refusal;
use super::tagged::{self, Listed, Tagged};
use crate::oci::{Descriptor, Digest, Tag, Version};
use crate::store::registry::RegistryStore;
use crate::store::registry::manifest::{self, Over};
use crate::store::retry::Attempts;
use crate::store::{Passing, Result, Store as _, StoreError};

/// How often the list is written before the losses are reported (HTTP-76).
const MAX_ROUNDS: usize = 8;
/// How often somebody else may be faster where the registry tells: each time one of the others got on.
const MAX_TRIES: usize = 32;
/// How many manifests are asked for at once.
const PROBES: usize = 8;

/// List `referrers` under the tag of `subject`. What is listed already is not written again.
pub(super) async fn merge(store: &RegistryStore, subject: &Digest, referrers: &[Descriptor]) -> Result<()> {
    if referrers.is_empty() {
        return Ok(());
    }
    let mut writer = Writer::new(store, subject);
    writer.own = referrers.iter().map(|referrer| referrer.digest.to_string()).collect();
    writer.want(&referrers.iter().map(entry_of).collect::<Vec<_>>());
    let look = writer.look().await?;
    writer.run(look).await
}

/// Take `referrer` out of the list under the tag of `subject`; whether it was there. What is no list is left alone, and a
/// list that becomes empty stays (HTTP-92).
pub(super) async fn unlist(store: &RegistryStore, subject: &Digest, referrer: &Digest) -> Result<bool> {
    let mut writer = Writer::new(store, subject);
    writer.gone = HashSet::from([referrer.to_string()]);
    let look = match writer.look().await {
        Ok(look) => look,
        // Something else stands there, or the registry takes no such tag.
        Err(StoreError::Conflict(_) | StoreError::Refused(_)) => return Ok(false),
        Err(error) if error.is_forbidden() => return Ok(false),
        Err(error) => return Err(error),
    };
    let listed = writer.returned(&look.list);
    if listed {
        writer.run(look).await?;
    }
    Ok(listed)
}

struct Writer<'a> {
    store: &'a RegistryStore,
    subject: &'a Digest,
    /// The referrers tag.
    version: Version,
    /// What this writer wants to have listed.
    own: HashSet<String>,
    /// That, and what was seen in the list at any time.
    wanted: Vec<Value>,
    /// The digests of `wanted`.
    known: HashSet<String>,
    /// Entries that are to go: what is deleted, and what the registry does not take as it is not there any more.
    gone: HashSet<String>,
    /// The registry is told which state of the list is to be replaced.
    conditional: bool,
    /// The attempts at a write that the registry failed at.
    attempts: Attempts,
}

/// The list at one moment.
struct Look {
    list: List,
    /// The digest of its bytes; `None` when there is no list yet.
    digest: Option<Digest>,
    etag: Option<String>,
    /// When it was asked for.
    since: Instant,
}

/// A list that was written.
struct Written {
    digest: Option<Digest>,
    /// The time from asking for the list to having it written.
    gap: Duration,
    /// Somebody else was seen writing.
    crowded: bool,
}

/// What became of a list that was written.
enum Outcome {
    /// It stands.
    Kept,
    /// Others wrote it without these, or with what is to go: then there may be none.
    Lost(Vec<Value>),
}

impl<'a> Writer<'a> {
    fn new(store: &'a RegistryStore, subject: &'a Digest) -> Self {
        Self {
            store,
            subject,
            version: Version::Tag(Tag::of_referrers(subject)),
            own: HashSet::new(),
            wanted: Vec::new(),
            known: HashSet::new(),
            gone: HashSet::new(),
            conditional: true,
            attempts: Attempts::new(store.client.transport.options().retry),
        }
    }

    /// Make the list right that is now as `look` shows it.
    async fn run(&mut self, mut look: Look) -> Result<()> {
        let listed = look.list.digests();
        if self.own.iter().all(|digest| listed.contains(digest.as_str())) && !self.returned(&look.list) {
            return Ok(());
        }
        let (mut lost, mut crowded) = (Vec::new(), false);
        for _ in 0..MAX_ROUNDS {
            let written = self.write(look).await?;
            crowded |= written.crowded;
            lost = match self.lost_of(&written, crowded).await? {
                Outcome::Kept => return Ok(()),
                Outcome::Lost(entries) => entries,
            };
            // What was lost was asked for, which took time: what is written next builds on what is there now.
            look = self.look().await?;
            crowded = true;
        }
        Err(refusal::undone(self.store, self.subject, &lost, MAX_ROUNDS))
    }

    /// The list now; an error when what the tag names is none, which would be lost by writing one.
    async fn look(&mut self) -> Result<Look> {
        let since = Instant::now();
        match tagged::read(self.store, self.subject).await? {
            Tagged::Nothing => Ok(Look { list: List::new(), digest: None, etag: None, since }),
            Tagged::List(Listed { list, digest, etag }) => {
                self.want(list.entries());
                Ok(Look { list, digest: Some(digest), etag, since })
            }
            Tagged::Other(why) => Err(refusal::other(self.store, self.subject, &why)),
        }
    }

    /// Remember `entries` as such that are to stay.
    fn want(&mut self, entries: &[Value]) {
        for entry in entries {
            if let Some(digest) = digest_of(entry)
                && !self.gone.contains(digest)
                && self.known.insert(digest.to_owned())
            {
                self.wanted.push(entry.clone());
            }
        }
    }

    /// What is wanted and not in `list`.
    fn missing(&self, list: &List) -> Vec<Value> {
        let listed = list.digests();
        let missing = self.wanted.iter().filter(|entry| digest_of(entry).is_none_or(|digest| !listed.contains(digest)));
        missing.cloned().collect()
    }

    /// Write what `look` showed with all that it lacks; again and on what is there then, when somebody else was faster.
    async fn write(&mut self, mut look: Look) -> Result<Written> {
        for tries in 0..MAX_TRIES {
            let mut list = look.list.clone();
            list.remove(&self.gone);
            self.missing(&list).into_iter().for_each(|entry| list.push(entry));
            if list == look.list {
                // The others wrote what was missing.
                return Ok(Written { digest: look.digest, gap: look.since.elapsed(), crowded: true });
            }
            let raw = list.to_manifest();
            refusal::too_large(self.store, self.subject, &raw, list.len())?;
            match manifest::put(self.store, &raw, &self.version, Over::Seen(self.condition(&look))).await {
                Ok(response) => {
                    response.drain().await;
                    self.attempts.progressed();
                    let digest = Some(raw.digest().clone());
                    return Ok(Written { digest, gap: look.since.elapsed(), crowded: tries > 0 });
                }
                Err(error) => look = self.after(error, &look, &list).await?,
            }
        }
        Err(refusal::outrun(self.store, self.subject, MAX_TRIES))
    }

    /// Which state of the list may be replaced. A weak tag names several states, and so none.
    fn condition<'b>(&self, look: &'b Look) -> Option<(HeaderName, &'b str)> {
        let condition = match (&look.digest, &look.etag) {
            (None, _) => Some((IF_NONE_MATCH, "*")),
            (Some(_), Some(etag)) if !etag.starts_with("W/") => Some((IF_MATCH, etag.as_str())),
            (Some(_), _) => None,
        };
        condition.filter(|_| self.conditional)
    }

    /// The list to go on with after the registry refused to take `list` in the place of what `look` showed.
    async fn after(&mut self, error: StoreError, look: &Look, list: &List) -> Result<Look> {
        let status = error.fault().answer().map(|answer| answer.status);
        if self.condition(look).is_some() && matches!(status, Some(409 | 412)) {
            self.store.client.pace().pause().await;
            let now = self.look().await?;
            // Where nobody was faster it is not the state that the registry minds, or it minds every condition.
            self.conditional = now.digest != look.digest;
            return Ok(now);
        }
        if let Some(passing) = in_passing(&error) {
            let Some(pause) = self.attempts.after_failure(passing) else {
                return Err(error.after(self.attempts.failed()));
            };
            tokio::time::sleep(pause).await;
            return self.look().await;
        }
        if refusal::lacks_content(&error) {
            // Some take no list with an entry whose manifest was deleted, which would end all listing for ever.
            let dead = self.dead_among(list.entries()).await;
            if !dead.is_empty() {
                self.forget(&dead);
                self.gone.extend(dead);
                return self.look().await;
            }
        }
        Err(refusal::refused(self.store, self.subject, list.len(), error))
    }

    /// What is not listed any more, or again, once others had the time to write. Where others were seen there may be more of them,
    /// so then all has to be there twice.
    async fn lost_of(&mut self, written: &Written, mut crowded: bool) -> Result<Outcome> {
        let mut looks = 0;
        while looks <= usize::from(crowded) {
            self.store.client.pace().settle(written.gap).await;
            let look = self.look().await?;
            // What somebody deleted is not to be listed again.
            let dead = self.dead_among(&self.missing(&look.list)).await;
            self.forget(&dead);
            let missing = self.missing(&look.list);
            if !missing.is_empty() || self.returned(&look.list) {
                return Ok(Outcome::Lost(missing));
            }
            crowded |= look.digest != written.digest;
            looks += 1;
        }
        Ok(Outcome::Kept)
    }

    /// Whether `list` has an entry that is to go.
    fn returned(&self, list: &List) -> bool {
        list.digests().iter().any(|digest| self.gone.contains(*digest))
    }

    /// Those of `entries` whose manifests the registry does not have, our own apart. In doubt it has them.
    async fn dead_among(&self, entries: &[Value]) -> Vec<String> {
        let others = entries.iter().filter_map(digest_of).filter(|digest| !self.own.contains(*digest));
        let probes = others.map(|text| async move {
            let Ok(digest) = text.parse() else { return Some(text.to_owned()) };
            let found = self.store.resolve(&Version::Digest(digest)).await;
            matches!(found, Err(StoreError::NotFound(_))).then(|| text.to_owned())
        });
        let probes: Vec<_> = probes.collect();
        stream::iter(probes).buffer_unordered(PROBES).filter_map(std::future::ready).collect().await
    }

    fn forget(&mut self, digests: &[String]) {
        self.wanted.retain(|entry| !digests.iter().any(|digest| digest_of(entry) == Some(digest)));
        for digest in digests {
            self.known.remove(digest);
        }
    }
}

/// Whether the registry failed in a way that may be over in a moment. `DIGEST_INVALID` is what docker's registry says of a
/// manifest while somebody else writes what it points at; a list has its digest from nobody, so there is none to be wrong.
fn in_passing(error: &StoreError) -> Option<Passing> {
    let torn = error.fault().answer().is_some_and(|answer| answer.code.as_deref() == Some("DIGEST_INVALID"));
    error.passes().or_else(|| torn.then(Passing::default))
}
