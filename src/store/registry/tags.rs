//! The list of tags, page by page (HTTP-60 to HTTP-64).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use reqwest::header::LINK;
use reqwest::{Method, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::RegistryStore;
use super::endpoint::{Endpoint, TAGS_PER_PAGE};
use super::error::Matter;
use super::link;
use super::response::Response;
use super::target;
use super::transport::Request;
use crate::oci::{Tag, json};
use crate::store::{Cursor, Fault, Result, StoreError, TagPage};

/// The largest page of tags that is read, in bytes (HTTP-6).
const MAX_PAGE: usize = 8 << 20;
/// How many pages a listing may have (HTTP-63).
const MAX_PAGES: u32 = 10_000;

/// What a cursor carries from page to page.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Position {
    /// The page to be fetched.
    url: String,
    /// Its number, from zero.
    page: u32,
    /// Nobody said that there is more: the page before was just as full as it was allowed to be (HTTP-62).
    probe: bool,
    /// The fingerprint of the page before.
    last: u64,
    /// The fingerprint of an earlier page; it moves on at every power of two, so that each circle is found.
    mark: u64,
}

/// The body of an answer. Other members are of no use here.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// The page at `from`, or the first.
pub(super) async fn page(store: &RegistryStore, from: Option<&Cursor>) -> Result<TagPage> {
    let position = from.map(|cursor| read(&cursor.0)).transpose()?;
    let response = fetch(store, position.as_ref()).await?;
    if response.is_html() {
        return Err(response.nonsense("the list of tags was asked for").await);
    }
    let opened = store.opened().await?;
    let next = link::next(response.all(LINK)).map(|link| target::page(opened.registry.base(), response.url(), link));
    let next = next.transpose().map_err(|why| {
        StoreError::Unavailable(Fault::new("the list of tags goes on where it is not followed").caused_by(why))
    })?;
    let body = response.bytes(MAX_PAGE, StoreError::Unavailable).await?;
    let body: Body = json::from_slice(&body).map_err(|error| {
        let message = format!("{} did not answer with a list of tags", store.repository.host());
        StoreError::Unavailable(Fault::new(message).caused_by(error))
    })?;
    turn(&opened.endpoint, position.as_ref(), &body.tags.unwrap_or_default(), next)
}

/// The answer with the page that was asked for.
async fn fetch(store: &RegistryStore, position: Option<&Position>) -> Result<Response> {
    let endpoint = &store.opened().await?.endpoint;
    let url = match position {
        None => endpoint.tags(Some(TAGS_PER_PAGE), None),
        Some(position) => Url::parse(&position.url).map_err(|_| not_ours())?,
    };
    let response = store.send(&Request::new(Method::GET, url)).await?;
    if response.status() == StatusCode::OK {
        return Ok(response);
    }
    let error = store.failure(response, Matter::Tags).await;
    let too_many = error
        .fault()
        .answer()
        .is_some_and(|answer| answer.status == 400 && answer.code.as_deref() == Some("PAGINATION_NUMBER_INVALID"));
    if !too_many || position.is_some() {
        return Err(error);
    }
    let response = store.send(&Request::new(Method::GET, endpoint.tags(None, None))).await?;
    match response.status() {
        StatusCode::OK => Ok(response),
        _ => Err(store.failure(response, Matter::Tags).await),
    }
}

/// What to give to the caller for `names`, and where to go on.
fn turn(endpoint: &Endpoint, position: Option<&Position>, names: &[String], next: Option<Url>) -> Result<TagPage> {
    let (print, page) = (fingerprint(names), position.map_or(0, |position| position.page));
    if position.is_some_and(|position| position.probe && position.last == print) {
        // It gave everything at once and looks at neither `n` nor `last`.
        return Ok(TagPage::default());
    }
    let circle =
        position.is_some_and(|position| !names.is_empty() && (position.last == print || position.mark == print));
    if circle || (next.is_some() && page + 1 >= MAX_PAGES) {
        let why = if circle { "goes in a circle".to_owned() } else { format!("has more than {MAX_PAGES} pages") };
        return Err(StoreError::Unavailable(Fault::new(format!(
            "the list of tags of {} {why}",
            endpoint.repository()
        ))));
    }
    let probe = (next.is_none() && names.len() == TAGS_PER_PAGE).then_some(()).and(names.last());
    let url = next.or_else(|| probe.map(|last| endpoint.tags(Some(TAGS_PER_PAGE), Some(last))));
    let mark = position.filter(|_| !page.is_power_of_two()).map_or(print, |position| position.mark);
    let position =
        url.map(|url| Position { url: url.into(), page: page + 1, probe: probe.is_some(), last: print, mark });
    let next = position.map(|position| write(&position)).transpose()?;
    let mut seen = HashSet::new();
    let tags = names.iter().filter(|name| seen.insert(name.as_str())).filter_map(|name| name.parse::<Tag>().ok());
    Ok(TagPage { tags: tags.collect(), next })
}

fn fingerprint(names: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    names.hash(&mut hasher);
    hasher.finish()
}

fn read(text: &str) -> Result<Position> {
    serde_json::from_str(text).map_err(|_| not_ours())
}

fn write(position: &Position) -> Result<Cursor> {
    serde_json::to_string(position).map(Cursor).map_err(|_| not_ours())
}

fn not_ours() -> StoreError {
    StoreError::Local(Fault::new("this place in a list of tags is none of a registry's"))
}
