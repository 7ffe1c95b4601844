//! The list of tags, page by page (HTTP-60 to HTTP-64).

use std::collections::HashSet;

use reqwest::{Method, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::RegistryStore;
use super::endpoint::{Endpoint, TAGS_PER_PAGE};
use super::error::Matter;
use super::paging::{self, MAX_PAGE, Trail};
use super::request::Request;
use super::response::Response;
use crate::oci::{Tag, json};
use crate::store::{Cursor, Fault, Result, StoreError, TagPage};

/// What a cursor carries from page to page.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Position {
    /// The page to be fetched.
    url: String,
    /// Nobody said that there is more: the page before was just as full as it was allowed to be (HTTP-62).
    probe: bool,
    /// The pages before it.
    trail: Trail,
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
    let next = paging::next(opened.registry.base(), &response, "the list of tags")?;
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
    let response = store.send(&Request::new(Method::GET, url).whole(MAX_PAGE)).await?;
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
    let response = store.send(&Request::new(Method::GET, endpoint.tags(None, None)).whole(MAX_PAGE)).await?;
    match response.status() {
        StatusCode::OK => Ok(response),
        _ => Err(store.failure(response, Matter::Tags).await),
    }
}

/// What to give to the caller for `names`, and where to go on.
fn turn(endpoint: &Endpoint, position: Option<&Position>, names: &[String], next: Option<Url>) -> Result<TagPage> {
    let print = paging::fingerprint(names, next.as_ref());
    if position.is_some_and(|position| position.probe && position.trail.repeats(print)) {
        // It gave everything at once and looks at neither `n` nor `last`.
        return Ok(TagPage::default());
    }
    let trail = Trail::after(position.map(|position| &position.trail), print, next.is_some()).map_err(|why| {
        StoreError::Unavailable(Fault::new(format!("the list of tags of {} {why}", endpoint.repository())))
    })?;
    let probe = (next.is_none() && names.len() == TAGS_PER_PAGE).then_some(()).and(names.last());
    let url = next.or_else(|| probe.map(|last| endpoint.tags(Some(TAGS_PER_PAGE), Some(last))));
    let position = url.map(|url| Position { url: url.into(), probe: probe.is_some(), trail });
    let next = position.map(|position| write(&position)).transpose()?;
    let mut seen = HashSet::new();
    let tags = names.iter().filter(|name| seen.insert(name.as_str())).filter_map(|name| name.parse::<Tag>().ok());
    Ok(TagPage { tags: tags.collect(), next })
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
