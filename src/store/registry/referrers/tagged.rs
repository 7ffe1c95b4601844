//! The list under the referrers tag (HTTP-73).

use std::error::Error as _;

use super::list::List;
use super::within_bounds;
use crate::oci::{Digest, Tag, Version, media_type};
use crate::store::blob::check_manifest;
use crate::store::registry::{RegistryStore, manifest};
use crate::store::{Fetched, Result, StoreError};

/// How often a tag is asked for that the registry fails at (NET-6).
pub(super) const ATTEMPTS: usize = 5;

/// What the referrers tag names.
#[derive(Debug)]
pub(super) enum Tagged {
    /// There is no such tag.
    Nothing,
    /// A list of referrers.
    List(Listed),
    /// Something else, and why it is no list: the end of a sentence about the tag.
    Other(String),
}

/// A list of referrers as it is under the tag now.
#[derive(Debug)]
pub(super) struct Listed {
    /// What it says.
    pub(super) list: List,
    /// The digest of its bytes.
    pub(super) digest: Digest,
    /// What the registry calls this state of the tag.
    pub(super) etag: Option<String>,
}

/// What the tag of `subject` names now, past all caches.
pub(super) async fn read(store: &RegistryStore, subject: &Digest) -> Result<Tagged> {
    let version = Version::Tag(Tag::of_referrers(subject));
    let (fetched, etag) = match fetch(store, &version).await {
        Ok(fetched) => fetched,
        Err(StoreError::NotFound(_)) => return Ok(Tagged::Nothing),
        Err(error) => return Err(error),
    };
    if Digest::of_with(subject.algorithm(), &fetched.bytes) == *subject {
        let why = "names that manifest itself: this registry takes such a tag for a digest, as GitLab's does";
        return Ok(Tagged::Other(why.to_owned()));
    }
    let raw = match check_manifest(&version, fetched) {
        Ok(raw) => raw,
        Err(StoreError::Unreadable(fault)) => {
            let why = fault.source().map(ToString::to_string).unwrap_or_default();
            return Ok(Tagged::Other(format!("names something unreadable: {why}")));
        }
        Err(error) => return Err(error),
    };
    if !media_type::same(raw.media_type(), media_type::INDEX) {
        return Ok(Tagged::Other(format!("names something of type '{}'", raw.media_type())));
    }
    match List::parse(raw.bytes()) {
        Ok(list) => {
            within_bounds(list.len(), subject)?;
            Ok(Tagged::List(Listed { list, digest: raw.digest().clone(), etag }))
        }
        Err(why) => Ok(Tagged::Other(format!("names an index that lists no referrers: {why}"))),
    }
}

/// Docker's registry fails at a tag in the moment in which somebody else writes it, so that is asked again.
async fn fetch(store: &RegistryStore, version: &Version) -> Result<(Fetched, Option<String>)> {
    let mut attempt = 1;
    loop {
        match manifest::fetch_fresh(store, version).await {
            Err(error) if attempt < ATTEMPTS && is_passing(&error) => store.client.pace().pause().await,
            outcome => return outcome,
        }
        attempt += 1;
    }
}

/// Whether the registry failed in a way that may be over in a moment. `DIGEST_INVALID` is what docker's registry says of a
/// manifest while somebody else writes what it points at; a list has its digest from nobody, so there is none to be wrong.
pub(super) fn is_passing(error: &StoreError) -> bool {
    let Some(answer) = error.fault().answer() else { return false };
    let failed = matches!(error, StoreError::Unavailable(_)) && matches!(answer.status, 500 | 502..=504);
    failed || answer.code.as_deref() == Some("DIGEST_INVALID")
}
