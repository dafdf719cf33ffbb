//! `selectedEvents` that are no array, or whose entries are not as they should be.

use bson::{RawBson, Timestamp, rawdoc};

use super::Victim;
use crate::data::{
    chance::number,
    draft::{Draft, array, nested},
    events::{Selected, select},
    ids::{DELETED, Kind, object_id},
    shape::Shape,
};

/// The most that the server stores in a field; one level more around it is refused.
const DEEPEST_LEVELS: usize = 180;

impl Victim {
    pub(super) fn selected_events(&mut self, shape: Shape) {
        let value = match shape {
            Shape::EventsNull => RawBson::Null,
            Shape::EventsString => "Go-karting, bar crawl".into(),
            Shape::EventsObject => self.selected(1).entries[0].finish().into(),
            Shape::EventsNumber => RawBson::Double(7.0),
            Shape::EventsNestedArrays => array([array(Vec::<RawBson>::new())]).into(),
            Shape::EventsOfScalars => {
                array([RawBson::Null, "Go-karting".into(), RawBson::Int32(7)]).into()
            }
            Shape::EventsZeroTimestamp => {
                rawdoc! { "migratedAt": Timestamp { time: 0, increment: 0 } }.into()
            }
            Shape::EventsTooDeepToWrap => nested(DEEPEST_LEVELS).into(),
            entries => return self.odd_entries(entries),
        };
        self.set("selectedEvents", value);
    }

    /// Gives the quote well-formed events and a total to match.
    pub(super) fn select_events(&mut self, count: u64) {
        let selected = self.selected(count);
        self.put(&selected);
    }

    fn selected(&mut self, count: u64) -> Selected {
        select(&self.quote.selection, count, &mut self.chance)
    }

    fn put(&mut self, selected: &Selected) {
        let total = self.quote.base + selected.total;
        self.set("selectedEvents", selected.to_array());
        self.set("totalPrice", number(total));
    }

    fn odd_entries(&mut self, shape: Shape) {
        let mut selected = self.selected(if shape == Shape::EventsTooMany { 25 } else { 3 });
        let deleted = object_id(Kind::Event, self.seed, DELETED + self.n % 1_000);
        let other = if self.quote.selection.currency == "USD" { "EUR" } else { "USD" };
        let entry: &mut Draft = &mut selected.entries[1];
        match shape {
            Shape::EventPriceNull => entry.set("eventPrice", RawBson::Null),
            Shape::EventPriceMissing => entry.remove("eventPrice"),
            Shape::EventPriceString => entry.set("eventPrice", "45.00"),
            Shape::EventIdString => entry.set("eventId", deleted.to_hex()),
            Shape::EventFlagMissing => entry.remove("pricePerPerson"),
            Shape::EventDateMissing => entry.remove("addedAt"),
            Shape::EventCurrencyMissing => entry.remove("eventCurrency"),
            Shape::EventsDuplicate => {
                let same = selected.entries[0].get("eventId").cloned().unwrap_or(RawBson::Null);
                selected.entries[1].set("eventId", same);
            }
            Shape::EventsTooMany => {}
            Shape::EventsOtherCurrency => entry.set("eventCurrency", other),
            Shape::EventDeleted => entry.set("eventId", deleted),
            other => unreachable!("{other:?} is not a shape of selected events"),
        }
        self.put(&selected);
    }
}
