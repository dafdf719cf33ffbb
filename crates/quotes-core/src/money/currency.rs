//! A currency of ISO 4217.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// A currency of ISO 4217. A quote has one of [`Currency::OF_QUOTES`]; events may be in any.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

/// No currency has this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code of three letters such as GBP")]
pub struct UnknownCurrency;

impl Currency {
    /// Pound sterling, which a quote is in unless it says otherwise.
    pub const GBP: Self = Self(iso_currency::Currency::GBP);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);
    /// What a quote can be in.
    pub const OF_QUOTES: [Self; 3] = [Self::GBP, Self::EUR, Self::USD];

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals an amount has, 0 to 4. What has no minor unit, as gold, gets two.
    pub fn minor_digits(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }

    /// The sign that goes before an amount, for the currencies of quotes: others share theirs.
    pub fn symbol(self) -> Option<&'static str> {
        match self {
            Self::GBP => Some("£"),
            Self::EUR => Some("€"),
            Self::USD => Some("$"),
            _ => None,
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Reads a code in any case.
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let code = text.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&code).map(Self).ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
