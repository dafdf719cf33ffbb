//! Numbers of BSON and JSON as exact decimals, and back.
//!
//! A double stands for the shortest decimal that gives it: 863.31 is 863.31, not the binary fraction
//! next to it. Six decimals are kept, which drops the noise of sums in floating point.

use bson::{Bson, RawBsonRef};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

/// More decimals than any currency has; what lies beyond is noise.
const DECIMALS_MAX: u32 = 6;

/// A number of BSON; `None` for what is none, or is not finite, or is too large to be exact.
pub(crate) fn decimal_from_bson(value: RawBsonRef<'_>) -> Option<Decimal> {
    match value {
        RawBsonRef::Int32(value) => Some(value.into()),
        RawBsonRef::Int64(value) => Some(value.into()),
        RawBsonRef::Double(value) => decimal_from_double(value),
        RawBsonRef::Decimal128(value) => decimal_from_text(&value.to_string()),
        RawBsonRef::String(text) => decimal_from_text(text.trim()),
        _ => None,
    }
}

/// A number of JSON as an exact decimal; `None` when it is too large to be one.
pub fn decimal_from_json(number: &serde_json::Number) -> Option<Decimal> {
    match (number.as_i64(), number.as_u64()) {
        (Some(value), _) => Some(value.into()),
        (None, Some(value)) => Some(value.into()),
        (None, None) => number.as_f64().and_then(decimal_from_double),
    }
}

fn decimal_from_double(value: f64) -> Option<Decimal> {
    decimal_from_text(&value.to_string())
}

/// Digits with a point, as programs write them. No signs of currencies, no separators.
fn decimal_from_text(text: &str) -> Option<Decimal> {
    let decimal = Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .or_else(|_| text.parse::<Decimal>())
        .ok()?;
    let rounded =
        decimal.round_dp_with_strategy(DECIMALS_MAX, RoundingStrategy::MidpointAwayFromZero);
    Some(rounded.normalize())
}

/// A decimal as BSON, as the Node driver writes numbers: whole ones as `int`, others as `double`.
///
/// The double is the one nearest to the decimal, which reads back as the decimal: amounts have at
/// most fifteen digits, and those survive.
pub fn decimal_to_bson(decimal: Decimal) -> Bson {
    match (decimal.is_integer().then(|| decimal.to_i32()).flatten(), decimal.to_i64()) {
        (Some(whole), _) => Bson::Int32(whole),
        (None, Some(whole)) if decimal.is_integer() => Bson::Int64(whole),
        _ => Bson::Double(double(decimal)),
    }
}

/// A decimal as a number of JSON.
pub fn decimal_to_json(decimal: Decimal) -> serde_json::Number {
    match decimal.to_i64().filter(|_| decimal.is_integer()) {
        Some(whole) => whole.into(),
        None => serde_json::Number::from_f64(double(decimal)).unwrap_or_else(|| 0.into()),
    }
}

/// The nearest double. By way of text: the conversion of the library divides, and rounds twice.
fn double(decimal: Decimal) -> f64 {
    decimal.to_string().parse().unwrap_or_default()
}
