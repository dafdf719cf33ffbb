//! Limits under which a run has to stay: from the command line, from the configuration, or as they
//! are by themselves.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::Args;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

const HEADING: &str = "Limits";

/// A limit, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit<T> {
    /// `off`: nothing is limited.
    Off,
    /// At most this.
    At(T),
}

impl<T: Copy> Limit<T> {
    /// The limit; none when it is off.
    #[must_use]
    pub const fn value(self) -> Option<T> {
        match self {
            Self::Off => None,
            Self::At(value) => Some(value),
        }
    }
}

/// What a limit can be a number of.
pub trait Amount: Sized {
    /// What is expected, for an error.
    const EXPECTED: &'static str;

    /// The amount, when it is a sensible limit.
    fn read(text: &str) -> Option<Self>;
}

impl Amount for f64 {
    const EXPECTED: &'static str = "a number above 0, or off";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &Self| number.is_finite() && *number > 0.0)
    }
}

impl Amount for u64 {
    const EXPECTED: &'static str = "a whole number above 0, or off";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number > 0)
    }
}

impl<T: Amount> FromStr for Limit<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::Off);
        }
        T::read(text).map(Self::At).ok_or_else(|| format!("expected {}", T::EXPECTED))
    }
}

impl<'de, T: Amount> Deserialize<'de> for Limit<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<T: Amount> Visitor<'_> for Reader<T> {
    type Value = Limit<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        // A number in quotes is a mistake in a file, though not on a command line.
        if text == "off" {
            return Ok(Limit::Off);
        }
        Err(E::custom(format!("expected {}, not \"{text}\"", T::EXPECTED)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        number.to_string().parse().map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        number.to_string().parse().map_err(E::custom)
    }
}

/// Limits as the command line gives them.
#[derive(Debug, Clone, Default, Args)]
pub struct LimitArguments {
    /// Wait while the slowest member lags by more seconds than this
    #[arg(long, value_name = "N|off", help_heading = HEADING)]
    pub lag_seconds_max: Option<Limit<f64>>,
    /// Wait while more than this per cent of the server's cache is changed and not written out
    #[arg(long, value_name = "N|off", help_heading = HEADING)]
    pub cache_dirty_percent_max: Option<Limit<f64>>,
    /// Wait while more operations than this queue in the server
    #[arg(long, value_name = "N|off", help_heading = HEADING)]
    pub queue_max: Option<Limit<u64>>,
    /// Change at most so many documents a second
    #[arg(long, value_name = "N|off", help_heading = HEADING)]
    pub documents_per_second_max: Option<Limit<u64>>,
}

#[cfg(test)]
mod tests {
    use super::Limit;

    #[test]
    fn a_limit_is_a_number_above_zero_or_off() {
        assert_eq!("off".parse(), Ok(Limit::<f64>::Off));
        assert_eq!("2.5".parse(), Ok(Limit::At(2.5)));
        assert_eq!("100".parse(), Ok(Limit::At(100_u64)));
        for text in ["0", "-1", "nan", "inf", "", "none", "1e400"] {
            assert!(text.parse::<Limit<f64>>().is_err(), "{text:?}");
        }
        assert!("2.5".parse::<Limit<u64>>().is_err());
    }
}
