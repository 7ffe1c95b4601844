//! What goes wrong: which kinds of requests it strikes, what happens to them, and how a verb ends then.

use std::time::Duration;

use super::ground::{Ground, SIGNATURE};
use super::what::What::{self, *};
use crate::support::fault::Rule;

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
    /// Whether it takes TLS to meet it.
    pub tls: bool,
    /// `--idle-timeout`.
    pub idle: Option<&'static str>,
}

impl Fault {
    fn new(
        name: impl Into<String>,
        strikes: impl Into<Vec<(What, i32)>>,
        rule: impl Fn(Rule) -> Rule + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            rule: Box::new(move |on, _| rule(on)),
            strikes: strikes.into(),
            but: &[],
            acts: false,
            tokens: false,
            tls: false,
            idle: None,
        }
    }

    /// Whether the registry of the case with this number wants tokens.
    pub fn bearer(&self, number: usize) -> bool {
        self.tokens || number.is_multiple_of(2) || self.strikes.iter().any(|(what, _)| *what == Token)
    }

    /// How most verbs end that are struck there.
    pub fn code_of(&self, what: What) -> i32 {
        self.strikes.iter().find(|(kind, _)| *kind == what).map_or(0, |(_, code)| *code)
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

    fn over_tls(mut self) -> Self {
        self.tls = true;
        self
    }

    fn with_tokens(mut self) -> Self {
        self.tokens = true;
        self
    }
}

/// What fetches content.
const READS: &[What] =
    &[ReadManifest, ReadBlob, ListTags, ListReferrers, MissReferrers, ReadList, MissList, Token, Ping];
/// What asks whether something is there.
const HEADS: &[What] = &[HeadManifest, HeadBlob];
/// What changes something.
const WRITES: &[What] = &[WriteManifest, DeleteManifest, WriteList, StartUpload, SendUpload];
/// What is asked where nothing of the kind is: the answer has no content that could be wrong.
const MISSES: &[What] = &[MissReferrers, MissList];

/// These kinds of requests, at each of which a verb ends with `code`.
fn at(kinds: &[&[What]], code: i32) -> Vec<(What, i32)> {
    kinds.concat().into_iter().map(|what| (what, code)).collect()
}

/// The same for further kinds, in place of what they had.
fn and(mut all: Vec<(What, i32)>, more: &[(What, i32)]) -> Vec<(What, i32)> {
    all.retain(|(what, _)| more.iter().all(|(other, _)| other != what));
    all.extend(more);
    all
}

/// Verbs that tell what they know and warn of what they could not learn. A list is complete, with rows that say what is
/// wrong; who describes does so without what is linked.
const TOLD: &[(&str, What, i32)] = &[
    ("list", ReadManifest, 1),
    ("describe", ListReferrers, 0),
    ("describe", MissList, 0),
    ("describe", HeadManifest, 0),
];

/// Only the list's own.
const ROWS: &[(&str, What, i32)] = &[("list", ReadManifest, 1)];
/// As [`TOLD`], where what is deleted cannot be read.
const UNREAD: &[(&str, What, i32)] =
    &[("list", ReadManifest, 1), ("describe", ListReferrers, 0), ("delete", ReadManifest, 0)];
/// As [`TOLD`], where what is deleted cannot be read, or the tags that go along are not known.
const DELETED: &[(&str, What, i32)] =
    &[("list", ReadManifest, 1), ("describe", ListReferrers, 0), ("delete", ReadManifest, 0), ("delete", ListTags, 0)];

/// No code: these do not go together.
pub const APART: i32 = -1;

/// One entry a fault.
pub fn faults() -> Vec<Fault> {
    let lists = [passing(), cuts(), staying(), wrong_content(), redirects(), pages()];
    lists.into_iter().flatten().collect()
}

/// What is over at the next attempt.
fn passing() -> Vec<Fault> {
    let all = || at(&[READS, HEADS, WRITES], 0);
    let some =
        [ReadManifest, ReadBlob, ListTags, ListReferrers, ReadList, StartUpload, SendUpload, WriteManifest, Ping];
    vec![
        Fault::new("a reset", at(&[HEADS, &[ReadBlob, ListTags, ListReferrers, ReadList, Token, Ping]], 0), |on| {
            on.first(1).reset()
        }),
        Fault::new("a lost answer", at(&[WRITES], 0), |on| on.first(1).lose_answer()).acts(),
        Fault::new("a stall", at(&[&some], 0), |on| on.first(1).hang()).idle("1s").acts(),
        Fault::new("a stall in the middle", [(ReadLarge, 0)], |on| on.first(1).stall_after(300_000)).idle("1s"),
        Fault::new("a slow start", at(&[WRITES], 0), |on| on.first(2).delay(Duration::from_millis(700))).idle("2s"),
        Fault::new("a slow flow", at(&[&[ReadManifest, ListTags, ListReferrers, Token]], 0), |on| {
            on.first(1).trickle(64, Duration::from_millis(150))
        })
        .idle("1s"),
        Fault::new("a slow flow of much", [(ReadLarge, 0)], |on| on.drip(Duration::from_millis(100))).idle("1s"),
        Fault::new("a registry that reads slowly", [(SendLarge, 0)], |on| on.sip(Duration::from_millis(50))).idle("1s"),
        Fault::new("429 with seconds", at(&[READS], 0), |on| on.first(1).answer(429).header("retry-after", "1")),
        Fault::new("429 with a date", at(&[WRITES, &[ReadManifest, ListTags]], 0), |on| {
            let date = "Wed, 21 Oct 2026 07:28:00 GMT";
            on.first(1).answer(429).header("date", date).header("retry-after", "Wed, 21 Oct 2026 07:28:01 GMT")
        }),
        Fault::new("503 twice", all(), |on| on.first(2).error(503, "UNAVAILABLE")),
        Fault::new("504 twice", at(&[WRITES], 0), |on| page(on.first(2).answer(504))),
        Fault::new("tokens that end meanwhile", at(&[WRITES, &[ReadManifest, HeadManifest]], 0), |on| {
            on.first(1).revoke_token()
        })
        .with_tokens(),
        Fault::new("a token that ends while it is used", [(SendLarge, 0)], |on| {
            let refused = on.first(1).error(401, "UNAUTHORIZED").header("www-authenticate", "Bearer realm=\"/token\"");
            refused.delay(Duration::from_secs(1)).revoke_token()
        })
        .with_tokens(),
    ]
}

/// Lines that break at every 64 KiB.
fn cuts() -> Vec<Fault> {
    let offsets = || (0..=16).map(|step| step * (64 << 10));
    let down = offsets().map(|offset| {
        Fault::new(format!("a cut after {offset}"), [(ReadLarge, 0)], move |on| on.first(1).cut_after(offset))
    });
    let up = offsets().map(|offset| {
        Fault::new(format!("a cut after {offset}"), [(SendLarge, 0)], move |on| on.first(1).cut_upload(offset))
    });
    down.chain(up).collect()
}

/// What is still so at the last attempt.
fn staying() -> Vec<Fault> {
    // Who is told by HEAD that the registry fails asks by GET for more, or sends.
    let storm = || and(at(&[WRITES, &[ListTags, ListReferrers]], 5), &[(HeadManifest, 0), (HeadBlob, 0)]);
    vec![
        Fault::new(
            "resets",
            at(&[&[ReadManifest, ReadBlob, ListTags, ReadList, MissReferrers], HEADS], 5),
            Rule::reset,
        )
        .but(TOLD),
        // The registry has the blob, or lists the referrer, which is then found there.
        Fault::new("lost answers", and(at(&[WRITES], 5), &[(SendUpload, 0), (WriteList, 0)]), Rule::lose_answer).acts(),
        Fault::new("stalls", at(&[&[ReadManifest, ReadBlob, StartUpload, ListTags, Ping]], 5), Rule::hang)
            .but(TOLD)
            .idle("1s")
            .acts(),
        Fault::new("a storm of 502", at(&[READS], 5), |on| on.answer(502)).but(TOLD),
        Fault::new("a storm of 503", storm(), |on| on.error(503, "UNAVAILABLE")).but(TOLD),
        Fault::new("a storm of 504", at(&[&[ReadManifest, ListTags, StartUpload, WriteManifest]], 5), |on| {
            page(on.answer(504))
        })
        .but(TOLD),
        // It does not even want to hear that an upload is called off.
        Fault::new("429 for an hour", at(&[HEADS, &[ReadManifest, ListReferrers, Token]], 5), |on| {
            on.answer(429).header("retry-after", "3600")
        })
        .but(TOLD)
        .acts(),
        Fault::new("429 until a date", at(&[WRITES, &[ListTags, ReadBlob]], 5), |on| {
            let date = "Wed, 21 Oct 2026 07:28:00 GMT";
            on.answer(429).header("date", date).header("retry-after", "Wed, 21 Oct 2026 09:28:00 GMT")
        })
        .but(TOLD)
        .acts(),
        Fault::new("401", at(&[&[Token, ReadManifest, ReadBlob, ReadList, ListTags], WRITES], 4), |on| {
            on.error(401, "UNAUTHORIZED")
        })
        .but(&[("list", ReadManifest, 1), ("delete", ListTags, 0), ("tree", ReadList, 0)]),
        Fault::new("always cut", [(ReadLarge, 5)], |on| on.cut_after(0)),
        Fault::new("always cut", [(SendLarge, 5)], |on| on.cut_upload(500_000)),
    ]
}

/// A web page in place of what the answer has.
fn page(on: Rule) -> Rule {
    on.header("content-type", "text/html").body("<html><h1>Gateway Time-out</h1></html>")
}

/// Answers that are none.
fn wrong_content() -> Vec<Fault> {
    let readable = [ReadManifest, ReadBlob, ListTags, ListReferrers, ReadList, Token];
    let documents = || and(at(&[&[ListTags, ListReferrers, Token]], 5), &[(ReadManifest, 1)]);
    // What was asked for by digest is another one.
    let other: &[_] = &[
        ("list", ReadManifest, 1),
        ("describe", ListReferrers, 0),
        ("pull by digest", ReadManifest, 6),
        ("pull by image", ReadManifest, 6),
        ("delete", ReadManifest, 0),
    ];
    let contents = || at(&[&[ReadManifest, ReadBlob]], 6);
    // What cannot be read can be deleted.
    let rows: &[_] = &[("list", ReadManifest, 1), ("delete", ReadManifest, 0)];
    vec![
        // A sign-in page in place of the API says that there is none.
        Fault::new("HTML", and(at(&[&readable, WRITES], 5), &[(MissReferrers, 0), (ListReferrers, APART)]), Rule::html)
            .but(ROWS),
        Fault::new("gzip", at(&[&readable], 5), |on| {
            on.header("content-encoding", "gzip").body(&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..])
        })
        .but(TOLD),
        Fault::new("a wrong digest", contents(), |on| on.flip_byte(0)).but(rows),
        Fault::new("a wrong digest", [(ReadLarge, 6)], |on| on.flip_byte(700_000)),
        Fault::new("too short", contents(), |on| on.truncate(1)).but(rows),
        Fault::new("too long", contents(), |on| on.append(" ")).but(rows),
        Fault::new("less than announced", and(at(&[&readable], 5), &[(ReadBlob, 6)]), |on| on.claim_length(100_000))
            .but(TOLD),
        Fault::new("another digest for what was sent", [(WriteManifest, 6)], |on| {
            let other = bobctl::oci::Digest::of(b"other").to_string();
            on.header("docker-content-digest", &other)
        })
        .acts(),
        Fault::new("duplicate keys", documents(), |on| {
            on.without_header("docker-content-digest").body(
                r#"{"schemaVersion": 2, "token": "a", "token": "b", "tags": [], "tags": ["x"], "manifests": [], "manifests": []}"#,
            )
        })
        .but(other),
        Fault::new("deep nesting", documents(), |on| {
            let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
            on.without_header("docker-content-digest").body(deep)
        })
        .but(other),
        Fault::new("4 GiB", documents(), |on| on.without_header("docker-content-digest").repeated(4 << 30))
            .but(UNREAD),
        // Who writes a list in place of what is none would lose that; who reads it finds nothing (HTTP-73).
        Fault::new("a list that is none", [(ReadList, 7)], |on| on.body("[]").without_header("docker-content-digest"))
            .but(&[("tree", ReadList, APART), ("pull", ReadList, 3), ("delete", ReadList, 0)]),
    ]
}

/// Addresses that lead elsewhere.
fn redirects() -> Vec<Fault> {
    let reading = [ReadManifest, ReadBlob, ListTags, ReadList, HeadManifest];
    let away = |name: &str, target: &'static str| {
        // Another host has no list of referrers to give.
        let strikes = and(at(&[&reading, HEADS], 5), &[(MissReferrers, 0)]);
        Fault::new(name, strikes, |on| on).leads(move |on, _| on.elsewhere(target, SIGNATURE)).but(TOLD)
    };
    let upload = |name: &str, target: &'static str| {
        Fault::new(name, [(StartUpload, 5)], move |on| on.answer(202).header("location", target))
    };
    vec![
        Fault::new("a redirect to another host", at(&[&reading, HEADS, MISSES], 0), |on| on)
            .leads(|on, ground| on.elsewhere(&ground.storage().url(), SIGNATURE))
            // It does not have what is written.
            .but(&[("push", ReadList, APART), ("link", ReadList, APART), ("delete", ReadList, APART)]),
        Fault::new("a redirect to plain HTTP", at(&[&reading, HEADS], 5), |on| on)
            .leads(|on, ground| on.elsewhere(&ground.storage().url(), SIGNATURE))
            .but(TOLD)
            .over_tls(),
        away("a redirect to a private address", "http://10.255.255.1"),
        away("a redirect to the metadata address", "http://169.254.169.254"),
        upload("an upload to another host", "http://storage.example/upload"),
        upload("an upload to a private address", "https://10.255.255.1/upload"),
        upload("an upload to the metadata address", "https://169.254.169.254/upload"),
    ]
}

/// Lists without an end.
fn pages() -> Vec<Fault> {
    let lists = || at(&[&[ListTags, ListReferrers]], 5);
    // More entries than a list may have are refused, whoever lists them.
    let endless = [(ListTags, 5), (ListReferrers, 1)];
    vec![
        Fault::new("endless pages", endless, Rule::endless_pages).but(DELETED),
        Fault::new("a page that links to itself", lists(), Rule::circular_page).but(DELETED),
        Fault::new("a page on another host", lists(), |on| {
            on.header("link", "<https://other.example/v2/a>; rel=\"next\"")
        })
        .but(TOLD),
    ]
}
