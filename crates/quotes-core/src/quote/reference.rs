//! How people call a quote.

use std::fmt;

use bson::{Bson, doc};
use serde::{Serialize, Serializer};

use super::QuoteId;

/// `Q` and the last eight hex digits of the ObjectId, upper case. An `_id` of another type has no such
/// digits: its reference is `X` and eight digits of a hash of the id, the same every time, and never
/// taken for that of an ObjectId.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(String);

impl Reference {
    /// The reference of the quote with this id.
    pub fn of(id: &QuoteId) -> Self {
        match id.as_bson() {
            Bson::ObjectId(id) => Self(format!("Q{}", id.to_hex()[16..].to_ascii_uppercase())),
            other => {
                // Equal values of the same type are equal bytes.
                let bytes = doc! { "": other.clone() }.to_vec().unwrap_or_default();
                let hash = xxhash_rust::xxh3::xxh3_64(&bytes);
                Self(format!("X{:08X}", hash & 0xffff_ffff))
            }
        }
    }

    /// What somebody typed, if it can be a reference: in any case, with or without `Q`, with blanks and
    /// hyphens and a number sign.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '#'));
        let plain: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let (kind, digits) = match plain.split_at_checked(1) {
            Some(("X", digits)) => ("X", digits),
            Some(("Q", digits)) => ("Q", digits),
            _ => ("Q", plain.as_str()),
        };
        let is_reference =
            digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_reference.then(|| Self(format!("{kind}{digits}")))
    }

    /// As stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;

    use super::*;

    #[test]
    fn people_type_references_in_many_ways() {
        let id = ObjectId::parse_str("65a1b2c3d4e5f60718293a4b").unwrap();
        let reference = Reference::of(&id.into());
        assert_eq!(reference.as_str(), "Q18293A4B");
        for typed in ["Q18293A4B", "q18293a4b", "18293a4b", " #Q 1829-3A4B "] {
            assert_eq!(Reference::parse(typed), Some(reference.clone()), "{typed}");
        }
        for typed in ["", "Q", "Q18293A4", "Q18293A4BC", "Q18293A4G", "Miller", "QQ18293A4B"] {
            assert_eq!(Reference::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn other_ids_have_one_of_their_own() {
        let reference = Reference::of(&Bson::from("import-7").into());
        assert!(reference.as_str().starts_with('X'));
        assert_eq!(Reference::parse(reference.as_str()), Some(reference.clone()));
        assert_ne!(reference, Reference::of(&Bson::from("import-8").into()));
    }
}
