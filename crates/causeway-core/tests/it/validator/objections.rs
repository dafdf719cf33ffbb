//! What a validator would have against the documents after a step.

use bson::{RawArrayBuf, RawBson, RawDocumentBuf, rawdoc};
use causeway_core::migration::{Migration, Step};
use causeway_core::validator::objections;

use super::quotes;

fn step(text: &str) -> Step {
    let file = format!("version = \"1\"\ntitle = \"t\"\n[[step]]\n{text}\n");
    let mut migration =
        Migration::parse("m.toml", &file).unwrap_or_else(|error| panic!("{}", error.one_line()));
    migration.steps.remove(0)
}

/// Adds `f` with this value.
fn adds(value: &str) -> Step {
    step(&format!("add_field = {{ collection = \"c\", field = \"f\", value_json = '{value}' }}"))
}

fn of_f(schema: RawDocumentBuf) -> RawDocumentBuf {
    rawdoc! { "$jsonSchema": { "properties": { "f": schema } } }
}

/// One line for each objection; the step's that has none says so.
fn told(cases: impl IntoIterator<Item = (RawDocumentBuf, Step)>) -> String {
    let mut out = String::new();
    for (validator, step) in cases {
        let found = objections(&validator, &step);
        if found.is_empty() {
            out.push_str("none\n");
        }
        for objection in found {
            out.push_str(&format!("{objection}\n"));
        }
    }
    out
}

#[test]
fn nothing_against_what_is_not_mentioned() {
    for text in [
        "add_field = { collection = \"c\", field = \"selectedEvents\", value = [] }",
        "remove_field = { collection = \"c\", field = \"hotelName\" }",
        "rename_field = { collection = \"c\", from = \"a\", to = \"b\" }",
        "create_index = { collection = \"c\", keys = { leadName = 1 } }",
        "extend_enum = { collection = \"c\", path = \"status\", values = [\"booked\"] }",
    ] {
        assert_eq!(objections(&quotes(), &step(text)), Vec::<String>::new());
        assert_eq!(objections(&rawdoc! {}, &step(text)), Vec::<String>::new());
    }
}

#[test]
fn a_value_against_its_declaration() {
    let array = || of_f(rawdoc! { "bsonType": "array", "minItems": 1 });
    let out = told([
        (array(), adds("[]")),
        (array(), adds("[1]")),
        (array(), adds("5")),
        (of_f(rawdoc! { "bsonType": ["int", "null"] }), adds("null")),
        (of_f(rawdoc! { "bsonType": ["int", "null"] }), adds("\"x\"")),
        (of_f(rawdoc! { "bsonType": "number" }), adds("1.5")),
        (of_f(rawdoc! { "bsonType": "int" }), adds("1.5")),
        (of_f(rawdoc! { "type": "boolean" }), adds("true")),
        (of_f(rawdoc! { "type": "string" }), adds("true")),
        (of_f(rawdoc! { "enum": ["x", 1] }), adds("1.0")),
        (of_f(rawdoc! { "enum": ["x", 1] }), adds("2")),
        (of_f(rawdoc! { "minimum": 1, "maximum": 5, "multipleOf": 2 }), adds("7")),
        (of_f(rawdoc! { "minimum": 1, "exclusiveMinimum": true }), adds("1")),
        (of_f(rawdoc! { "maximum": 1, "exclusiveMaximum": false }), adds("1")),
        (of_f(rawdoc! { "minLength": 2, "pattern": "^a" }), adds("\"é\"")),
        (
            of_f(rawdoc! { "maxItems": 1, "uniqueItems": true, "items": { "bsonType": "string" } }),
            adds("[1, 1]"),
        ),
        (
            of_f(rawdoc! { "items": [{ "bsonType": "int" }], "additionalItems": false }),
            adds("[1, 2]"),
        ),
        (
            of_f(
                rawdoc! { "required": ["a"], "properties": { "b": { "bsonType": "int" } }, "additionalProperties": false },
            ),
            adds("{\"b\": \"x\", \"c\": 1}"),
        ),
        (of_f(rawdoc! { "minProperties": 1 }), adds("{}")),
        (of_f(rawdoc! { "anyOf": [{ "bsonType": "int" }, { "bsonType": "null" }] }), adds("null")),
        (of_f(rawdoc! { "anyOf": [{ "bsonType": "int" }, { "bsonType": "null" }] }), adds("\"x\"")),
        (of_f(rawdoc! { "oneOf": [{ "bsonType": "int" }, { "minimum": 0 }] }), adds("1")),
        (of_f(rawdoc! { "allOf": [{ "bsonType": "int" }, { "minimum": 5 }] }), adds("1")),
        (of_f(rawdoc! { "not": { "bsonType": "array" } }), adds("[]")),
    ]);
    insta::assert_snapshot!(out);
}

#[test]
fn fields_that_must_or_must_not_be_there() {
    let required = || rawdoc! { "$jsonSchema": { "required": ["f", "g"] } };
    let closed = || rawdoc! { "$jsonSchema": { "additionalProperties": false, "properties": { "_id": {}, "g": { "bsonType": "int" } } } };
    let remove = || step("remove_field = { collection = \"c\", field = \"f\" }");
    let rename = |from: &str, to: &str| {
        step(&format!("rename_field = {{ collection = \"c\", from = \"{from}\", to = \"{to}\" }}"))
    };
    let compute = || {
        step(
            "set_computed = { collection = \"c\", fields = [\"f\"], pipeline = [{ \"$set\" = { f = 1 } }], done = { f = 1 } }",
        )
    };
    let out = told([
        (required(), remove()),
        (required(), rename("f", "h")),
        (required(), rename("h", "f")),
        (closed(), adds("1")),
        (closed(), remove()),
        (closed(), rename("g", "f")),
        (closed(), rename("f", "g")),
        (closed(), compute()),
        (of_f(rawdoc! { "bsonType": "int" }), compute()),
        (
            rawdoc! { "$jsonSchema": { "additionalProperties": { "bsonType": "int" } } },
            adds("\"x\""),
        ),
        (rawdoc! { "$jsonSchema": { "additionalProperties": { "bsonType": "int" } } }, compute()),
        (
            rawdoc! { "$jsonSchema": { "patternProperties": { "^f": { "bsonType": "int" } }, "additionalProperties": false } },
            adds("1"),
        ),
        (rawdoc! { "$jsonSchema": { "maxProperties": 5 } }, adds("1")),
        (rawdoc! { "$jsonSchema": { "minProperties": 5 } }, remove()),
        (rawdoc! { "$jsonSchema": { "dependencies": { "f": ["g"] } } }, adds("1")),
        (
            rawdoc! { "$jsonSchema": { "allOf": [{ "required": ["f"] }, { "anyOf": [{ "required": ["f"] }] }] } },
            remove(),
        ),
    ]);
    insta::assert_snapshot!(out);
}

#[test]
fn conditions_in_the_form_of_a_query() {
    let remove = || step("remove_field = { collection = \"c\", field = \"f\" }");
    let out = told([
        (rawdoc! { "f": { "$exists": false } }, adds("1")),
        (rawdoc! { "f": { "$exists": true } }, adds("1")),
        (rawdoc! { "f": { "$exists": true } }, remove()),
        (rawdoc! { "f": { "$type": "string" } }, adds("1")),
        (rawdoc! { "f": { "$type": ["string", 16] } }, adds("1")),
        (rawdoc! { "f": { "$type": "string" } }, remove()),
        (rawdoc! { "f": { "$in": [1, null] } }, adds("2")),
        (rawdoc! { "f": { "$in": [1, null] } }, remove()),
        (rawdoc! { "f": 1 }, adds("1")),
        (rawdoc! { "f": 1 }, adds("2")),
        (rawdoc! { "f": { "$ne": 1 } }, adds("1")),
        (rawdoc! { "f": { "$ne": null } }, remove()),
        (rawdoc! { "f": { "$nin": [1] } }, remove()),
        (rawdoc! { "f": { "$size": 1 } }, adds("[]")),
        (rawdoc! { "f": { "$gt": 1 } }, adds("2")),
        (rawdoc! { "f.g": { "$gt": 1 } }, adds("2")),
        (rawdoc! { "$and": [{ "g": 1 }, { "f": { "$type": "array" } }] }, adds("1")),
        (rawdoc! { "$or": [{ "f": 1 }] }, adds("1")),
        (rawdoc! { "$or": [{ "g": 1 }] }, adds("1")),
        (rawdoc! { "$expr": { "$isArray": "$f" } }, adds("1")),
    ]);
    insta::assert_snapshot!(out);
}

#[test]
fn the_migration_of_the_plan_has_nothing_to_fear() {
    let step = Step::AddField(causeway_core::migration::AddField {
        collection: "quotes".parse().expect("a collection"),
        field: "selectedEvents".parse().expect("a field"),
        value: RawBson::Array(RawArrayBuf::new()),
        bson_type: causeway_core::migration::BsonType::Array,
        malformed: causeway_core::migration::Malformed::Archive,
        contributes: None,
    });
    assert_eq!(objections(&quotes(), &step), Vec::<String>::new());
}
