//! Any document can be read, and its price adds up.

use bson::RawDocumentBuf;
use quotes_core::{event::CatalogueEvent, price::Breakdown, quote::Quote};
use testbed::data::{Shape, quote, ugly_quote};

fn all_kinds() -> impl Iterator<Item = (String, RawDocumentBuf)> {
    let typical = (0..300).map(|n| (format!("typical {n}"), quote(10, n)));
    let ugly = Shape::ALL.iter().flat_map(|shape| {
        (0..20).map(move |n| (format!("{shape:?} {n}"), ugly_quote(*shape, 10, n)))
    });
    typical.chain(ugly)
}

#[test]
fn every_quote_has_a_price_that_adds_up() {
    for (name, document) in all_kinds() {
        let quote = Quote::read(&document);
        let price = Breakdown::of(&quote);
        let counted = price.lines.iter().filter_map(|line| line.counted());
        let sum: i64 = counted.map(|amount| amount.minor()).sum();
        assert_eq!(price.events_total.minor(), sum, "{name}");
        let total = price.base.minor() + sum + price.adjustment.minor();
        assert_eq!(price.total.minor(), total, "{name}");
        if let Some(stored) = quote.total {
            assert_eq!(price.total, stored, "{name}: what customers were told stands");
        }
    }
}

#[test]
fn typical_quotes_have_no_marks() {
    for n in 0..300 {
        assert_eq!(Quote::read(&quote(10, n)).marks, [], "quote {n}");
    }
}

#[test]
fn marks_name_the_field_and_not_its_contents() {
    let marks = |shape| Quote::read(&ugly_quote(shape, 10, 3)).marks;
    let one = |shape| {
        let marks = marks(shape);
        assert_eq!(marks.len(), 1, "{shape:?}: {marks:?}");
        (marks[0].field.clone(), marks[0].found.clone())
    };
    let expected = |field: &str, found: &str| (field.to_owned(), found.to_owned());
    for (shape, field, found) in [
        (Shape::EventsString, "selectedEvents", "a text"),
        (Shape::EventPriceNull, "selectedEvents.1.eventPrice", "null"),
        (Shape::EventPriceMissing, "selectedEvents.1.eventPrice", "nothing"),
        (Shape::EventPriceString, "selectedEvents.1.eventPrice", "a text"),
        (Shape::EventIdString, "selectedEvents.1.eventId", "a text"),
        (Shape::EventsTooMany, "selectedEvents", "a list of 25"),
        (Shape::EventsDuplicate, "selectedEvents.1.eventId", "an event that is listed before"),
        (Shape::TotalNan, "totalPrice", "not a number (NaN)"),
        (Shape::TotalMissing, "totalPrice", "nothing"),
        (Shape::ArrivalString, "arrivalDate", "a text"),
        (Shape::VersionMissing, "version", "nothing"),
        (Shape::HistoryString, "priceHistory", "a text"),
        (Shape::ActivitiesNumber, "activitiesIncluded", "a number out of range"),
    ] {
        assert_eq!(one(shape), expected(field, found), "{shape:?}");
    }
}

#[test]
fn an_event_reads_whatever_it_is() {
    for (name, document) in all_kinds() {
        let event = CatalogueEvent::read(&document);
        assert_eq!(event.name, "", "{name}");
        assert!(event.marks.iter().any(|mark| mark.field == "name"), "{name}");
    }
}
