//! Where a page begins, as clients keep it: opaque, and of one list only.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use sha2::{Digest as _, Sha256};

use super::bad_cursor;
use crate::failure::Failure;

/// Longer than any that is given out, but for keys of thousands of characters.
const CHARACTERS_MAX: usize = 8_192;
const FINGERPRINT_BYTES: usize = 12;

/// A place in a list.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) enum Cursor {
    /// After the quote with this key.
    After(Document),
    /// Before the quote with this key.
    Before(Document),
    /// After so many.
    Offset(usize),
}

/// What tells a list from others: another filter or order makes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// Of everything that makes a list what it is.
    pub(in crate::store) fn of(list: &Document) -> Self {
        let bytes = list.to_vec().unwrap_or_default();
        Self(Sha256::digest(bytes)[..FINGERPRINT_BYTES].to_vec())
    }
}

impl Cursor {
    /// As text, for this list.
    pub(in crate::store) fn write(&self, list: &Fingerprint) -> String {
        let (kind, place) = match self {
            Self::After(key) => ("a", Bson::Document(key.clone())),
            Self::Before(key) => ("b", Bson::Document(key.clone())),
            Self::Offset(offset) => ("o", Bson::Int64(i64::try_from(*offset).unwrap_or(i64::MAX))),
        };
        let list = Binary { subtype: BinarySubtype::Generic, bytes: list.0.clone() };
        // A document that was read can be written.
        let bytes = doc! { "l": list, kind: place }.to_vec().unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text that is a cursor of this list.
    pub(in crate::store) fn read(text: &str, list: &Fingerprint) -> Result<Self, Failure> {
        Self::parse(text, list).ok_or_else(bad_cursor)
    }

    fn parse(text: &str, list: &Fingerprint) -> Option<Self> {
        if text.len() > CHARACTERS_MAX {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let cursor = Document::from_reader(bytes.as_slice()).ok()?;
        if *cursor.get_binary_generic("l").ok()? != list.0 {
            return None;
        }
        if let Ok(key) = cursor.get_document("a") {
            return Some(Self::After(key.clone()));
        }
        if let Ok(key) = cursor.get_document("b") {
            return Some(Self::Before(key.clone()));
        }
        usize::try_from(cursor.get_i64("o").ok()?).ok().map(Self::Offset)
    }
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, doc};

    use super::{Cursor, Fingerprint};

    #[test]
    fn a_cursor_is_of_its_own_list() {
        let list = Fingerprint::of(&doc! { "status": "draft" });
        let key = doc! { "updatedAt": DateTime::from_millis(7), "_id": { "tenant": "north" } };
        for cursor in [Cursor::After(key.clone()), Cursor::Before(key), Cursor::Offset(25)] {
            let text = cursor.write(&list);
            assert_eq!(Cursor::parse(&text, &list), Some(cursor));
            let other = Fingerprint::of(&doc! { "status": "sent" });
            assert_eq!(Cursor::parse(&text, &other), None);
            assert_eq!(Cursor::parse(&text[1..], &list), None);
        }
        assert_eq!(Cursor::parse("page 2", &list), None);
        assert_eq!(Cursor::parse("", &list), None);
    }
}
