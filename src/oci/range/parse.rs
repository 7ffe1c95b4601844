//! The grammar of ranges.

use std::str::FromStr;

use semver::{Prerelease, Version};

use super::{Comparator, Given, Operator, Range, RangeError};

/// The longest range, in bytes, and the most alternatives that Flux accepts.
const MAX_LENGTH: usize = 512;
const MAX_ALTERNATIVES: usize = 32;

/// Operators, the longer ones before their beginnings.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        if text.len() > MAX_LENGTH {
            return Err(RangeError::TooLong { length: text.len(), limit: MAX_LENGTH });
        }
        let count = text.split("||").count();
        if count > MAX_ALTERNATIVES {
            return Err(RangeError::TooMany { count, limit: MAX_ALTERNATIVES });
        }
        let mut start = 0;
        let mut alternatives = Vec::with_capacity(count);
        for part in text.split("||") {
            if part.trim_matches(is_space).is_empty() {
                return Err(RangeError::Empty { range: text.to_owned() });
            }
            let comparators = Cursor { rest: part }.alternative().map_err(|left| {
                let at = start + part.len() - left;
                RangeError::Syntax { range: text.to_owned(), column: text[..at].chars().count() + 1 }
            })?;
            alternatives.push(comparators);
            start += part.len() + "||".len();
        }
        Ok(Self { alternatives })
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// What is left of an alternative; errors are the number of bytes that were left.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn alternative(mut self) -> Result<Vec<Comparator>, usize> {
        let mut comparators = Vec::new();
        self.skip_space();
        let mut may_be_hyphen_range = true;
        loop {
            comparators.extend(self.term(may_be_hyphen_range)?);
            let spaced = self.skip_space();
            let comma = self.take(",");
            self.skip_space();
            if self.rest.is_empty() && !comma {
                return Ok(comparators);
            }
            if !spaced && !comma {
                return Err(self.rest.len());
            }
            may_be_hyphen_range = comma;
        }
    }

    /// One comparator, or the two of a hyphen range, which begins an alternative or follows a comma.
    fn term(&mut self, may_be_hyphen_range: bool) -> Result<Vec<Comparator>, usize> {
        let operator = self.operator();
        self.skip_space();
        let (version, given) = self.version()?;
        if operator.is_none() && may_be_hyphen_range && self.hyphen() {
            let (to, to_given) = self.version()?;
            return Ok(vec![
                Comparator { operator: Operator::GreaterOrEqual, version, given },
                Comparator { operator: Operator::LessOrEqual, version: to, given: to_given },
            ]);
        }
        Ok(vec![Comparator { operator: operator.unwrap_or(Operator::Equal), version, given }])
    }

    fn operator(&mut self) -> Option<Operator> {
        let (_, operator) = OPERATORS.into_iter().find(|(text, _)| self.take(text))?;
        Some(operator)
    }

    /// A `-` with white space on both sides.
    fn hyphen(&mut self) -> bool {
        let after = self.rest.trim_start_matches(is_space).strip_prefix('-');
        match after {
            Some(after) if self.rest.starts_with(is_space) && after.starts_with(is_space) => {
                self.rest = after.trim_start_matches(is_space);
                true
            }
            _ => false,
        }
    }

    fn version(&mut self) -> Result<(Version, Given), usize> {
        self.take("v");
        let mut given = Given::Nothing;
        let mut numbers = [0; 3];
        for (position, known) in [Given::Major, Given::Minor, Given::Patch].into_iter().enumerate() {
            if position > 0 && !self.take(".") {
                break;
            }
            // Once a part is open, the ones after it say nothing: 1.x.3 is 1.x.
            let number = self.number()?;
            if let Some(number) = number
                && given as usize == position
            {
                numbers[position] = number;
                given = known;
            }
        }
        let pre = if self.take("-") { self.identifiers()? } else { "" };
        if self.take("+") {
            self.identifiers()?;
        }
        let mut version = Version::new(numbers[0], numbers[1], numbers[2]);
        version.pre = Prerelease::new(pre).map_err(|_| self.rest.len() + pre.len())?;
        Ok((version, given))
    }

    /// A number, or nothing for `x`, `X` and `*`.
    fn number(&mut self) -> Result<Option<u64>, usize> {
        if ["x", "X", "*"].into_iter().any(|open| self.take(open)) {
            return Ok(None);
        }
        let left = self.rest.len();
        self.take_while(|c| c.is_ascii_digit()).parse().map(Some).map_err(|_| left)
    }

    /// Identifiers of a pre-release or a build, joined by dots.
    fn identifiers(&mut self) -> Result<&'a str, usize> {
        let left = self.rest.len();
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        if text.split('.').any(str::is_empty) { Err(left) } else { Ok(text) }
    }

    fn take(&mut self, text: &str) -> bool {
        self.rest.strip_prefix(text).map(|rest| self.rest = rest).is_some()
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip_space(&mut self) -> bool {
        !self.take_while(is_space).is_empty()
    }
}
