//! The version of a migration: a short string whose digits count as numbers.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::name::InvalidName;

/// At most so many characters: versions become part of file names and index keys.
pub const VERSION_CHARACTERS_MAX: usize = 64;

/// The version of a migration, e.g. `010` or `2024.11-quotes`.
///
/// Ordered the way people read it: runs of digits compare as numbers, so `9 < 010 < 011`.
/// Two spellings of one number (`10` and `010`) are different versions, but
/// [`Version::is_same_number_as`] tells that they can't stand side by side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(String);

impl Version {
    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both read as the same when leading zeros don't count.
    pub fn is_same_number_as(&self, other: &Version) -> bool {
        tokens(&self.0).eq(tokens(&other.0))
    }
}

impl FromStr for Version {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason: &str| Err(InvalidName::new("version", text, reason));
        let Some(first) = text.chars().next() else {
            return invalid("it is empty");
        };
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) {
            return invalid("only letters, digits, `.`, `_` and `-` are allowed");
        }
        // A leading `-` would read as an option on the command line, a leading `.` as a hidden
        // file or a parent folder in the state directory.
        if !first.is_ascii_alphanumeric() {
            return invalid("it must begin with a letter or a digit");
        }
        if text.len() > VERSION_CHARACTERS_MAX {
            return invalid("it is longer than 64 characters");
        }
        Ok(Version(text.to_owned()))
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> String {
        version.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // The spelling decides between `10` and `010`, so that the order agrees with `Eq`.
        tokens(&self.0).cmp(tokens(&other.0)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A piece of a version; the order of the variants is the order of versions.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token<'a> {
    /// Length first: of two numbers without leading zeros the longer is the larger.
    Number(usize, &'a str),
    Character(char),
}

fn tokens(mut rest: &str) -> impl Iterator<Item = Token<'_>> {
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        if !first.is_ascii_digit() {
            rest = &rest[first.len_utf8()..];
            return Some(Token::Character(first));
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[..end].trim_start_matches('0');
        rest = &rest[end..];
        Some(Token::Number(digits.len(), digits))
    })
}

#[cfg(test)]
mod tests {
    use super::Version;

    fn version(text: &str) -> Version {
        text.parse().expect("valid")
    }

    #[test]
    fn digits_compare_as_numbers() {
        let sorted = ["1", "2", "9", "010", "10", "011", "100", "100-a", "100-b", "a", "a2", "a10"];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn leading_zeros_make_the_same_number_but_not_the_same_version() {
        assert!(version("010").is_same_number_as(&version("10")));
        assert!(!version("010").is_same_number_as(&version("100")));
        assert_ne!(version("010"), version("10"));
    }

    #[test]
    fn what_is_no_version() {
        for text in ["", " 1", "1/2", "é", "-1", ".", "..", "_x", &"1".repeat(65)] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
        assert_eq!(version(&"1".repeat(64)).as_str().len(), 64);
    }
}
