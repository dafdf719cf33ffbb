//! Exact money: minor units and a currency, and how both look in BSON, in JSON and to people.

mod amount;
mod currency;
mod number;

pub use amount::{Money, UNIT_PRICE_MAX, line_amount};
pub use currency::{Currency, UnknownCurrency};
pub use number::{decimal_from_json, decimal_to_bson, decimal_to_json};

pub(crate) use number::decimal_from_bson;
