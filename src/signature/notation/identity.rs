//! Trusted identities: `*`, or a subject as RFC 4514 writes it and notation reads it.

use std::collections::BTreeMap;

use super::problem::Problem;

const WILDCARD: &str = "*";
const SUBJECT_PREFIX: &str = "x509.subject";
/// What every subject has to name.
const REQUIRED: [&str; 3] = ["C", "ST", "O"];
/// What notation finds in a certificate; any other type matches nothing.
const KNOWN: [&str; 9] = ["C", "ST", "L", "O", "OU", "CN", "STREET", "POSTALCODE", "SERIALNUMBER"];
/// What may stand after a backslash as it is.
const ESCAPABLE: &str = " \"#+,;<=>\\";
const EXAMPLE: &str = "write it as 'x509.subject: C=US, ST=WA, O=Acme'";

/// Whose signatures a statement trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// `*`: anyone whom a trusted CA has issued a certificate.
    Any,
    /// `x509.subject:` and at least these parts of the certificate's subject.
    Subject(Subject),
    /// A prefix of some plugin's: it matches nothing.
    Other(String),
}

impl Identity {
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        if text == WILDCARD {
            return Ok(Self::Any);
        }
        match text.split_once(':') {
            Some((SUBJECT_PREFIX, subject)) => Subject::read(subject).map(Self::Subject),
            Some(_) => Ok(Self::Other(text.to_owned())),
            None => Err(Problem::new(format!("the trusted identity '{text}' has no prefix"), EXAMPLE)),
        }
    }

    /// Why it never matches, or not what was meant.
    pub(super) fn doubt(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Other(text) => {
                Some(format!("the trusted identity '{text}' matches nothing: only 'x509.subject:' is known"))
            }
            Self::Subject(subject) => subject.doubt(),
        }
    }
}

/// All the identities of a statement; none may be a special case of another.
pub(super) fn read_all(texts: &[String]) -> Result<Vec<Identity>, Problem> {
    let identities = texts.iter().map(|text| Identity::read(text)).collect::<Result<Vec<_>, _>>()?;
    if identities.len() > 1 && identities.contains(&Identity::Any) {
        return Err(Problem::new(
            "the trusted identity '*' stands beside others",
            "leave '*' alone, or only the others",
        ));
    }
    for (one, first) in texts.iter().zip(&identities) {
        for (other, second) in texts.iter().zip(&identities) {
            if !std::ptr::eq(first, second) && includes(first, second) {
                return Err(Problem::new(
                    format!("the trusted identity '{one}' includes '{other}'"),
                    "leave out one of them, or add to the first what tells it from the second",
                ));
            }
        }
    }
    Ok(identities)
}

fn includes(one: &Identity, other: &Identity) -> bool {
    matches!((one, other), (Identity::Subject(one), Identity::Subject(other)) if one.includes(other))
}

/// Parts of a subject, by type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(BTreeMap<String, String>);

impl Subject {
    /// Read a subject: parts after `,` or `;`, spaces around them trimmed, special characters escaped by a backslash.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let wrong = |why: &str, advice: &str| Problem::new(format!("the subject '{}' {why}", text.trim()), advice);
        if text.contains("=#") {
            return Err(wrong("has an encoded value ('=#')", "write the value as text"));
        }
        let mut parts = BTreeMap::new();
        for piece in
            pieces(text).ok_or_else(|| wrong("has an unescaped '+'", "write '\\+', or a comma between parts"))?
        {
            let (kind, value) = part(piece).ok_or_else(|| {
                wrong(&format!("has '{}'", piece.trim()), "write TYPE=value, and a backslash before , ; + \\ in values")
            })?;
            if parts.insert(kind.clone(), value).is_some() {
                return Err(wrong(&format!("has {kind} twice"), "name each type once"));
            }
        }
        let missing = REQUIRED.iter().find(|kind| parts.get(**kind).is_none_or(String::is_empty));
        if let Some(missing) = missing {
            return Err(wrong(&format!("has no {missing}"), "name at least C, ST and O, in upper case"));
        }
        Ok(Self(parts))
    }

    /// The parts, by type: `S` reads as `ST`.
    pub fn parts(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Whether everything that this names stands in `other` as well, letter for letter.
    pub fn includes(&self, other: &Self) -> bool {
        self.0.iter().all(|(kind, value)| other.0.get(kind).is_some_and(|found| found == value))
    }

    fn doubt(&self) -> Option<String> {
        if let Some(kind) = self.0.keys().find(|kind| !KNOWN.contains(&kind.as_str())) {
            let known = KNOWN.join(", ");
            return Some(format!("the type '{kind}' in a trusted identity matches nothing; known are {known}"));
        }
        let quoted = self.0.iter().find(|(_, value)| value.starts_with('"') || value.ends_with('"'));
        quoted.map(|(kind, value)| {
            format!("the quotation marks in '{kind}={value}' of a trusted identity are a part of its value")
        })
    }
}

/// The parts between the separators that are not escaped, or `None` where a part would have two attributes.
fn pieces(text: &str) -> Option<Vec<&str>> {
    let (mut pieces, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'+' => return None,
            b',' | b';' => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    Some(pieces)
}

fn part(piece: &str) -> Option<(String, String)> {
    let (kind, value) = piece.split_once('=')?;
    let kind = decode(kind).filter(|kind| !kind.is_empty())?;
    Some((if kind == "S" { "ST".to_owned() } else { kind }, decode(value)?))
}

/// A type or a value without the spaces around it and its escapes.
fn decode(text: &str) -> Option<String> {
    let text = text.trim_start_matches(' ');
    let trimmed = text.trim_end_matches(' ');
    let backslashes = trimmed.len() - trimmed.trim_end_matches('\\').len();
    // The space after an odd backslash is escaped.
    let text = if backslashes % 2 == 1 { text.get(..=trimmed.len())? } else { trimmed };
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'\\', [special, after @ ..]) if ESCAPABLE.as_bytes().contains(special) => (*special, after),
            (b'\\', [high, low, after @ ..]) => (hex(*high)? << 4 | hex(*low)?, after),
            (b'\\', _) => return None,
            _ => (*first, after),
        };
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
