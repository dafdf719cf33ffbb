//! Extending a list and retracting it again.

use bson::{RawArrayBuf, RawBson, RawDocumentBuf, rawdoc};
use causeway_core::validator::{EnumChange, extend_enum, retract_enum};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::{quotes, texts};

const REASON: &str = "priceHistory.reason";

fn extended(validator: &RawDocumentBuf, path: &str, values: &[RawBson]) -> RawDocumentBuf {
    match extend_enum(validator, path, values) {
        EnumChange::Extended { validator, .. } => validator,
        other => panic!("{other:?}"),
    }
}

fn not_understood(validator: &RawDocumentBuf, path: &str) -> String {
    match extend_enum(validator, path, &texts(&["new"])) {
        EnumChange::NotUnderstood { reason } => reason,
        other => panic!("{other:?}"),
    }
}

/// A schema for the property `a`.
fn of_a(schema: RawDocumentBuf) -> RawDocumentBuf {
    rawdoc! { "$jsonSchema": { "properties": { "a": schema } } }
}

#[test]
fn the_list_gets_longer_and_nothing_else_changes() {
    let before = quotes();
    let values = texts(&["event_added", "manual_override", "event_removed"]);
    let change = extend_enum(&before, REASON, &values);
    let EnumChange::Extended { validator, added } = change else { panic!("{change:?}") };
    assert_eq!(added, texts(&["event_added", "event_removed"]));
    let text = |document: &RawDocumentBuf| {
        bson::Document::try_from(document).expect("a document").to_string()
    };
    let expected = text(&before)
        .replace(r#""manual_override"]"#, r#""manual_override", "event_added", "event_removed"]"#);
    assert_eq!(text(&validator), expected);
    assert_eq!(extend_enum(&validator, REASON, &values), EnumChange::AlreadyThere);
}

#[test]
fn retracting_gives_back_the_former_bytes() {
    let before = quotes();
    let values = texts(&["event_added", "event_removed"]);
    let after = extended(&before, REASON, &values);
    let change = retract_enum(&after, REASON, &values);
    assert_eq!(change, EnumChange::Extended { validator: before.clone(), added: values.clone() });
    assert_eq!(retract_enum(&before, REASON, &values), EnumChange::AlreadyThere);
}

#[test]
fn retracting_leaves_what_somebody_added_since() {
    let after = extended(&quotes(), REASON, &texts(&["event_added"]));
    let later = extended(&after, REASON, &texts(&["other"]));
    let EnumChange::Extended { validator, .. } =
        retract_enum(&later, REASON, &texts(&["event_added"]))
    else {
        panic!("the value is there");
    };
    assert_eq!(validator, extended(&quotes(), REASON, &texts(&["other"])));
}

#[test]
fn a_list_is_never_emptied() {
    let change = retract_enum(&of_a(rawdoc! { "enum": ["x"] }), "a", &texts(&["x"]));
    let EnumChange::NotUnderstood { reason } = change else { panic!("{change:?}") };
    insta::assert_snapshot!(reason, @"$jsonSchema.properties.a.enum would be left without a value");
}

#[test]
fn where_no_list_restricts_the_path() {
    for validator in [
        rawdoc! {},
        of_a(rawdoc! { "bsonType": "string" }),
        of_a(rawdoc! { "properties": { "b": { "enum": ["x"] } } }),
        rawdoc! { "$jsonSchema": { "properties": { "b": { "enum": ["x"] } }, "required": ["a"] } },
        rawdoc! { "b": { "$in": ["x"] } },
        rawdoc! { "a": { "$exists": true, "$type": "string", "$ne": null, "$nin": ["y"] } },
        rawdoc! { "$or": [{ "b": 1 }, { "c": 2 }] },
        rawdoc! { "$expr": { "$lte": ["$arrivalDate", "$createdAt"] }, "$comment": "a" },
        of_a(rawdoc! { "anyOf": [{ "bsonType": "string" }, { "bsonType": "null" }] }),
        rawdoc! { "$jsonSchema": { "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] } },
        rawdoc! { "$jsonSchema": { "additionalProperties": { "bsonType": "string" } } },
    ] {
        assert_eq!(
            extend_enum(&validator, "a", &texts(&["new"])),
            EnumChange::NoEnum,
            "{validator:?}"
        );
    }
}

#[test]
fn every_form_that_is_understood() {
    let list = || rawdoc! { "enum": ["x"] };
    let longer = || rawdoc! { "enum": ["x", "new"] };
    for (path, before, after) in [
        ("a", of_a(list()), of_a(longer())),
        ("a", of_a(rawdoc! { "items": list() }), of_a(rawdoc! { "items": longer() })),
        ("a", of_a(rawdoc! { "allOf": [{}, list()] }), of_a(rawdoc! { "allOf": [{}, longer()] })),
        (
            "a.b",
            of_a(rawdoc! { "items": [{}, { "properties": { "b": list() } }] }),
            of_a(rawdoc! { "items": [{}, { "properties": { "b": longer() } }] }),
        ),
        (
            "a.b",
            of_a(rawdoc! { "items": [{}], "additionalItems": { "properties": { "b": list() } } }),
            of_a(rawdoc! { "items": [{}], "additionalItems": { "properties": { "b": longer() } } }),
        ),
        ("a.b", rawdoc! { "a.b": { "$in": ["x"] } }, rawdoc! { "a.b": { "$in": ["x", "new"] } }),
        (
            "a",
            rawdoc! { "$and": [{ "b": 1 }, { "a": { "$in": [] } }] },
            rawdoc! { "$and": [{ "b": 1 }, { "a": { "$in": ["new"] } }] },
        ),
        (
            "a",
            rawdoc! { "$and": [of_a(list()), { "a": { "$in": ["x"] } }] },
            rawdoc! { "$and": [of_a(longer()), { "a": { "$in": ["x", "new"] } }] },
        ),
    ] {
        let values = texts(&["new"]);
        assert_eq!(extended(&before, path, &values), after);
        let back = retract_enum(&after, path, &values);
        assert_eq!(back, EnumChange::Extended { validator: before, added: values });
    }
}

#[test]
fn what_is_left_alone_and_why() {
    let list = || rawdoc! { "enum": ["x"] };
    let reasons: Vec<String> = [
        ("a", of_a(rawdoc! { "not": list() })),
        ("a", of_a(rawdoc! { "anyOf": [list(), { "bsonType": "null" }] })),
        ("a", of_a(rawdoc! { "oneOf": [list()] })),
        ("a.b", of_a(rawdoc! { "anyOf": [{ "properties": { "b": list() } }] })),
        ("a", rawdoc! { "$jsonSchema": { "not": { "properties": { "a": list() } } } }),
        ("a", rawdoc! { "$jsonSchema": { "patternProperties": { "^a": list() } } }),
        ("a", rawdoc! { "$jsonSchema": { "dependencies": { "b": { "properties": { "a": list() } } } } }),
        ("a", rawdoc! { "$jsonSchema": { "additionalProperties": false, "properties": { "b": {} } } }),
        ("a", rawdoc! { "$jsonSchema": { "additionalProperties": list() } }),
        ("a.b", of_a(rawdoc! { "enum": [{ "b": 1 }] })),
        ("a", of_a(rawdoc! { "enum": ["x"], "bsonType": "int" })),
        ("a", of_a(rawdoc! { "enum": ["x"], "maxLength": 2 })),
        ("a", of_a(rawdoc! { "enum": ["x"], "pattern": "^x" })),
        ("a", of_a(rawdoc! { "enum": "x" })),
        ("a", rawdoc! { "a": "x" }),
        ("a", rawdoc! { "a": { "$eq": "x" } }),
        ("a", rawdoc! { "a": { "$ne": "new" } }),
        ("a", rawdoc! { "a": { "$type": "int" } }),
        ("a.b", rawdoc! { "a": { "$not": { "$elemMatch": { "b": { "$nin": ["x"] } } } } }),
        ("a", rawdoc! { "a.b": { "$exists": true, "$gt": 1 } }),
        ("a", rawdoc! { "$or": [{ "a": { "$in": ["x"] } }] }),
        ("a", rawdoc! { "$nor": [of_a(list())] }),
        ("a.b", rawdoc! { "$expr": { "$in": ["$a.b", ["x"]] } }),
        ("a.b", rawdoc! { "$expr": { "$eq": [{ "$size": "$a" }, 1] } }),
        ("a", rawdoc! { "$expr": { "$eq": ["$$ROOT.a", "x"] } }),
        ("a", rawdoc! { "$and": 1 }),
        ("a", rawdoc! { "$and": [of_a(list()), { "a": { "$in": ["x", "new"] } }] }),
    ]
    .into_iter()
    .map(|(path, validator)| not_understood(&validator, path))
    .collect();
    let out = reasons.join("\n");
    insta::assert_snapshot!(out);
}

/// A document of every type, to stand beside the list.
fn noise() -> RawDocumentBuf {
    let mut document = rawdoc! { "title": "x", "description": "é", "n": 1, "l": 1_i64, "d": 1.5, "b": true, "nothing": null };
    document.append(bson::raw::cstr!("id"), bson::oid::ObjectId::from_bytes([7; 12]));
    document.append(bson::raw::cstr!("date"), bson::DateTime::from_millis(1));
    document.append(bson::raw::cstr!("max"), RawBson::MaxKey);
    let pattern = bson::Regex {
        pattern: bson::raw::cstr!("^a").into(),
        options: bson::raw::cstr!("i").into(),
    };
    document.append(bson::raw::cstr!("regex"), pattern);
    document
}

fn values() -> impl Strategy<Value = Vec<RawBson>> {
    proptest::collection::vec("[a-e]{1,2}", 1..5).prop_map(|mut values| {
        values.sort();
        values.dedup();
        values.into_iter().map(RawBson::String).collect()
    })
}

proptest! {
    #[test]
    fn extending_and_retracting_is_nothing(present in values(), new in values(), form in 0..5, twice in any::<bool>()) {
        let list: RawArrayBuf = present.iter().map(RawBson::as_raw_bson_ref).collect();
        let schema = rawdoc! { "x": noise(), "enum": list.clone(), "y": noise() };
        let one = match form {
            0 => of_a(schema),
            1 => of_a(rawdoc! { "x": noise(), "items": [{}, schema], "y": 1 }),
            2 => rawdoc! { "z": 1, "$jsonSchema": { "allOf": [{ "properties": { "x": noise(), "a": schema } }] }, "y": 2 },
            3 => rawdoc! { "a": { "$in": list.clone() }, "b": { "$gt": 1 } },
            _ => rawdoc! { "$and": [{ "b": 1 }, { "$and": [{ "a": { "$exists": true, "$in": list.clone() } }] }] },
        };
        let before = if twice { rawdoc! { "$and": [one, { "a": { "$in": list } }] } } else { one };
        match extend_enum(&before, "a", &new) {
            EnumChange::Extended { validator, added } => {
                prop_assert!(!added.is_empty());
                prop_assert_eq!(extend_enum(&validator, "a", &new), EnumChange::AlreadyThere);
                match retract_enum(&validator, "a", &added) {
                    EnumChange::Extended { validator, added: removed } => {
                        prop_assert_eq!(validator.as_bytes(), before.as_bytes());
                        prop_assert_eq!(removed, added);
                    }
                    other => panic!("{other:?}"),
                }
            }
            EnumChange::AlreadyThere => {
                prop_assert!(new.iter().all(|value| present.contains(value)));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_damaged_validator_is_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..300) {
        let mut damaged = quotes().into_bytes();
        let at = at.min(damaged.len() - 6);
        for (place, byte) in bytes.iter().enumerate().take(2) {
            if let Some(target) = damaged.get_mut(4 + at + place) {
                *target = *byte;
            }
        }
        if let Ok(validator) = RawDocumentBuf::from_bytes(damaged) {
            let _ = extend_enum(&validator, REASON, &texts(&["new"]));
            let _ = retract_enum(&validator, REASON, &texts(&["recalculation"]));
        }
    }
}
