//! The walk over a document's elements: complete for what is BSON, harmless for what is not.

use bson::{RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::element::{Elements, find};
use proptest::prelude::*;

use crate::documents::stored;

proptest! {
    #[test]
    fn elements_of_any_document_cover_it_without_gaps(document in stored()) {
        let bytes = document.as_bytes();
        let mut at = 4;
        let mut names = Vec::new();
        for element in Elements::of(&document) {
            let element = element.unwrap();
            prop_assert_eq!(element.start, at);
            prop_assert_eq!(element.kind, bytes[at]);
            prop_assert_eq!(element.value.as_ptr_range().end, bytes[..element.end].as_ptr_range().end);
            names.push(String::from_utf8(element.name.to_vec()).unwrap());
            at = element.end;
        }
        prop_assert_eq!(at, bytes.len() - 1);
        let library: Vec<_> = document.iter().map(|it| it.unwrap().0.as_str().to_owned()).collect();
        prop_assert_eq!(names, library);
    }

    #[test]
    fn a_cut_document_never_panics_nor_reads_beyond_its_end(document in stored(), cut in any::<prop::sample::Index>()) {
        let bytes = document.as_bytes();
        let len = cut.index(bytes.len());
        prop_assume!(len >= 5);
        walk(&with_valid_frame(bytes[..len].to_vec()));
    }

    #[test]
    fn a_garbled_document_never_panics_nor_reads_beyond_its_end(
        document in stored(),
        garble in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = document.into_bytes();
        for (at, byte) in garble {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        walk(&with_valid_frame(bytes));
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 5..200)) {
        walk(&with_valid_frame(bytes));
    }
}

/// The driver guarantees length and terminator, nothing between them.
fn with_valid_frame(mut bytes: Vec<u8>) -> RawDocumentBuf {
    let len = i32::try_from(bytes.len()).unwrap();
    bytes[..4].copy_from_slice(&len.to_le_bytes());
    *bytes.last_mut().unwrap() = 0;
    RawDocumentBuf::from_bytes(bytes).unwrap()
}

/// Whatever is found lies inside, without gaps, and nothing follows an error.
fn walk(document: &RawDocument) {
    let len = document.as_bytes().len();
    let mut at = 4;
    let mut failed = false;
    for element in Elements::of(document) {
        assert!(!failed, "something follows an error");
        match element {
            Ok(element) => {
                assert_eq!(element.start, at);
                assert!(element.end < len);
                at = element.end;
            }
            Err(error) => {
                assert!(error.offset <= len);
                failed = true;
            }
        }
    }
    assert!(failed || at == len - 1, "the walk ended at {at} of {len} without a word");
    let _ = find(document, "f0");
}

#[test]
fn lengths_that_lie_are_errors() {
    for (kind, value) in [
        (0x02, i32::MAX.to_le_bytes()),
        (0x02, (-1_i32).to_le_bytes()),
        (0x03, 4_i32.to_le_bytes()),
        (0x05, i32::MAX.to_le_bytes()),
        (0x0F, i32::MIN.to_le_bytes()),
        (0x42, [0; 4]),
    ] {
        let mut bytes = vec![0, 0, 0, 0, kind, b'a', 0];
        bytes.extend_from_slice(&value);
        bytes.push(0);
        let document = with_valid_frame(bytes);
        assert!(Elements::of(&document).next().unwrap().is_err(), "type {kind:#x}");
    }
}

#[test]
fn the_first_of_two_fields_of_one_name_is_found() {
    let mut document = rawdoc! { "a": 1 };
    document.append(bson::raw::cstr!("a"), 2);
    assert_eq!(find(&document, "a").unwrap().unwrap().value, 1_i32.to_le_bytes());
}
