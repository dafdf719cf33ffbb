//! The time that a maintenance takes: from when, and for how long.

use std::fmt;
use std::str::FromStr;

use bson::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// A week: whoever needs more closes the application.
const MINUTES_MAX: u32 = 7 * 24 * 60;

/// How long it takes: `30`, or `15-30` where nobody knows exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minutes {
    /// At the least.
    pub least: u32,
    /// At the most: by then it is over.
    pub most: u32,
}

impl FromStr for Minutes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| text.trim().parse::<u32>().ok();
        match (number(least), number(most)) {
            (Some(least), Some(most)) if 0 < least && least <= most && most <= MINUTES_MAX => {
                Ok(Self { least, most })
            }
            _ => Err(format!(
                "expected minutes such as 30 or 15-30, from 1 to {MINUTES_MAX}, not `{text}`"
            )),
        }
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most {
            write!(f, "{}", self.most)
        } else {
            write!(f, "{}-{}", self.least, self.most)
        }
    }
}

/// From when and for how long, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When it begins.
    pub start: DateTime,
    /// Minutes at the most.
    pub minutes: i64,
    /// Minutes at the least.
    pub minutes_least: i64,
    /// Name of the zone in which people are told its times: `Europe/London`.
    pub zone: String,
}

impl Window {
    /// A window that begins at `start`.
    #[must_use]
    pub fn new(start: Timestamp, minutes: Minutes, zone: &TimeZone) -> Self {
        Self {
            start: DateTime::from_millis(start.as_millisecond()),
            minutes: minutes.most.into(),
            minutes_least: minutes.least.into(),
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        }
    }

    /// How long it takes.
    #[must_use]
    pub fn length(&self) -> Minutes {
        let number = |stored: i64| u32::try_from(stored).unwrap_or(MINUTES_MAX);
        Minutes { least: number(self.minutes_least), most: number(self.minutes) }
    }

    /// When it begins.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        Timestamp::from_millisecond(self.start.timestamp_millis()).unwrap_or(Timestamp::MIN)
    }

    /// When it is over at the latest.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        let length = SignedDuration::from_mins(self.minutes);
        self.start().checked_add(length).unwrap_or(Timestamp::MAX)
    }

    /// Whether it is the same time, whatever zone it is told in.
    #[must_use]
    pub fn is_same_time(&self, other: &Self) -> bool {
        self.start == other.start && self.length() == other.length()
    }

    /// A time as people in the window's zone read it.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC))
    }

    /// `Thursday, 26 November 2026, 02:00 to 02:30 GMT`.
    #[must_use]
    pub fn words(&self) -> String {
        let (start, until) = (self.local(self.start()), self.local(self.until()));
        let form =
            if start.date() == until.date() { "%H:%M %Z" } else { "%A, %-d %B %Y, %H:%M %Z" };
        format!("{} to {}", start.strftime("%A, %-d %B %Y, %H:%M"), until.strftime(form))
    }
}

/// When a window begins, as a person gives it: `2026-11-26 02:00` in `zone`, or RFC 3339.
///
/// # Errors
/// What was expected.
pub fn moment_of(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", text)
        .or_else(|_| jiff::civil::DateTime::strptime("%Y-%m-%dT%H:%M", text));
    let civil = civil.map_err(|_| {
        format!(
            "expected a time such as \"2026-11-26 02:00\" or 2026-11-26T02:00:00Z, not `{text}`"
        )
    })?;
    // An hour that the clocks skip or repeat is a mistake at best.
    let zoned = zone.to_ambiguous_zoned(civil).unambiguous();
    zoned.map(|zoned| zoned.timestamp()).map_err(|_| {
        let name = zone.iana_name().unwrap_or("this zone");
        format!("`{text}` is skipped or comes twice in {name}: give it with its offset")
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{Minutes, Window, moment_of};

    #[test]
    fn minutes_are_a_number_or_a_range() {
        let parse = |text: &str| text.parse::<Minutes>().map(|minutes| minutes.to_string());
        assert_eq!(parse("30").unwrap(), "30");
        assert_eq!(parse("15-30").unwrap(), "15-30");
        assert_eq!(parse("30-30").unwrap(), "30");
        for wrong in ["", "0", "30-15", "-3", "a", "10081", "1-2-3"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let london = TimeZone::get("Europe/London").unwrap();
        let at = |text: &str| moment_of(text, &london).map(|at| at.to_string());
        assert_eq!(at("2026-07-01 02:00").unwrap(), "2026-07-01T01:00:00Z");
        assert_eq!(at("2026-07-01T02:00:00Z").unwrap(), "2026-07-01T02:00:00Z");
        assert_eq!(at("2026-07-01T02:00").unwrap(), "2026-07-01T01:00:00Z");
        // The hour that is skipped, and the one that comes twice.
        assert!(at("2026-03-29 01:30").unwrap_err().contains("offset"));
        assert!(at("2026-10-25 01:30").is_err());
        assert!(at("tomorrow").is_err());
    }

    #[test]
    fn a_window_over_midnight_names_both_days() {
        let london = TimeZone::get("Europe/London").unwrap();
        let start = moment_of("2026-07-01 23:50", &london).unwrap();
        let minutes: Minutes = "15-30".parse().unwrap();
        let words = Window::new(start, minutes, &london).words();
        assert_eq!(words, "Wednesday, 1 July 2026, 23:50 to Thursday, 2 July 2026, 00:20 BST");
    }
}
