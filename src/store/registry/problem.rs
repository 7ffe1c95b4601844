//! The answer of a server that did not do what was asked: read tolerantly, bounded and cleaned (NET-15, HTTP-6).

use std::error::Error;
use std::fmt;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::endpoint::shown;
use super::passing::{over, passing};
use super::secrets::Secrets;
use crate::oci::media_type;
use crate::store::{Answer, Passing};

/// How much of an error's body is read, in bytes (HTTP-6).
pub(super) const MAX_ERROR_BODY: usize = 64 << 10;
/// How many characters of a server's text are shown.
const MAX_TEXT: usize = 400;
/// Headers that name the request in the server's log, the most telling first.
pub(super) const REQUEST_IDS: [&str; 4] =
    ["x-request-id", "x-ms-correlation-request-id", "x-amzn-requestid", "x-amz-request-id"];

/// What to do where only known types are taken (HTTP-58).
pub(super) const KNOWN_TYPES: &str = "some registries take only the config and artifact types on a list of their own: \
                                      ask who runs it to add those of BoBs, or push to another registry";

/// How many headers about the limit of requests are shown.
const MAX_LIMITS: usize = 8;

/// What a server answered instead: one line for people, and the facts that callers decide on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    request: String,
    status: StatusCode,
    code: Option<String>,
    text: String,
    /// When it wants to be asked again.
    comes_back: Option<String>,
    passing: Option<Passing>,
    request_id: Option<String>,
    /// What it says about how many requests are allowed, where that is the matter.
    limits: Vec<String>,
    /// How often it was asked until it was left at that.
    attempts: u32,
}

impl Problem {
    /// The answer `status` to `method` at `url`, with `body` as far as it was read.
    pub(super) fn new(method: &Method, url: &Url, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(plain);
        let html = is_html(headers, body);
        let (code, text) = if html { (None, "an HTML page".to_owned()) } else { read(body) };
        let passing = passing(method, status, headers);
        let pause = passing.and_then(|passing| passing.pause);
        Self {
            request: format!("{method} {}", shown(url)),
            status,
            code,
            text,
            // In its own words where they cannot be read.
            comes_back: pause.map(|pause| over(pause, headers)).or_else(|| header(RETRY_AFTER.as_str())),
            passing,
            request_id: REQUEST_IDS.iter().find_map(|name| header(name)),
            limits: if status == StatusCode::TOO_MANY_REQUESTS { limits(headers) } else { Vec::new() },
            attempts: 1,
        }
    }

    /// The same after so many attempts: there is no other one to come.
    pub(super) fn settled(self, attempts: u32) -> Self {
        Self { passing: None, attempts, ..self }
    }

    /// The status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the first error code of the body is one of `codes`.
    pub(super) fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether access is what was denied. A conflict is none, whatever its code: what is there stands in the way.
    pub(super) fn is_denial(&self) -> bool {
        let conflict = matches!(self.status, StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED);
        let coded = self.status.is_client_error() && !conflict && self.is(&["DENIED", "UNAUTHORIZED"]);
        coded || matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }

    /// Whether the server's text has `part`, in any case.
    pub(super) fn says(&self, part: &str) -> bool {
        self.text.to_ascii_lowercase().contains(part)
    }

    /// Whether a manifest was refused for the types that it names.
    pub(super) fn is_about_types(&self) -> bool {
        let named = ["media type", "mediatype", "artifact type", "artifacttype", "config type"];
        self.is(&["MANIFEST_INVALID"]) && named.iter().any(|name| self.says(name))
    }

    /// When the server wants to be asked again.
    pub(super) fn comes_back(&self) -> Option<&str> {
        self.comes_back.as_deref()
    }

    /// Whether another attempt may go well.
    pub(super) fn passing(&self) -> Option<Passing> {
        self.passing
    }

    /// The facts that go with an error of the store.
    pub(super) fn answer(&self) -> Answer {
        Answer { status: self.status.as_u16(), code: self.code.clone() }
    }

    /// The error code and the text, as far as there are any.
    pub(super) fn said(&self) -> String {
        let code = self.code.as_deref().unwrap_or_default();
        let colon = if code.is_empty() || self.text.is_empty() { "" } else { ": " };
        format!("{code}{colon}{}", self.text)
    }

    /// Take `secrets` out: some servers repeat what was sent to them (AUTH-28). What is too long is cut then, and not
    /// earlier: half of a secret is not known as one.
    pub(super) fn masked(mut self, secrets: &Secrets) -> Self {
        self.request = secrets.mask(&self.request);
        let optional = [self.code.as_mut(), self.comes_back.as_mut(), self.request_id.as_mut()];
        for text in optional.into_iter().flatten().chain([&mut self.text]).chain(&mut self.limits) {
            *text = cut(&secrets.mask(text), MAX_TEXT);
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.request, self.status)?;
        let said = self.said();
        if !said.is_empty() {
            write!(f, ": {said}")?;
        }
        let id = self.request_id.as_ref().map(|id| format!("request id {id}"));
        let attempts = (self.attempts > 1).then(|| format!("{} attempts", self.attempts));
        let asides: Vec<String> = self.limits.iter().cloned().chain(id).chain(attempts).collect();
        if asides.is_empty() { Ok(()) } else { write!(f, " ({})", asides.join(", ")) }
    }
}

impl Error for Problem {}

/// The headers about the limit of requests, as they stand there: `ratelimit-limit: 100;w=21600`.
fn limits(headers: &HeaderMap) -> Vec<String> {
    let about = |name: &str| name.trim_start_matches("x-").starts_with("ratelimit");
    let named = headers.iter().filter(|(name, _)| about(name.as_str()));
    let lines = named.filter_map(|(name, value)| Some(format!("{name}: {}", clean(value.to_str().ok()?))));
    lines.take(MAX_LIMITS).collect()
}

/// Whether an answer is a page for people: no registry sends one (HTTP-18).
pub(super) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let given = headers.get(reqwest::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type::same(given, "text/html") || body.trim_ascii_start().starts_with(b"<")
}

/// One line of a server's text: no control characters, nothing that turns the writing around, not too long.
pub(super) fn clean(text: &str) -> String {
    cut(&plain(text), MAX_TEXT)
}

/// One line of a server's text, whatever its length: no control characters, nothing that turns the writing around.
pub(super) fn plain(text: &str) -> String {
    let hidden =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !hidden(*c)).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first `limit` characters of `text`.
pub(super) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Code and text of an error body: the specification's `errors`, what token services send, or plain text.
fn read(body: &[u8]) -> (Option<String>, String) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return (None, plain(&String::from_utf8_lossy(body)));
    };
    let error = value.get("errors").and_then(|errors| errors.get(0)).unwrap_or(&value);
    let field = |names: &[&str]| {
        names.iter().filter_map(|name| error.get(name)).find_map(|found| match found {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Object(_) | Value::Array(_) => Some(found.to_string()),
            _ => None,
        })
    };
    let code = field(&["code"]).or_else(|| field(&["error"])).map(|code| plain(&code));
    let message = field(&["message", "error_description"]);
    let detail = field(&["detail", "details"]).filter(|detail| detail != "{}" && Some(detail) != message.as_ref());
    let text = match (message, detail) {
        (Some(message), Some(detail)) => format!("{message}: {detail}"),
        (message, detail) => message.or(detail).unwrap_or_default(),
    };
    (code, plain(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(content_type: &'static str, body: &str) -> Problem {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        headers.insert("x-request-id", "42".parse().unwrap());
        let url = Url::parse("https://r.io/v2/a/blobs/uploads/1?_state=secret&digest=sha256:ab").unwrap();
        Problem::new(&Method::PUT, &url, StatusCode::BAD_REQUEST, &headers, body.as_bytes())
    }

    #[test]
    fn error_bodies_as_they_are_met() {
        for (body, code, text) in [
            (
                r#"{"errors":[{"code":"TAG_INVALID","message":"no","detail":{"Tag":"x"}}]}"#,
                Some("TAG_INVALID"),
                r#"no: {"Tag":"x"}"#,
            ),
            (r#"{"errors":[{"code":"DENIED","message":"no","detail":"why"}]}"#, Some("DENIED"), "no: why"),
            (r#"{"errors":[{"code":"X","message":"no","detail":"no"}]}"#, Some("X"), "no"),
            (r#"{"errors":[{"code":"X","message":null,"detail":{}}]}"#, Some("X"), ""),
            (r#"{"errors":null}"#, None, ""),
            (r#"{"errors":[]}"#, None, ""),
            (r#"{"details":"incorrect username or password"}"#, None, "incorrect username or password"),
            (r#"{"error":"invalid_grant","error_description":"expired"}"#, Some("invalid_grant"), "expired"),
            (r#"{"code":401,"message":"plain"}"#, None, "plain"),
            ("404 page not found\n", None, "404 page not found"),
            (r#"{"errors":[{"code":"CUT"#, None, r#"{"errors":[{"code":"CUT"#),
            ("", None, ""),
            ("<html>", None, "an HTML page"),
        ] {
            let problem = problem("application/json", body);
            assert_eq!((problem.code.as_deref(), problem.text.as_str()), (code, text), "{body}");
        }
        assert_eq!(problem("text/html; charset=utf-8", "Sign in").text, "an HTML page");
    }

    #[test]
    fn a_problem_is_one_line_without_secrets() {
        let body = r#"{"errors":[{"code":"X","message":"bad\u001b[31m\n\u202etoken hunter2"}]}"#;
        let secrets = Secrets::default();
        secrets.add("hunter2");
        let line = problem("application/json", body).masked(&secrets).to_string();
        assert_eq!(
            line,
            "PUT https://r.io/v2/a/blobs/uploads/1?_state=…&digest=sha256:ab answered 400 Bad Request: X: bad [31m token *** (request id 42)"
        );
    }

    #[test]
    fn a_long_text_is_cut_without_leaving_half_of_a_secret() {
        let secrets = Secrets::default();
        secrets.add("hunter2");
        let body = format!("{}hunter2{}", "ä".repeat(MAX_TEXT - 3), "ä".repeat(1000));
        let said = problem("text/plain", &body).masked(&secrets).said();
        assert_eq!(said.chars().count(), MAX_TEXT + 1);
        assert!(said.ends_with("ä***…"), "{said}");
    }

    #[test]
    fn a_limit_is_told_with_its_figures_and_the_attempts_that_it_took() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("ratelimit-limit", "100;w=21600"), ("x-ratelimit-remaining", "0"), ("x-rate", "no")] {
            headers.insert(name, value.parse().unwrap());
        }
        let url = Url::parse("https://r.io/v2/a/manifests/1").unwrap();
        let problem = |status| Problem::new(&Method::GET, &url, status, &headers, b"");
        let limited = problem(StatusCode::TOO_MANY_REQUESTS);
        assert!(limited.passing().is_some());
        let limited = limited.settled(5);
        assert_eq!(
            limited.to_string(),
            "GET https://r.io/v2/a/manifests/1 answered 429 Too Many Requests \
             (ratelimit-limit: 100;w=21600, x-ratelimit-remaining: 0, 5 attempts)"
        );
        assert_eq!(limited.passing(), None, "it was tried as often as it makes sense");
        let plain = problem(StatusCode::SERVICE_UNAVAILABLE).to_string();
        assert_eq!(plain, "GET https://r.io/v2/a/manifests/1 answered 503 Service Unavailable");
    }
}
