//! The BoB that is linked to an image: what `pull --image` pulls.
//!
//! A list of referrers is what anybody wrote there who may (SEC-9). It says what to look at; the manifest that is chosen
//! has to name its subject itself, and nothing is pulled in its stead when it does not.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::report::{Event, Reporter};
use super::{OpError, Result, platform};
use crate::oci::annotation::{self, Annotations};
use crate::oci::{Descriptor, Digest, Document, Platform, RawManifest, Reference, Version, media_type};
use crate::store::{Store, StoreError};

/// How many referrers of one manifest are opened to see what they are.
const MAX_OPENED: usize = 32;
/// How many of them at the same time.
const OPENED_AT_ONCE: usize = 8;
/// How many a note names of those that were not chosen.
const NAMED: usize = 10;

/// The BoB that is linked to an image.
pub(super) struct Linked {
    /// Its manifest or index.
    pub(super) bob: RawManifest,
    /// What it is linked to: the image, or the index that the image is.
    pub(super) subject: Digest,
}

/// The newest BoB that is linked to `image`; of an index to the index itself or to the manifest for `wanted`.
pub(super) async fn linked(
    store: &dyn Store,
    image: &Reference,
    wanted: Option<&Platform>,
    reporter: &dyn Reporter,
) -> Result<Linked> {
    let mut kinds = BTreeSet::new();
    for board in boards(store, &image.version(), wanted).await? {
        match newest(board.bobs, image, reporter) {
            Some(newest) => return fetch(store, newest, board.subject).await,
            None => kinds.extend(board.others),
        }
    }
    Err(OpError::NoBob { image: image.to_string(), kinds: kinds.into_iter().collect() })
}

async fn fetch(store: &dyn Store, chosen: Bob, subject: Digest) -> Result<Linked> {
    let bob = store.manifest(&Version::Digest(chosen.digest)).await?;
    let found = bob.document()?.subject().map(|subject| subject.digest.clone());
    if found.as_ref() != Some(&subject) {
        return Err(OpError::OtherSubject { referrer: bob.digest().clone(), subject, found });
    }
    Ok(Linked { bob, subject })
}

/// Where to look, in this order: the index before its manifest for this machine, unless a platform is wanted.
async fn boards(store: &dyn Store, version: &Version, wanted: Option<&Platform>) -> Result<Vec<Board>> {
    let top = store.resolve(version).await?;
    if !media_type::is_index(&top.media_type) {
        return Ok(vec![Board::of(store, top.digest).await?]);
    }
    let manifest = async { Ok(store.manifest(&Version::Digest(top.digest.clone())).await?) };
    let (at_index, index) = tokio::try_join!(Board::of(store, top.digest.clone()), manifest)?;
    let Document::Index(index) = index.document()? else { return Ok(vec![at_index]) };
    if wanted.is_none() && !at_index.bobs.is_empty() {
        return Ok(vec![at_index]);
    }
    let child = platform::select(&index, wanted)?;
    let at_child = Board::of(store, child.digest.clone()).await?;
    Ok(if wanted.is_some() { vec![at_child, at_index] } else { vec![at_index, at_child] })
}

/// The newest of them, by digest where that does not decide; the others are named.
fn newest(mut bobs: Vec<Bob>, image: &Reference, reporter: &dyn Reporter) -> Option<Bob> {
    bobs.sort_by_key(|bob| Reverse((bob.created, bob.digest.clone())));
    let mut bobs = bobs.into_iter();
    let newest = bobs.next()?;
    let others: Vec<String> = bobs.map(|bob| bob.to_string()).collect();
    if !others.is_empty() {
        let more = others.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = others.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        reporter.report(Event::Note(&format!(
            "several BoBs are linked to {image}; the newest is pulled, {newest}, and not {named}{more}"
        )));
    }
    Some(newest)
}

/// What is linked to one manifest.
struct Board {
    subject: Digest,
    bobs: Vec<Bob>,
    /// What `link` linked as something else, with its type: an SBOM is no BoB, and counts only when nothing else is one.
    marked: Vec<(Bob, Option<String>)>,
    /// The types of all the rest.
    others: BTreeSet<String>,
}

impl Board {
    async fn of(store: &dyn Store, subject: Digest) -> Result<Self> {
        let mut board = Self { bobs: Vec::new(), marked: Vec::new(), others: BTreeSet::new(), subject };
        let (mut unsaid, mut others) = (Vec::new(), Vec::new());
        for entry in store.referrers(&board.subject).await?.entries {
            match Kind::of(entry.descriptor.artifact_type.as_deref(), &entry.descriptor.annotations) {
                Kind::Bob => board.bobs.push(Bob::new(entry.descriptor.digest, &entry.descriptor.annotations)),
                Kind::Unsaid | Kind::Marked => unsaid.push(entry.descriptor),
                Kind::Other => others.push(entry.descriptor),
            }
        }
        board.open(store, unsaid).await?;
        // Somebody may have given a BoB a type of their own; its config still says what it is.
        if board.bobs.is_empty() {
            board.open(store, others).await?;
        } else {
            board.others.extend(others.into_iter().filter_map(|other| other.artifact_type));
        }
        let marked = std::mem::take(&mut board.marked);
        if board.bobs.is_empty() {
            board.bobs.extend(marked.into_iter().map(|(bob, _)| bob));
        } else {
            board.others.extend(marked.into_iter().filter_map(|(_, kind)| kind));
        }
        Ok(board)
    }

    /// Look into manifests whose entries do not say what they are, the newest first.
    async fn open(&mut self, store: &dyn Store, mut entries: Vec<Descriptor>) -> Result<()> {
        entries.sort_by_key(|entry| Reverse((created(&entry.annotations), entry.digest.clone())));
        let unopened = entries.split_off(entries.len().min(MAX_OPENED));
        self.others.extend(unopened.into_iter().filter_map(|entry| entry.artifact_type));
        let opened: Vec<Opened> =
            stream::iter(entries).map(|entry| open(store, entry)).buffered(OPENED_AT_ONCE).try_collect().await?;
        for opened in opened {
            match opened {
                Opened::Bob(bob) => self.bobs.push(bob),
                Opened::Marked(bob, kind) => self.marked.push((bob, kind)),
                Opened::Other(kind) => self.others.extend(kind),
            }
        }
        Ok(())
    }
}

/// What an entry turned out to be.
enum Opened {
    Bob(Bob),
    /// With its type.
    Marked(Bob, Option<String>),
    /// With its type, where one is known.
    Other(Option<String>),
}

async fn open(store: &dyn Store, entry: Descriptor) -> Result<Opened> {
    let document = match store.manifest(&Version::Digest(entry.digest.clone())).await {
        Ok(manifest) => manifest.document(),
        // A list may name what is gone, or what nobody can read.
        Err(StoreError::NotFound(_) | StoreError::Unreadable(_)) => return Ok(Opened::Other(entry.artifact_type)),
        Err(error) => return Err(error.into()),
    };
    let Ok(document) = document else { return Ok(Opened::Other(entry.artifact_type)) };
    let config = match &document {
        Document::Manifest(manifest) => Some(manifest.config.media_type.as_str()),
        Document::Index(_) => None,
    };
    let (kind, annotations) = (document.kind(), document.annotations());
    let bob = || Bob::new(entry.digest.clone(), annotations);
    Ok(match Kind::of(kind, annotations) {
        Kind::Bob => Opened::Bob(bob()),
        _ if config.is_some_and(Kind::is_bobs) => Opened::Bob(bob()),
        Kind::Marked => Opened::Marked(bob(), kind.map(str::to_owned)),
        Kind::Unsaid | Kind::Other => Opened::Other(kind.map(str::to_owned).or(entry.artifact_type)),
    })
}

/// What a referrer is, as far as it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bob,
    /// Linked by `link`, as something of another type.
    Marked,
    /// Some lists leave the type out, or have the type of an empty config in its place.
    Unsaid,
    Other,
}

impl Kind {
    fn of(artifact_type: Option<&str>, annotations: &Annotations) -> Self {
        let unsaid = artifact_type.is_none_or(|given| given.is_empty() || media_type::same(given, media_type::EMPTY));
        let marked = annotations.contains_key(annotation::BOB_REFERENCE);
        match artifact_type {
            Some(given) if Self::is_bobs(given) => Self::Bob,
            _ if marked && unsaid => Self::Bob,
            _ if marked => Self::Marked,
            _ if unsaid => Self::Unsaid,
            _ => Self::Other,
        }
    }

    /// Whether this type is that of a BoB alone.
    fn is_bobs(kind: &str) -> bool {
        [media_type::BOB_ARTIFACT, media_type::BOB_CONFIG].iter().any(|own| media_type::same(kind, own))
    }
}

/// A referrer that is a BoB.
#[derive(Debug)]
struct Bob {
    digest: Digest,
    /// When it was made; one that does not say it counts as older than all that do.
    created: Option<Timestamp>,
}

impl Bob {
    fn new(digest: Digest, annotations: &Annotations) -> Self {
        Self { digest, created: created(annotations) }
    }
}

impl std::fmt::Display for Bob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.created {
            Some(created) => write!(f, "{} (created {created})", self.digest),
            None => write!(f, "{} (no date)", self.digest),
        }
    }
}

/// The instant, whatever the offset it is written with.
fn created(annotations: &Annotations) -> Option<Timestamp> {
    [annotation::CREATED, annotation::CREATED_RELEASE_CANDIDATE]
        .into_iter()
        .find_map(|key| annotations.get(key)?.parse().ok())
}
