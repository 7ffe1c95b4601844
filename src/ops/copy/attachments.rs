//! What is attached to what is copied: found at the source, and held against the destination.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::CopyError;
use super::load::FETCHED_AT_ONCE;
use crate::oci::{Digest, Document, Location, RawManifest, Tag, Version};
use crate::ops::attached::{Attached, By, attached};
use crate::ops::report::{Event, Reporter};
use crate::ops::{OpError, Result};
use crate::store::{Store, StoreError};

/// How many manifests' lists are asked for at the same time (NET-11).
const LISTS_AT_ONCE: usize = 16;

/// Something that is attached to a manifest which is copied.
pub(super) struct Attachment {
    what: Attached,
    to: Digest,
}

/// A manifest that is attached, and the tag of cosign's that has to name it.
pub(super) type Tagged = (RawManifest, Option<Tag>);

/// What `from` has attached to each of `subjects`.
pub(super) async fn find(from: &dyn Store, subjects: &[Digest]) -> Result<Vec<Attachment>> {
    let ask = async |subject: &Digest| {
        let found = attached(from, subject).await?;
        Ok::<_, OpError>(found.into_iter().map(|what| Attachment { what, to: subject.clone() }).collect::<Vec<_>>())
    };
    let asked: Vec<_> = subjects.iter().map(ask).collect();
    stream::iter(asked).buffered(LISTS_AT_ONCE).try_concat().await
}

/// The manifests of `found`. What a list names without having it, or without its being about the subject, is left out.
pub(super) async fn fetch(from: &dyn Store, found: Vec<Attachment>, reporter: &dyn Reporter) -> Result<Vec<Tagged>> {
    let fetched: Vec<_> = found.into_iter().map(|it| one(from, it, reporter)).collect();
    let fetched: Vec<Option<Tagged>> = stream::iter(fetched).buffered(FETCHED_AT_ONCE).try_collect().await?;
    let mut seen = BTreeSet::new();
    let once = |(raw, tag): &Tagged| seen.insert((raw.digest().clone(), tag.clone()));
    Ok(fetched.into_iter().flatten().filter(once).collect())
}

async fn one(from: &dyn Store, Attachment { what, to }: Attachment, reporter: &dyn Reporter) -> Result<Option<Tagged>> {
    let digest = &what.descriptor.digest;
    let raw = match from.manifest(&Version::Digest(digest.clone())).await {
        Ok(raw) => raw,
        Err(StoreError::NotFound(_)) => {
            reporter.report(Event::Warning(&format!("{digest} is listed as referring to {to}, but is not there")));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    if let By::CosignTag(tag) = what.by {
        return Ok(Some((raw, Some(tag))));
    }
    // Anybody may list anything: what says itself that it is about something else is not carried (SEC-9).
    let about = raw.document().map(|document| document.subject().map(|subject| subject.digest.clone()));
    if about.is_ok_and(|subject| subject.as_ref() != Some(&to)) {
        let text = format!("{digest} is listed as referring to {to}, which it does not; it is left out");
        reporter.report(Event::Warning(&text));
        return Ok(None);
    }
    Ok(Some((raw, None)))
}

/// Which of cosign's tags are to be written. One that has something at the destination which the source does not have
/// would lose it: cosign keeps all signatures of an image in one manifest.
pub(super) async fn outdated<'a>(to: &dyn Store, tagged: &'a [Tagged]) -> Result<Vec<(&'a RawManifest, &'a Tag)>> {
    let check = async |(raw, tag): &'a Tagged| {
        let Some(tag) = tag else { return Ok(None) };
        let standing = match to.manifest(&Version::Tag(tag.clone())).await {
            Ok(standing) => standing,
            Err(StoreError::NotFound(_)) => return Ok(Some((raw, tag))),
            Err(error) => return Err(error.into()),
        };
        if standing.digest() == raw.digest() {
            return Ok(None);
        }
        if holds(raw, &standing) { Ok(Some((raw, tag))) } else { Err(lost(tag, to.location())) }
    };
    let checked: Vec<_> = tagged.iter().map(check).collect();
    stream::iter(checked).buffered(FETCHED_AT_ONCE).try_filter_map(async |found| Ok(found)).try_collect().await
}

/// Whether `new` has every layer that `old` has.
fn holds(new: &RawManifest, old: &RawManifest) -> bool {
    match (new.document(), old.document()) {
        (Ok(Document::Manifest(new)), Ok(Document::Manifest(old))) => {
            let has: BTreeSet<&Digest> = new.layers.iter().map(|layer| &layer.digest).collect();
            old.layers.iter().all(|layer| has.contains(&layer.digest))
        }
        _ => false,
    }
}

fn lost(tag: &Tag, to: &Location) -> OpError {
    CopyError::Signatures { tag: tag.clone(), to: to.to_string() }.into()
}
