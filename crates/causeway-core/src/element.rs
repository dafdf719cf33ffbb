//! Walks the top-level elements of a raw document without decoding a value.
//!
//! The driver's own iterator decodes and validates each value; a digest, an archive and an exact
//! undo need positions and bytes instead, for every type, also for values the driver can't hold.

use bson::RawDocument;

/// One top-level element and where its bytes stand in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// BSON type byte.
    pub kind: u8,
    /// Field name, without the terminating zero. Names are compared as bytes.
    pub name: &'a [u8],
    /// Raw bytes of the value.
    pub value: &'a [u8],
    /// Offset of the type byte in the document.
    pub start: usize,
    /// Offset just after the value in the document.
    pub end: usize,
}

impl Element<'_> {
    /// Type byte and value, without the name: how values and ids are kept in digests and archives.
    #[must_use]
    pub fn packed_value(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(1 + self.value.len());
        packed.push(self.kind);
        packed.extend_from_slice(self.value);
        packed
    }

    /// Whether type and bytes are those of `packed`.
    #[must_use]
    pub fn is_packed(&self, packed: &[u8]) -> bool {
        packed.split_first().is_some_and(|(kind, value)| *kind == self.kind && value == self.value)
    }
}

/// The bytes are not BSON. The server stores only BSON, so this means a damaged document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document is not well-formed BSON at byte {offset}")]
pub struct Malformed {
    /// Offset of the first byte that makes no sense.
    pub offset: usize,
}

/// Iterator over the top-level elements of a document.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Elements<'a> {
    /// The elements of `document`, in order.
    #[must_use]
    pub fn of(document: &'a RawDocument) -> Self {
        Self { bytes: document.as_bytes(), at: 4 }
    }

    fn read(&mut self) -> Result<Element<'a>, Malformed> {
        let start = self.at;
        let malformed = |offset| Malformed { offset };
        let kind = self.bytes[start];
        let name_start = start + 1;
        let name_len = zero_at(&self.bytes[name_start..]).ok_or(malformed(name_start))?;
        let value_start = name_start + name_len + 1;
        let value_len =
            value_len(kind, &self.bytes[value_start..]).ok_or(malformed(value_start))?;
        let end = value_start.checked_add(value_len).ok_or(malformed(value_start))?;
        // The last byte of the document is its terminator, never part of a value.
        if end > self.bytes.len() - 1 {
            return Err(malformed(value_start));
        }
        self.at = end;
        Ok(Element {
            kind,
            name: &self.bytes[name_start..name_start + name_len],
            value: &self.bytes[value_start..end],
            start,
            end,
        })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at + 1 >= self.bytes.len() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.at = self.bytes.len();
        }
        Some(read)
    }
}

/// The first element called `name`.
///
/// # Errors
/// When the bytes before it are not well-formed.
pub fn find<'a>(document: &'a RawDocument, name: &str) -> Result<Option<Element<'a>>, Malformed> {
    for element in Elements::of(document) {
        let element = element?;
        if element.name == name.as_bytes() {
            return Ok(Some(element));
        }
    }
    Ok(None)
}

/// Position of the first zero byte. Eight bytes at a time: names are short, and this is most of the
/// work of a walk.
fn zero_at(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    while let Some(eight) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().expect("eight bytes were taken"));
        // A byte of this is high where the byte of the word is zero, and none before the first.
        let zeros = word.wrapping_sub(ONES) & !word & HIGHS;
        if zeros != 0 {
            return Some(at + zeros.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| *byte == 0).map(|rest| at + rest)
}

/// Length of a value of type `kind` at the start of `bytes`; none when it does not fit or the type
/// is unknown. Source: bsonspec.org, version 1.1.
fn value_len(kind: u8, bytes: &[u8]) -> Option<usize> {
    let prefixed = |extra: usize| {
        let len = i32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
        usize::try_from(len).ok()?.checked_add(extra)
    };
    let cstring = |from: usize| zero_at(bytes.get(from..)?).map(|len| from + len + 1);
    match kind {
        0x06 | 0x0A | 0x7F | 0xFF => Some(0),
        0x08 => Some(1),
        0x10 => Some(4),
        0x01 | 0x09 | 0x11 | 0x12 => Some(8),
        0x07 => Some(12),
        0x13 => Some(16),
        0x02 | 0x0D | 0x0E => prefixed(4),
        0x03 | 0x04 | 0x0F => prefixed(0).filter(|len| *len >= 5),
        0x05 => prefixed(5),
        0x0B => cstring(0).and_then(cstring),
        0x0C => prefixed(4 + 12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bson::rawdoc;

    use super::{Elements, find};

    #[test]
    fn elements_cover_the_document_without_gaps() {
        let document = rawdoc! { "_id": 1, "a": "x", "b": { "c": [1, 2.5, null] }, "d": true };
        let mut at = 4;
        for element in Elements::of(&document) {
            let element = element.expect("well-formed");
            assert_eq!(element.start, at);
            at = element.end;
        }
        assert_eq!(at, document.as_bytes().len() - 1);
    }

    #[test]
    fn a_packed_value_is_recognised_by_type_and_bytes() {
        let document = rawdoc! { "a": 7 };
        let other = rawdoc! { "a": 7.0 };
        let seven = find(&document, "a").expect("well-formed").expect("present");
        let float = find(&other, "a").expect("well-formed").expect("present");
        assert!(seven.is_packed(&seven.packed_value()));
        assert!(!seven.is_packed(&float.packed_value()));
    }
}
