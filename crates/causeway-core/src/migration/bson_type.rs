//! BSON types by the names that the server's `$type` and `bsonType` use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::name::InvalidName;

/// A BSON type, or [`BsonType::Number`] for any of the four numeric ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(missing_docs, reason = "each variant is the server's alias of the same name")]
pub enum BsonType {
    Double,
    String,
    Object,
    Array,
    BinData,
    Undefined,
    ObjectId,
    Bool,
    Date,
    Null,
    Regex,
    DbPointer,
    Javascript,
    Symbol,
    JavascriptWithScope,
    Int,
    Timestamp,
    Long,
    Decimal,
    MinKey,
    MaxKey,
    Number,
}

/// Alias, type, and the byte that introduces such an element in BSON.
const TYPES: [(&str, BsonType, u8); 21] = [
    ("double", BsonType::Double, 0x01),
    ("string", BsonType::String, 0x02),
    ("object", BsonType::Object, 0x03),
    ("array", BsonType::Array, 0x04),
    ("binData", BsonType::BinData, 0x05),
    ("undefined", BsonType::Undefined, 0x06),
    ("objectId", BsonType::ObjectId, 0x07),
    ("bool", BsonType::Bool, 0x08),
    ("date", BsonType::Date, 0x09),
    ("null", BsonType::Null, 0x0a),
    ("regex", BsonType::Regex, 0x0b),
    ("dbPointer", BsonType::DbPointer, 0x0c),
    ("javascript", BsonType::Javascript, 0x0d),
    ("symbol", BsonType::Symbol, 0x0e),
    ("javascriptWithScope", BsonType::JavascriptWithScope, 0x0f),
    ("int", BsonType::Int, 0x10),
    ("timestamp", BsonType::Timestamp, 0x11),
    ("long", BsonType::Long, 0x12),
    ("decimal", BsonType::Decimal, 0x13),
    ("minKey", BsonType::MinKey, 0xff),
    ("maxKey", BsonType::MaxKey, 0x7f),
];

const NUMBER: &str = "number";

impl BsonType {
    /// Whether an element introduced by this byte is of the type.
    pub fn matches_element_type(self, element_type: u8) -> bool {
        match BsonType::of(element_type) {
            Some(found) => found == self || (self == BsonType::Number && found.is_numeric()),
            None => false,
        }
    }

    /// The server's name for the type of an element introduced by this byte; `unknown` for a byte
    /// that the BSON specification doesn't know.
    pub fn name_of(element_type: u8) -> &'static str {
        BsonType::of(element_type).map_or("unknown", BsonType::name)
    }

    /// The type of an element introduced by this byte.
    pub fn of(element_type: u8) -> Option<BsonType> {
        TYPES.iter().find(|(_, _, byte)| *byte == element_type).map(|(_, found, _)| *found)
    }

    /// The server's name.
    pub fn name(self) -> &'static str {
        TYPES.iter().find(|(_, found, _)| *found == self).map_or(NUMBER, |(name, _, _)| name)
    }

    /// Every name that can be written for a type.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TYPES.iter().map(|(name, _, _)| *name).chain([NUMBER])
    }

    /// Whether the type is `number` or one of those it stands for.
    pub fn is_numeric(self) -> bool {
        matches!(
            self,
            BsonType::Int
                | BsonType::Long
                | BsonType::Double
                | BsonType::Decimal
                | BsonType::Number
        )
    }
}

impl FromStr for BsonType {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == NUMBER {
            return Ok(BsonType::Number);
        }
        TYPES
            .iter()
            .find(|(name, _, _)| *name == text)
            .map(|(_, found, _)| *found)
            .ok_or_else(|| InvalidName::new("BSON type", text, "the server knows no such type"))
    }
}

impl TryFrom<String> for BsonType {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BsonType> for String {
    fn from(found: BsonType) -> String {
        found.name().to_owned()
    }
}

impl fmt::Display for BsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{BsonType, TYPES};

    #[test]
    fn names_and_bytes_agree() {
        for (name, found, byte) in TYPES {
            assert_eq!(name.parse::<BsonType>().expect("valid"), found);
            assert_eq!(found.to_string(), name);
            assert_eq!(BsonType::name_of(byte), name);
            assert!(found.matches_element_type(byte));
            assert_eq!(BsonType::Number.matches_element_type(byte), found.is_numeric());
        }
        assert_eq!(BsonType::name_of(0x42), "unknown");
        assert_eq!("number".parse::<BsonType>().expect("valid"), BsonType::Number);
        assert!("Array".parse::<BsonType>().is_err());
    }
}
