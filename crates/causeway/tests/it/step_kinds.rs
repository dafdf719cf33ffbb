//! Each kind of step, forwards and backwards and forwards again.

use bson::{Bson, Document, RawDocumentBuf, doc, rawdoc};
use mongodb::IndexModel;
use mongodb::options::IndexOptions;

use crate::scene::Scene;

/// Up, verify, down, verify, up, verify; the database is the same after each rollback, and the same
/// after each application.
async fn there_and_back(scene: &Scene) {
    let before = scene.photo().await;
    let ran = scene.up();
    assert_eq!(ran.event("verified")["passed"], true);
    assert_eq!(scene.status().await, "completed");
    scene.verify(0, "applied");
    scene.verify(6, "rolled-back");
    let applied = scene.photo().await;
    assert!(applied != before, "it changed nothing");
    scene.up().assert_says("nothing to do");

    scene.down();
    assert_eq!(scene.status().await, "rolled_back");
    before.assert_same(&scene.photo().await);
    scene.verify(0, "rolled-back");
    scene.verify(6, "applied");
    scene.expect(0, &["down", "010"]);

    scene.up();
    applied.assert_same(&scene.photo().await);
    scene.verify(0, "applied");
    scene.down();
    before.assert_same(&scene.photo().await);
}

/// Documents in which a field stands at every place and has every type.
fn at_every_place() -> Vec<Document> {
    let values = [
        Bson::Null,
        Bson::Int32(7),
        Bson::Double(7.0),
        Bson::Double(f64::NAN),
        Bson::Double(-0.0),
        Bson::String(String::new()),
        Bson::Array(vec![Bson::Array(Vec::new())]),
        Bson::Document(doc! { "t": bson::Timestamp { time: 0, increment: 0 } }),
        Bson::Decimal128("1.10".parse().unwrap()),
        Bson::MinKey,
        Bson::Boolean(false),
        Bson::RegularExpression(bson::Regex {
            pattern: bson::raw::cstr!("a").into(),
            options: bson::raw::cstr!("i").into(),
        }),
    ];
    let mut documents = Vec::new();
    for (number, value) in (0_i32..).zip(values) {
        documents
            .push(doc! { "_id": format!("{number} first"), "old": value.clone(), "a": 1, "b": 2 });
        documents
            .push(doc! { "_id": format!("{number} middle"), "a": 1, "old": value.clone(), "b": 2 });
        documents.push(doc! { "_id": format!("{number} last"), "a": 1, "b": 2, "old": value });
    }
    documents.push(doc! { "_id": "none", "a": 1 });
    documents.push(doc! { "_id": "only", "old": 1 });
    documents
}

#[tokio::test(flavor = "multi_thread")]
async fn add_field() {
    let scene = Scene::with_quotes(at_every_place()).await;
    scene.steps(
        r#"add_field = { collection = "quotes", field = "old", value = 5, malformed = "archive" }"#,
    );
    there_and_back(&scene).await;
    // A long value, of a type that says "any number".
    scene.steps(
        r#"add_field = { collection = "quotes", field = "price", value_json = '{"$numberDecimal": "0.00"}', type = "number" }"#,
    );
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn add_field_of_every_kind_of_value() {
    for value in [
        r#"value = "x""#,
        "value = false",
        "value_json = 'null'",
        r#"value = { a = { b = [1, 2.5, "c"] } }"#,
        r#"value_json = '{"$oid": "5f1d7a3b2c4e6f8091a2b3c4"}'"#,
        "value = [[]]",
    ] {
        let scene = Scene::with_quotes(at_every_place()).await;
        scene.steps(&format!(
            r#"add_field = {{ collection = "quotes", field = "old", malformed = "archive", {value} }}"#
        ));
        there_and_back(&scene).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn remove_field() {
    let scene = Scene::with_quotes(at_every_place()).await;
    scene.steps(r#"remove_field = { collection = "quotes", field = "old" }"#);
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rename_field() {
    let scene = Scene::with_quotes(at_every_place()).await;
    scene.steps(r#"rename_field = { collection = "quotes", from = "old", to = "new" }"#);
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rename_field_refuses_documents_with_both_names() {
    let scene = Scene::with_quotes([doc! { "_id": "both", "old": 1, "new": 2 }]).await;
    scene.steps(r#"rename_field = { collection = "quotes", from = "old", to = "new" }"#);
    let before = scene.photo().await;
    scene.expect(3, &["up", "010"]).assert_says("both");
    before.assert_same(&scene.photo().await);
}

const COMPUTED: &str = r#"set_computed = { collection = "quotes", fields = ["sum", "twice"], pipeline = [{ "$set" = { sum = { "$add" = [1, 2] } } }, { "$set" = { twice = { "$multiply" = [2, "$sum"] } } }], done = { twice = 6 } }"#;

#[tokio::test(flavor = "multi_thread")]
async fn set_computed() {
    let scene = Scene::with_quotes([
        doc! { "_id": 1, "a": 1 },
        doc! { "_id": 2, "sum": "was here", "a": 1 },
        doc! { "_id": 3, "a": 1, "twice": null, "sum": { "t": bson::Timestamp { time: 0, increment: 0 } }, "b": 2 },
        doc! { "_id": 4, "twice": 6 },
    ])
    .await;
    scene.steps(COMPUTED);
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computed_field_that_somebody_changed_keeps_their_value() {
    let scene = Scene::with_quotes([doc! { "_id": 1, "a": 1 }, doc! { "_id": 2, "sum": 0 }]).await;
    scene.steps(COMPUTED);
    scene.up();
    let edit = doc! { "$set": { "sum": 100 } };
    scene.quotes().update_many(doc! {}, edit).await.unwrap();
    let down = scene.down();
    assert_eq!(down.verdict("changed_by_application"), 2);
    for id in [1, 2] {
        let quote = scene.quotes().find_one(doc! { "_id": id }).await.unwrap().unwrap();
        assert_eq!(quote.get_i32("sum").unwrap(), 100, "{quote}");
        assert!(!quote.contains_key("twice"), "{quote}");
    }
    scene.verify(0, "rolled-back");
}

fn index(keys: Document, options: IndexOptions) -> IndexModel {
    IndexModel::builder().keys(keys).options(options).build()
}

fn named(name: &str) -> IndexOptions {
    IndexOptions::builder().name(name.to_owned()).build()
}

const INDEX: &str = r#"create_index = { collection = "quotes", name = "wanted", keys = { "selectedEvents.eventId" = 1 }, sparse = true }"#;

#[tokio::test(flavor = "multi_thread")]
async fn create_index() {
    let scene = Scene::with_quotes(at_every_place()).await;
    scene.steps(INDEX);
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn create_index_in_place_of_the_same_under_another_name() {
    let scene = Scene::with_quotes(at_every_place()).await;
    let rival = IndexOptions::builder().name("rival".to_owned()).sparse(true).build();
    scene.quotes().create_index(index(doc! { "selectedEvents.eventId": 1 }, rival)).await.unwrap();
    scene.steps(INDEX);
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn create_index_in_place_of_another_under_its_name() {
    let scene = Scene::with_quotes(at_every_place()).await;
    scene.quotes().create_index(index(doc! { "a": -1 }, named("wanted"))).await.unwrap();
    scene.steps(INDEX);
    let before = scene.photo().await;
    scene.expect(3, &["up", "010"]).assert_says("--replace-index");
    before.assert_same(&scene.photo().await);
    scene.expect(0, &["up", "010", "--replace-index"]);
    scene.verify(0, "applied");
    scene.down();
    before.assert_same(&scene.photo().await);
    scene.verify(0, "rolled-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn create_index_that_was_there_stays() {
    let scene = Scene::with_quotes(at_every_place()).await;
    let same = IndexOptions::builder().name("wanted".to_owned()).sparse(true).build();
    scene.quotes().create_index(index(doc! { "selectedEvents.eventId": 1 }, same)).await.unwrap();
    scene.steps(&format!(
        "{INDEX}\n[[step]]\nadd_field = {{ collection = \"quotes\", field = \"x\", value = 1 }}"
    ));
    there_and_back(&scene).await;
    assert!(scene.indexes("quotes").await.contains_key("wanted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_index_over_duplicates_is_refused() {
    let scene = Scene::with_quotes(at_every_place()).await;
    scene.steps(r#"create_index = { collection = "quotes", name = "one", keys = { a = 1 }, unique = true }"#);
    let before = scene.photo().await;
    let ran = scene.causeway(&["up", "010"]);
    // The gate reads no documents, so the server may be the one that refuses.
    assert!(matches!(ran.code, 3 | 5), "{}", ran.told());
    before.assert_same(&scene.photo().await);
    scene.quotes().update_many(doc! {}, vec![doc! { "$set": { "a": "$_id" } }]).await.unwrap();
    let mended = scene.photo().await;
    scene.up();
    scene.down();
    mended.assert_same(&scene.photo().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn drop_index() {
    let scene = Scene::with_quotes(at_every_place()).await;
    let ttl = IndexOptions::builder()
        .name("gone".to_owned())
        .expire_after(std::time::Duration::from_secs(1_000_000))
        .partial_filter_expression(doc! { "a": { "$gt": 5 } })
        .build();
    scene.quotes().create_index(index(doc! { "seenAt": 1 }, ttl)).await.unwrap();
    scene.steps(r#"drop_index = { collection = "quotes", name = "gone" }"#);
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drop_index_of_every_kind_comes_back_as_it_was() {
    let collation = mongodb::options::Collation::builder().locale("fr").build();
    let german = IndexOptions::builder()
        .weights(doc! { "t": 5 })
        .default_language("german".to_owned())
        .build();
    let kinds = [
        (doc! { "t": "text" }, german),
        (doc! { "p": "2dsphere" }, IndexOptions::default()),
        (doc! { "h": "hashed" }, IndexOptions::default()),
        (doc! { "$**": 1 }, IndexOptions::default()),
        (doc! { "c": 1 }, IndexOptions::builder().collation(collation).build()),
        (doc! { "u": 1, "v": -1 }, IndexOptions::builder().unique(true).sparse(true).build()),
        (doc! { "w": 1 }, IndexOptions::builder().hidden(true).build()),
    ];
    for (keys, mut options) in kinds {
        options.name = Some("gone".to_owned());
        let scene = Scene::with_quotes([doc! { "_id": 1 }]).await;
        scene.quotes().create_index(index(keys, options)).await.unwrap();
        scene.steps(r#"drop_index = { collection = "quotes", name = "gone" }"#);
        let before = scene.photo().await;
        scene.up();
        scene.down();
        before.assert_same(&scene.photo().await);
    }
}

const ENUM: &str =
    r#"extend_enum = { collection = "quotes", path = "reasons.why", values = ["new", "newer"] }"#;

fn validator() -> Document {
    doc! { "$jsonSchema": { "properties": { "reasons": { "items": { "properties": {
    "why": { "enum": ["old"] } } } } } } }
}

#[tokio::test(flavor = "multi_thread")]
async fn extend_enum() {
    for level in ["strict", "moderate"] {
        let scene = Scene::with_quotes(at_every_place()).await;
        let command = doc! { "collMod": "quotes", "validator": validator(),
        "validationLevel": level, "validationAction": "warn" };
        scene.database.run_command(command).await.unwrap();
        scene.steps(ENUM);
        there_and_back(&scene).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enum_value_that_documents_use_by_now_stays() {
    let scene = Scene::with_quotes(at_every_place()).await;
    let command = doc! { "collMod": "quotes", "validator": validator() };
    scene.database.run_command(command).await.unwrap();
    scene.steps(ENUM);
    scene.up();
    scene.quotes().insert_one(doc! { "_id": "user", "reasons": [{ "why": "new" }] }).await.unwrap();
    let down = scene.down();
    down.assert_says("stays, documents use it by now");
    let options = scene.validator_and_options("quotes").await;
    let text = options.to_string();
    assert!(text.contains(r#"["old", "new"]"#), "{text}");
    scene.verify(0, "rolled-back");
    scene.up();
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_kinds_in_one_migration() {
    let scene = Scene::with_quotes(at_every_place()).await;
    scene.quotes().create_index(index(doc! { "b": 1 }, named("b_1"))).await.unwrap();
    let command = doc! { "collMod": "quotes", "validator": validator() };
    scene.database.run_command(command).await.unwrap();
    let steps = [
        r#"remove_field = { collection = "quotes", field = "a" }"#,
        r#"rename_field = { collection = "quotes", from = "b", to = "c" }"#,
        r#"add_field = { collection = "quotes", field = "old", value = [], malformed = "archive" }"#,
        r#"add_field = { collection = "quotes", field = "more", value = "" }"#,
        COMPUTED,
        INDEX,
        r#"drop_index = { collection = "quotes", name = "b_1" }"#,
        ENUM,
    ];
    scene.steps(&steps.join("\n[[step]]\n"));
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_every_type() {
    let scene = Scene::empty().await;
    let ids: Vec<RawDocumentBuf> = vec![
        rawdoc! { "_id": f64::NAN, "old": 1, "a": 1 },
        rawdoc! { "_id": f64::INFINITY, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": -0.5, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": 7_i64, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": 8, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": "1.10".parse::<bson::Decimal128>().unwrap(), "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": { "a": 1, "b": 2 }, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": { "b": 2, "a": 1 }, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": {}, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": "text", "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": "", "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": null, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": true, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": bson::DateTime::from_millis(-1), "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": bson::Timestamp { time: 1, increment: 1 }, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": bson::RawBson::MinKey, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": bson::RawBson::MaxKey, "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": bson::oid::ObjectId::new(), "a": 1, "old": 1, "b": 1 },
        rawdoc! { "_id": bson::Binary { subtype: bson::spec::BinarySubtype::Uuid, bytes: vec![7; 16] }, "old": 1 },
    ];
    scene.database.collection::<RawDocumentBuf>("quotes").insert_many(ids).await.unwrap();
    let steps = [
        r#"add_field = { collection = "quotes", field = "more", value = [] }"#,
        r#"remove_field = { collection = "quotes", field = "old" }"#,
        r#"rename_field = { collection = "quotes", from = "a", to = "c" }"#,
        COMPUTED,
    ];
    scene.steps(&steps.join("\n[[step]]\n"));
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_with_a_collation_of_its_own() {
    let scene = Scene::empty().await;
    let create = doc! { "create": "quotes", "collation": { "locale": "en", "strength": 1 } };
    scene.database.run_command(create).await.unwrap();
    scene.quotes().insert_many(at_every_place()).await.unwrap();
    let steps = [
        r#"add_field = { collection = "quotes", field = "more", value = [] }"#,
        r#"remove_field = { collection = "quotes", field = "old" }"#,
        r#"rename_field = { collection = "quotes", from = "a", to = "c" }"#,
        COMPUTED,
        INDEX,
    ];
    scene.steps(&steps.join("\n[[step]]\n"));
    there_and_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_without_collation_where_the_collection_has_one() {
    let scene = Scene::empty().await;
    let create = doc! { "create": "quotes", "collation": { "locale": "en", "strength": 1 } };
    scene.database.run_command(create).await.unwrap();
    scene.quotes().insert_many(at_every_place()).await.unwrap();
    let simple = mongodb::options::Collation::builder().locale("simple").build();
    let simple = IndexOptions::builder().name("gone".to_owned()).collation(simple).build();
    scene.quotes().create_index(index(doc! { "a": 1 }, simple)).await.unwrap();
    let steps = [
        r#"drop_index = { collection = "quotes", name = "gone" }"#,
        r#"create_index = { collection = "quotes", name = "words", keys = { title = "text" } }"#,
    ];
    scene.steps(&steps.join("\n[[step]]\n"));
    there_and_back(&scene).await;
}
