//! Instants and spans as the report holds them.

use bson::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// An instant of the database.
pub(super) fn timestamp(at: DateTime) -> Timestamp {
    Timestamp::from_millisecond(at.timestamp_millis()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An instant of a file; none when the text is none.
pub(super) fn read(rfc3339: &str) -> Option<Timestamp> {
    rfc3339.parse().ok()
}

/// Seconds from one to the other; never negative, for clocks of two machines differ.
pub(super) fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    let millis = until.as_millisecond().saturating_sub(from.as_millisecond());
    millis.max(0) as f64 / 1_000.0
}

/// So many days later.
pub(super) fn days_after(at: Timestamp, days: u32, zone: &TimeZone) -> Timestamp {
    let later = at.to_zoned(zone.clone()).checked_add(Span::new().days(days.min(36_500)));
    later.map_or(at, |later| later.timestamp())
}

/// RFC 3339 with the offset of the zone.
pub(super) fn text(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// The same for an instant of the database.
pub(super) fn stored(at: DateTime, zone: &TimeZone) -> String {
    text(timestamp(at), zone)
}
