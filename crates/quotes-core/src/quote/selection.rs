//! The events chosen for a quote.

use std::collections::HashSet;

use bson::oid::ObjectId;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::{
    event::CatalogueEvent,
    money::{Currency, UNIT_PRICE_MAX},
    reading::Fields,
};

/// The most events that can be chosen for a quote. Documents with more are shown whole, and marked.
pub const SELECTIONS_MAX: usize = 20;

/// An entry of `selectedEvents`.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// `eventId`; `None` when it can't be read: such an entry is only listed.
    pub event: Option<ObjectId>,
    /// `eventName` when it was chosen.
    pub name: String,
    /// `eventPrice` when it was chosen, of one person or of the group; `None` is on request.
    pub unit: Option<Decimal>,
    /// `priceReason`: where a typed price comes from, or why there is none yet.
    pub reason: Option<String>,
    /// `eventCurrency`; the quote's when missing.
    pub currency: Currency,
    /// `pricePerPerson`.
    pub per_person: bool,
    /// `addedAt`.
    pub added_at: Option<Timestamp>,
    /// `_id` of the entry.
    pub id: Option<ObjectId>,
    /// An entry before it has the same event: it is listed, and doesn't count.
    pub repeated: bool,
    /// Which entry of the stored list it was read from.
    pub(crate) stored_at: Option<usize>,
}

impl Selection {
    /// An event with the catalogue's price of now, or on request in the quote's currency if it has none.
    pub(crate) fn of_event(event: &CatalogueEvent, quote_currency: Currency) -> Self {
        Self {
            event: event.id,
            name: event.name.clone(),
            unit: event.unit,
            reason: None,
            currency: if event.unit.is_some() { event.currency } else { quote_currency },
            per_person: false,
            added_at: None,
            id: None,
            repeated: false,
            stored_at: None,
        }
    }
}

/// Reads `selectedEvents`. Entries that are no documents are marked and left out.
pub(super) fn read(fields: &mut Fields<'_, '_>, currency: Currency) -> Vec<Selection> {
    let list = "selectedEvents";
    let values = fields.list(list);
    if values.len() > SELECTIONS_MAX {
        fields.mark(list);
    }
    let mut seen = HashSet::new();
    let mut selection = Vec::with_capacity(values.len());
    for (position, value) in values.into_iter().enumerate() {
        let Some(mut entry) = fields.entry(list, position, value) else { continue };
        let mut read = entry_of(&mut entry, currency);
        read.stored_at = Some(position);
        read.repeated = read.event.is_some_and(|event| !seen.insert(event));
        if read.repeated {
            entry.mark_found("eventId", "an event that is listed before");
        }
        selection.push(read);
    }
    selection
}

fn entry_of(fields: &mut Fields<'_, '_>, quote_currency: Currency) -> Selection {
    fields.expect(&["eventId", "eventName", "eventCurrency", "pricePerPerson", "addedAt"]);
    let code = fields.text("eventCurrency");
    let currency = code.as_deref().map_or(Ok(quote_currency), str::parse);
    if currency.is_err() {
        fields.mark_found("eventCurrency", "no currency");
    }
    Selection {
        event: fields.object_id("eventId"),
        name: fields.text("eventName").unwrap_or_default(),
        // A number in a currency that nobody knows is no price.
        unit: unit(fields).filter(|_| currency.is_ok()),
        reason: fields.text("priceReason"),
        currency: currency.unwrap_or(quote_currency),
        per_person: fields.flag("pricePerPerson"),
        added_at: fields.date("addedAt"),
        id: fields.object_id("_id"),
        repeated: false,
        stored_at: None,
    }
}

fn unit(fields: &mut Fields<'_, '_>) -> Option<Decimal> {
    // Null with a reason is how a price on request is stored; without one it was a mishap.
    if fields.get("priceReason").is_none() {
        fields.expect(&["eventPrice"]);
    }
    let price = fields.decimal("eventPrice")?;
    let sensible = (Decimal::ZERO..=UNIT_PRICE_MAX).contains(&price);
    if !sensible {
        fields.mark("eventPrice");
    }
    sensible.then_some(price)
}
