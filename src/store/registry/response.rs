//! An answer of a server: its headers, and its body in bounded or streamed form.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, TRANSFER_ENCODING};
use reqwest::{Method, StatusCode, Url, Version};

use super::error::{Peer, nonsense, silent, unreachable};
use super::idle;
use super::passing::passing;
use super::problem::{MAX_ERROR_BODY, Problem, is_html};
use super::request::Request;
use super::trace::Exchange;
use super::traffic::{Lane, Pass};
use super::{Result, endpoint};
use crate::oci::Digest;
use crate::store::{BlobStream, Fault, Passing, StoreError};

/// What a server answered.
pub(super) struct Response {
    inner: reqwest::Response,
    exchange: Exchange,
    idle: Duration,
    status: StatusCode,
    /// The body, and whether that is all of it, where it was read as a part of the attempt.
    held: Option<(Bytes, bool)>,
    /// The place at the origin's gate, where the body belongs to what takes it.
    pass: Option<Pass>,
    /// After how many attempts it is final.
    settled: Option<u32>,
}

/// Headers may be secret, so they are not among it.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} answered {}", self.exchange, self.status())
    }
}

impl Response {
    /// `inner`, the answer of `exchange`, whose body may be silent for `idle`.
    pub(super) fn new(inner: reqwest::Response, exchange: Exchange, idle: Duration) -> Self {
        let status = inner.status();
        Self { inner, exchange, idle, status, held: None, pass: None, settled: None }
    }

    /// The exchange that brought it.
    pub(super) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// What `request` wants of a good answer before it counts as one: its body, if that is short. A download keeps its
    /// place, `pass`, until its last byte came.
    pub(super) async fn under(mut self, pass: Pass, request: &Request<'_>) -> Result<Self> {
        match request.whole {
            Some(limit) if self.status.is_success() => self.held = Some(self.read(limit).await?),
            Some(_) => {}
            None => self.pass = (request.lane() == Lane::Download).then_some(pass),
        }
        Ok(self)
    }

    /// The answer to the last of so many attempts: another one is not going to go better.
    pub(super) fn settled(mut self, attempts: u32) -> Self {
        self.settled = Some(attempts);
        self
    }

    /// The same, taken for one with this status.
    pub(super) fn taken_as(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// What it says about another attempt.
    pub(super) fn passing(&self) -> Option<Passing> {
        passing(self.exchange.method(), self.status, self.headers())
    }

    /// The address that answered, after all redirects.
    pub(super) fn url(&self) -> &Url {
        self.exchange.url()
    }

    /// Whether the answer came from another origin than the one that was asked.
    pub(super) fn is_abroad(&self) -> bool {
        self.exchange.is_abroad()
    }

    /// The first value of a header, if it is text.
    pub(super) fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.inner.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header that are text.
    pub(super) fn all(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        self.inner.headers().get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// The media type as it was given; empty when it was not.
    pub(super) fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE).unwrap_or_default()
    }

    /// How many bytes the server says the content has.
    pub(super) fn content_length(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH).and_then(|text| text.trim().parse().ok())
    }

    /// Whether nothing says where the body ends but the end of the connection, which a broken line looks like.
    pub(super) fn is_endless(&self) -> bool {
        let says = |name| self.inner.headers().contains_key(name);
        self.inner.version() <= Version::HTTP_11 && !says(CONTENT_LENGTH) && !says(TRANSFER_ENCODING)
    }

    /// The digest that the server gives; one that is malformed or of an unknown kind counts as none (HTTP-13).
    pub(super) fn digest(&self) -> Option<Digest> {
        self.header(endpoint::DOCKER_CONTENT_DIGEST).and_then(|text| text.trim().parse().ok())
    }

    /// Whether the answer is a page for people.
    pub(super) fn is_html(&self) -> bool {
        is_html(self.inner.headers(), b"")
    }

    /// Whether it is a page for people that says that all is well: who asked for something to be done learns nothing from
    /// that.
    pub(super) fn is_page(&self) -> bool {
        self.status().is_success() && self.is_html()
    }

    /// An error for bytes that are not the content itself: digests would not fit (HTTP-24).
    pub(super) fn refuse_encoding(&self) -> Result<()> {
        let encoding = self.header(CONTENT_ENCODING).unwrap_or("identity").trim();
        if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
            return Ok(());
        }
        let message = format!("{} sent content in the encoding '{}', which nobody asked for", self.host(), encoding);
        Err(StoreError::Unavailable(Fault::new(super::problem::clean(&self.exchange.masked(&message)))))
    }

    /// The whole body, when it has at most `limit` bytes; more of them are neither read nor kept, and fail as `kind`
    /// (HTTP-6).
    pub(super) async fn bytes(mut self, limit: usize, kind: fn(Fault) -> StoreError) -> Result<Bytes> {
        let (body, complete) = self.read(limit).await?;
        if complete {
            return Ok(body);
        }
        let message = format!("{} sent more than the {limit} bytes that such an answer may have", self.host());
        Err(kind(Fault::new(message)))
    }

    /// The body as it comes.
    pub(super) fn stream(self) -> BlobStream {
        let Self { inner, exchange, idle, pass, .. } = self;
        let host = host_of(exchange.url());
        // The place at the gate goes with the body.
        stream::unfold(Some((Box::pin(inner.bytes_stream()), (exchange, pass), 0)), move |state| {
            let host = host.clone();
            async move {
                let (mut body, along, bytes) = state?;
                let failure = match idle::next(idle, body.next()).await {
                    Ok(Some(Ok(chunk))) => {
                        let bytes = bytes + chunk.len() as u64;
                        return Some((Ok(chunk), Some((body, along, bytes))));
                    }
                    Ok(None) => {
                        along.0.streamed(bytes);
                        return None;
                    }
                    Ok(Some(Err(error))) => unreachable(Peer::direct(&host), error),
                    Err(silence) => silent(&host, silence.0),
                };
                along.0.streamed(bytes);
                Some((Err(along.0.failed(failure)), None))
            }
        })
        .boxed()
    }

    /// Read what is left of a short body, so that the connection can be used again (HTTP-5).
    pub(super) async fn drain(mut self) {
        // Failing here fails nothing: the next request opens another connection.
        let _ = self.read(MAX_ERROR_BODY).await;
    }

    /// What the server says went wrong, without any secret.
    pub(super) async fn problem(mut self) -> Problem {
        let body = match *self.exchange.method() {
            Method::HEAD => Bytes::new(),
            _ => self.read(MAX_ERROR_BODY).await.map(|(body, _)| body).unwrap_or_default(),
        };
        let (method, url) = (self.exchange.method(), self.exchange.url());
        let problem = self.exchange.problem(Problem::new(method, url, self.status(), self.headers(), &body));
        match self.settled {
            Some(attempts) => problem.settled(attempts),
            None => problem,
        }
    }

    /// The error of an answer that no registry gives; `what` says what it was to be.
    pub(super) async fn nonsense(self, what: &str) -> StoreError {
        let message = format!("{} did not answer as a registry does: {what}", self.host());
        nonsense(self.problem().await, &message)
    }

    /// Up to `limit` bytes of the body, and whether that is all of it.
    async fn read(&mut self, limit: usize) -> Result<(Bytes, bool)> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        let mut body = BytesMut::new();
        loop {
            let chunk = match idle::next(self.idle, self.inner.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => return Ok((body.freeze(), true)),
                Ok(Err(error)) => return Err(self.exchange.failed(unreachable(Peer::direct(&self.host()), error))),
                Err(silence) => return Err(self.exchange.failed(silent(&self.host(), silence.0))),
            };
            let room = limit - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                return Ok((body.freeze(), false));
            }
        }
    }

    fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    fn host(&self) -> String {
        host_of(self.url())
    }
}

/// Host and port of an address, for messages.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
