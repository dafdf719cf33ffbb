//! Edits there and back: every byte where it was.

use bson::RawDocument;
use causeway_core::element::Elements;
use causeway_core::splice::{Edit, Place, apply, packed_array, packed_document, place_of};
use proptest::prelude::*;

use crate::documents::stored;

fn names(document: &RawDocument) -> Vec<String> {
    let name =
        |element: causeway_core::element::Element<'_>| String::from_utf8(element.name.to_vec());
    Elements::of(document).map(|element| name(element.unwrap()).unwrap()).collect()
}

proptest! {
    #[test]
    fn no_edit_is_the_identity(document in stored()) {
        let same = apply(&document, &[]).unwrap();
        prop_assert_eq!(same.as_bytes(), document.as_bytes());
    }

    #[test]
    fn removing_and_putting_back_is_the_identity_at_every_place(document in stored()) {
        for name in names(&document) {
            let (place, element) = place_of(&document, &name).unwrap().unwrap();
            let packed = element.packed_value();
            let without = apply(&document, &[Edit::Remove { name: &name }]).unwrap();
            prop_assert!(place_of(&without, &name).unwrap().is_none());
            let put = Edit::Put { name: &name, packed: &packed, after: place };
            let back = apply(&without, &[put]).unwrap();
            prop_assert_eq!(back.as_bytes(), document.as_bytes());
        }
    }

    #[test]
    fn renaming_to_the_end_and_back_is_the_identity_at_every_place(document in stored()) {
        for name in names(&document) {
            let (place, _) = place_of(&document, &name).unwrap().unwrap();
            let there = Edit::Rename { from: &name, to: "another", after: Place::Last };
            let renamed = apply(&document, &[there]).unwrap();
            let names = names(&renamed);
            prop_assert_eq!(names.last().map(String::as_str), Some("another"));
            let back = Edit::Rename { from: "another", to: &name, after: place };
            let back = apply(&renamed, &[back]).unwrap();
            prop_assert_eq!(back.as_bytes(), document.as_bytes());
        }
    }

    #[test]
    fn a_value_put_over_another_and_put_back_is_the_identity(document in stored()) {
        let one = packed_array([]);
        for name in names(&document) {
            let (_, element) = place_of(&document, &name).unwrap().unwrap();
            let former = element.packed_value();
            let over = Edit::Put { name: &name, packed: &one, after: Place::Last };
            let changed = apply(&document, &[over]).unwrap();
            prop_assert_eq!(names(&changed), names(&document), "in place, not at the end");
            let back = Edit::Put { name: &name, packed: &former, after: Place::Last };
            let back = apply(&changed, &[back]).unwrap();
            prop_assert_eq!(back.as_bytes(), document.as_bytes());
        }
    }

    #[test]
    fn an_edit_of_a_field_that_is_not_there_changes_nothing(document in stored()) {
        let remove = Edit::Remove { name: "nowhere" };
        let rename = Edit::Rename { from: "nowhere", to: "f0", after: Place::First };
        let same = apply(&document, &[remove, rename]).unwrap();
        prop_assert_eq!(same.as_bytes(), document.as_bytes());
    }

    #[test]
    fn what_is_assembled_is_what_the_library_reads(documents in prop::collection::vec(stored(), 0..12)) {
        let packed: Vec<_> = documents.iter().map(|document| packed_document(document)).collect();
        let array = packed_array(packed.iter().map(Vec::as_slice));
        let wrapped = causeway_core::splice::document(&[("list", &array)]);
        let read = wrapped.get_array("list").unwrap();
        let read: Vec<_> = read.into_iter().map(|it| it.unwrap().as_document().unwrap().to_owned()).collect();
        prop_assert_eq!(read, documents);
    }
}
