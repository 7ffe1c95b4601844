//! What goes wrong: which kinds of requests it strikes, what happens to them, and how a verb ends then.

use std::collections::BTreeSet;
use std::time::Duration;

use hyper::Method;

use self::What::*;
use super::ground::{Ground, SIGNATURE};
use crate::support::fault::{ANY, GET, HEAD, PATCH, POST, PUT, Request, Rule, on};

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Token,
    ReadManifest,
    HeadManifest,
    WriteManifest,
    ReadBlob,
    HeadBlob,
    StartUpload,
    SendUpload,
    ListTags,
    ListReferrers,
    /// The download of a blob of 1 MiB.
    ReadLarge,
    /// The upload of a blob of 1 MiB.
    SendLarge,
}

const LARGE: u64 = 1 << 20;

impl What {
    /// A rule for requests of this kind.
    pub fn rule(self, large: &BTreeSet<String>) -> Rule {
        let large = large.clone();
        match self {
            Token => on(ANY).token(),
            ReadManifest => on(GET).manifest(),
            HeadManifest => on(HEAD).manifest(),
            WriteManifest => on(PUT).manifest(),
            ReadBlob => on(GET).blob(),
            HeadBlob => on(HEAD).blob(),
            StartUpload => on(POST).upload(),
            SendUpload => on(ANY).upload().matching(sends),
            ListTags => on(GET).tags(),
            ListReferrers => on(GET).referrers(),
            ReadLarge => on(GET).blob().matching(move |request| is_large(&request.path, &large)),
            SendLarge => {
                on(ANY).upload().matching(|request| sends(request) && request.content_length() >= Some(LARGE))
            }
        }
    }

    /// The kind of a request with `received` bytes in its body.
    pub fn of(method: &Method, target: &str, received: u64, large: &BTreeSet<String>) -> Option<Self> {
        let path = target.split('?').next().unwrap_or_default();
        Some(match method.as_str() {
            _ if path == "/token" => Token,
            "GET" if path.contains("/manifests/") => ReadManifest,
            "HEAD" if path.contains("/manifests/") => HeadManifest,
            "PUT" if path.contains("/manifests/") => WriteManifest,
            "POST" if path.contains("/blobs/uploads/") => StartUpload,
            "PUT" | "PATCH" if path.contains("/blobs/uploads/") && received >= LARGE => SendLarge,
            "PUT" | "PATCH" if path.contains("/blobs/uploads/") => SendUpload,
            "GET" if path.contains("/blobs/") && is_large(path, large) => ReadLarge,
            "GET" if path.contains("/blobs/") => ReadBlob,
            "HEAD" if path.contains("/blobs/") => HeadBlob,
            "GET" if path.contains("/tags/list") => ListTags,
            "GET" if path.contains("/referrers/") => ListReferrers,
            _ => return None,
        })
    }
}

fn sends(request: &Request) -> bool {
    request.method == PUT || request.method == PATCH
}

fn is_large(path: &str, large: &BTreeSet<String>) -> bool {
    path.rsplit('/').next().is_some_and(|digest| large.contains(digest))
}

type Effect = Box<dyn Fn(Rule, &Ground<'_>) -> Rule + Send + Sync>;

/// One row of the table.
pub struct Fault {
    pub name: String,
    /// What it does to the requests that it strikes.
    pub rule: Effect,
    /// The kinds of requests that it strikes, each with the exit code of a verb that is struck there.
    pub strikes: Vec<(What, i32)>,
    /// Verbs that end otherwise, by the beginning of their name.
    pub but: &'static [(&'static str, What, i32)],
    /// The registry acts on the request all the same.
    pub acts: bool,
    /// Whether it takes tokens to meet it.
    tokens: bool,
    /// `--idle-timeout`.
    pub idle: Option<&'static str>,
}

impl Fault {
    fn new(name: impl Into<String>, strikes: &[(What, i32)], rule: impl Fn(Rule) -> Rule + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            rule: Box::new(move |on, _| rule(on)),
            strikes: strikes.to_vec(),
            but: &[],
            acts: false,
            tokens: false,
            idle: None,
        }
    }

    /// Whether the registry of the case with this number wants tokens.
    pub fn bearer(&self, number: usize) -> bool {
        self.tokens || number % 2 == 0 || self.strikes.iter().any(|(what, _)| *what == Token)
    }

    fn but(mut self, but: &'static [(&'static str, What, i32)]) -> Self {
        self.but = but;
        self
    }

    fn acts(mut self) -> Self {
        self.acts = true;
        self
    }

    fn idle(mut self, idle: &'static str) -> Self {
        self.idle = Some(idle);
        self
    }

    fn leads(mut self, rule: impl Fn(Rule, &Ground<'_>) -> Rule + Send + Sync + 'static) -> Self {
        self.rule = Box::new(rule);
        self
    }

    fn with_tokens(mut self) -> Self {
        self.tokens = true;
        self
    }
}

/// Every kind of request, and a verb that is struck there ends well.
const WELL: &[(What, i32)] = &[
    (Token, 0),
    (ReadManifest, 0),
    (HeadManifest, 0),
    (WriteManifest, 0),
    (ReadBlob, 0),
    (HeadBlob, 0),
    (StartUpload, 0),
    (SendUpload, 0),
    (ListTags, 0),
    (ListReferrers, 0),
];
/// Every kind of request, where the registry fails and stays so. Who gets no answer to HEAD asks by GET, or sends.
const DOWN: &[(What, i32)] = &[
    (Token, 5),
    (ReadManifest, 5),
    (HeadManifest, 0),
    (WriteManifest, 5),
    (ReadBlob, 5),
    (HeadBlob, 0),
    (StartUpload, 5),
    (SendUpload, 5),
    (ListTags, 5),
    (ListReferrers, 5),
];
/// A list is complete, with rows that say what is wrong.
const ROWS: &[(&str, What, i32)] = &[("list", ReadManifest, 1)];

/// One entry a fault.
pub fn faults() -> Vec<Fault> {
    let lists = [passing(), cuts(), staying(), wrong_content(), redirects(), pages()];
    lists.into_iter().flatten().collect()
}

/// What is over at the next attempt.
fn passing() -> Vec<Fault> {
    let second = Duration::from_secs(1);
    vec![
        Fault::new("a reset", WELL, |on| on.first(1).reset()),
        Fault::new("a lost answer", WELL, |on| on.first(1).lose_answer()),
        Fault::new("a stall", WELL, |on| on.first(1).hang()).idle("1s"),
        Fault::new("a stall in the middle", &[(ReadLarge, 0)], |on| on.first(1).stall_after(300_000)).idle("1s"),
        Fault::new("a slow start", WELL, |on| on.delay(Duration::from_millis(600))).idle("2s"),
        Fault::new(
            "a slow flow",
            &[(ReadManifest, 0), (ReadBlob, 0), (ListTags, 0), (ListReferrers, 0), (Token, 0)],
            |on| on.first(2).trickle(64, Duration::from_millis(150)),
        )
        .idle("1s"),
        Fault::new("a slow flow of much", &[(ReadLarge, 0)], |on| on.drip(Duration::from_millis(100))).idle("1s"),
        Fault::new("a registry that reads slowly", &[(SendLarge, 0)], |on| on.sip(Duration::from_millis(50))).idle("1s"),
        Fault::new("429 with seconds", WELL, |on| on.first(1).answer(429).header("retry-after", "1")),
        Fault::new("429 with a date", WELL, |on| {
            let date = "Wed, 21 Oct 2026 07:28:00 GMT";
            on.first(1).answer(429).header("date", date).header("retry-after", "Wed, 21 Oct 2026 07:28:01 GMT")
        }),
        Fault::new("502 twice", WELL, |on| on.first(2).answer(502)),
        Fault::new("503 twice", WELL, |on| on.first(2).error(503, "UNAVAILABLE")),
        Fault::new("504 twice", WELL, |on| on.first(2).html().answer(504)),
        Fault::new("tokens that end meanwhile", &WELL[1..], |on| on.first(1).revoke_tokens()).with_tokens(),
        Fault::new("tokens that end while it is sent", &[(SendLarge, 0)], move |on| {
            on.first(1).error(401, "UNAUTHORIZED").delay(second).revoke_tokens()
        })
        .with_tokens(),
    ]
}

/// Lines that break at every 64 KiB.
fn cuts() -> Vec<Fault> {
    let offsets = || (0..=16).map(|step| step * (64 << 10));
    let down = offsets().map(|offset| {
        Fault::new(format!("a cut after {offset}"), &[(ReadLarge, 0)], move |on| on.first(1).cut_after(offset))
    });
    let up = offsets().map(|offset| {
        Fault::new(format!("a cut after {offset}"), &[(SendLarge, 0)], move |on| on.first(1).cut_upload(offset))
    });
    down.chain(up).collect()
}

/// What is still so at the last attempt.
fn staying() -> Vec<Fault> {
    let denied = [
        (Token, 4),
        (ReadManifest, 4),
        (HeadManifest, 4),
        (WriteManifest, 4),
        (ReadBlob, 4),
        (StartUpload, 4),
        (ListTags, 4),
    ];
    vec![
        Fault::new("resets", DOWN, Rule::reset).but(ROWS),
        Fault::new("lost answers", DOWN, Rule::lose_answer).but(ROWS).acts(),
        Fault::new("stalls", &[(ReadManifest, 5), (ReadBlob, 5), (StartUpload, 5), (ListTags, 5), (Token, 5)], Rule::hang)
            .but(ROWS)
            .idle("1s"),
        Fault::new("a storm of 502", DOWN, |on| on.answer(502)).but(ROWS),
        Fault::new("a storm of 503", DOWN, |on| on.error(503, "UNAVAILABLE")).but(ROWS),
        Fault::new("a storm of 504", DOWN, |on| on.html().answer(504)).but(ROWS),
        Fault::new("429 for an hour", DOWN, |on| on.answer(429).header("retry-after", "3600")).but(ROWS),
        Fault::new("429 until a date", DOWN, |on| {
            let date = "Wed, 21 Oct 2026 07:28:00 GMT";
            on.answer(429).header("date", date).header("retry-after", "Wed, 21 Oct 2026 09:28:00 GMT")
        })
        .but(ROWS),
        Fault::new("401", &denied, |on| on.error(401, "UNAUTHORIZED")).but(ROWS),
        Fault::new("always cut", &[(ReadLarge, 5)], |on| on.cut_after(0)),
        Fault::new("always cut", &[(SendLarge, 5)], |on| on.cut_upload(500_000)),
    ]
}

/// Answers that are none.
fn wrong_content() -> Vec<Fault> {
    let bodies = [(ReadManifest, 5), (ReadBlob, 5), (ListTags, 5), (ListReferrers, 5), (Token, 5)];
    let documents = [(ReadManifest, 1), (ListTags, 5), (ListReferrers, 5), (Token, 5)];
    vec![
        Fault::new("HTML", &bodies, Rule::html).but(ROWS),
        Fault::new("gzip", &bodies, |on| on.header("content-encoding", "gzip")).but(ROWS),
        Fault::new("a wrong digest", &[(ReadManifest, 6), (ReadBlob, 6)], |on| on.flip_byte(1)).but(ROWS),
        Fault::new("a wrong digest", &[(ReadLarge, 6)], |on| on.flip_byte(700_000)),
        Fault::new("too short", &[(ReadManifest, 6), (ReadBlob, 6)], |on| on.truncate(1)).but(ROWS),
        Fault::new("too long", &[(ReadManifest, 6), (ReadBlob, 6)], |on| on.append(" ")).but(ROWS),
        Fault::new("less than announced", &bodies, |on| on.claim_length(100_000)).but(ROWS),
        Fault::new("another digest for what was sent", &[(WriteManifest, 6)], |on| {
            let other = bobctl::oci::Digest::of(b"other").to_string();
            on.header("docker-content-digest", &other)
        })
        .acts(),
        Fault::new("duplicate keys", &documents, |on| {
            on.without_header("docker-content-digest").body(
                r#"{"schemaVersion": 2, "token": "a", "token": "b", "tags": [], "tags": ["x"], "manifests": [], "manifests": []}"#,
            )
        })
        .but(ROWS),
        Fault::new("deep nesting", &documents, |on| {
            let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
            on.without_header("docker-content-digest").body(deep)
        })
        .but(ROWS),
        Fault::new("4 GiB", &documents, |on| on.without_header("docker-content-digest").repeated(4 << 30)).but(ROWS),
    ]
}

/// Addresses that lead elsewhere.
fn redirects() -> Vec<Fault> {
    let reading =
        |code| [(ReadManifest, code), (ReadBlob, code), (ListTags, code), (ListReferrers, code), (HeadManifest, 0)];
    let mut to_another_host = reading(0).to_vec();
    to_another_host.push((HeadBlob, 0));
    let away = |name: &str, target: &'static str| {
        Fault::new(name, &reading(5), |on| on).leads(move |on, _| on.elsewhere(target, SIGNATURE)).but(ROWS)
    };
    let upload = |name: &str, target: &'static str| {
        Fault::new(name, &[(StartUpload, 5)], move |on| on.answer(202).header("location", target))
    };
    vec![
        Fault::new("a redirect to another host", &to_another_host, |on| on)
            .leads(|on, ground| on.elsewhere(&ground.stock.storage.url(), SIGNATURE)),
        away("a redirect to a private address", "http://10.255.255.1"),
        away("a redirect to the metadata address", "http://169.254.169.254"),
        upload("an upload to another host", "http://storage.example/upload"),
        upload("an upload to a private address", "https://10.255.255.1/upload"),
        upload("an upload to the metadata address", "https://169.254.169.254/upload"),
    ]
}

/// Lists without an end.
fn pages() -> Vec<Fault> {
    let lists = [(ListTags, 5), (ListReferrers, 5)];
    vec![
        Fault::new("endless pages", &lists, Rule::endless_pages),
        Fault::new("a page that links to itself", &lists, Rule::circular_page),
        Fault::new("a page on another host", &lists, |on| {
            on.header("link", "<https://other.example/v2/a>; rel=\"next\"")
        }),
    ]
}
