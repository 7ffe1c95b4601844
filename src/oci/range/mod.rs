//! Version ranges over tags, with the grammar and the meaning of Flux's `OCIRepository`, which is Masterminds semver v3.
//!
//! A range is alternatives joined by `||`, each of them comparators joined by white space or a comma: `>=1.2, <2 || ^3`.
//! Parts may be missing or `x`, `X`, `*`; `1.2 - 2` is `>=1.2, <=2`. An alternative takes pre-releases only when one of
//! its comparators names one: `>=1.0-0` takes them all.
//!
//! A tag is a version when it has two dots and reads as one: `1.2.3`, `v1.2.3`, `01.2.3`; `1.2` and `v2` are not.

mod parse;
mod tags;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use semver::Version;

pub use tags::{is_fallback_or_signature, latest, listing_order, tag_version};

/// A range of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    alternatives: Vec<Vec<Comparator>>,
}

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// One of the alternatives is empty.
    #[error("the version range '{range}' has an empty part")]
    Empty {
        /// The whole range.
        range: String,
    },
    /// Something that is neither operator, version nor separator.
    #[error("the version range '{range}' is not understood at column {column}")]
    Syntax {
        /// The whole range.
        range: String,
        /// Where, from 1, in characters.
        column: usize,
    },
    /// Longer than Flux accepts.
    #[error("the version range has {length} characters; at most {limit} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More alternatives than Flux accepts.
    #[error("the version range has {count} alternatives; at most {limit} are allowed")]
    TooMany {
        /// How many it has.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
}

impl RangeError {
    /// What a range looks like.
    pub fn hint(&self) -> &'static str {
        "ranges are written '>=1.2, <2', '~1.2', '^1', '1.x', '1.2 - 2' or '^1 || ^2'"
    }
}

impl Range {
    /// Whether `version` lies in the range.
    pub fn matches(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|comparators| {
            let takes_pre_releases = comparators.iter().any(|comparator| !comparator.version.pre.is_empty());
            (takes_pre_releases || version.pre.is_empty()) && comparators.iter().all(|one| one.matches(version))
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

/// How many of a comparator's numbers were given; what is not given is zero in its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Nothing,
    Major,
    Minor,
    Patch,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparator {
    operator: Operator,
    version: Version,
    given: Given,
}

impl Comparator {
    fn matches(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::Equal if self.given == Given::Patch => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => order != Ordering::Less && self.tilde(version),
            Operator::NotEqual => self.not_equal(version, order),
            Operator::Greater => self.greater(version, order),
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => self.less_or_equal(version, order),
            Operator::Caret => order != Ordering::Less && self.caret(version),
        }
    }

    fn same_minor(&self, version: &Version) -> bool {
        (version.major, version.minor) == (self.version.major, self.version.minor)
    }

    /// `!=1.2` leaves out every 1.2.z, but of the pre-releases only its own.
    fn not_equal(&self, version: &Version, order: Ordering) -> bool {
        match self.given {
            Given::Major => version.major != self.version.major,
            Given::Minor => !self.same_minor(version) || version.pre != self.version.pre,
            Given::Nothing | Given::Patch => order != Ordering::Equal,
        }
    }

    /// `>1` begins at 2.0.0, `>1.2` at 1.3.0.
    fn greater(&self, version: &Version, order: Ordering) -> bool {
        match self.given {
            Given::Major => version.major > self.version.major,
            Given::Minor => (version.major, version.minor) > (self.version.major, self.version.minor),
            Given::Nothing | Given::Patch => order == Ordering::Greater,
        }
    }

    /// `<=1` ends before 2.0.0, `<=1.2` before 1.3.0.
    fn less_or_equal(&self, version: &Version, order: Ordering) -> bool {
        match self.given {
            Given::Major => version.major <= self.version.major,
            Given::Nothing | Given::Minor => (version.major, version.minor) <= (self.version.major, self.version.minor),
            Given::Patch => order != Ordering::Greater,
        }
    }

    /// Up to the next minor version, or the next major one when no minor is given. `~0.0.0` and `*` have no end.
    fn tilde(&self, version: &Version) -> bool {
        let wanted = &self.version;
        let is_zero = (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0);
        match self.given {
            Given::Nothing | Given::Patch if is_zero => true,
            Given::Major => version.major == wanted.major,
            _ => self.same_minor(version),
        }
    }

    /// Up to the next change of the leftmost number that is not zero. `^*` is `^0.0.0`, as in Masterminds.
    fn caret(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if wanted.major > 0 || self.given == Given::Major {
            return version.major == wanted.major;
        }
        if wanted.minor > 0 || self.given == Given::Minor {
            return self.same_minor(version);
        }
        self.same_minor(version) && version.patch == wanted.patch
    }
}
