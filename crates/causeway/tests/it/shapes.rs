//! Every ugly shape of production's data, with every validator, applied, healed and rolled back.

use std::collections::BTreeSet;

use bson::{Document, RawDocumentBuf, doc, rawdoc};
use testbed::data::{Options, Shape, Validator, ugly_quote};

use crate::scene::{Photo, Scene};

fn ugly(validator: Validator, rival_index: bool) -> Options {
    Options { quotes: 200, ugly_each: true, validator, rival_index, ..Options::default() }
}

/// What the old application does after `up`: quotes without the field, and one with a string there.
async fn old_application(scene: &Scene) {
    let quotes = scene.database.collection::<RawDocumentBuf>("quotes");
    let late = [
        rawdoc! { "_id": "late 1", "leadName": "Ann" },
        rawdoc! { "_id": "late 2", "leadName": "Bob", "selectedEvents": "Karting", "after": 1 },
        rawdoc! { "_id": 1e300, "leadName": "Cleo" },
    ];
    quotes.insert_many(late).bypass_document_validation(true).await.unwrap();
}

fn same_but_for(before: &Photo, after: &Photo, new: &[&str]) {
    let differences = before.differences(after);
    let (expected, other): (Vec<_>, Vec<_>) = differences
        .into_iter()
        .partition(|it| new.iter().any(|id| it.starts_with(&format!("quotes {id}: nothing then"))));
    assert!(other.is_empty(), "{other:#?}");
    assert_eq!(expected.len(), new.len(), "{expected:#?}");
}

async fn applied_healed_and_rolled_back(options: Options) {
    let scene = Scene::generated(&options).await;
    let before = scene.photo().await;
    let total = options.quotes_total();
    let up = scene.up();
    assert_eq!(up.verdict("unchanged"), total);
    assert_eq!(up.event("verified")["collections"]["quotes"].as_object().unwrap().len(), 1);
    scene.verify(0, "applied");
    let no_array = doc! { "selectedEvents": { "$not": { "$type": "array" } } };
    assert_eq!(scene.quotes().count_documents(no_array).await.unwrap(), 0);
    let indexes = scene.indexes("quotes").await;
    assert!(!indexes.contains_key("selectedEvents.eventId_1"));
    assert!(indexes.contains_key("selected_events_event_id_idx"));

    old_application(&scene).await;
    scene.verify(6, "applied");
    let healed = scene.up();
    assert_eq!(healed.verdict("unchanged"), total);
    assert_eq!(healed.verdict("created_by_application"), 3);
    scene.verify(0, "applied");
    assert_eq!(scene.record().await.get_i64("documentsChanged").unwrap(), 3);

    let down = scene.down();
    assert_eq!(down.verdict("unchanged"), total);
    let after = scene.photo().await;
    let new =
        [r#"Some(RawString("late 1"))"#, r#"Some(RawString("late 2"))"#, "Some(RawDouble(1e300))"];
    let ids: Vec<String> = after.documents["quotes"]
        .iter()
        .map(|(id, _)| id.clone())
        .filter(|id| id.contains("late") || id.contains("1e300") || id.contains("1e+300"))
        .collect();
    assert_eq!(ids.len(), new.len(), "{ids:?}");
    same_but_for(&before, &after, &ids.iter().map(String::as_str).collect::<Vec<_>>());
    scene.verify(0, "rolled-back");
    // What the application wrote is as it wrote it.
    let one: RawDocumentBuf = find(&scene, "late 1").await;
    assert_eq!(one, rawdoc! { "_id": "late 1", "leadName": "Ann" });
    let two: RawDocumentBuf = find(&scene, "late 2").await;
    let written =
        rawdoc! { "_id": "late 2", "leadName": "Bob", "selectedEvents": "Karting", "after": 1 };
    assert_eq!(two, written);
}

async fn find(scene: &Scene, id: &str) -> RawDocumentBuf {
    let quotes = scene.database.collection::<RawDocumentBuf>("quotes");
    quotes.find_one(doc! { "_id": id }).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_validator() {
    applied_healed_and_rolled_back(ugly(Validator::None, false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_rival_index() {
    applied_healed_and_rolled_back(ugly(Validator::None, true)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_strict_validator_and_the_rival_index() {
    applied_healed_and_rolled_back(ugly(Validator::Strict, true)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_validator_that_lists_no_reasons() {
    applied_healed_and_rolled_back(ugly(Validator::WithoutReason, false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_shape_is_in_the_test() {
    let options = ugly(Validator::None, false);
    let mut seen = BTreeSet::new();
    for number in 0..options.quotes_total() {
        seen.extend(testbed::data::quote_at(&options, number).1);
    }
    assert_eq!(seen.len(), Shape::ALL.len());
}

/// Fields that stand anywhere in an ugly quote go and come back.
#[tokio::test(flavor = "multi_thread")]
async fn removed_renamed_and_computed() {
    let scene = Scene::generated(&ugly(Validator::None, false)).await;
    let steps = [
        r#"remove_field = { collection = "quotes", field = "priceHistory" }"#,
        r#"rename_field = { collection = "quotes", from = "totalPrice", to = "price" }"#,
        r#"rename_field = { collection = "quotes", from = "selectedEvents", to = "events" }"#,
        r#"set_computed = { collection = "quotes", fields = ["status"], pipeline = [{ "$set" = { status = { was = "$status" } } }], done = { "status" = { "$type" = "object" } } }"#,
    ];
    scene.steps(&steps.join("\n[[step]]\n"));
    let before = scene.photo().await;
    let up = scene.up();
    assert_eq!(up.verdict("unchanged"), 200);
    scene.verify(0, "applied");
    scene.down();
    before.assert_same(&scene.photo().await);
    scene.verify(0, "rolled-back");
}

/// A quote with an ugly value of its own keeps its present value when it is an array by then.
#[tokio::test(flavor = "multi_thread")]
async fn lists_that_were_there_before_keep_their_present_value() {
    let scene = Scene::empty().await;
    scene.record_nine().await;
    let quotes = scene.database.collection::<RawDocumentBuf>("quotes");
    let shapes = [Shape::NewerEmptySelectedEvents, Shape::EventsDuplicate, Shape::EventsTooMany];
    let mut ids = Vec::new();
    for (shape, number) in shapes.iter().zip(1..) {
        let quote = ugly_quote(*shape, 10, number);
        ids.push(
            bson::Bson::try_from(bson::RawBson::from(quote.get("_id").unwrap().unwrap())).unwrap(),
        );
        quotes.insert_one(quote).await.unwrap();
    }
    scene.up();
    let edit = doc! { "$set": { "selectedEvents": [{ "eventName": "Karting" }] } };
    scene.quotes().update_one(doc! { "_id": &ids[0] }, edit).await.unwrap();
    let edited = scene.photo().await;
    scene.down();
    let after = scene.photo().await;
    assert_eq!(edited.documents["quotes"], after.documents["quotes"]);
    let first: Document = scene.quotes().find_one(doc! { "_id": &ids[0] }).await.unwrap().unwrap();
    assert_eq!(first.get_array("selectedEvents").unwrap().len(), 1);
    let verified = scene.verify(0, "rolled-back");
    assert_eq!(verified.verdict("unchanged"), 2);
    assert_eq!(verified.verdict("changed_by_application"), 1);
}
