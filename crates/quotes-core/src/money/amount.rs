//! An amount of money.

use std::fmt;

use bson::Bson;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};
use serde::{Serialize, Serializer};

use super::{Currency, decimal_to_bson, decimal_to_json};

/// The most minor units, positive or negative: fifteen digits, which a double keeps exactly.
const MINOR_MAX: i64 = 999_999_999_999_999;

/// The highest price of one unit that is read from a document: above it nothing is a price.
pub const UNIT_PRICE_MAX: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// An amount in minor units, which are pennies in pounds. At most fifteen digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Nothing.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// So many minor units; `None` beyond fifteen digits.
    pub fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        (-MINOR_MAX..=MINOR_MAX).contains(&minor).then_some(Self { minor, currency })
    }

    /// An amount rounded half-up to minor units, a half away from zero; `None` beyond fifteen digits.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Option<Self> {
        let digits = currency.minor_digits();
        let scaled = amount.checked_mul(Decimal::from(10_i64.pow(digits)))?;
        let rounded =
            scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()?;
        Self::from_minor(rounded, currency)
    }

    /// In pennies, if it is in pounds.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// What it is in.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// In pounds, if it is in pounds.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.minor_digits())
    }

    /// Below nothing.
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// Exactly nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The same number in another currency: nothing is converted, the typed number means that now.
    pub fn relabelled(self, currency: Currency) -> Option<Self> {
        Self::from_decimal(self.decimal(), currency)
    }

    /// The sum; `None` for different currencies or beyond fifteen digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then(|| Self::from_minor(minor, self.currency))?
    }

    /// The difference; `None` for different currencies or beyond fifteen digits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self { minor: -other.minor, currency: other.currency })
    }

    /// An equal share, half-up: to be shown, not to be summed up.
    pub fn share(self, parts: u32) -> Option<Self> {
        Self::from_decimal(self.decimal().checked_div(parts.into())?, self.currency)
    }

    /// As stored: `int` when whole, else `double`.
    pub fn to_bson(self) -> Bson {
        decimal_to_bson(self.decimal())
    }

    /// As sent: a number.
    pub fn to_json(self) -> serde_json::Number {
        decimal_to_json(self.decimal())
    }
}

/// `unit` times `quantity` in minor units: the one place where a line is rounded.
pub fn line_amount(unit: Decimal, quantity: u32, currency: Currency) -> Option<Money> {
    Money::from_decimal(unit.checked_mul(quantity.into())?, currency)
}

impl fmt::Display for Money {
    /// `£1,470.00`, `-$5.00`, `JPY 1,470`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_u64.pow(digits);
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        f.write_str(if self.minor < 0 { "-" } else { "" })?;
        match self.currency.symbol() {
            Some(symbol) => f.write_str(symbol)?,
            None => write!(f, "{} ", self.currency.code())?,
        }
        f.write_str(&grouped(whole))?;
        match usize::try_from(digits) {
            Ok(width @ 1..) => write!(f, ".{rest:0width$}"),
            _ => Ok(()),
        }
    }
}

/// Thousands apart by commas.
fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let first = (digits.len() - 1) % 3 + 1;
    let mut text = digits[..first].to_owned();
    for at in (first..digits.len()).step_by(3) {
        text.push(',');
        text.push_str(&digits[at..at + 3]);
    }
    text
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Money {
    /// A number, without the currency.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, currency: Currency) -> Money {
        Money::from_decimal(text.parse().unwrap(), currency).unwrap()
    }

    #[test]
    fn people_read_it_in_the_way_of_its_currency() {
        let yen: Currency = "jpy".parse().unwrap();
        let dinar: Currency = "KWD".parse().unwrap();
        for (text, currency, shown) in [
            ("1470", Currency::GBP, "£1,470.00"),
            ("0.05", Currency::EUR, "€0.05"),
            ("-1234567.891", Currency::USD, "-$1,234,567.89"),
            ("1470", yen, "JPY 1,470"),
            ("12.3456", dinar, "KWD 12.346"),
        ] {
            assert_eq!(money(text, currency).to_string(), shown);
        }
    }

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!(money("1.005", Currency::GBP).minor(), 101);
        assert_eq!(money("-1.005", Currency::GBP).minor(), -101);
        assert_eq!(line_amount("0.005".parse().unwrap(), 3, Currency::GBP).unwrap().minor(), 2);
    }

    #[test]
    fn what_is_too_large_or_of_two_currencies_is_refused() {
        let most = Money::from_minor(MINOR_MAX, Currency::GBP).unwrap();
        assert_eq!(most.checked_add(money("0.01", Currency::GBP)), None);
        assert_eq!(most.checked_sub(money("0.01", Currency::EUR)), None);
        assert_eq!(Money::from_decimal(Decimal::MAX, Currency::GBP), None);
    }
}
