//! Documents are changed where they have to be, on the real server.

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use mongodb::Collection;
use quotes_core::{
    document,
    quote::{Quote, revision},
};
use serde_json::json;
use testbed::{
    TestDatabase,
    data::{Options, Shape, Validator, load, quote as typical_quote, ugly_quote},
};

use crate::office::{Office, chosen, event_id, id, raw};

/// Stores a document, updates it to what `after` says, and reads it.
async fn stored(
    quotes: &Collection<RawDocumentBuf>,
    document: &RawDocument,
    after: &Quote,
) -> RawDocumentBuf {
    let before = Quote::read(document);
    let id = doc! { "_id": before.id.as_bson() };
    quotes.delete_many(id.clone()).await.unwrap();
    quotes.insert_one(document.to_owned()).await.unwrap();
    let update = document::update(document, &before, after);
    quotes.update_one(id.clone(), update).await.unwrap();
    quotes.find_one(id).await.unwrap().unwrap()
}

/// Fields whose bytes differ, those that are new or gone among them.
fn touched(before: &RawDocument, after: &RawDocument) -> Vec<String> {
    let value = |document: &RawDocument, key: &str| {
        let value = document.get(key).unwrap()?;
        let mut alone = RawDocumentBuf::new();
        alone.append(bson::raw::cstr!("v"), value);
        Some(alone.into_bytes())
    };
    let keys =
        before.iter().chain(after.iter()).map(|element| element.unwrap().0.as_str().to_owned());
    let mut touched: Vec<String> =
        keys.filter(|key| value(before, key) != value(after, key)).collect();
    touched.sort();
    touched.dedup();
    touched
}

#[test]
fn no_change_is_no_update() {
    let ugly = Shape::ALL.iter().map(|shape| ugly_quote(*shape, 10, 3));
    for document in ugly.chain((0..100).map(|n| typical_quote(10, n))) {
        let quote = Quote::read(&document);
        assert_eq!(document::update(&document, &quote, &quote.clone()), doc! {});
    }
}

#[tokio::test]
async fn an_edit_touches_its_field_and_nothing_else() {
    let database = TestDatabase::new().await.unwrap();
    let quotes = database.database().collection("quotes");
    let office = Office::new();
    for shape in Shape::ALL {
        let document = ugly_quote(*shape, 10, 3);
        let quote = Quote::read(&document);
        let Ok(edited) = office.edit(&quote, &json!({ "hotelName": "Other" })) else { continue };
        let after = stored(&quotes, &document, &edited.quote).await;
        let touched: Vec<String> = touched(&document, &after)
            .into_iter()
            .filter(|field| !matches!(field.as_str(), "status" | "version" | "updatedAt"))
            .collect();
        assert_eq!(touched, ["hotelName"], "{shape:?}");
        assert_ne!(revision(&document), revision(&after));
    }
}

#[tokio::test]
async fn events_can_be_added_to_any_quote_and_removed_again() {
    let database = TestDatabase::new().await.unwrap();
    let quotes = database.database().collection("quotes");
    let office = Office::new();
    for shape in Shape::ALL {
        let document = ugly_quote(*shape, 10, 3);
        let quote = Quote::read(&document);
        let Ok(added) = office.add(&quote, &chosen(0)) else { continue };
        let with_event = stored(&quotes, &document, &added.quote).await;
        let read = Quote::read(&with_event);
        assert!(read.selected(event_id(0)).is_some(), "{shape:?}");
        assert_eq!(read.total, added.quote.total, "{shape:?}");
        let removed = office.remove(&read, 0).unwrap();
        let without = stored(&quotes, &with_event, &removed.quote).await;
        let list = |document: &RawDocument| {
            let list = document.get("selectedEvents").unwrap().and_then(|value| value.as_array());
            list.map(|list| list.as_bytes().to_vec())
        };
        if let Some(before) = list(&document) {
            assert_eq!(list(&without), Some(before), "{shape:?}: the others are as they were");
        }
        assert_eq!(
            Quote::read(&without).history.len(),
            read.history.len() + moves(&read, &without)
        );
    }
}

/// One more entry of history if the price moved.
fn moves(before: &Quote, after: &RawDocument) -> usize {
    usize::from(Quote::read(after).total != before.total)
}

#[tokio::test]
async fn a_list_that_is_none_is_moved_aside() {
    let database = TestDatabase::new().await.unwrap();
    let quotes = database.database().collection("quotes");
    let office = Office::new();
    for (shape, field) in
        [(Shape::EventsString, "selectedEvents"), (Shape::HistoryString, "priceHistory")]
    {
        let document = ugly_quote(shape, 10, 3);
        let edited = office.add(&Quote::read(&document), &chosen(0)).unwrap();
        let after = stored(&quotes, &document, &edited.quote).await;
        let old = document.get(field).unwrap().unwrap();
        assert_eq!(after.get(format!("{field}Replaced")).unwrap(), Some(old), "{shape:?}");
        assert_eq!(after.get_array(field).unwrap().into_iter().count(), 1, "{shape:?}");
    }
}

#[test]
fn entries_are_changed_where_they_are() {
    let office = Office::new();
    let quote = office.quote(&json!({ "selectedEvents": [chosen(0), chosen(1)] }));
    let mut document = document::create(&quote);
    let unknown = |document: &mut Document| {
        let Some(Bson::Array(list)) = document.get_mut("selectedEvents") else { return };
        for entry in list.iter_mut().filter_map(Bson::as_document_mut) {
            entry.insert("supplier", "North");
        }
    };
    unknown(&mut document);
    let document = raw(&document);
    let quote = Quote::read(&document);
    let update = |after: &Quote| document::update(&document, &quote, after);

    let altered = office.alter(&quote, 1, &json!({ "pricePerPerson": false })).unwrap().quote;
    let set = update(&altered);
    let set = set.get_document("$set").unwrap();
    assert_eq!(set.get("selectedEvents.1.pricePerPerson"), Some(&Bson::Boolean(false)));
    assert!(!set.contains_key("selectedEvents"));

    let added = office.add(&quote, &chosen(2)).unwrap().quote;
    let push = update(&added);
    let push = push.get_document("$push").unwrap();
    assert_eq!(push.keys().collect::<Vec<_>>(), ["selectedEvents", "priceHistory"]);

    let both = json!({ "selectedEvents": [chosen(1), chosen(2)] });
    let both = update(&office.edit(&quote, &both).unwrap().quote);
    let list = both.get_document("$set").unwrap().get_array("selectedEvents").unwrap();
    let kept = list[0].as_document().unwrap();
    assert_eq!(kept.get("eventId"), Some(&Bson::ObjectId(event_id(1))));
    assert_eq!(kept.get("supplier"), Some(&Bson::String("North".to_owned())));
    assert_eq!(both.get_document("$inc").unwrap(), &doc! { "__v": 1 });
}

#[tokio::test]
async fn the_strictest_validator_takes_a_new_quote() {
    let database = TestDatabase::new().await.unwrap();
    let options = Options { quotes: 1, validator: Validator::Strict, ..Options::default() };
    load(&database.database(), &options).await.unwrap();
    let quotes = database.database().collection::<Document>("quotes");
    let office = Office::new();
    let whole = json!({
        "title": "Weekend",
        "destination": "Kraków",
        "internalNotes": "Call again",
        "validUntil": "2027-03-01",
        "linkedPackage": { "packageId": id(5, 1).to_hex() },
        "basePrice": null,
    });
    let created = document::create(&office.quote(&whole));
    quotes.insert_one(&created).await.unwrap();
    let id = doc! { "_id": created.get("_id") };
    let document = raw(&quotes.find_one(id.clone()).await.unwrap().unwrap());
    let before = Quote::read(&document);
    let edited = office.edit(&before, &json!({ "numberOfPeople": 12, "title": null })).unwrap();
    let update = document::update(&document, &before, &edited.quote);
    quotes.update_one(id.clone(), update).await.unwrap();
    let after = Quote::read(&raw(&quotes.find_one(id).await.unwrap().unwrap()));
    assert_eq!(after, edited.quote);
}
