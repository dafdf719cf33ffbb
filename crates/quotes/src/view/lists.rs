//! The lists of a quote: the events chosen, and how its price moved.

use quotes_core::{
    money::{Currency, Money, decimal_to_json},
    quote::{PriceEntry, Reason, Selection},
};
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::api::shown::{Moment, ShownId};

/// An event chosen for a quote, with the price of when it was chosen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SelectedEvent {
    #[serde(rename = "_id")]
    #[schema(value_type = Option<String>)]
    id: Option<ShownId>,
    /// Null when it can't be read.
    #[schema(value_type = Option<String>)]
    event_id: Option<ShownId>,
    event_name: String,
    /// Of one person or of the group; null is on request.
    #[schema(value_type = Option<f64>)]
    event_price: Option<Number>,
    #[schema(value_type = String, example = "GBP")]
    event_currency: Currency,
    price_per_person: bool,
    /// Where a typed price comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    price_reason: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    added_at: Option<Moment>,
}

impl From<&Selection> for SelectedEvent {
    fn from(selection: &Selection) -> Self {
        Self {
            id: selection.id.map(ShownId),
            event_id: selection.event.map(ShownId),
            event_name: selection.name.clone(),
            event_price: selection.unit.map(decimal_to_json),
            event_currency: selection.currency,
            price_per_person: selection.per_person,
            price_reason: selection.reason.clone(),
            added_at: selection.added_at.map(Moment),
        }
    }
}

/// One move of the price.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PriceMove {
    #[serde(rename = "_id")]
    #[schema(value_type = Option<String>)]
    id: Option<ShownId>,
    /// The total from then on; null when it can't be read.
    #[schema(value_type = Option<f64>)]
    price: Option<Money>,
    /// `package_selection`, `recalculation`, `manual_override`, `event_added`, `event_removed`, or what
    /// another program wrote.
    #[schema(value_type = String, example = "event_added")]
    reason: Reason,
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<Moment>,
    #[schema(value_type = Option<String>)]
    user_id: Option<ShownId>,
}

impl From<&PriceEntry> for PriceMove {
    fn from(entry: &PriceEntry) -> Self {
        Self {
            id: entry.id.map(ShownId),
            price: entry.price,
            reason: entry.reason.clone(),
            timestamp: entry.at.map(Moment),
            user_id: entry.user.map(ShownId),
        }
    }
}
