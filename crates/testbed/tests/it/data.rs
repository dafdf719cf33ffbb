//! The generator: the same bytes each time, every shape, and all that production has.

use std::collections::BTreeSet;

use bson::{Document, RawDocumentBuf, doc, spec::ElementType};
use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use testbed::{
    TestDatabase,
    data::{self, Options, Shape, Validator},
};

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let options = Options { ugly_each: true, ..Options::default() };
    for n in 0..options.quotes {
        let (first, again) = (data::quote_at(&options, n), data::quote_at(&options, n));
        assert_eq!(first.0.as_bytes(), again.0.as_bytes());
    }
    assert_ne!(data::quote(1, 5).as_bytes(), data::quote(2, 5).as_bytes());
    assert_ne!(data::quote(1, 5).as_bytes(), data::quote(1, 6).as_bytes());
}

/// A change of this fingerprint is a change of everybody's data.
#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let options = Options { quotes: 500, ugly_each: true, ..Options::default() };
    let mut hasher = Sha256::new();
    for n in 0..options.quotes {
        hasher.update(data::quote_at(&options, n).0.as_bytes());
    }
    let fingerprint: String = hasher.finalize()[..8].iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(fingerprint, "5d2cd18d7aca9356");
}

#[test]
fn a_typical_quote_has_about_900_bytes() {
    let total: usize = (0..1_000).map(|n| data::quote(3, n).as_bytes().len()).sum();
    assert!((800..1_000).contains(&(total / 1_000)), "{}", total / 1_000);
}

#[test]
fn every_shape_occurs_in_2000_quotes_and_whenever_asked_for() {
    let small = Options { quotes: 5, ugly_each: true, ..Options::default() };
    let sets = [
        Options::default(),
        Options { quotes: 2_345, ugly_percent: 1, ..Options::default() },
        Options { quotes: 300, ugly_each: true, ..Options::default() },
        small.clone(),
    ];
    for options in sets {
        let shapes: BTreeSet<Shape> =
            (0..options.quotes_total()).filter_map(|n| data::quote_at(&options, n).1).collect();
        assert_eq!(shapes.len(), Shape::ALL.len(), "{options:?}");
    }
    assert_eq!(small.quotes_total(), Shape::ALL.len() as u64);
    let none = Options { ugly_percent: 0, ..Options::default() };
    assert!((0..none.quotes).all(|n| data::quote_at(&none, n).1.is_none()));
}

#[test]
fn each_shape_differs_from_the_typical_quote() {
    // Some coincide with some typical quotes, such as those without activities.
    for shape in Shape::ALL {
        let differs = |n| data::ugly_quote(*shape, 1, n).as_bytes() != data::quote(1, n).as_bytes();
        assert!((0..20).any(differs), "{shape:?}");
        assert!((1..=8).contains(&shape.section()), "{shape:?}");
    }
}

#[test]
fn huge_quotes_are_rare_in_large_sets() {
    let huge = data::ugly_quote(Shape::Huge, 1, 1).as_bytes().len();
    assert!(huge > 200_000, "{huge}");
    // The sets are too large to be made whole; shapes depend on the number and come regularly.
    let options = Options { quotes: 200_000, ..Options::default() };
    let ugly = (0..options.quotes).step_by(25).map(|n| data::quote_at(&options, n).1);
    assert_eq!(ugly.filter(|shape| *shape == Some(Shape::Huge)).count(), 2);
}

async fn stored(database: &TestDatabase, filter: Document) -> Vec<RawDocumentBuf> {
    let quotes = database.database().collection::<RawDocumentBuf>("quotes");
    quotes.find(filter).await.unwrap().try_collect().await.unwrap()
}

#[tokio::test]
async fn the_server_stores_what_was_generated_byte_for_byte() {
    let database = TestDatabase::new().await.unwrap();
    let options = Options { quotes: 2_500, rival_index: true, ..Options::default() };
    let loaded = data::load(&database.database(), &options).await.unwrap();
    assert_eq!(loaded.quotes(), 2_500);
    assert_eq!(loaded.shapes.len(), Shape::ALL.len());
    let bytes = |documents: Vec<RawDocumentBuf>| -> BTreeSet<Vec<u8>> {
        documents.into_iter().map(RawDocumentBuf::into_bytes).collect()
    };
    let generated = (0..options.quotes).map(|n| data::quote_at(&options, n).0).collect();
    assert!(bytes(stored(&database, doc! {}).await) == bytes(generated));
}

#[tokio::test]
async fn a_set_has_all_collections_and_indexes() {
    let database = TestDatabase::new().await.unwrap();
    let options = Options { quotes: 300, expired_auditlogs: 3, ..Options::default() };
    let loaded = data::load(&database.database(), &options).await.unwrap();
    let database = database.database();
    for (collection, expected) in [
        ("quotes", 300),
        ("enquiries", 100),
        ("events", 150),
        ("categories", 8),
        ("users", 12),
        ("super_offer_packages", 12),
        ("migrations", 7),
        ("auditlogs", 303),
    ] {
        assert_eq!(loaded.counts[collection], expected, "{collection}");
    }
    let events = database.collection::<Document>("events");
    let unpriced = doc! { "pricing": { "$exists": false } };
    assert_eq!(events.count_documents(unpriced).await.unwrap(), 102);
    let names = database.collection::<Document>("quotes").list_index_names().await.unwrap();
    assert!(names.contains(&"linkedPackage.packageId_1".to_owned()), "{names:?}");
    assert!(!names.contains(&"selectedEvents.eventId_1".to_owned()), "{names:?}");
    assert_eq!(names.len(), 8);
    let migrations = database.collection::<Document>("migrations");
    let failed = migrations.find_one(doc! { "status": "failed" }).await.unwrap().unwrap();
    assert!(failed.get_str("error").unwrap().contains("E11000"));
    let ninth = doc! { "version": "009", "status": "completed" };
    assert_eq!(migrations.count_documents(ninth).await.unwrap(), 1);
    let numeric = doc! { "version": { "$type": "number" } };
    assert_eq!(migrations.count_documents(numeric).await.unwrap(), 1);
}

#[tokio::test]
async fn a_validator_refuses_what_it_should_and_ugly_quotes_got_past_it() {
    for (validator, unknown_reason_is_refused) in
        [(Validator::Strict, true), (Validator::WithoutReason, false)]
    {
        let database = TestDatabase::new().await.unwrap();
        let options = Options { quotes: 200, ugly_each: true, validator, ..Options::default() };
        let loaded = data::load(&database.database(), &options).await.unwrap();
        assert_eq!(loaded.shapes.len(), Shape::ALL.len());
        let quotes = database.database().collection::<RawDocumentBuf>("quotes");
        let insert = |shape| quotes.insert_one(data::ugly_quote(shape, 99, 500));
        insert(Shape::TotalString).await.unwrap_err();
        insert(Shape::StatusAccepted).await.unwrap_err();
        insert(Shape::CountsAsDoubles).await.unwrap_err();
        let unknown_reason = insert(Shape::HistoryUnknownReason).await;
        assert_eq!(unknown_reason.is_err(), unknown_reason_is_refused, "{validator:?}");
        quotes.insert_one(data::quote(98, 501)).await.unwrap();
    }
}

#[tokio::test]
async fn every_quote_can_be_changed_as_a_migration_does() {
    let database = TestDatabase::new().await.unwrap();
    let options = Options { quotes: 200, ugly_each: true, ..Options::default() };
    data::load(&database.database(), &options).await.unwrap();
    let quotes = database.database().collection::<Document>("quotes");
    let before = stored(&database, doc! {}).await;
    let set = quotes.update_many(doc! {}, doc! { "$set": { "x": [] } }).await.unwrap();
    assert_eq!(set.modified_count, 200);
    quotes.update_many(doc! {}, doc! { "$unset": { "x": 1 } }).await.unwrap();
    assert!(stored(&database, doc! {}).await == before);
}

#[test]
fn malformed_selected_events_have_the_types_they_should() {
    let type_of = |shape| {
        let quote = data::ugly_quote(shape, 1, 1);
        quote.get("selectedEvents").unwrap().map(|value| value.element_type())
    };
    for (shape, expected) in [
        (Shape::EventsNull, ElementType::Null),
        (Shape::EventsString, ElementType::String),
        (Shape::EventsObject, ElementType::EmbeddedDocument),
        (Shape::EventsNumber, ElementType::Double),
        (Shape::EventsNestedArrays, ElementType::Array),
        (Shape::EventsTooMany, ElementType::Array),
    ] {
        assert_eq!(type_of(shape), Some(expected), "{shape:?}");
    }
    let ids: BTreeSet<u8> = Shape::ALL
        .iter()
        .filter(|shape| shape.section() == 7)
        .map(|shape| {
            data::ugly_quote(*shape, 1, 1).get("_id").unwrap().unwrap().element_type() as u8
        })
        .collect();
    assert_eq!(ids.len(), 7);
}
