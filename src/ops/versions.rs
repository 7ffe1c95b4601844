//! The tags of a repository: all of them, or the newest in a range.

use std::collections::BTreeSet;

use super::{OpError, Result};
use crate::oci::Tag;
use crate::oci::range::{self, Range};
use crate::store::{Fault, Store, StoreError};

/// How many pages of tags are read (HTTP-63).
const MAX_PAGES: usize = 10_000;

/// Every tag, each once, sorted by its bytes.
pub(super) async fn all(store: &dyn Store) -> Result<BTreeSet<Tag>> {
    let mut tags = BTreeSet::new();
    let mut from = None;
    for _ in 0..MAX_PAGES {
        let page = store.tags(from.as_ref()).await?;
        let before = tags.len();
        tags.extend(page.tags);
        // A page that brings nothing new and still has a next one goes in circles.
        let moves = tags.len() > before && page.next != from;
        match page.next {
            Some(next) if moves => from = Some(next),
            _ => return Ok(tags),
        }
    }
    let message = format!("{} has more than {MAX_PAGES} pages of tags", store.location());
    Err(StoreError::Unavailable(Fault::new(message)).into())
}

/// The newest version in `range`.
pub(super) async fn newest(store: &dyn Store, range: &Range) -> Result<Tag> {
    let tags = all(store).await?;
    let found = range::latest(range, tags.iter()).cloned();
    found.ok_or_else(|| OpError::NoVersion { location: store.location().to_string(), range: range.to_string() })
}
