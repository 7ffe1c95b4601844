//! A request, made once and sent as often as it takes.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};

use super::payload::{Passage, Payload};
use super::traffic::Lane;
use crate::store::StoreError;

/// When a request that failed in passing is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// Each time (NET-7).
    Always,
    /// Unless the server failed at it: then it is asked in another way.
    UnlessFailed,
    /// Only when nothing of it went out.
    Unsent,
}

/// A request to a registry, or to where the registry sent us. It can be sent more than once.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) payload: Payload<'a>,
    /// How many times the idle limit the server may take once it has the whole body.
    pub(super) patience: u32,
    /// A redirect to another origin is an answer, and is not followed.
    pub(super) stays: bool,
    /// How many bytes of a good answer are read as a part of the attempt; `None` when whoever asks takes them as they
    /// come.
    pub(super) whole: Option<usize>,
    pub(super) passage: Arc<Passage>,
    repeat: Repeat,
}

impl<'a> Request<'a> {
    /// A request without a body.
    pub(super) fn new(method: Method, url: Url) -> Self {
        let (headers, passage) = (HeaderMap::new(), Arc::default());
        let (payload, repeat) = (Payload::Nothing, Repeat::Always);
        Self { method, url, headers, payload, patience: 1, stays: false, whole: None, passage, repeat }
    }

    /// With a header.
    pub(super) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// With a header whose value is not known to be one; what is none is left out.
    pub(super) fn header_text(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// With something to carry.
    pub(super) fn carrying(mut self, payload: Payload<'a>) -> Self {
        self.payload = payload;
        self
    }

    /// With more time for the server between the end of the body and its answer.
    pub(super) fn patient(mut self, times: u32) -> Self {
        self.patience = times;
        self
    }

    /// Nobody but the registry can answer it: a redirect to another origin is given back as it is.
    pub(super) fn staying(mut self) -> Self {
        self.stays = true;
        self
    }

    /// The answer is short: up to `limit` bytes of it are read at once, and one that breaks off failed in passing. Without
    /// this the answer to a `GET` is a download.
    pub(super) fn whole(mut self, limit: usize) -> Self {
        self.whole = Some(limit);
        self
    }

    /// It must not be sent again: what it was sent to is used up, or somebody else has to look first (NET-7). All that may
    /// still be repeated is an attempt of which nothing went out. Its errors say whether they pass.
    pub(super) fn once(mut self) -> Self {
        self.repeat = Repeat::Unsent;
        self
    }

    /// That a server fails at it is an answer: it is asked in another way then (HTTP-13, NET-9). Being asked too often, or
    /// a line that breaks, is none.
    pub(super) fn unless_failed(mut self) -> Self {
        self.repeat = Repeat::UnlessFailed;
        self
    }

    /// Whether it can be sent again although the server may have got it. What streams cannot: whoever sends it looks first
    /// what came of it.
    pub(super) fn is_repeatable(&self) -> bool {
        self.repeat != Repeat::Unsent && !self.payload.streams()
    }

    /// Whether it is sent again after an answer of `status`, which failed in passing.
    pub(super) fn is_sent_again_after(&self, status: StatusCode) -> bool {
        let given_back = self.repeat == Repeat::UnlessFailed && status.is_server_error();
        self.is_repeatable() && !given_back
    }

    /// What it does to the line.
    pub(super) fn lane(&self) -> Lane {
        match self.method {
            _ if self.payload.streams() => Lane::Upload,
            Method::GET if self.whole.is_none() => Lane::Download,
            _ => Lane::Small,
        }
    }

    /// Whether there are bytes to be sent.
    pub(super) fn has_body(&self) -> bool {
        self.payload.has_body()
    }

    /// What became of the body that was sent last.
    pub(super) fn passage(&self) -> &Passage {
        &self.passage
    }
}

/// A request that got no answer.
#[derive(Debug)]
pub(super) struct Broken {
    /// Why.
    pub(super) error: StoreError,
    /// It was a redirect's target that gave none.
    pub(super) redirected: bool,
    /// It may have gone out, of a streamed body some bytes.
    pub(super) begun: bool,
}

impl From<Broken> for StoreError {
    fn from(broken: Broken) -> Self {
        broken.error
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self { error, redirected: false, begun: false }
    }
}
