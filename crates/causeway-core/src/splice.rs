//! Puts elements back into a document exactly where they were.
//!
//! The server can set a value in place and can add a field at the end, but it can't put a field
//! back in the middle. An undo that must be exact to the byte therefore builds the whole document.

use bson::RawDocument;
use bson::RawDocumentBuf;

use crate::element::{Element, Elements, Malformed};

/// What is to be done with one field of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit<'a> {
    /// The field goes, wherever it stands.
    Remove {
        /// Field name.
        name: &'a str,
    },
    /// The field gets this value (type byte and bytes): in place where it is present, else just
    /// after the field `after`, else at the end.
    Put {
        /// Field name.
        name: &'a str,
        /// Type byte and raw value.
        packed: &'a [u8],
        /// The field after which it stood; none when it was the first.
        after: Place<'a>,
    },
    /// The field `from` gets another name, keeping value; it moves to where `after` says.
    Rename {
        /// Present name.
        from: &'a str,
        /// Name it gets.
        to: &'a str,
        /// The field after which it stood.
        after: Place<'a>,
    },
}

/// Where a field stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// Before all others.
    First,
    /// Just after the field of this name.
    After(&'a [u8]),
    /// Behind all others.
    Last,
}

/// The document with `edits` made, in order.
///
/// # Errors
/// When the bytes are not a well-formed sequence of elements.
pub fn apply(document: &RawDocument, edits: &[Edit<'_>]) -> Result<RawDocumentBuf, Malformed> {
    let mut elements: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for element in Elements::of(document) {
        let element = element?;
        elements.push((element.name.to_vec(), element.packed_value()));
    }
    for edit in edits {
        match edit {
            Edit::Remove { name } => elements.retain(|(present, _)| present != name.as_bytes()),
            Edit::Put { name, packed, after } => {
                match elements.iter_mut().find(|(present, _)| present == name.as_bytes()) {
                    Some((_, value)) => *value = packed.to_vec(),
                    None => insert(&mut elements, name, packed.to_vec(), *after),
                }
            }
            Edit::Rename { from, to, after } => {
                let Some(at) = elements.iter().position(|(name, _)| name == from.as_bytes()) else {
                    continue;
                };
                let (_, value) = elements.remove(at);
                insert(&mut elements, to, value, *after);
            }
        }
    }
    Ok(assemble(&elements))
}

fn insert(elements: &mut Vec<(Vec<u8>, Vec<u8>)>, name: &str, packed: Vec<u8>, place: Place<'_>) {
    let at = match place {
        Place::First => 0,
        Place::Last => elements.len(),
        Place::After(before) => elements
            .iter()
            .position(|(present, _)| present == before)
            .map_or(elements.len(), |at| at + 1),
    };
    elements.insert(at, (name.as_bytes().to_vec(), packed));
}

fn assemble(elements: &[(Vec<u8>, Vec<u8>)]) -> RawDocumentBuf {
    let len: usize = elements.iter().map(|(name, packed)| name.len() + 1 + packed.len()).sum();
    let total = len + 5;
    let mut bytes = Vec::with_capacity(total);
    let prefix = i32::try_from(total).expect("a BSON document is far below two gigabytes");
    bytes.extend_from_slice(&prefix.to_le_bytes());
    for (name, packed) in elements {
        let (kind, value) = packed.split_first().expect("a packed value starts with its type");
        bytes.push(*kind);
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(value);
    }
    bytes.push(0);
    RawDocumentBuf::from_bytes(bytes).expect("length and terminator were just written")
}

/// The place of the first element called `name`, and the element; none when it is absent.
///
/// # Errors
/// When the bytes are not a well-formed sequence of elements.
pub fn place_of<'a>(
    document: &'a RawDocument,
    name: &str,
) -> Result<Option<(Place<'a>, Element<'a>)>, Malformed> {
    let mut before: Place<'a> = Place::First;
    for element in Elements::of(document) {
        let element = element?;
        if element.name == name.as_bytes() {
            return Ok(Some((before, element)));
        }
        before = Place::After(element.name);
    }
    Ok(None)
}

/// A raw document of these names and packed values: the form in which values are sent unchanged.
#[must_use]
pub fn document(elements: &[(&str, &[u8])]) -> RawDocumentBuf {
    let owned: Vec<_> =
        elements.iter().map(|(name, packed)| (name.as_bytes().to_vec(), packed.to_vec())).collect();
    assemble(&owned)
}

/// A document as a packed value.
#[must_use]
pub fn packed_document(document: &RawDocument) -> Vec<u8> {
    let mut packed = vec![0x03];
    packed.extend_from_slice(document.as_bytes());
    packed
}

/// An array of packed values, packed itself.
#[must_use]
pub fn packed_array<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let elements: Vec<_> = values
        .into_iter()
        .enumerate()
        .map(|(at, packed)| (at.to_string().into_bytes(), packed.to_vec()))
        .collect();
    let mut packed = vec![0x04];
    packed.extend_from_slice(assemble(&elements).as_bytes());
    packed
}

#[cfg(test)]
mod tests {
    use bson::rawdoc;

    use super::{Edit, Place, apply, place_of};

    #[test]
    fn removing_and_putting_back_is_exact_at_every_place() {
        let document = rawdoc! { "_id": 1, "a": "x", "b": { "c": [1] }, "d": null };
        for name in ["_id", "a", "b", "d"] {
            let (place, element) = place_of(&document, name).expect("well-formed").expect("there");
            let packed = element.packed_value();
            let without = apply(&document, &[Edit::Remove { name }]).expect("well-formed");
            assert!(place_of(&without, name).expect("well-formed").is_none());
            let back = apply(&without, &[Edit::Put { name, packed: &packed, after: place }])
                .expect("well-formed");
            assert_eq!(back.as_bytes(), document.as_bytes(), "{name}");
        }
    }

    #[test]
    fn a_rename_goes_back_to_its_place() {
        let document = rawdoc! { "_id": 1, "a": "x", "b": 2 };
        let renamed = rawdoc! { "_id": 1, "b": 2, "z": "x" };
        let back =
            apply(&renamed, &[Edit::Rename { from: "z", to: "a", after: Place::After(b"_id") }])
                .expect("well-formed");
        assert_eq!(back.as_bytes(), document.as_bytes());
    }
}
