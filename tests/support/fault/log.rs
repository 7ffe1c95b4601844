//! What was asked of the registry, and when.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hyper::Method;
use hyper::header::AUTHORIZATION;

use super::auth;
use super::message::{Request, Route, pairs};

/// The port that a request came in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    Registry,
    /// The token service, when it has a port of its own.
    TokenService,
}

/// What kind of credentials a request carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authorization {
    None,
    Basic,
    Bearer,
    Other,
}

/// One request. It prints without any secret.
#[derive(Clone)]
pub struct Record {
    pub listener: Listener,
    pub method: Method,
    /// Path and query, as they came.
    pub target: String,
    pub authorization: Authorization,
    /// `None` when no answer went out.
    pub status: Option<u16>,
    pub started: Instant,
    /// When the last byte of the answer was handed over, or the connection ended.
    pub ended: Option<Instant>,
    pub connection: usize,
    /// Bytes of the request's body that came in.
    pub received: u64,
    /// All that a secret could hide in. Never printed.
    seen: String,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        write!(f, "{} {} {status}", self.method, without_session(&self.target))
    }
}

/// Names and states of upload sessions depend on what came before; the log shows where they were.
fn without_session(target: &str) -> String {
    let Some((path, session)) = target.split_once("/blobs/uploads/session-") else { return target.to_owned() };
    let digest = session.split_once("&digest=").map(|(_, digest)| format!("?digest={digest}"));
    format!("{path}/blobs/uploads/[SESSION]{}", digest.unwrap_or_default())
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({:?}, connection {}, {} bytes)", self.authorization, self.connection, self.received)
    }
}

/// The requests up to now, in the order in which they came.
#[derive(Clone, Default)]
pub struct Log(Vec<Record>);

impl Log {
    pub fn records(&self) -> &[Record] {
        &self.0
    }

    /// One line a request: `HEAD /v2/a/manifests/1 401`, and `-` for a status that was never sent.
    pub fn requests(&self) -> Vec<String> {
        self.0.iter().map(Record::to_string).collect()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many connections these requests used.
    pub fn connections(&self) -> usize {
        self.0.iter().map(|record| record.connection).collect::<BTreeSet<_>>().len()
    }

    /// Only the requests that `keep` wants.
    pub fn only(&self, keep: impl Fn(&Record) -> bool) -> Self {
        Self(self.0.iter().filter(|record| keep(record)).cloned().collect())
    }

    /// Only the requests that came after those of `earlier`, a log of the same registry.
    pub fn since(&self, earlier: &Self) -> Self {
        Self(self.0[earlier.count()..].to_vec())
    }

    pub fn at(&self, listener: Listener) -> Self {
        self.only(|record| record.listener == listener)
    }

    /// The kinds of credentials that came with these requests, in order.
    pub fn authorizations(&self) -> Vec<Authorization> {
        self.0.iter().map(|record| record.authorization).collect()
    }

    /// Whether `secret` came in with any of these requests: in a header (Basic credentials decoded), in the path or
    /// query, or in a form.
    pub fn saw(&self, secret: &str) -> bool {
        self.0.iter().any(|record| record.seen.contains(secret))
    }

    /// How many of these requests had to wait for each other: the longest chain in which each started after the one
    /// before had ended. Give the registry a latency to make requests that are sent together overlap.
    pub fn serial_steps(&self) -> usize {
        let mut spans: Vec<(Option<Instant>, Instant)> =
            self.0.iter().map(|record| (record.ended, record.started)).collect();
        // What ends first leaves the most room for others; what never ends comes last.
        spans.sort_by_key(|(ended, _)| (ended.is_none(), *ended));
        let mut steps = 0;
        let mut free: Option<Instant> = None;
        for (ended, started) in spans {
            if free.is_none_or(|free| started >= free) {
                steps += 1;
                match ended {
                    Some(ended) => free = Some(ended),
                    None => break,
                }
            }
        }
        steps
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|record| writeln!(f, "{record}"))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// The log as the server writes it.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Record>>>);

/// A request under way. It has ended when this is dropped.
pub struct Entry {
    recorder: Recorder,
    index: usize,
}

impl Recorder {
    pub fn begin(&self, request: &Request, listener: Listener, connection: usize) -> Entry {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let record = Record {
            listener,
            method: request.method.clone(),
            target: format!("{}{query}", request.path),
            authorization: authorization(request),
            status: None,
            started: Instant::now(),
            ended: None,
            connection,
            received: 0,
            seen: seen(request),
        };
        let mut records = self.0.lock().expect("the log");
        records.push(record);
        Entry { recorder: self.clone(), index: records.len() - 1 }
    }

    pub fn snapshot(&self) -> Log {
        Log(self.0.lock().expect("the log").clone())
    }

    fn change(&self, index: usize, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.0.lock().expect("the log").get_mut(index) {
            change(record);
        }
    }
}

impl Entry {
    pub fn received(&self, bytes: usize) {
        self.recorder.change(self.index, |record| record.received += bytes as u64);
    }

    /// The body of a token request may carry secrets.
    pub fn read(&self, request: &Request) {
        if request.route == Route::Token {
            let form = decoded(&String::from_utf8_lossy(&request.body));
            self.recorder.change(self.index, |record| record.seen.push_str(&form));
        }
    }

    pub fn answered(&self, status: u16) {
        self.recorder.change(self.index, |record| record.status = Some(status));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.recorder.change(self.index, |record| record.ended = Some(Instant::now()));
    }
}

fn authorization(request: &Request) -> Authorization {
    let scheme = request.header(AUTHORIZATION).map(|value| value.split(' ').next().unwrap_or_default());
    match scheme.map(str::to_ascii_lowercase).as_deref() {
        None => Authorization::None,
        Some("basic") => Authorization::Basic,
        Some("bearer") => Authorization::Bearer,
        Some(_) => Authorization::Other,
    }
}

fn seen(request: &Request) -> String {
    let headers = request.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let login = auth::basic(request).map(|(user, password)| format!("{user}:{password}"));
    let parts = [request.path.clone(), request.query.clone(), decoded(&request.query)];
    parts.into_iter().chain(headers).chain(login).collect::<Vec<_>>().join("\n")
}

/// A query or a form, one line a value.
fn decoded(text: &str) -> String {
    pairs(text).into_iter().map(|(key, value)| [key, value].join("=")).collect::<Vec<_>>().join("\n")
}
