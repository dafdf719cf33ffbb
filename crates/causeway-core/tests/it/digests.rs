//! What a digest notices: everything, and where it happened.

use bson::raw::CString;
use bson::{RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::digest::Digest;
use causeway_core::element::{Elements, find};
use causeway_core::examine::Lens;
use causeway_core::migration::Migration;
use causeway_core::record::State;
use causeway_core::splice::{Edit, Place, apply};
use proptest::prelude::*;

use crate::documents::{stored, value};

fn lens() -> Lens {
    let text = "version = \"010\"\ntitle = \"t\"\n[[step]]\nadd_field = { collection = \"q\", field = \"owned\", value = [], type = \"array\", malformed = \"archive\" }\n";
    Lens::of(&Migration::parse("010-t.toml", text).unwrap(), "q")
}

fn digest(document: &RawDocument) -> Digest {
    lens().examine(document).unwrap().digest
}

fn packed(value: bson::RawBson) -> Vec<u8> {
    let mut document = RawDocumentBuf::new();
    document.append(bson::raw::cstr!("v"), value);
    find(&document, "v").unwrap().unwrap().packed_value()
}

/// Every name before which a field can be put, as places.
fn places(document: &RawDocument) -> Vec<Vec<u8>> {
    Elements::of(document).map(|element| element.unwrap().name.to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_bit_changes_the_digest_it_belongs_to(
        document in stored(),
        owned in value(),
        place in any::<prop::sample::Index>(),
    ) {
        let names = places(&document);
        let after = place.get(&names);
        let packed = packed(owned);
        let put = Edit::Put { name: "owned", packed: &packed, after: Place::After(after) };
        let document = apply(&document, &[put]).unwrap();
        let before = digest(&document);
        let element = find(&document, "owned").unwrap().unwrap();
        let value = element.end - element.value.len()..element.end;
        let whole = element.start..element.end;
        let lens = lens();
        for at in 4..document.as_bytes().len() - 1 {
            for bit in 0..8 {
                let mut bytes = document.as_bytes().to_vec();
                bytes[at] ^= 1 << bit;
                let flipped = RawDocumentBuf::from_bytes(bytes).unwrap();
                // Some bits make the bytes no document; that is noticed in another way.
                let Ok(examined) = lens.examine(&flipped) else { continue };
                prop_assert_ne!(examined.digest.all, before.all, "byte {}", at);
                if !whole.contains(&at) {
                    prop_assert_ne!(examined.digest.rest, before.rest, "byte {}", at);
                } else if value.contains(&at) && examined.owned.len() == 1
                    && examined.owned[0].1.end == element.end
                {
                    prop_assert_eq!(examined.digest.rest, before.rest, "byte {}", at);
                }
            }
        }
    }

    #[test]
    fn the_rest_is_the_same_wherever_the_owned_field_stands(document in stored(), owned in value()) {
        let without = digest(&document);
        let packed = packed(owned);
        let mut all = vec![without.all];
        for name in places(&document) {
            let put = Edit::Put { name: "owned", packed: &packed, after: Place::After(&name) };
            let with = digest(&apply(&document, &[put]).unwrap());
            prop_assert_eq!(with.rest, without.rest);
            all.push(with.all);
        }
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), places(&document).len() + 1, "each place is told apart by the hash of all");
    }

    #[test]
    fn the_order_of_fields_counts(first in value(), second in value()) {
        let with = |fields: [(&str, &bson::RawBson); 2]| {
            let mut document = rawdoc! { "_id": 1 };
            for (name, value) in fields {
                document.append(CString::try_from(name).unwrap(), value.clone());
            }
            digest(&document)
        };
        let one = with([("a", &first), ("b", &second)]);
        let other = with([("b", &second), ("a", &first)]);
        prop_assert_ne!(one.all, other.all);
        prop_assert_ne!(one.rest, other.rest);
    }
}

#[test]
fn the_state_is_told_by_type_and_number_of_owned_fields() {
    let state = |document: &RawDocument| lens().examine(document).unwrap().state;
    assert_eq!(state(&rawdoc! { "_id": 1 }), State::Absent);
    assert_eq!(state(&rawdoc! { "_id": 1, "owned": [] }), State::Applied);
    assert_eq!(state(&rawdoc! { "_id": 1, "owned": [1] }), State::Applied);
    assert_eq!(state(&rawdoc! { "_id": 1, "owned": null }), State::Malformed);
    assert_eq!(state(&rawdoc! { "_id": 1, "owned": "x" }), State::Malformed);
    assert_eq!(state(&rawdoc! { "_id": 1, "nested": { "owned": [] } }), State::Absent);
    let mut doubled = rawdoc! { "_id": 1, "owned": [] };
    doubled.append(bson::raw::cstr!("owned"), bson::RawArrayBuf::new());
    assert_eq!(state(&doubled), State::Malformed);
}

#[test]
fn a_document_without_an_id_is_refused() {
    assert!(lens().examine(&rawdoc! { "a": 1 }).is_err());
}
