//! A request, made once and sent as often as it takes.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::payload::{Passage, Payload};
use crate::store::StoreError;

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
    pub(super) passage: Arc<Passage>,
}

impl<'a> Request<'a> {
    /// A request without a body.
    pub(super) fn new(method: Method, url: Url) -> Self {
        let (headers, passage) = (HeaderMap::new(), Arc::default());
        Self { method, url, headers, payload: Payload::Nothing, patience: 1, stays: false, passage }
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
}

impl From<Broken> for StoreError {
    fn from(broken: Broken) -> Self {
        broken.error
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self { error, redirected: false }
    }
}
