//! Quotes that are changed.

use bson::doc;
use quotes_core::{
    life::Status,
    price::Breakdown,
    quote::{Quote, Reason},
};
use serde_json::json;
use testbed::data::{Shape, ugly_quote};

use crate::office::{Office, chosen, complete, event_id, id, raw};

fn total(quote: &Quote) -> String {
    quote.total.unwrap().to_string()
}

#[test]
fn two_events_are_two_moves_of_the_price() {
    let office = Office::new();
    let quote = office.quote(&json!({}));
    let edited = office.edit(&quote, &json!({ "selectedEvents": [chosen(0), chosen(1)] })).unwrap();
    let moves: Vec<(Reason, String)> = edited.quote.history[1..]
        .iter()
        .map(|entry| (entry.reason.clone(), entry.price.unwrap().to_string()))
        .collect();
    let expected = [
        (Reason::EventAdded, "£1,103.50".to_owned()),
        (Reason::EventAdded, "£1,310.50".to_owned()),
    ];
    assert_eq!(moves, expected);
    assert_eq!(edited.audit.events.len(), 2);
    assert_eq!(edited.audit.fields, ["selectedEvents"]);
}

#[test]
fn what_is_sent_back_as_it_is_changes_nothing() {
    let office = Office::new();
    let quote = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    let back = crate::office::with(
        &complete(),
        &json!({ "selectedEvents": [chosen(0)], "totalPrice": 1103.5, "customTotal": null }),
    );
    let edited = office.edit(&quote, &back).unwrap();
    assert!(!edited.is_changed(), "{:?}", edited.audit);
    assert_eq!(edited.quote, quote);
}

#[test]
fn a_typed_total_is_kept_and_can_be_undone() {
    let office = Office::new();
    let quote = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    let custom = office.edit(&quote, &json!({ "customTotal": 900 })).unwrap().quote;
    let more = office.edit(&custom, &json!({ "numberOfPeople": 12 })).unwrap().quote;
    let price = Breakdown::of(&more);
    assert_eq!(price.total.to_string(), "£900.00");
    assert_eq!(price.adjustment.to_string(), "-£224.20");
    assert!(price.is_custom);
    let undone = office.edit(&more, &json!({ "customTotal": null })).unwrap().quote;
    assert_eq!(total(&undone), "£1,124.20");
    assert_eq!(undone.custom_total, None);
}

#[test]
fn the_one_number_of_old_clients() {
    let office = Office::new();
    let plain = office.quote(&json!({}));
    let edited = office.edit(&plain, &json!({ "totalPrice": 1200 })).unwrap().quote;
    assert_eq!((total(&edited), edited.custom_total), ("£1,200.00".to_owned(), None));
    assert_eq!(edited.base, edited.total);
    let with_events = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    let edited = office.edit(&with_events, &json!({ "totalPrice": 1200 })).unwrap().quote;
    assert_eq!(edited.custom_total, edited.total);
    assert_eq!(total(&edited), "£1,200.00");
}

#[test]
fn what_the_old_application_wrote_is_the_total() {
    let office = Office::new();
    let mut quote = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    // It knows no events and no base: it wrote 1,200 over 1,103.50.
    quote.total = quote.total.and_then(|total| total.checked_add(total.share(10)?));
    let price = Breakdown::of(&quote);
    assert_eq!(price.total.to_string(), "£1,213.85");
    assert_eq!(price.base.to_string(), "£1,110.35");
    assert!(price.adjustment.is_zero());
}

#[test]
fn snapshots_stay_until_the_current_price_is_asked_for() {
    let office = Office::new();
    let mut quote = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    quote.selection[0].unit = Some("5.00".parse().unwrap());
    quote.total = None;
    let warnings = Breakdown::with_catalogue(&quote, &office.catalogue).warnings;
    let moved = warnings.iter().find(|warning| warning.code == "price_moved").unwrap();
    assert_eq!(moved.message, "Event 0 costs £10.35 now; it is on this quote for £5.00.");
    let kept = office.alter(&quote, 0, &json!({ "pricePerPerson": false })).unwrap().quote;
    assert_eq!(total(&kept), "£1,005.00");
    let current = office.alter(&kept, 0, &json!({ "useCurrentPrice": true })).unwrap().quote;
    assert_eq!(total(&current), "£1,010.35");
}

#[test]
fn an_event_without_a_price_takes_a_typed_one_with_its_reason() {
    let office = Office::new();
    let quote = office.quote(&json!({ "selectedEvents": [chosen(7)] }));
    assert_eq!(total(&quote), "£1,000.00");
    let problems = office.alter(&quote, 7, &json!({ "price": 25 })).unwrap_err();
    assert_eq!(problems.as_slice()[0].field, "priceReason");
    let typed = json!({ "price": 25, "priceReason": "by telephone" });
    assert_eq!(total(&office.alter(&quote, 7, &typed).unwrap().quote), "£1,250.00");
}

#[test]
fn a_package_follows_the_group_and_leaves_the_events_alone() {
    let office = Office::new();
    let linked = json!({ "linkedPackage": { "packageId": id(5, 1).to_hex() } });
    let quote = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    let quote = office.edit(&quote, &linked).unwrap().quote;
    assert_eq!(total(&quote), "£3,103.50");
    let more = office.edit(&quote, &json!({ "numberOfPeople": 12 })).unwrap().quote;
    assert_eq!(total(&more), "£3,364.20");
    assert_eq!(more.history.last().map(|entry| &entry.reason), Some(&Reason::Recalculation));
    let few = office.edit(&quote, &json!({ "numberOfPeople": 5 })).unwrap_err();
    assert!(few.contains("package_no_tier"), "{few:?}");
    let typed = office.edit(&quote, &json!({ "numberOfPeople": 5, "basePrice": 2000 })).unwrap();
    assert!(typed.warnings.iter().any(|warning| warning.code == "package_no_tier"));
    assert_eq!(total(&typed.quote), "£2,051.75");
}

#[test]
fn a_typed_base_does_not_follow_the_group() {
    let office = Office::new();
    let linked = json!({ "linkedPackage": { "packageId": id(5, 1).to_hex() }, "basePrice": 2800 });
    let quote = office.quote(&linked);
    assert!(quote.package.as_ref().unwrap().custom_price);
    let more = office.edit(&quote, &json!({ "numberOfPeople": 12 })).unwrap().quote;
    assert_eq!(total(&more), "£2,800.00");
    let again = json!({ "linkedPackage": { "packageId": id(5, 1).to_hex(), "recalculate": true } });
    let again = office.edit(&more, &again).unwrap().quote;
    assert_eq!(total(&again), "£3,240.00");
    assert!(!again.package.unwrap().custom_price);
}

#[test]
fn sent_quotes_become_updated_and_locked_ones_stay() {
    let office = Office::new();
    let mut quote = office.quote(&json!({}));
    quote.status = Status::Sent;
    let edited = office.edit(&quote, &json!({ "hotelName": "Other" })).unwrap().quote;
    assert_eq!((edited.status, edited.version), (Status::Updated, 2));
    quote.status = Status::Accepted;
    let problems = office.edit(&quote, &json!({ "hotelName": "Other" })).unwrap_err();
    assert!(problems.contains("locked"));
    assert!(!office.edit(&quote, &complete()).unwrap().is_changed());
}

#[test]
fn only_what_changes_has_to_be_right() {
    let office = Office::new();
    let mut old = office.quote(&json!({}));
    old.trip.arrival = "2019-05-14T10:00:00Z".parse().ok();
    old.trip.people = Some(150);
    old.trip.lead_name = None;
    let back = json!({ "arrivalDate": "2019-05-14", "numberOfPeople": 150, "leadName": "" });
    assert!(!office.edit(&old, &back).unwrap().is_changed());
    assert!(office.edit(&old, &json!({ "numberOfNights": 4 })).unwrap().is_changed());
    let other = office.edit(&old, &json!({ "arrivalDate": "2019-05-15" })).unwrap_err();
    assert!(other.contains("in_the_past"));
}

#[test]
fn twenty_events_at_most_but_more_that_are_there_stay() {
    let office = Office::new();
    let document = ugly_quote(Shape::EventsTooMany, 10, 3);
    let quote = Quote::read(&document);
    assert_eq!(quote.selection.len(), 25);
    let problems = office.add(&quote, &chosen(0)).unwrap_err();
    assert!(problems.contains("too_many_events"));
    let back: Vec<_> = quote
        .selection
        .iter()
        .map(|entry| json!({ "eventId": entry.event.unwrap().to_hex() }))
        .collect();
    assert!(!office.edit(&quote, &json!({ "selectedEvents": back })).unwrap().is_changed());
}

#[test]
fn one_event_at_a_time() {
    let office = Office::new();
    let quote = office.quote(&json!({}));
    let added = office.add(&quote, &chosen(0)).unwrap().quote;
    assert!(office.add(&added, &chosen(0)).unwrap_err().contains("duplicate_event"));
    assert!(office.add(&added, &json!({})).unwrap_err().contains("required"));
    assert!(office.remove(&added, 1).unwrap_err().contains("event_not_on_quote"));
    assert!(office.alter(&added, 1, &json!({})).unwrap_err().contains("event_not_on_quote"));
    let removed = office.remove(&added, 0).unwrap();
    assert_eq!(total(&removed.quote), "£1,000.00");
    assert_eq!(removed.audit.events[0].event, event_id(0));
}

#[test]
fn another_currency_converts_nothing() {
    let office = Office::new();
    let quote = office.quote(&json!({ "selectedEvents": [chosen(0), chosen(6)] }));
    let edited = office.edit(&quote, &json!({ "currency": "EUR" })).unwrap().quote;
    assert_eq!(total(&edited), "€1,724.50");
    assert_eq!(edited.base.unwrap().to_string(), "€1,000.00");
}

#[test]
fn a_quote_in_many_odd_states_can_be_edited() {
    let office = Office::new();
    for shape in Shape::ALL {
        let document = ugly_quote(*shape, 10, 3);
        let quote = Quote::read(&document);
        let edited = office.edit(&quote, &json!({ "hotelName": "Other" }));
        let locked = matches!(shape, Shape::StatusAccepted | Shape::StatusBooked);
        match edited {
            Ok(edited) => {
                assert_eq!(edited.audit.fields, ["hotelName"], "{shape:?}");
                assert_eq!(edited.quote.total, quote.total, "{shape:?}");
            }
            Err(problems) => assert!(locked, "{shape:?}: {problems:?}"),
        }
    }
}

#[test]
fn a_list_of_an_old_quote_keeps_what_it_can_not_read() {
    let office = Office::new();
    let document = raw(&doc! {
        "_id": id(4, 1),
        "totalPrice": 500,
        "selectedEvents": ["Bar crawl", { "eventName": "Boat", "_id": id(8, 1) }],
    });
    let quote = Quote::read(&document);
    let back = json!({ "selectedEvents": [{ "eventId": null, "_id": "x" }, chosen(0)], "numberOfPeople": 2 });
    let edited = office.edit(&quote, &back).unwrap().quote;
    assert_eq!(edited.selection.len(), 2);
    assert_eq!(total(&edited), "£520.70");
}
