//! A registry's words of warning, `Warning: 299 - "text"` (NET-14): read here, told once, and never acted upon. No I/O.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use reqwest::header::{HeaderMap, WARNING};

/// How much of an answer's warnings is read, in bytes.
const MAX_WARNINGS: usize = 4096;
/// How many different texts of one host are told.
const MAX_PER_HOST: usize = 20;
/// The one code that the specification gives a meaning, and the one agent.
const MISCELLANEOUS: (&str, &str) = ("299", "-");

/// The texts of an answer's warnings, as they came. What is no warning of a registry's ends the line that it is in.
pub(super) fn texts(headers: &HeaderMap) -> Vec<String> {
    let mut left = MAX_WARNINGS;
    let mut texts = Vec::new();
    for line in headers.get_all(WARNING) {
        let bytes = &line.as_bytes()[..line.len().min(left)];
        left -= bytes.len();
        texts.extend(Line(&String::from_utf8_lossy(bytes)).filter_map(Warning::text));
    }
    texts
}

/// One warning of a line.
struct Warning<'a> {
    code: &'a str,
    agent: &'a str,
    text: String,
}

impl Warning<'_> {
    fn text(self) -> Option<String> {
        let told = (self.code, self.agent) == MISCELLANEOUS && !self.text.trim().is_empty();
        told.then_some(self.text)
    }
}

/// The warnings of one line: `CODE AGENT "TEXT" ["DATE"]`, separated by commas.
struct Line<'a>(&'a str);

impl<'a> Iterator for Line<'a> {
    type Item = Warning<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches([',', ' ', '\t']);
        let (code, rest) = rest.split_once(' ')?;
        let (agent, rest) = rest.trim_start().split_once(' ')?;
        let (text, rest) = quoted(rest)?;
        self.0 = quoted(rest).map_or(rest, |(_date, rest)| rest);
        Some(Warning { code, agent, text })
    }
}

/// The quoted string that `text` begins with, and what follows it. One that is cut off ends with the text.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut characters = inner.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &inner[index + 1..])),
            '\\' => value.extend(characters.next().map(|(_, quoted)| quoted)),
            _ => value.push(character),
        }
    }
    value.push('…');
    Some((value, ""))
}

/// What was told already, by host.
#[derive(Default)]
pub(super) struct Told(Mutex<HashMap<String, HashSet<String>>>);

impl Told {
    /// Whether `text` of `host` is to be told: the first time, and when the host did not say too much.
    pub(super) fn is_news(&self, host: &str, text: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = told.entry(host.to_owned()).or_default();
        texts.len() < MAX_PER_HOST && texts.insert(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(lines: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WARNING, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        texts(&headers)
    }

    #[test]
    fn warnings_as_they_are_written() {
        for (line, texts) in [
            (r#"299 - "moves to r2.io""#, &["moves to r2.io"][..]),
            (r#"299 - "a \"b\" \\ c\d""#, &[r#"a "b" \ cd"#]),
            (r#"299 - "one", 299 - "two, too""#, &["one", "two, too"]),
            (r#"299 - "one" "Wed, 21 Oct 2026 07:28:00 GMT", 299 - "two""#, &["one", "two"]),
            (r#"199 - "other code", 299 host "other agent", 299 - "told""#, &["told"]),
            ("299 - \"über\ttab\"", &["über\ttab"]),
            (r#"299 - "cut off"#, &["cut off…"]),
            (r#"299 - "ends with \"#, &["ends with …"]),
            (r#"299 - """#, &[]),
            (r#"299 -"text""#, &[]),
            ("299 - text", &[]),
            ("299", &[]),
            ("", &[]),
            (r#"nonsense, 299 - "told""#, &[]),
        ] {
            assert_eq!(read(&[line]), texts, "{line}");
        }
        assert_eq!(read(&[r#"299 - "one""#, "?", r#"299 - "two""#]), ["one", "two"]);
    }

    #[test]
    fn an_answer_does_not_warn_without_end() {
        let long = format!("299 - \"{}\"", "x".repeat(5000));
        let texts = read(&[&long, r#"299 - "more""#]);
        assert_eq!(texts.len(), 1);
        assert_eq!(texts[0].chars().count(), MAX_WARNINGS - "299 - \"".len() + 1);
    }

    #[test]
    fn a_text_is_told_once_and_a_host_does_not_talk_for_ever() {
        let told = Told::default();
        assert!(told.is_news("a.io", "x") && told.is_news("b.io", "x"));
        assert!(!told.is_news("a.io", "x"));
        let more = (0..100).filter(|n| told.is_news("a.io", &n.to_string())).count();
        assert_eq!(more, MAX_PER_HOST - 1);
    }
}
