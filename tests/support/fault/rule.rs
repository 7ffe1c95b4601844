//! What shall go wrong, and when: `on(GET).blob().nth(2).cut_after(65536)`. What that does to an answer is in [`plan`].

mod plan;

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use hyper::header::HeaderName;

use super::message::{Reply, Request, Route};
pub use plan::{Plan, plan};

pub const GET: Method = Method::GET;
pub const HEAD: Method = Method::HEAD;
pub const PUT: Method = Method::PUT;
pub const POST: Method = Method::POST;
pub const PATCH: Method = Method::PATCH;
pub const DELETE: Method = Method::DELETE;
/// For [`on`]: every method.
pub const ANY: Option<Method> = None;

type Predicate = Arc<dyn Fn(&Request) -> bool + Send + Sync>;

/// Conditions, all of which a request must meet, and what then happens to it, in the order given.
///
/// Every rule that matches is applied. A request that the registry refused for want of credentials neither matches nor
/// counts, unless the rule says [`Rule::refused`].
#[derive(Clone)]
pub struct Rule {
    method: Option<Method>,
    predicates: Vec<Predicate>,
    refused: bool,
    hits: RangeInclusive<usize>,
    seen: usize,
    effects: Vec<Effect>,
}

#[derive(Debug, Clone)]
enum Effect {
    Answer { status: u16, code: Option<String> },
    Refuse { status: u16, code: &'static str, message: &'static str },
    Restate(u16, u16),
    Html,
    Redirect(String),
    SeeOther(String),
    Overwrite(Overwrite),
    Header(HeaderName, String),
    MoreHeader(HeaderName, String),
    WithoutHeader(HeaderName),
    Body(Bytes),
    FlipByte(usize),
    Truncate(usize),
    Append(Bytes),
    ClaimLength(u64),
    NoLength,
    CutAfter(usize),
    StallAfter(usize),
    Lose,
    Withhold,
    Delay(Duration),
    Drip(Duration),
    CutUpload(usize),
    LeaveBody,
    Echo,
    Sip(Duration),
    RevokeToken,
    Change(Change),
}

/// Whatever a test wants to do to an answer.
#[derive(Clone)]
struct Change(Arc<Changing>);

type Changing = dyn Fn(&Request, &mut Reply) + Send + Sync;

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// What another client writes.
#[derive(Debug, Clone)]
struct Overwrite {
    repository: String,
    tag: String,
    bytes: Bytes,
}

/// A rule for requests with this method; [`ANY`] for all.
pub fn on(method: impl Into<Option<Method>>) -> Rule {
    Rule {
        method: method.into(),
        predicates: Vec::new(),
        refused: false,
        hits: 1..=usize::MAX,
        seen: 0,
        effects: Vec::new(),
    }
}

/// Conditions.
impl Rule {
    pub fn manifest(self) -> Self {
        self.matching(|request| matches!(request.route, Route::Manifest { .. }))
    }

    pub fn blob(self) -> Self {
        self.matching(|request| matches!(request.route, Route::Blob { .. }))
    }

    /// Starting an upload session, or working on one.
    pub fn upload(self) -> Self {
        self.matching(|request| matches!(request.route, Route::Uploads { .. } | Route::Upload { .. }))
    }

    pub fn tags(self) -> Self {
        self.matching(|request| matches!(request.route, Route::Tags { .. }))
    }

    pub fn referrers(self) -> Self {
        self.matching(|request| matches!(request.route, Route::Referrers { .. }))
    }

    pub fn token(self) -> Self {
        self.matching(|request| request.route == Route::Token)
    }

    /// Path and query contain this text.
    pub fn path(self, part: &str) -> Self {
        let part = part.to_owned();
        self.matching(move |request| format!("{}?{}", request.path, request.query).contains(&part))
    }

    pub fn matching(mut self, predicate: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.predicates.push(Arc::new(predicate));
        self
    }

    /// Only requests that are answered with a challenge.
    pub fn refused(mut self) -> Self {
        self.refused = true;
        self
    }

    /// Only the `n`th request that meets the conditions, counted from 1.
    pub fn nth(mut self, n: usize) -> Self {
        self.hits = n..=n;
        self
    }

    /// Only the first `n` requests that meet the conditions.
    pub fn first(mut self, n: usize) -> Self {
        self.hits = 1..=n;
        self
    }

    /// All but the first `n` requests that meet the conditions.
    pub fn after(mut self, n: usize) -> Self {
        self.hits = n + 1..=usize::MAX;
        self
    }
}

/// Effects.
impl Rule {
    /// This status and no body; the registry does not act on the request.
    pub fn answer(self, status: u16) -> Self {
        self.then(Effect::Answer { status, code: None })
    }

    /// This status and an error body with `code`; the registry does not act on the request.
    pub fn error(self, status: u16, code: &str) -> Self {
        self.then(Effect::Answer { status, code: Some(code.to_owned()) })
    }

    /// As [`Rule::error`], in the registry's own words.
    pub fn error_saying(self, status: u16, code: &'static str, message: &'static str) -> Self {
        self.then(Effect::Refuse { status, code, message })
    }

    /// Where the registry would have answered `status`: `instead`, with everything else as it is.
    pub fn restate(self, status: u16, instead: u16) -> Self {
        self.then(Effect::Restate(status, instead))
    }

    /// A web page with status 200, as a login portal or a proxy sends it; the registry does not act on the request.
    pub fn html(self) -> Self {
        self.then(Effect::Html)
    }

    /// 307 to `url`, where the registry would have answered with success.
    pub fn redirect(self, url: &str) -> Self {
        self.then(Effect::Redirect(url.to_owned()))
    }

    /// 303 to `url`, whatever the registry would have answered; it does not act on the request.
    pub fn see_other(self, url: &str) -> Self {
        self.then(Effect::SeeOther(url.to_owned()))
    }

    /// Once the registry acted on the request, another client puts the manifest `bytes` under `tag`.
    pub fn overtaken(self, repository: &str, tag: &str, bytes: impl Into<Bytes>) -> Self {
        let (repository, tag) = (repository.to_owned(), tag.to_owned());
        self.then(Effect::Overwrite(Overwrite { repository, tag, bytes: bytes.into() }))
    }

    /// Set a header of the answer, in place of any of that name.
    pub fn header(self, name: &'static str, value: &str) -> Self {
        self.then(Effect::Header(HeaderName::from_static(name), value.to_owned()))
    }

    /// One header line more, besides any of that name.
    pub fn add_header(self, name: &'static str, value: &str) -> Self {
        self.then(Effect::MoreHeader(HeaderName::from_static(name), value.to_owned()))
    }

    /// Take a header out of the answer.
    pub fn without_header(self, name: &'static str) -> Self {
        self.then(Effect::WithoutHeader(HeaderName::from_static(name)))
    }

    /// Another body, with a fitting `Content-Length`.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        self.then(Effect::Body(body.into()))
    }

    /// Turn every bit of the body's byte at `offset`.
    pub fn flip_byte(self, offset: usize) -> Self {
        self.then(Effect::FlipByte(offset))
    }

    /// Only the first `length` bytes of the body, with a fitting `Content-Length`: well-formed, and too short.
    pub fn truncate(self, length: usize) -> Self {
        self.then(Effect::Truncate(length))
    }

    /// More bytes after the body, with a fitting `Content-Length`: well-formed, and too long.
    pub fn append(self, more: impl Into<Bytes>) -> Self {
        self.then(Effect::Append(more.into()))
    }

    /// A `Content-Length` that is not the body's. With a larger one the connection ends early.
    pub fn claim_length(self, length: u64) -> Self {
        self.then(Effect::ClaimLength(length))
    }

    /// No `Content-Length`.
    pub fn without_length(self) -> Self {
        self.then(Effect::NoLength)
    }

    /// End the connection after this many bytes of the body.
    pub fn cut_after(self, bytes: usize) -> Self {
        self.then(Effect::CutAfter(bytes))
    }

    /// Keep the connection and send nothing more after this many bytes of the body.
    pub fn stall_after(self, bytes: usize) -> Self {
        self.then(Effect::StallAfter(bytes))
    }

    /// End the connection without an answer. The registry did act on the request: only its answer is lost.
    pub fn lose_answer(self) -> Self {
        self.then(Effect::Lose)
    }

    /// Never answer.
    pub fn hang(self) -> Self {
        self.then(Effect::Withhold)
    }

    /// Wait before the answer.
    pub fn delay(self, time: Duration) -> Self {
        self.then(Effect::Delay(time))
    }

    /// Wait before each 64 KiB of the body.
    pub fn drip(self, time: Duration) -> Self {
        self.then(Effect::Drip(time))
    }

    /// End the connection once this many bytes of the request's body came; the registry does not act on the request.
    pub fn cut_upload(self, bytes: usize) -> Self {
        self.then(Effect::CutUpload(bytes))
    }

    /// End the connection at once; the registry does not act on the request.
    pub fn reset(self) -> Self {
        self.cut_upload(0)
    }

    /// Answer without reading the request's body, as a proxy with a size limit does.
    pub fn leave_body(self) -> Self {
        self.then(Effect::LeaveBody)
    }

    /// Repeat the request's `Authorization`, query and form in headers of the answer, in warnings, and in its body when
    /// that is an error.
    pub fn echo(self) -> Self {
        self.then(Effect::Echo)
    }

    /// Wait before each piece of the request's body is read.
    pub fn sip(self, time: Duration) -> Self {
        self.then(Effect::Sip(time))
    }

    /// Once the registry acted on the request, the token that came with it is not good any more.
    pub fn revoke_token(self) -> Self {
        self.then(Effect::RevokeToken)
    }

    /// Do this to the answer.
    pub(super) fn change(self, change: impl Fn(&Request, &mut Reply) + Send + Sync + 'static) -> Self {
        self.then(Effect::Change(Change(Arc::new(change))))
    }

    fn then(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

impl Rule {
    fn meets(&mut self, request: &Request, refused: bool) -> bool {
        let meets = self.refused == refused
            && self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.predicates.iter().all(|predicate| predicate(request));
        if meets {
            self.seen += 1;
        }
        meets && self.hits.contains(&self.seen)
    }

    /// A rule without effects is a slip of the test's author.
    pub(super) fn is_idle(&self) -> bool {
        self.effects.is_empty()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("method", &self.method)
            .field("refused", &self.refused)
            .field("hits", &self.hits)
            .field("seen", &self.seen)
            .field("effects", &self.effects)
            .finish_non_exhaustive()
    }
}
