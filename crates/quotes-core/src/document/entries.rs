//! Entries of the lists of a quote.

use bson::{Bson, DateTime, Document, doc};
use jiff::Timestamp;

use crate::{
    money::decimal_to_bson,
    quote::{PriceEntry, Selection},
};

/// A moment, or null.
pub(super) fn date(moment: Option<Timestamp>) -> Bson {
    moment.map_or(Bson::Null, |moment| DateTime::from_jiff(moment).into())
}

/// A new entry of `selectedEvents`.
pub(super) fn selection(entry: &Selection) -> Document {
    let mut document = Document::new();
    for (key, value) in selection_fields(entry) {
        if key != "priceReason" || value != Bson::Null {
            document.insert(key, value);
        }
    }
    document.insert("_id", entry.id);
    document
}

/// The fields of an entry of `selectedEvents` that can change, and those that come before them.
pub(super) fn selection_fields(entry: &Selection) -> [(&'static str, Bson); 7] {
    [
        ("eventId", entry.event.into()),
        ("eventName", entry.name.clone().into()),
        ("eventPrice", entry.unit.map_or(Bson::Null, decimal_to_bson)),
        ("eventCurrency", entry.currency.code().into()),
        ("pricePerPerson", entry.per_person.into()),
        ("addedAt", date(entry.added_at)),
        ("priceReason", entry.reason.clone().into()),
    ]
}

/// A new entry of `priceHistory`.
pub(super) fn history(entry: &PriceEntry) -> Document {
    doc! {
        "price": entry.price.map_or(Bson::Null, |price| price.to_bson()),
        "reason": entry.reason.as_str(),
        "timestamp": date(entry.at),
        "userId": entry.user,
        "_id": entry.id,
    }
}
