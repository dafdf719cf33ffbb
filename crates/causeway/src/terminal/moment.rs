//! Instants as people read them: local, the zone said once.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// `2026-11-22 02:13:07`, from RFC 3339; what is no such time is given back as it is.
#[must_use]
pub fn local(rfc3339: &str) -> String {
    rfc3339.parse::<Timestamp>().map_or_else(
        |_| rfc3339.to_owned(),
        |at| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// `02:14:07`.
#[must_use]
pub fn time_now() -> String {
    Zoned::now().strftime("%H:%M:%S").to_string()
}

/// Name of the local zone, or its offset: `Europe/London`, `+01:00`.
#[must_use]
pub fn zone() -> String {
    let zone = TimeZone::system();
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => Zoned::now().strftime("%:z").to_string(),
    }
}

/// Seconds from an RFC 3339 instant until now; negative when it is still to come.
#[must_use]
pub fn seconds_since(rfc3339: &str) -> Option<f64> {
    let at = rfc3339.parse::<Timestamp>().ok()?;
    Some((Timestamp::now() - at).total(jiff::Unit::Second).unwrap_or_default())
}
