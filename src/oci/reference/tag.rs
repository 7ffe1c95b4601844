//! Tags, as the distribution specification's "Pulling manifests" writes them.

use std::fmt;
use std::str::FromStr;

use super::super::Digest;
use super::slip::{Piece, ReferenceError, Slip, shown};

/// The longest tag, in bytes.
const MAX_LENGTH: usize = 128;
/// How many characters of a digest's hex a referrers tag has: every digest has as many or more.
const REFERRERS_HEX: usize = 64;

/// A tag: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The tag that read commands mean when none is given.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// The tag under which the referrers of `subject` are listed where the registry has no list of its own: the
    /// distribution specification's "Referrers Tag Schema" (HTTP-73).
    pub fn of_referrers(subject: &Digest) -> Self {
        Self(format!("{}-{}", subject.algorithm().name(), &subject.hex()[..REFERRERS_HEX]))
    }

    /// The tag under which cosign keeps what belongs to `subject`; `suffix` is `sig`, `att` or `sbom`.
    pub fn of_cosign(subject: &Digest, suffix: &str) -> Self {
        Self(format!("{}-{}.{suffix}", subject.algorithm().name(), subject.hex()))
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(piece: Piece) -> Result<Self, Slip> {
        let text = piece.text();
        if let Some((at, character)) = text.char_indices().find(|(_, c)| !is_tag_character(*c)) {
            return Err(wrong_character(piece, at, character));
        }
        match text.chars().next() {
            None => return Err(Slip::new("the tag is empty").advice(EMPTY)),
            Some(first @ ('.' | '-')) => {
                return Err(Slip::new(format!("a tag begins with a letter, a digit or '_', not with '{first}'"))
                    .mended(piece.replaced(text.trim_start_matches(['.', '-']))));
            }
            Some(_) => {}
        }
        if text.len() > MAX_LENGTH {
            return Err(Slip::new(format!("the tag has {} characters; at most {MAX_LENGTH} are allowed", text.len())));
        }
        Ok(Self(text.to_owned()))
    }
}

/// What an empty tag usually comes from.
pub(super) const EMPTY: &str = "a command such as $(git tag) that prints nothing leaves it empty";

/// What two tags in one place usually want.
pub(super) const SEVERAL: &str = "further tags are given with --tag";

fn is_tag_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

fn wrong_character(piece: Piece, at: usize, character: char) -> Slip {
    let text = piece.text();
    let slip = Slip::new(format!(
        "{} at column {} is not allowed in a tag; letters, digits, '.', '_' and '-' are",
        shown(character),
        piece.column(at)
    ));
    match character {
        '+' => slip.mended(piece.replaced(&text.replace('+', "_"))).advice("'_' stands for '+' in tags, as in Helm's"),
        '?' | '#' => slip.mended(piece.after(at).replaced("")),
        '/' => slip.mended(piece.replaced(&without_slashes(text))),
        ':' => slip.mended(piece.replaced(&text[at + 1..])).advice("a tag is given without its repository"),
        _ if character.is_whitespace() => {
            let first = text.split_whitespace().next().unwrap_or_default();
            slip.mended(piece.replaced(first)).advice(SEVERAL)
        }
        _ => slip,
    }
}

/// A branch's or tag's name in git as a tag: `refs/heads/feature/x` becomes `feature-x`.
fn without_slashes(text: &str) -> String {
    if let Some((_, tag)) = text.rsplit_once(':') {
        return tag.to_owned();
    }
    let name = text.strip_prefix("refs/heads/").or_else(|| text.strip_prefix("refs/tags/")).unwrap_or(text);
    name.replace('/', "-")
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let parse = |text: &str| Self::parse(Piece::new(text));
        parse(text).map_err(|slip| slip.explain(parse, Self::to_string))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
