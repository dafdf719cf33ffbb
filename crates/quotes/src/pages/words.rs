//! Small parts of many pages: times, states, marks.

use askama::{Template, filters::HtmlSafe};
use jiff::{Timestamp, tz::TimeZone};
use quotes_core::{life::Status, quote::Quote};

/// A time of day is enough for what is not farther away.
const NEAR_HOURS: i64 = 18;

/// A moment: in the reader's zone where the script runs, else in UTC.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<time datetime=\"{{ utc }}\" data-as=\"{{ shape }}\">{{ text }}</time>"
)]
pub(super) struct Time {
    utc: String,
    shape: &'static str,
    text: String,
}

impl HtmlSafe for Time {}

impl Time {
    /// `26 Nov 2026, 13:58`.
    pub(super) fn full(at: Timestamp) -> Self {
        Self::of(at, "datetime", "%-d %b %Y, %H:%M")
    }

    /// `13:58`; with the day when that is not today's or last night's.
    pub(super) fn near(at: Timestamp) -> Self {
        let hours = Timestamp::now().duration_since(at).as_hours().abs();
        if hours < NEAR_HOURS { Self::of(at, "time", "%H:%M") } else { Self::full(at) }
    }

    /// The same, or how long ago it is.
    pub(super) fn ago(at: Timestamp) -> Self {
        Self::of(at, "ago", "%-d %b %Y, %H:%M")
    }

    /// A day of the calendar, which is the same everywhere: `Friday 18 June 2027`.
    pub(super) fn day(at: Timestamp) -> Self {
        let utc = in_utc(at, "%Y-%m-%d");
        Self { utc, shape: "day", text: in_utc(at, "%A %-d %B %Y") }
    }

    fn of(at: Timestamp, shape: &'static str, format: &str) -> Self {
        Self { utc: at.to_string(), shape, text: in_utc(at, format) }
    }
}

/// A moment as the database has it.
pub(super) fn moment(at: bson::DateTime) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.timestamp_millis()).ok()
}

/// `Fri 18 Jun 2027`.
pub(super) fn short_day(at: Timestamp) -> String {
    in_utc(at, "%a %-d %b %Y")
}

/// `2027-06-18`, as a field for a date has it.
pub(super) fn iso_day(at: Timestamp) -> String {
    in_utc(at, "%Y-%m-%d")
}

fn in_utc(at: Timestamp, format: &str) -> String {
    at.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

/// A state of a quote, by word and shape.
#[derive(Debug, Clone, Template)]
#[template(ext = "html", source = "<span class=\"status {{ word }}\">{{ shown }}</span>")]
pub(super) struct State {
    word: String,
    shown: String,
}

impl HtmlSafe for State {}

impl State {
    /// Of a stored status. One that nobody knows is shown as it is.
    pub(super) fn of(status: &Status) -> Self {
        let word = status.as_str();
        let known = matches!(status, Status::Other(_)).then_some("other");
        Self { word: known.unwrap_or(word).to_owned(), shown: capitalized(word) }
    }
}

/// The address of a quote's page: by its id, for two quotes may have the same reference. What other
/// tools gave as ids is not always text.
pub(super) fn address_of(quote: &Quote) -> String {
    match quote.id.as_bson().as_object_id() {
        Some(id) => address(&id.to_hex()),
        None => address(&quote.reference.to_string()),
    }
}

/// The address of the page of what a URL calls so.
pub(super) fn address(id: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/quotes/{}", encoded.replace('+', "%20"))
}

/// With a large first letter.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// `1 person`, `12 people`.
pub(super) fn counted(number: impl Into<u64>, (one, many): (&str, &str)) -> String {
    match number.into() {
        1 => format!("1 {one}"),
        several => format!("{several} {many}"),
    }
}

/// `38 s`, `1 min 52 s`, `24 h`.
pub(super) fn duration(seconds: i64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said = [5, 60, 112, 250, 7_200, 90_060].map(duration);
        assert_eq!(said, ["5 s", "1 min", "1 min 52 s", "4 min 10 s", "2 h", "25 h 1 min"]);
    }
}
