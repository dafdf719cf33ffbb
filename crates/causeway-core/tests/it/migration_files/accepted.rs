//! What a file says is what the migration does.

use bson::{Bson, RawBson, RawDocumentBuf, rawdoc};
use causeway_core::migration::{BsonType, Malformed, Migration, Step};

use super::{parsed, with_step};

/// The value of an `add_field` with this text after `field`.
fn value(text: &str) -> RawBson {
    let file = with_step(&format!("add_field = {{ collection = \"c\", field = \"f\", {text} }}"));
    match parsed(&file).steps.remove(0) {
        Step::AddField(step) => step.value,
        other => panic!("{other:?}"),
    }
}

fn json(text: &str) -> RawBson {
    value(&format!("value_json = '{text}'"))
}

#[test]
fn the_migration_of_the_plan() {
    let text = include_str!("../../../../../migrations/010-quote-events.toml");
    let migration = Migration::parse("migrations/010-quote-events.toml", text)
        .unwrap_or_else(|error| panic!("{}", error.one_line()));
    assert_eq!(migration.version.as_str(), "010");
    assert_eq!(migration.requires.len(), 1);
    let titles: Vec<String> = migration.steps.iter().map(Step::title).collect();
    insta::assert_snapshot!(titles.join("\n"), @r"
    add selectedEvents to quotes
    create index selected_events_event_id_idx on quotes
    allow more values for priceHistory.reason in the validator of quotes
    ");
    let Step::AddField(field) = &migration.steps[0] else { panic!("add_field comes first") };
    assert_eq!(field.value, RawBson::Array(bson::RawArrayBuf::new()));
    assert_eq!((field.bson_type, field.malformed), (BsonType::Array, Malformed::Archive));
    let Step::CreateIndex(index) = &migration.steps[1] else { panic!("create_index comes second") };
    assert_eq!(index.index.keys, rawdoc! { "selectedEvents.eventId": 1 });
    assert_eq!(index.index.options, rawdoc! { "sparse": true });
}

#[test]
fn the_hash_is_that_of_the_bytes() {
    let text = with_step("remove_field = { collection = \"c\", field = \"f\" }");
    assert_eq!(
        parsed(&text).sha256,
        "d089104a2c3de1130260e0f87679f78ee1307d5f8afd261f4dae6241b0766f5e"
    );
}

#[test]
fn every_kind_of_step() {
    let migration = parsed(include_str!("../fixtures/every-kind.toml"));
    let mut out = String::new();
    for step in &migration.steps {
        let owned: Vec<&str> = step.owned_fields().iter().map(|field| field.as_str()).collect();
        out.push_str(&format!(
            "{}: {} (owns {owned:?}, writes {})\n",
            step.kind(),
            step.title(),
            step.writes_documents()
        ));
        match step {
            Step::AddField(step) => out.push_str(&format!(
                "  {} {} {:?}\n",
                step.bson_type,
                shown(&step.value),
                step.malformed
            )),
            Step::CreateIndex(step) => out.push_str(&format!("  {}\n", step.index.describe())),
            Step::SetComputed(step) => {
                out.push_str(&format!("  filter {}\n", document(&step.filter)));
                for stage in &step.pipeline {
                    out.push_str(&format!("  stage {}\n", document(stage)));
                }
                out.push_str(&format!("  done {}\n", document(&step.done)));
            }
            Step::ExtendEnum(step) => {
                let values: Vec<String> = step.values.iter().map(shown).collect();
                out.push_str(&format!("  {}\n", values.join(", ")));
            }
            Step::RemoveField(_) | Step::RenameField(_) | Step::DropIndex(_) => {}
        }
    }
    insta::assert_snapshot!(out);
}

fn shown(value: &RawBson) -> String {
    Bson::try_from(value.clone()).expect("well-formed").to_string()
}

fn document(document: &RawDocumentBuf) -> String {
    shown(&RawBson::Document(document.clone()))
}

#[test]
fn toml_values_keep_type_and_order() {
    assert_eq!(value("value = 2147483647"), RawBson::Int32(i32::MAX));
    assert_eq!(value("value = 2147483648"), RawBson::Int64(1 << 31));
    assert_eq!(value("value = 1.0"), RawBson::Double(1.0));
    assert_eq!(value("value = true"), RawBson::Boolean(true));
    assert_eq!(value("value = \"é\""), RawBson::String("é".to_owned()));
    let nested = rawdoc! { "z": 1, "a": { "y": [1, "b"], "b": 2 } };
    assert_eq!(
        value("value = { z = 1, a = { y = [1, \"b\"], b = 2 } }"),
        RawBson::Document(nested)
    );
}

#[test]
fn toml_dates_are_moments() {
    let date = |text: &str| match value(&format!("value = {text}")) {
        RawBson::DateTime(date) => date.timestamp_millis(),
        other => panic!("{other:?}"),
    };
    assert_eq!(date("1970-01-01T00:00:00Z"), 0);
    assert_eq!(date("1970-01-01T01:00:00.250+01:00"), 250);
    assert_eq!(date("1969-12-31T23:59:59.999Z"), -1);
    assert_eq!(date("1969-12-31 19:00:00-05:00"), 0);
}

#[test]
fn extended_json_relaxed_and_canonical() {
    assert_eq!(json("null"), RawBson::Null);
    assert_eq!(json("5"), RawBson::Int32(5));
    assert_eq!(json("{\"$numberInt\": \"5\"}"), RawBson::Int32(5));
    assert_eq!(json("3000000000"), RawBson::Int64(3_000_000_000));
    assert_eq!(json("{\"$numberLong\": \"5\"}"), RawBson::Int64(5));
    assert_eq!(json("5.0"), RawBson::Double(5.0));
    assert_eq!(json("{\"$numberDouble\": \"-Infinity\"}"), RawBson::Double(f64::NEG_INFINITY));
    let decimal = "1.10".parse().expect("a decimal");
    assert_eq!(json("{\"$numberDecimal\": \"1.10\"}"), RawBson::Decimal128(decimal));
    let id = bson::oid::ObjectId::parse_str("5f1d7a3b2c4e6f8091a2b3c4").expect("an id");
    assert_eq!(json("{\"$oid\": \"5f1d7a3b2c4e6f8091a2b3c4\"}"), RawBson::ObjectId(id));
    let moment = RawBson::DateTime(bson::DateTime::from_millis(1_000));
    assert_eq!(json("{\"$date\": \"1970-01-01T00:00:01Z\"}"), moment);
    assert_eq!(json("{\"$date\": {\"$numberLong\": \"1000\"}}"), moment);
    let ordered = rawdoc! { "z": 1, "a": { "$ref": "c", "$id": 1 } };
    assert_eq!(
        json("{\"z\": 1, \"a\": {\"$ref\": \"c\", \"$id\": 1}}"),
        RawBson::Document(ordered)
    );
}

#[test]
fn other_types_come_by_extended_json() {
    let types = [
        ("{\"$minKey\": 1}", "minKey"),
        ("{\"$maxKey\": 1}", "maxKey"),
        ("{\"$symbol\": \"s\"}", "symbol"),
        ("{\"$code\": \"f\"}", "javascript"),
        ("{\"$code\": \"f\", \"$scope\": {\"a\": 1}}", "javascriptWithScope"),
        ("{\"$timestamp\": {\"i\": 1, \"t\": 2}}", "timestamp"),
        ("{\"$regularExpression\": {\"pattern\": \"a\", \"options\": \"mi\"}}", "regex"),
        ("{\"$uuid\": \"c8edabc3-f738-4ca3-b68d-ab92a91478a3\"}", "binData"),
        ("{\"$binary\": {\"base64\": \"AAEC\", \"subType\": \"80\"}}", "binData"),
    ];
    for (text, name) in types {
        assert_eq!(BsonType::name_of(json(text).element_type() as u8), name, "{text}");
    }
}

#[test]
fn the_type_is_that_of_the_value_or_wider() {
    let declared = |text: &str| {
        let file =
            with_step(&format!("add_field = {{ collection = \"c\", field = \"f\", {text} }}"));
        match parsed(&file).steps.remove(0) {
            Step::AddField(step) => (step.bson_type, step.malformed),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(declared("value = 5"), (BsonType::Int, Malformed::Refuse));
    assert_eq!(declared("value = 5, type = \"number\"").0, BsonType::Number);
    assert_eq!(
        declared("value = {}, malformed = \"refuse\""),
        (BsonType::Object, Malformed::Refuse)
    );
}

#[test]
fn a_literal_may_say_what_an_expression_may_not() {
    parsed(&with_step(
        "[step.set_computed]\ncollection = \"c\"\nfields = [\"f\"]\n\
         pipeline = [{ \"$set\" = { f = { \"$literal\" = \"$$NOW\" } } }]\ndone = { f = \"$$NOW\" }",
    ));
}

#[test]
fn tables_may_be_written_long_or_short() {
    let short =
        parsed(&with_step("create_index = { collection = \"c\", keys = { b = 1, a = -1 } }"));
    let long = parsed(&with_step(
        "[step.create_index]\ncollection = \"c\"\n[step.create_index.keys]\nb = 1\na = -1",
    ));
    let inline = parsed(
        "version = \"010\"\ntitle = \"t\"\nstep = [{ create_index = { collection = \"c\", keys = { b = 1, a = -1 } } }]\n",
    );
    assert_eq!(short.steps, long.steps);
    assert_eq!(short.steps, inline.steps);
    let Step::CreateIndex(step) = &short.steps[0] else { panic!("create_index") };
    assert_eq!(step.index.name, "b_1_a_-1");
}

#[test]
fn the_examples_of_the_reference() {
    let page = include_str!("../../../../../docs/migration-files.md");
    let examples: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|example| example.contains("[[step]]"))
        .collect();
    assert!(examples.len() >= 9, "the page has an example for each kind");
    for example in examples {
        if example.starts_with("version") {
            parsed(example);
        } else {
            parsed(&format!("version = \"1\"\ntitle = \"t\"\n{example}"));
        }
    }
}
