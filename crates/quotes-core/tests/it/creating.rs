//! New quotes.

use bson::{Bson, doc};
use quotes_core::{document, life::Status, price::Breakdown, quote::Quote};
use serde_json::json;

use crate::office::{Office, chosen, complete, id, raw, with};

#[test]
fn base_and_events_make_the_total() {
    let office = Office::new();
    let sent = json!({ "selectedEvents": [chosen(0), chosen(6), chosen(7)] });
    let created = office.create(&with(&complete(), &sent)).unwrap();
    let quote = &created.quote;
    assert_eq!((quote.version, &quote.status), (1, &Status::Draft));
    let price = Breakdown::with_catalogue(quote, &office.catalogue);
    assert_eq!(price.total.to_string(), "£1,103.50");
    let codes: Vec<&str> = price.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["other_currency", "price_on_request"]);
    let moves: Vec<(&str, String)> = quote
        .history
        .iter()
        .map(|entry| (entry.reason.as_str(), entry.price.unwrap().to_string()))
        .collect();
    let expected =
        [("manual_override", "£1,000.00".to_owned()), ("event_added", "£1,103.50".to_owned())];
    assert_eq!(moves, expected);
}

#[test]
fn everything_missing_is_named_at_once() {
    let problems = Office::new().create(&json!({})).unwrap_err();
    let fields: Vec<&str> =
        problems.as_slice().iter().map(|problem| problem.field.as_str()).collect();
    let expected = [
        "enquiryId",
        "leadName",
        "hotelName",
        "whatsIncluded",
        "numberOfPeople",
        "numberOfRooms",
        "numberOfNights",
        "arrivalDate",
        "basePrice",
    ];
    assert_eq!(fields, expected);
    assert!(problems.as_slice().iter().all(|problem| problem.code == "required"));
}

#[test]
fn what_is_sent_is_looked_at_also_where_it_is_not_used() {
    let sent = json!({ "currency": "", "basePrice": 970, "customTotal": 900, "totalPrice": -1 });
    let problems = Office::new().create(&sent).unwrap_err();
    let found: Vec<String> =
        problems.into_iter().map(|problem| format!("{} {}", problem.field, problem.code)).collect();
    for expected in ["currency unknown_currency", "totalPrice out_of_range"] {
        assert!(found.iter().any(|it| it == expected), "{expected} is not in {found:?}");
    }
}

#[test]
fn everything_wrong_is_named_once() {
    let sent = json!({
        "enquiryId": "none",
        "leadName": "x".repeat(101),
        "hotelName": "Hotel\nAstra",
        "title": 7,
        "numberOfPeople": 10.5,
        "numberOfRooms": 51,
        "numberOfNights": "3",
        "arrivalDate": "2027-01-14",
        "whatsIncluded": " \r\n ",
        "basePrice": 10.001,
        "currency": "CHF",
        "selectedEvents": [
            chosen(0), chosen(0), chosen(8), chosen(9), { "eventId": id(7, 7).to_hex() }, 5,
            { "eventId": crate::office::event_id(7).to_hex(), "price": 12 },
        ],
    });
    let problems = Office::new().create(&sent).unwrap_err();
    let mut found: Vec<String> =
        problems.into_iter().map(|problem| format!("{} {}", problem.field, problem.code)).collect();
    found.sort();
    let expected = [
        "arrivalDate in_the_past",
        "basePrice too_many_decimals",
        "currency unknown_currency",
        "enquiryId not_an_id",
        "hotelName control_character",
        "leadName too_long",
        "numberOfNights not_a_number",
        "numberOfPeople not_whole",
        "numberOfRooms out_of_range",
        "selectedEvents.1.eventId duplicate_event",
        "selectedEvents.2.eventId inactive_event",
        "selectedEvents.3.eventId inactive_event",
        "selectedEvents.4.eventId unknown_event",
        "selectedEvents.5 not_an_object",
        "selectedEvents.6.priceReason required",
        "title not_a_text",
        "whatsIncluded required",
    ];
    assert_eq!(found, expected);
}

#[test]
fn prices_and_fields_of_clients_are_not_trusted() {
    let office = Office::new();
    let mut entry = chosen(0);
    entry["eventPrice"] = json!(0.01);
    entry["price"] = json!(0.01);
    let sent = json!({ "selectedEvents": [entry], "_id": "mine", "version": 9, "totalPrice": 1 });
    let created = office.create(&with(&complete(), &sent)).unwrap();
    assert_eq!(created.quote.total.unwrap().to_string(), "£1,103.50");
    assert_eq!(created.quote.version, 1);
    let mut warned: Vec<String> = created
        .warnings
        .iter()
        .map(|warning| format!("{} {}", warning.field, warning.code))
        .collect();
    warned.sort();
    let expected = [
        "_id ignored_field",
        "selectedEvents.0.eventPrice ignored_field",
        "selectedEvents.0.price price_ignored",
        "totalPrice ignored_field",
        "version ignored_field",
    ];
    assert_eq!(warned, expected);
}

#[test]
fn the_one_number_of_old_clients_is_the_base() {
    let office = Office::new();
    let mut sent = with(&complete(), &json!({ "selectedEvents": [chosen(0)], "totalPrice": 500 }));
    sent.as_object_mut().unwrap().remove("basePrice");
    assert_eq!(office.create(&sent).unwrap().quote.total.unwrap().to_string(), "£603.50");
}

#[test]
fn a_package_gives_the_base() {
    let office = Office::new();
    let package = json!({ "linkedPackage": { "packageId": id(5, 1).to_hex() }, "basePrice": null });
    let quote = office.quote(&package);
    assert_eq!(quote.base.unwrap().to_string(), "£3,000.00");
    assert_eq!(quote.history[0].reason.as_str(), "package_selection");
    let on_request = json!({ "arrivalDate": "2027-04-02", "numberOfNights": 2 });
    let problems = office.create(&with(&complete(), &with(&package, &on_request))).unwrap_err();
    assert!(problems.contains("price_on_request"), "{problems:?}");
}

#[test]
fn the_document_is_one_of_the_old_application() {
    let office = Office::new();
    let quote = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    let document = document::create(&quote);
    for count in ["numberOfPeople", "numberOfRooms", "numberOfNights", "version", "__v"] {
        assert!(matches!(document.get(count), Some(Bson::Int32(_))), "{count}");
    }
    assert_eq!(document.get("totalPrice"), Some(&Bson::Double(1103.5)));
    assert_eq!(document.get("basePrice"), Some(&Bson::Int32(1000)));
    let no_package = doc! { "priceWasOnRequest": false, "customPriceApplied": false };
    assert_eq!(document.get_document("linkedPackage").unwrap(), &no_package);
    let entry = document.get_array("selectedEvents").unwrap()[0].as_document().unwrap();
    let keys: Vec<&str> = entry.keys().map(String::as_str).collect();
    let expected =
        ["eventId", "eventName", "eventPrice", "eventCurrency", "pricePerPerson", "addedAt", "_id"];
    assert_eq!(keys, expected);
    let mut again = Quote::read(&raw(&document));
    assert_eq!(again.marks, []);
    // Where the entries stand is known only once they are stored.
    assert!(document::update(&raw(&document), &again, &again.clone()).is_empty());
    again.selection = quote.selection.clone();
    assert_eq!(again, quote);
}
