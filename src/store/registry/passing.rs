//! Which answers are worth another attempt, and which pause a server asks for (NET-6, NET-12). No I/O.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Method, StatusCode};

use crate::store::Passing;

/// No pause is taken to be longer: one that a clock can count, and longer than anybody waits.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// What `status` with `headers` says about another attempt with `method`; `None` when it would end the same way.
pub(super) fn passing(method: &Method, status: StatusCode, headers: &HeaderMap) -> Option<Passing> {
    if status == StatusCode::BAD_REQUEST {
        return is_speechless(method, headers).then_some(Passing { pause: None, once: true });
    }
    let passes = matches!(status.as_u16(), 408 | 429 | 499 | 500 | 502..=504 | 520..=524);
    passes.then(|| Passing { pause: pause(headers), once: false })
}

/// Whether something was to be written and the refusal says nothing at all: Nexus now and then answers so to what it
/// takes a moment later.
fn is_speechless(method: &Method, headers: &HeaderMap) -> bool {
    let writes = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
    writes && headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0")
}

/// `Retry-After`, which is a number of seconds or a date. A date counts from the server's own, so that no clock of ours
/// has to be right.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let date = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
    let span = date(asked)?.duration_since(date(text(DATE)?)?);
    Some(Duration::try_from(span).unwrap_or_default().min(LONGEST))
}

/// When a `pause` is over that an answer with `headers` asked for: `in 3600s, at 2026-10-21T08:28:00Z`, by the server's own
/// clock if it names the time.
pub(super) fn over(pause: Duration, headers: &HeaderMap) -> String {
    let now = headers.get(DATE).and_then(|value| DateTimeParser::new().parse_timestamp(value.as_bytes()).ok());
    let end = now.and_then(|now| now.checked_add(pause).ok());
    let at = end.map(|end| format!(", at {end}")).unwrap_or_default();
    format!("in {pause:?}{at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(retry_after: &str, date: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        headers
    }

    #[test]
    fn what_is_worth_another_attempt() {
        let none = HeaderMap::new();
        let passing = |status, headers| passing(&Method::PUT, status, headers);
        for status in [408, 429, 499, 500, 502, 503, 504, 520, 524] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(passing(status, &none), Some(Passing::default()), "{status}");
        }
        for status in [200, 202, 307, 400, 401, 403, 404, 405, 409, 412, 413, 416, 501, 505, 525] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(passing(status, &none), None, "{status}");
        }
    }

    #[test]
    fn a_write_that_is_refused_without_a_word_is_worth_one_attempt_more() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, 0.into());
        let passing = |method: Method, headers: &HeaderMap| passing(&method, StatusCode::BAD_REQUEST, headers);
        for method in [Method::POST, Method::PUT, Method::PATCH] {
            assert_eq!(passing(method, &headers), Some(Passing { pause: None, once: true }));
        }
        assert_eq!(passing(Method::GET, &headers), None);
        headers.insert(CONTENT_LENGTH, 2.into());
        assert_eq!(passing(Method::PUT, &headers), None);
        assert_eq!(passing(Method::PUT, &HeaderMap::new()), None);
    }

    #[test]
    fn the_end_of_a_pause_is_told_by_the_servers_clock() {
        let headers = headers("3600", Some("Wed, 21 Oct 2026 07:28:00 GMT"));
        assert_eq!(over(Duration::from_secs(3600), &headers), "in 3600s, at 2026-10-21T08:28:00Z");
        assert_eq!(over(Duration::from_secs(3600), &HeaderMap::new()), "in 3600s");
    }

    #[test]
    fn a_pause_in_both_forms() {
        let date = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        for (asked, date, seconds) in [
            ("3", None, Some(3)),
            (" 120 ", date, Some(120)),
            ("0", None, Some(0)),
            ("Wed, 21 Oct 2026 07:28:07 GMT", date, Some(7)),
            ("Wed, 21 Oct 2026 07:27:00 GMT", date, Some(0)),
            ("Wed, 21 Oct 2026 07:28:07 GMT", None, None),
            ("-3", date, None),
            ("soon", date, None),
            ("18446744073709551616", date, None),
            ("18446744073709551615", date, Some(366 * 86_400)),
            ("Wed, 21 Oct 2099 07:27:00 GMT", date, Some(366 * 86_400)),
        ] {
            let pause = pause(&headers(asked, date));
            assert_eq!(pause, seconds.map(Duration::from_secs), "{asked}");
        }
    }
}
