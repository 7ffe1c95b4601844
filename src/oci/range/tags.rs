//! Tags as versions, and the order in which they are listed.

use std::cmp::Ordering;

use semver::{BuildMetadata, Prerelease, Version};

use super::Range;
use crate::oci::Tag;

/// The version that a tag is, by the rule of Flux's `OCIRepository`: two dots, an optional `v` in front, zeros in front
/// of numbers ignored.
pub fn tag_version(tag: &str) -> Option<Version> {
    if tag.matches('.').count() < 2 {
        return None;
    }
    let text = tag.strip_prefix('v').unwrap_or(tag);
    let (core, pre) = text.split_once('-').map_or((text, ""), |(core, pre)| (core, pre));
    if core.len() < text.len() && pre.is_empty() {
        return None;
    }
    let mut numbers = [0; 3];
    for (position, part) in core.split('.').enumerate() {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        *numbers.get_mut(position)? = part.parse().ok().filter(|_| digits)?;
    }
    let [major, minor, patch] = numbers;
    Some(Version { major, minor, patch, pre: Prerelease::new(pre).ok()?, build: BuildMetadata::EMPTY })
}

/// The tag with the highest version in `range`.
pub fn latest<'a>(range: &Range, tags: impl Iterator<Item = &'a Tag>) -> Option<&'a Tag> {
    tags.filter(|tag| tag_version(tag.as_str()).is_some_and(|version| range.matches(&version)))
        .min_by(|a, b| listing_order(a, b))
}

/// The order of a listing: versions first, the highest first; then the other tags in natural order, descending.
pub fn listing_order(a: &Tag, b: &Tag) -> Ordering {
    let (a, b) = (a.as_str(), b.as_str());
    let by_version = match (tag_version(a), tag_version(b)) {
        (Some(a), Some(b)) => b.cmp_precedence(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_version.then_with(|| natural_order(b, a)).then_with(|| b.cmp(a))
}

/// Whether a tag is machinery: the referrers tag of the distribution specification (`sha256-<hex>`, its hex cut to 64
/// characters), or cosign's `sha256-<hex>.sig`, `.att`, `.sbom`.
pub fn is_fallback_or_signature(tag: &Tag) -> bool {
    let text = tag.as_str();
    let stem = [".sig", ".att", ".sbom"].iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text);
    let hex = stem.strip_prefix("sha256-").or_else(|| stem.strip_prefix("sha512-"));
    hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

/// Compares runs of digits as numbers and everything else byte by byte: `a9` before `a10`.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (run_a, rest_a) = first_run(a);
        let (run_b, rest_b) = first_run(b);
        let order = match (number(run_a), number(run_b)) {
            // Without zeros in front, the longer number is the higher one, however many digits it has.
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => run_a.cmp(run_b),
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.len().cmp(&b.len())
}

/// The digits, or the other characters, that `text` begins with, and the rest.
fn first_run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

fn number(run: &str) -> Option<&str> {
    run.starts_with(|c: char| c.is_ascii_digit()).then(|| run.trim_start_matches('0'))
}
