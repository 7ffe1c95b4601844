//! The headers that docker's `config.json` adds to what is sent to a registry (NET-13).

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

/// Headers that are ours alone: who asks, who sends, how a message is framed, and what is asked for.
const OURS: [&str; 18] = [
    "authorization",
    "connection",
    "cookie",
    "cookie2",
    "date",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];
/// The same by how their names start.
const OURS_BY_START: [&str; 3] = ["accept", "content-", "if-"];

/// Those of `configured` that may go along. What is no header is left out.
pub(super) fn added(configured: &[(String, SecretString)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in configured {
        let (Ok(name), Ok(mut value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value.expose_secret()))
        else {
            continue;
        };
        let ours = OURS.contains(&name.as_str()) || OURS_BY_START.iter().any(|start| name.as_str().starts_with(start));
        if !ours {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_and_what_is_no_header_stays_out() {
        let names = "X-Meta Authorization cookie Proxy-Authorization Transfer-Encoding Accept-Encoding Content-Type If-Match \
                     User-Agent Host Range Connection bad(name)";
        let mut configured: Vec<_> =
            names.split_whitespace().map(|name| (name.to_owned(), SecretString::from("v"))).collect();
        configured.push(("X-Broken".to_owned(), SecretString::from("a\nb")));
        let headers = added(&configured);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-meta"]);
        assert_eq!(format!("{:?}", headers["x-meta"]), "Sensitive");
    }
}
