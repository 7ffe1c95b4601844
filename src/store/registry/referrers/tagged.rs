//! The list under the referrers tag (HTTP-73).

use std::error::Error as _;

use super::list::List;
use super::within_bounds;
use crate::oci::{Digest, Tag, Version, media_type};
use crate::store::blob::check_manifest;
use crate::store::registry::{RegistryStore, manifest};
use crate::store::{Result, StoreError};

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
    let (fetched, etag) = match manifest::fetch_fresh(store, &version).await {
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
