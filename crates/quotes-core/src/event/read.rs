//! Reading an event of the catalogue: it never fails.

use bson::RawDocument;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{CatalogueEvent, EventRecord};
use crate::{
    money::{Currency, UNIT_PRICE_MAX},
    reading::Fields,
};

impl CatalogueEvent {
    /// Reads any document. What can't be read is `None` or the model's default, and marked.
    pub fn read(document: &RawDocument) -> Self {
        let mut marks = Vec::new();
        let mut event = read(&mut Fields::of(document, &mut marks));
        event.marks = marks;
        event
    }
}

fn read(fields: &mut Fields<'_, '_>) -> CatalogueEvent {
    fields.expect(&["_id", "name"]);
    let (unit, currency) = pricing(fields);
    CatalogueEvent {
        id: fields.object_id("_id"),
        name: fields.text("name").unwrap_or_default(),
        description: fields.text("description"),
        categories: list(fields, "categories", |value| value.as_object_id()),
        destinations: list(fields, "destinations", |value| value.as_str().map(str::to_owned)),
        everywhere: fields.flag("availableInAllDestinations"),
        active: fields.get("isActive").is_none() || fields.flag("isActive"),
        order: fields.decimal("displayOrder").and_then(|order| order.to_i64()).unwrap_or_default(),
        unit,
        currency,
        minimum_people: fields.whole("minimumPeople", u32::MAX),
        record: record(fields),
        deleted_at: fields.date("deletedAt"),
        marks: Vec::new(),
    }
}

fn pricing(fields: &mut Fields<'_, '_>) -> (Option<Decimal>, Currency) {
    let Some(mut pricing) = fields.inside("pricing") else { return (None, Currency::GBP) };
    let code = pricing.text("currency");
    let currency = code.as_deref().map_or(Ok(Currency::GBP), str::parse);
    if currency.is_err() {
        pricing.mark_found("currency", "no currency");
    }
    let sensible = Decimal::ZERO..=UNIT_PRICE_MAX;
    let cost = pricing.decimal("estimatedCost");
    if cost.is_some_and(|cost| !sensible.contains(&cost)) {
        pricing.mark("estimatedCost");
    }
    // A number in a currency that nobody knows is no price.
    let unit = cost.filter(|cost| sensible.contains(cost) && currency.is_ok());
    (unit, currency.unwrap_or(Currency::GBP))
}

fn record(fields: &mut Fields<'_, '_>) -> EventRecord {
    let Some(mut metadata) = fields.inside("metadata") else { return EventRecord::default() };
    EventRecord {
        created_by: metadata.object_id("createdBy"),
        updated_by: metadata.object_id("updatedBy"),
        created_at: metadata.date("createdAt"),
        updated_at: metadata.date("updatedAt"),
    }
}

fn list<T>(
    fields: &mut Fields<'_, '_>,
    key: &str,
    read: impl Fn(bson::RawBsonRef<'_>) -> Option<T>,
) -> Vec<T> {
    let values = fields.list(key);
    let mut items = Vec::with_capacity(values.len());
    for (position, value) in values.into_iter().enumerate() {
        match read(value) {
            Some(item) => items.push(item),
            None => {
                fields.mark_found(&format!("{key}.{position}"), crate::reading::describe(value))
            }
        }
    }
    items
}
