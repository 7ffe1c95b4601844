//! What people are told of requests and answers while they happen: the trace, and the registry's warnings.
//!
//! The trace is made to be pasted into a bug report. Each exchange has a number, so that those that go on at the same time
//! are not taken for one another; a redirect and a repetition are exchanges of their own. Headers are shown by a list of
//! what helps, so that an unknown one cannot give anything away; whatever came from a server is free of secrets and of
//! control characters (AUTH-28). Nothing of it costs anything unless it is wanted.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::time::Instant;

use super::endpoint::shown;
use super::observer::{Notice, Observer};
use super::problem::{Problem, REQUEST_IDS, cut, plain};
use super::response::host_of;
use super::secrets::Secrets;
use super::warning;
use crate::store::StoreError;

/// How many characters of a header are shown.
const MAX_VALUE: usize = 1000;
/// How many lines of headers a message has at most.
const MAX_HEADERS: usize = 40;

/// The headers of requests that are shown. `Authorization` is shown without its value.
const ASKED: [HeaderName; 8] = [
    header::ACCEPT,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
];
/// The headers of answers that are shown, besides request ids and families.
const ANSWERED: [&str; 17] = [
    "content-type",
    "content-length",
    "content-encoding",
    "content-range",
    "range",
    "accept-ranges",
    "location",
    "link",
    "www-authenticate",
    "docker-content-digest",
    "docker-distribution-api-version",
    "etag",
    "retry-after",
    "warning",
    "date",
    "server",
    "via",
];
/// Families of headers of answers that are shown.
const FAMILIES: [&str; 3] = ["oci-", "ratelimit", "x-ratelimit"];

/// Tells an observer what clients do: shared by all clients of a process, so that each exchange has its own number and
/// each warning is told once.
#[derive(Clone)]
pub struct Teller(Arc<Shared>);

struct Shared {
    observer: Arc<dyn Observer>,
    secrets: Secrets,
    warnings: warning::Told,
    since: Instant,
    exchanges: AtomicU64,
}

/// How an exchange came about.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    /// How often this was tried before.
    pub(super) failed: u32,
    /// The number of the exchange whose answer led here.
    pub(super) redirected_by: Option<u64>,
    /// A redirect led to another origin, which is not the registry's to speak for (AUTH-4).
    pub(super) abroad: bool,
}

impl<O: Observer + 'static> From<Arc<O>> for Teller {
    /// The clock of the trace starts now.
    fn from(observer: Arc<O>) -> Self {
        let (secrets, warnings, exchanges) = (Secrets::default(), warning::Told::default(), AtomicU64::new(0));
        Self(Arc::new(Shared { observer, secrets, warnings, since: Instant::now(), exchanges }))
    }
}

impl Teller {
    /// Who is told.
    pub(super) fn observer(&self) -> &dyn Observer {
        &*self.0.observer
    }

    /// What nobody is told.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    /// `message` goes out now; `proxy` says through which proxy, and is only asked when somebody listens.
    pub(super) fn begin(
        &self,
        message: &reqwest::Request,
        way: &Way,
        proxy: impl FnOnce() -> Option<String>,
    ) -> Exchange {
        if let Some(authorization) = message.headers().get(header::AUTHORIZATION) {
            self.secrets().add_authorization(authorization);
        }
        self.secrets().add_address(message.url());
        let exchange = Exchange {
            teller: self.clone(),
            number: self.0.exchanges.fetch_add(1, Ordering::Relaxed) + 1,
            begun: Instant::now(),
            method: message.method().clone(),
            url: message.url().clone(),
            abroad: way.abroad,
        };
        if self.traces() {
            exchange.asked(message, way, proxy());
        }
        exchange
    }

    fn traces(&self) -> bool {
        self.observer().traces()
    }

    /// A value of a header as it is shown.
    fn value(&self, value: &HeaderValue) -> String {
        cut(&self.secrets().mask(&plain(&String::from_utf8_lossy(value.as_bytes()))), MAX_VALUE)
    }
}

/// One request on one connection, and its answer.
pub(super) struct Exchange {
    teller: Teller,
    number: u64,
    begun: Instant,
    method: Method,
    url: Url,
    abroad: bool,
}

impl Exchange {
    /// Its number in the trace.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// What was asked for.
    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    /// Who was asked.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether a redirect led to another origin, which is not the registry's to speak for (AUTH-4).
    pub(super) fn is_abroad(&self) -> bool {
        self.abroad
    }

    /// `text`, in which there may be something of the server's, without any secret.
    pub(super) fn masked(&self, text: &str) -> String {
        self.teller.secrets().mask(text)
    }

    /// The answer's head is here. Its warnings are told, unless it is not the registry's.
    pub(super) fn answered(&self, answer: &reqwest::Response) {
        if self.teller.traces() {
            let body = answer.headers().get(header::CONTENT_LENGTH).is_none() && self.method != Method::HEAD;
            let open = if body { ", body of unknown length" } else { "" };
            let (status, version, time) = (answer.status(), answer.version(), self.begun.elapsed().as_millis());
            self.tell('<', &format!("{status}, {version:?}, after {time} ms{open}"));
            self.headers('<', answer.headers(), |name, value| self.answered_header(name, value));
        }
        if !self.abroad && answer.headers().contains_key(header::WARNING) {
            self.warn(answer.headers());
        }
    }

    /// There is no answer, or not all of it.
    pub(super) fn failed(&self, error: StoreError) -> StoreError {
        if self.teller.traces() {
            let mut text = error.to_string();
            let mut cause = error.fault().source();
            while let Some(why) = cause {
                text = format!("{text}: {why}");
                cause = why.source();
            }
            let text = cut(&self.teller.secrets().mask(&plain(&text)), MAX_VALUE);
            self.tell('!', &format!("{text}, after {} ms", self.begun.elapsed().as_millis()));
        }
        error
    }

    /// The body of an answer was read as a problem: it is freed of secrets, and told.
    pub(super) fn problem(&self, problem: Problem) -> Problem {
        let problem = problem.masked(self.teller.secrets());
        if self.teller.traces() {
            let said = problem.said();
            if !said.is_empty() {
                self.tell('<', &format!("body: {said}"));
            }
        }
        problem
    }

    /// A streamed body came to its end.
    pub(super) fn streamed(&self, bytes: u64) {
        if self.teller.traces() {
            self.tell('<', &format!("body: {bytes} bytes, after {} ms", self.begun.elapsed().as_millis()));
        }
    }

    fn asked(&self, message: &reqwest::Request, way: &Way, proxy: Option<String>) {
        let since = self.begun.duration_since(self.teller.0.since).as_millis();
        let mut text = format!("{} {} at {since} ms", self.method, self.teller.secrets().mask(&shown(&self.url)));
        if way.failed > 0 {
            text = format!("{text}, attempt {}", way.failed + 1);
        }
        if let Some(before) = way.redirected_by {
            text = format!("{text}, redirected by #{before}");
        }
        if let Some(proxy) = proxy {
            text = format!("{text}, through the proxy {proxy}");
        }
        self.tell('>', &text);
        self.headers('>', message.headers(), |name, value| {
            if name == header::AUTHORIZATION {
                let scheme = value.to_str().ok().and_then(|text| text.split_once(' ')).map_or("", |(scheme, _)| scheme);
                return Some(format!("{scheme} ***").trim_start().to_owned());
            }
            ASKED.contains(name).then(|| self.teller.value(value))
        });
    }

    fn headers(&self, sign: char, headers: &HeaderMap, show: impl Fn(&HeaderName, &HeaderValue) -> Option<String>) {
        let shown = headers.iter().filter_map(|(name, value)| Some((name, show(name, value)?)));
        for (name, value) in shown.take(MAX_HEADERS) {
            self.tell(sign, &format!("{name}: {value}"));
        }
    }

    fn answered_header(&self, name: &HeaderName, value: &HeaderValue) -> Option<String> {
        let known = ANSWERED.contains(&name.as_str()) || REQUEST_IDS.contains(&name.as_str());
        if !known && !FAMILIES.iter().any(|family| name.as_str().starts_with(family)) {
            return None;
        }
        // An address may be relative, and its query be nothing but a secret.
        let address = value.to_str().ok().filter(|_| name == header::LOCATION);
        match address.and_then(|location| self.url.join(location).ok()) {
            Some(url) => Some(cut(&self.teller.secrets().mask(&shown(&url)), MAX_VALUE)),
            None => Some(self.teller.value(value)),
        }
    }

    fn warn(&self, headers: &HeaderMap) {
        let host = host_of(&self.url);
        for text in warning::texts(headers) {
            let text = self.teller.secrets().mask(&plain(&text));
            if self.teller.0.warnings.is_news(&host, &text) {
                self.teller.observer().notice(Notice::Warning(&format!("{host} says: {text}")));
            }
        }
    }

    fn tell(&self, sign: char, text: &str) {
        self.teller.observer().notice(Notice::Trace(&format!("#{} {sign} {text}", self.number)));
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {} {}", self.number, self.method, shown(&self.url))
    }
}
