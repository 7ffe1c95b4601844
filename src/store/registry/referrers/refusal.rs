//! Why a list of referrers was not written, for people.

use serde_json::Value;

use super::list::digest_of;
use crate::oci::{Digest, RawManifest, Tag};
use crate::store::registry::{RegistryStore, manifest};
use crate::store::{Fault, MAX_PUSHED_MANIFEST, Result, StoreError};

/// How many digests a message names.
const NAMED: usize = 8;
/// What a registry says whose index points at what it does not have.
const LACKING: [&str; 4] = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "MANIFEST_REFERENCES_UNKNOWN"];

/// The tag names something that writing a list would take away (HTTP-73).
pub(super) fn other(store: &RegistryStore, subject: &Digest, why: &str) -> StoreError {
    let (tag, repository) = (Tag::of_referrers(subject), &store.repository);
    let message = format!("referrers of {subject} cannot be listed under tag {tag} of {repository}: it {why}");
    let hint = "a registry with the referrers API needs no such tag; elsewhere it has to be free for the list";
    StoreError::Conflict(Fault::new(message).with_hint(hint))
}

/// Others undid each time what was written: entries went missing, or what was to go came back.
pub(super) fn undone(store: &RegistryStore, subject: &Digest, lost: &[Value], rounds: usize) -> StoreError {
    if !lost.is_empty() {
        return self::lost(store, subject, lost, rounds);
    }
    let (tag, repository) = (Tag::of_referrers(subject), &store.repository);
    let message =
        format!("tag {tag} of {repository} lists again what was taken out of it: written {rounds} times without it");
    let hint = "others write the list at the same time: run the command again";
    StoreError::Unavailable(Fault::new(message).with_hint(hint))
}

/// Entries went missing each time that they were written.
fn lost(store: &RegistryStore, subject: &Digest, lost: &[Value], rounds: usize) -> StoreError {
    let named = lost.iter().filter_map(digest_of).take(NAMED).collect::<Vec<_>>().join(", ");
    let more = lost.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (tag, repository) = (Tag::of_referrers(subject), &store.repository);
    let message = format!(
        "tag {tag} of {repository} does not list all referrers of {subject}: written {rounds} times, it lost {named}{more}"
    );
    let hint = "others write the list at the same time, or the registry forgets it; the manifests are there: \
                run the command again, which adds what is missing and nothing else";
    StoreError::Unavailable(Fault::new(message).with_hint(hint))
}

/// Others were faster each time.
pub(super) fn outrun(store: &RegistryStore, subject: &Digest, tries: usize) -> StoreError {
    let (tag, repository) = (Tag::of_referrers(subject), &store.repository);
    let message =
        format!("tag {tag} of {repository} changed {tries} times while referrers of {subject} were to be listed");
    let hint = "many write the list at the same time: run the command again";
    StoreError::Unavailable(Fault::new(message).with_hint(hint))
}

/// An error when registries do not take a list of this size (HTTP-81).
pub(super) fn too_large(store: &RegistryStore, subject: &Digest, raw: &RawManifest, entries: usize) -> Result<()> {
    let size = raw.bytes().len();
    if size <= MAX_PUSHED_MANIFEST {
        return Ok(());
    }
    let message = format!(
        "the list of referrers of {subject} in {} would have {size} bytes for {entries} entries; registries take no more \
         than {MAX_PUSHED_MANIFEST}",
        store.repository
    );
    Err(StoreError::Refused(Fault::new(message).with_hint(SMALLER)))
}

const SMALLER: &str =
    "nothing was left out and nothing was changed: delete referrers that nobody needs, with their entries";

/// Whether `error` says that the list points at what the registry does not have.
pub(super) fn lacks_content(error: &StoreError) -> bool {
    error.fault().answer().and_then(|answer| answer.code.as_deref()).is_some_and(|code| LACKING.contains(&code))
}

/// The registry did not take a list of so many entries.
pub(super) fn refused(store: &RegistryStore, subject: &Digest, entries: usize, error: StoreError) -> StoreError {
    let (tag, repository) = (Tag::of_referrers(subject), &store.repository);
    let immutable = manifest::is_immutable(&error);
    let (kind, message, hint): (fn(Fault) -> StoreError, _, _) = match &error {
        _ if immutable => (
            StoreError::Conflict,
            format!("referrers of {subject} cannot be listed: {repository} does not let tag {tag} change"),
            Some("except tags that begin with 'sha256-' from the repository's rule of immutable tags".to_owned()),
        ),
        StoreError::Refused(fault) => {
            let size = fault.answer().is_some_and(|answer| answer.status == 413);
            let hint = if size { Some(SMALLER.to_owned()) } else { fault.hint().map(str::to_owned) };
            let message = format!("{} did not take the list of {entries} referrers of {subject}", repository.host());
            (StoreError::Refused, message, hint)
        }
        _ => return error,
    };
    let mut fault = Fault::new(message);
    if let Some(hint) = hint {
        fault = fault.with_hint(hint);
    }
    if let Some(answer) = error.fault().answer() {
        fault = fault.answered(answer.clone());
    }
    kind(fault.caused_by(error))
}
