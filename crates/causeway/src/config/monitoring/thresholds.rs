//! `[thresholds]`: each is a table, or off.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use toml::Spanned;

use crate::config::notices::Mistake;
use crate::monitor::thresholds::FOR_SECONDS;
use crate::monitor::{Then, Threshold, Thresholds};

/// `[thresholds]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ThresholdSettings {
    error_rate_percent: Option<Setting<AtMost>>,
    p99_milliseconds: Option<Setting<AtMost>>,
    lag_seconds: Option<Setting<AtMost>>,
    disk_free_gigabytes: Option<Setting<AtLeast>>,
    run_minutes: Option<Setting<AtMost>>,
}

#[derive(Debug, Clone)]
enum Setting<T> {
    Off,
    At(T),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtMost {
    max: Spanned<f64>,
    then: Spanned<Then>,
    for_seconds: Option<Spanned<f64>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtLeast {
    min: Spanned<f64>,
    then: Spanned<Then>,
    for_seconds: Option<Spanned<f64>>,
}

/// What both kinds of table hold.
struct Parts<'a> {
    limit: &'a Spanned<f64>,
    then: &'a Spanned<Then>,
    for_seconds: Option<&'a Spanned<f64>>,
}

trait Table {
    /// What is expected, for an error.
    const EXPECTED: &'static str;

    fn parts(&self) -> Parts<'_>;
}

impl Table for AtMost {
    const EXPECTED: &'static str = "a table such as { max = 5.0, then = \"warn\" }, or \"off\"";

    fn parts(&self) -> Parts<'_> {
        let Self { max, then, for_seconds } = self;
        Parts { limit: max, then, for_seconds: for_seconds.as_ref() }
    }
}

impl Table for AtLeast {
    const EXPECTED: &'static str = "a table such as { min = 1.0, then = \"warn\" }, or \"off\"";

    fn parts(&self) -> Parts<'_> {
        let Self { min, then, for_seconds } = self;
        Parts { limit: min, then, for_seconds: for_seconds.as_ref() }
    }
}

impl Parts<'_> {
    fn check(&self) -> Result<(), Mistake> {
        let limit = *self.limit.get_ref();
        if !limit.is_finite() || limit <= 0.0 {
            return Err((self.limit.span().start, "expected a number above 0".to_owned()));
        }
        if let Some(seconds) = self.for_seconds
            && (!seconds.get_ref().is_finite() || *seconds.get_ref() < 0.0)
        {
            return Err((seconds.span().start, "expected a number that is not below 0".to_owned()));
        }
        Ok(())
    }

    fn threshold(&self) -> Threshold {
        Threshold {
            limit: *self.limit.get_ref(),
            then: *self.then.get_ref(),
            for_seconds: self.for_seconds.map_or(FOR_SECONDS, |seconds| *seconds.get_ref()),
        }
    }
}

impl ThresholdSettings {
    /// Looks for what serde can't know.
    ///
    /// # Errors
    /// The first mistake.
    pub(in crate::config) fn check(&self) -> Result<(), Mistake> {
        let Self {
            error_rate_percent,
            p99_milliseconds,
            lag_seconds,
            disk_free_gigabytes,
            run_minutes,
        } = self;
        for parts in [error_rate_percent, p99_milliseconds, lag_seconds, run_minutes] {
            parts_of(parts.as_ref()).map_or(Ok(()), |parts| parts.check())?;
        }
        parts_of(disk_free_gigabytes.as_ref()).map_or(Ok(()), |parts| parts.check())?;
        match parts_of(run_minutes.as_ref()) {
            Some(parts) if *parts.then.get_ref() == Then::Pause => {
                let message = "expected warn or roll_back: waiting makes no run shorter";
                Err((parts.then.span().start, message.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The thresholds: what the file says before what is built in.
    pub(super) fn thresholds(&self) -> Thresholds {
        let built_in = Thresholds::default();
        Thresholds {
            error_rate_percent: chosen(
                self.error_rate_percent.as_ref(),
                built_in.error_rate_percent,
            ),
            p99_milliseconds: chosen(self.p99_milliseconds.as_ref(), built_in.p99_milliseconds),
            lag_seconds: chosen(self.lag_seconds.as_ref(), built_in.lag_seconds),
            disk_free_gigabytes: chosen(
                self.disk_free_gigabytes.as_ref(),
                built_in.disk_free_gigabytes,
            ),
            run_minutes: chosen(self.run_minutes.as_ref(), built_in.run_minutes),
        }
    }
}

fn parts_of<T: Table>(setting: Option<&Setting<T>>) -> Option<Parts<'_>> {
    match setting {
        Some(Setting::At(table)) => Some(table.parts()),
        Some(Setting::Off) | None => None,
    }
}

fn chosen<T: Table>(
    setting: Option<&Setting<T>>,
    built_in: Option<Threshold>,
) -> Option<Threshold> {
    match setting {
        None => built_in,
        Some(Setting::Off) => None,
        Some(Setting::At(table)) => Some(table.parts().threshold()),
    }
}

impl<'de, T: Table + Deserialize<'de>> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Table + Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = Setting<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == "off" {
            return Ok(Setting::Off);
        }
        Err(E::custom(format!("expected {}", T::EXPECTED)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Setting::At)
    }
}
