//! What must not be shown, and text from strangers without it (AUTH-28).
//!
//! Some servers repeat what was sent to them: in errors, in warnings, in addresses. Whatever goes out as a secret is
//! therefore noted where it goes out, and taken out of every text that comes in before anybody sees it. No I/O.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::endpoint::{encode, hidden_values, shown_query};
use super::problem::plain;

/// What stands in the place of a secret.
const MASK: &str = "***";
/// A value of an address that is shorter is no secret.
const MIN_ADDRESS_VALUE: usize = 12;
/// A part of a header's value that is shorter is no secret.
const MIN_HEADER_VALUE: usize = 8;
/// How many values of addresses are remembered: signatures and states change with every answer.
const MAX_ADDRESS_VALUES: usize = 64;

/// The secrets that this process sent or was given.
#[derive(Default)]
pub(super) struct Secrets(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The longest first, so that none is hidden in half.
    credentials: Vec<SecretString>,
    /// Signatures and states of addresses, the newest last.
    values: VecDeque<SecretString>,
}

impl Secrets {
    /// `secret` is one, in every form in which it may come back.
    pub(super) fn add(&self, secret: &str) {
        let json = serde_json::Value::from(secret).to_string();
        let quoted = json.get(1..json.len() - 1).unwrap_or_default();
        let forms = [secret, &plain(secret), &encode(secret), quoted].map(str::to_owned);
        let mut known = self.known();
        for form in forms.into_iter().filter(|form| !form.trim().is_empty()) {
            if !known.has(&form) {
                known.credentials.push(form.into());
            }
        }
        known.credentials.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
    }

    /// What the value of an `Authorization` header holds is secret.
    pub(super) fn add_authorization(&self, value: &HeaderValue) {
        let Some((scheme, proof)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else { return };
        // Padding may be lost on the way back.
        let proof = proof.trim_end_matches('=');
        if self.known().has(proof) {
            return;
        }
        self.add(proof);
        let padded = value.as_bytes().get(scheme.len() + 1..).unwrap_or_default();
        let pair = BASE64.decode(padded).ok().and_then(|pair| String::from_utf8(pair).ok());
        if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
            self.add(password);
        }
    }

    /// What the user has sent along with everything may be secret: a key of a gateway, say, with a word before it.
    pub(super) fn add_headers(&self, headers: &HeaderMap) {
        for value in headers.values().filter_map(|value| value.to_str().ok()) {
            for part in value.split_whitespace().chain([value]).filter(|part| part.len() >= MIN_HEADER_VALUE) {
                self.add(part);
            }
        }
    }

    /// What the query of an address holds is secret, unless it is known to be harmless.
    pub(super) fn add_address(&self, url: &Url) {
        let Some(query) = url.query() else { return };
        let mut known = self.known();
        for value in hidden_values(query).filter(|value| value.len() >= MIN_ADDRESS_VALUE) {
            if known.values.iter().all(|secret| secret.expose_secret() != value) {
                known.values.push_back(value.into());
            }
        }
        let excess = known.values.len().saturating_sub(MAX_ADDRESS_VALUES);
        known.values.drain(..excess);
    }

    /// `text` from a server without anything that is known to be secret, and without what addresses in it hide.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let known = self.known();
        for secret in known.credentials.iter().chain(&known.values).map(ExposeSecret::expose_secret) {
            if text.contains(secret) {
                text = text.replace(secret, MASK);
            }
        }
        conceal(&text)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn has(&self, text: &str) -> bool {
        self.credentials.iter().any(|secret| secret.expose_secret() == text)
    }
}

/// `text` with every address in it as people may see it: without user and password, and of the query only what is no
/// secret.
pub fn conceal(text: &str) -> String {
    // So some write an ampersand in JSON.
    without_queries(&without_users(&text.replace("\\u0026", "&")))
}

fn without_users(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        shown.push_str(before);
        let end = after.find(|c| ends_address(c) || matches!(c, '/' | '?' | '#')).unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => shown.extend([MASK, "@", host]),
            None => shown.push_str(authority),
        }
        rest = tail;
    }
    shown + rest
}

fn without_queries(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['?', '#']) {
        let (before, after) = rest.split_at(start + 1);
        shown.push_str(before);
        let (query, tail) = after.split_at(after.find(ends_address).unwrap_or(after.len()));
        if !query.contains('=') {
            shown.push_str(query);
        } else if before.ends_with('#') {
            shown.push('…');
        } else {
            shown.push_str(&shown_query(query));
        }
        rest = tail;
    }
    shown + rest
}

/// What no address goes on after. Brackets and commas may be part of one, so they are not among it.
fn ends_address(character: char) -> bool {
    character.is_whitespace() || character.is_control() || matches!(character, '"' | '\'' | '<' | '>' | '`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_taken_out_of_what_comes_back() {
        let secrets = Secrets::default();
        secrets.add_authorization(&HeaderValue::from_static("Basic Ym9iOnAmIHcwcmQ=")); // bob:p& w0rd
        secrets.add_authorization(&HeaderValue::from_static("Bearer t0ken.abc"));
        secrets.add("say \"it\"");
        secrets.add("");
        for (text, masked) in [
            ("you sent Basic Ym9iOnAmIHcwcmQ= to us", "you sent Basic ***= to us"),
            ("you sent Ym9iOnAmIHcwcmQ", "you sent ***"),
            ("password 'p& w0rd' or p%26%20w0rd", "password '***' or ***"),
            ("Bearer t0ken.abc.", "Bearer ***."),
            (r#"{"token":"say \"it\""}"#, r#"{"token":"***"}"#),
            ("nothing of it", "nothing of it"),
        ] {
            assert_eq!(secrets.mask(text), masked);
        }
    }

    #[test]
    fn what_is_sent_along_with_everything_is_not_shown() {
        let secrets = Secrets::default();
        let headers = [("x-key", "Key abcdefgh-1234"), ("x-meta", "short")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        secrets.add_headers(&HeaderMap::from_iter(headers));
        assert_eq!(secrets.mask("Key abcdefgh-1234, abcdefgh-1234: a short key"), "***, ***: a short key");
    }

    #[test]
    fn a_secret_within_another_does_not_save_the_rest_of_it() {
        let secrets = Secrets::default();
        for secret in ["pass", "password-1", "word"] {
            secrets.add(secret);
        }
        assert_eq!(secrets.mask("password-1 pass word"), "*** *** ***");
    }

    #[test]
    fn signatures_and_states_are_remembered_for_a_while() {
        let secrets = Secrets::default();
        let url = |text: &str| Url::parse(text).unwrap();
        secrets
            .add_address(&url("https://cdn.io/b?digest=sha256:0123456789ab&sig=0123456789abcdef&x=short&barebarebare"));
        assert_eq!(secrets.mask("0123456789abcdef short sha256:0123456789ab"), "*** short sha256:0123456789ab");
        assert_eq!(secrets.mask("barebarebare"), "***");
        for n in 0..MAX_ADDRESS_VALUES {
            secrets.add_address(&url(&format!("https://r.io/up?state={n:020}")));
        }
        assert_eq!(secrets.known().values.len(), MAX_ADDRESS_VALUES);
        assert_eq!(secrets.mask("0123456789abcdef"), "0123456789abcdef");
        // The credentials stay.
        secrets.add("pw");
        assert_eq!(secrets.mask("pw"), "***");
    }

    #[test]
    fn addresses_in_a_text_keep_only_what_is_harmless() {
        for (text, shown) in [
            ("why? because a=b", "why? because a=b"),
            ("issue #3 (see https://r.io/x#top)", "issue #3 (see https://r.io/x#top)"),
            (
                r#"Get "https://u:p@s3.io/b?X-Amz-Signature=ab,c)]&n=5#t=1": timeout"#,
                r#"Get "https://***@s3.io/b?X-Amz-Signature=…&n=5#…": timeout"#,
            ),
            (
                "</v2/a/tags/list?n=5&last=x&token=s>; rel=\"next\"",
                "</v2/a/tags/list?n=5&last=x&token=…>; rel=\"next\"",
            ),
            ("https://a.io/?x=1&amp;sig=2 https://t@b.io", "https://a.io/?x=…&amp;sig=… https://***@b.io"),
            (r#"{"url":"https://a.io/?n=1\u0026sig=2"}"#, r#"{"url":"https://a.io/?n=1&sig=…"}"#),
            ("https://a.io/cb#access_token=x", "https://a.io/cb#…"),
            ("?", "?"),
        ] {
            assert_eq!(conceal(text), shown);
        }
    }
}
