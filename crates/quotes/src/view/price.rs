//! How a price comes about, as it is shown.

use quotes_core::{
    money::{Currency, Money, decimal_to_json},
    price::{Breakdown, Line, Standing},
};
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::api::shown::ShownId;

/// Base and events, and what they add up to: `base + eventsTotal + adjustment = total`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Price {
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    /// Without events.
    #[schema(value_type = f64, example = 970)]
    base: Money,
    /// One for each entry of the quote's events.
    events: Vec<PriceLine>,
    /// Of the events that count.
    #[schema(value_type = f64, example = 500)]
    events_total: Money,
    /// What a custom total adds to base and events, or takes off; 0 without one.
    #[schema(value_type = f64, example = 0)]
    adjustment: Money,
    /// Whether somebody typed the total.
    is_custom: bool,
    #[schema(value_type = f64, example = 1470)]
    total: Money,
    /// Half-up, to be shown; null while nobody knows for how many.
    #[schema(value_type = Option<f64>, example = 147)]
    per_person: Option<Money>,
    /// Half-up, to be shown; null while nobody knows for how long.
    #[schema(value_type = Option<f64>, example = 735)]
    per_night: Option<Money>,
    number_of_people: Option<u32>,
    number_of_nights: Option<u32>,
}

/// What one event adds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PriceLine {
    /// Of the entry on the quote.
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    id: Option<ShownId>,
    /// Null when it can't be read.
    #[schema(value_type = Option<String>)]
    event_id: Option<ShownId>,
    name: String,
    /// Of one person or of the group, when it was chosen; null is on request.
    #[schema(value_type = Option<f64>, example = 50)]
    unit_price: Option<Number>,
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    price_per_person: bool,
    /// The people, or 1.
    #[schema(example = 10)]
    quantity: u32,
    /// Unit price times quantity, in the event's currency.
    #[schema(value_type = Option<f64>, example = 500)]
    total: Option<Money>,
    /// `counted`, or why it is in no total: `other_currency`, `on_request`, `repeated`.
    #[schema(value_type = String, example = "counted")]
    standing: Standing,
    /// Where a typed price comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    price_reason: Option<String>,
}

impl From<&Breakdown> for Price {
    fn from(price: &Breakdown) -> Self {
        Self {
            currency: price.currency,
            base: price.base,
            events: price.lines.iter().map(PriceLine::from).collect(),
            events_total: price.events_total,
            adjustment: price.adjustment,
            is_custom: price.is_custom,
            total: price.total,
            per_person: price.per_person,
            per_night: price.per_night,
            number_of_people: price.people,
            number_of_nights: price.nights,
        }
    }
}

impl From<&Line> for PriceLine {
    fn from(line: &Line) -> Self {
        Self {
            id: line.entry.map(ShownId),
            event_id: line.event.map(ShownId),
            name: line.name.clone(),
            unit_price: line.unit.map(decimal_to_json),
            currency: line.currency,
            price_per_person: line.per_person,
            quantity: line.quantity,
            total: line.amount,
            standing: line.standing,
            price_reason: line.reason.clone(),
        }
    }
}
