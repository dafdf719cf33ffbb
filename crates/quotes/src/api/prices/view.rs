//! A calculated price as it is answered.

use bson::oid::ObjectId;
use quotes_core::{
    money::{Currency, Money, decimal_to_json},
    price::{Breakdown, Line, Standing},
};
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

/// Base and events, and what they add up to: `base + eventsTotal = total`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CalculatedPrice {
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    /// Without events.
    #[schema(value_type = f64, example = 970)]
    base: Money,
    /// One for each event, in the order in which they were asked for.
    lines: Vec<CalculatedLine>,
    /// Of the lines that count.
    #[schema(value_type = f64, example = 500)]
    events_total: Money,
    #[schema(value_type = f64, example = 1470)]
    total: Money,
    /// Half-up: to be shown, not to be summed up.
    #[schema(value_type = Option<f64>, example = 147)]
    per_person: Option<Money>,
    /// Half-up: to be shown, not to be summed up. Null without `numberOfNights`.
    #[schema(value_type = Option<f64>, example = 735)]
    per_night: Option<Money>,
}

/// What one event costs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CalculatedLine {
    event_id: Option<String>,
    name: String,
    /// Of one person or of the group; null is on request.
    #[schema(value_type = Option<f64>, example = 50)]
    unit_price: Option<Number>,
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    price_per_person: bool,
    /// The people, or 1.
    #[schema(example = 10)]
    quantity: u32,
    /// Unit price times quantity, half-up, in the line's currency.
    #[schema(value_type = Option<f64>, example = 500)]
    total: Option<Money>,
    /// `counted`, or why it is not in the total: `other_currency`, `on_request`.
    #[schema(value_type = String, example = "counted")]
    standing: Standing,
}

impl CalculatedPrice {
    pub(super) fn of(price: &Breakdown) -> Self {
        Self {
            currency: price.currency,
            base: price.base,
            lines: price.lines.iter().map(CalculatedLine::of).collect(),
            events_total: price.events_total,
            total: price.total,
            per_person: price.per_person,
            per_night: price.per_night,
        }
    }
}

impl CalculatedLine {
    fn of(line: &Line) -> Self {
        Self {
            event_id: line.event.map(ObjectId::to_hex),
            name: line.name.clone(),
            unit_price: line.unit.map(decimal_to_json),
            currency: line.currency,
            price_per_person: line.per_person,
            quantity: line.quantity,
            total: line.amount,
            standing: line.standing,
        }
    }
}
