//! Names of collections and fields that a migration may touch.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The server's limit on `database.collection`, in bytes.
const NAMESPACE_BYTES_MAX: usize = 255;

/// A text that can't be what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no {what}: {reason}")]
pub struct InvalidName {
    what: &'static str,
    given: String,
    reason: String,
}

impl InvalidName {
    /// `what` is the kind of name, `reason` a clause that follows a colon.
    pub(crate) fn new(what: &'static str, given: &str, reason: &str) -> Self {
        InvalidName { what, given: given.to_owned(), reason: reason.to_owned() }
    }

    /// Why it was refused, without naming what was given.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// The name of a collection of the application, never one of the server's or of Causeway's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectionName(String);

impl CollectionName {
    /// The name as the server knows it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CollectionName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason: &str| Err(InvalidName::new("collection name", text, reason));
        if text.is_empty() {
            return invalid("it is empty");
        }
        if text.contains('$') || text.contains('\0') {
            return invalid("`$` and the NUL character are not allowed");
        }
        if text.starts_with('.') {
            return invalid("it begins with a dot");
        }
        if text.starts_with("system.") {
            return invalid("collections of the server are not migrated");
        }
        if text == "migrations" || text.starts_with("causeway_") {
            return invalid("it belongs to Causeway, which keeps its records there");
        }
        if text.len() > NAMESPACE_BYTES_MAX {
            return invalid("the server allows 255 bytes for database and collection together");
        }
        Ok(CollectionName(text.to_owned()))
    }
}

/// The name of a top-level field that a migration owns.
///
/// Dotted paths are refused: `$set` on `a.b` also makes `a` where it is missing, and `$unset`
/// would leave it behind, so undo could not be exact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldName(String);

impl FieldName {
    /// The name as it stands in the documents.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FieldName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason: &str| Err(InvalidName::new("field name", text, reason));
        if text.is_empty() {
            return invalid("it is empty");
        }
        if text.contains('.') {
            return invalid(
                "only top-level fields can be owned; $set on a dotted path makes missing parents, \
                 which undo could not tell from those that were there",
            );
        }
        if text.starts_with('$') || text.contains('\0') {
            return invalid("a leading `$` and the NUL character are not allowed");
        }
        if text == "_id" {
            return invalid("the server doesn't let anybody change `_id`");
        }
        Ok(FieldName(text.to_owned()))
    }
}

macro_rules! string_conversions {
    ($name:ident) => {
        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

string_conversions!(CollectionName);
string_conversions!(FieldName);

#[cfg(test)]
mod tests {
    use super::{CollectionName, FieldName};

    #[test]
    fn collections_of_the_server_and_of_causeway_are_refused() {
        let long = "x".repeat(256);
        for text in ["", "a$b", "a\0", ".a", "system.views", "migrations", "causeway_lock", &long] {
            assert!(text.parse::<CollectionName>().is_err(), "{text:?}");
        }
        for text in ["quotes", "migrations_old", "a.b", "systems"] {
            assert_eq!(text.parse::<CollectionName>().expect("valid").as_str(), text);
        }
    }

    #[test]
    fn a_dotted_field_is_refused_with_the_reason() {
        let error = "a.b".parse::<FieldName>().expect_err("must be refused");
        assert!(error.reason().contains("undo"), "{error}");
        for text in ["", "$a", "a\0", "_id"] {
            assert!(text.parse::<FieldName>().is_err(), "{text:?}");
        }
        assert_eq!("a$b".parse::<FieldName>().expect("valid").as_str(), "a$b");
    }
}
