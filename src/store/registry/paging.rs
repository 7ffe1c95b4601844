//! Lists that come in pages: where the next one is, and when to stop (HTTP-61, HTTP-63).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use reqwest::Url;
use reqwest::header::LINK;
use serde::{Deserialize, Serialize};

use super::response::Response;
use super::{Result, link, target};
use crate::store::{Fault, StoreError};

/// The largest page of a list that is read, in bytes (HTTP-6).
pub(super) const MAX_PAGE: usize = 8 << 20;
/// How many pages a list may have (HTTP-63).
const MAX_PAGES: u32 = 10_000;

/// Why a list is not read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Endless {
    /// A page came that was there before.
    #[error("goes in a circle")]
    Circle,
    /// More pages than anybody needs.
    #[error("has more than {MAX_PAGES} pages")]
    Pages,
}

/// Where the page after `response` is. `list` names the list for people.
pub(super) fn next(registry: &Url, response: &Response, list: &str) -> Result<Option<Url>> {
    let next = link::next(response.all(LINK)).map(|link| target::page(registry, response.url(), link));
    next.transpose().map_err(|why| {
        let why = response.exchange().masked(&why.to_string());
        StoreError::Unavailable(Fault::new(format!("{list} goes on where it is not followed")).caused_by(why))
    })
}

/// What is remembered of the pages so far: enough to notice a circle.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Trail {
    /// How many pages came.
    pages: u32,
    /// The fingerprint of the page before.
    last: u64,
    /// The fingerprint of an earlier page; it moves on at every power of two, so that each circle is found.
    mark: u64,
}

impl Trail {
    /// The trail after the page with this fingerprint, which comes after `before`; `more` says that others follow.
    pub(super) fn after(before: Option<&Self>, print: u64, more: bool) -> std::result::Result<Self, Endless> {
        let pages = before.map_or(0, |before| before.pages);
        if before.is_some_and(|before| before.last == print || before.mark == print) {
            return Err(Endless::Circle);
        }
        if more && pages + 1 >= MAX_PAGES {
            return Err(Endless::Pages);
        }
        let mark = before.filter(|_| !pages.is_power_of_two()).map_or(print, |before| before.mark);
        Ok(Self { pages: pages + 1, last: print, mark })
    }

    /// Whether the page with this fingerprint is the one before once more.
    pub(super) fn repeats(&self, print: u64) -> bool {
        self.last == print
    }
}

/// A fingerprint of a page: of what it lists or, when that is nothing, of where it leads.
pub(super) fn fingerprint<T: AsRef<str>>(names: &[T], next: Option<&Url>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for name in names {
        name.as_ref().hash(&mut hasher);
    }
    if names.is_empty() {
        next.map(Url::as_str).hash(&mut hasher);
    }
    hasher.finish()
}
