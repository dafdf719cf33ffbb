//! An amount of money in JSON, exact.

use quotes_core::money::Currency;
use rust_decimal::Decimal;
use serde_json::Value;

use super::Refused;

/// No price is higher.
const AMOUNT_MAX: u32 = 1_000_000;

/// An amount from nothing to a million, with at most the decimals that its currency has.
pub(crate) fn amount(name: &str, value: &Value, currency: Currency) -> Result<Decimal, Refused> {
    let not = || ("not_a_number", format!("{name} is a number"));
    let number = value.as_number().ok_or_else(not)?;
    let written = number.to_string();
    let out = || ("out_of_range", format!("{name} is from 0 to {AMOUNT_MAX}"));
    let digits = currency.minor_digits();
    let fine = || {
        let message = format!("an amount in {currency} has at most {digits} decimals");
        ("too_many_decimals", message)
    };
    let exact = written.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&written));
    // What is no decimal at all is too large for one, or too small.
    let is_small = number.as_f64().is_some_and(|value| (0.0..1.0).contains(&value));
    let amount = exact.map_err(|_| if is_small { fine() } else { out() })?.normalize();
    if amount < Decimal::ZERO || amount > Decimal::from(AMOUNT_MAX) {
        return Err(out());
    }
    if amount.scale() > digits {
        return Err(fine());
    }
    Ok(amount)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_exact_and_within_bounds() {
        let read = |value| amount("price", &value, Currency::GBP).map_err(|(code, _)| code);
        assert_eq!(read(json!(863.31)), Ok(Decimal::new(86_331, 2)));
        assert_eq!(read(json!(1e6)), Ok(Decimal::from(1_000_000)));
        assert_eq!(read(json!(-0.0)), Ok(Decimal::ZERO));
        for (value, code) in [
            (json!(1.005), "too_many_decimals"),
            (json!(1e-30), "too_many_decimals"),
            (json!(1_000_000.01), "out_of_range"),
            (json!(-0.01), "out_of_range"),
            (json!(1e300), "out_of_range"),
            (json!("5"), "not_a_number"),
        ] {
            assert_eq!(read(value.clone()), Err(code), "{value}");
        }
    }
}
