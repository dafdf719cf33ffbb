//! The operator's clock: time stamps for journals and run ids, and durations as people say them.

use causeway_core::backup::Moment;
use jiff::Zoned;

/// Now, as RFC 3339 with the local offset and milliseconds.
#[must_use]
pub fn now_text() -> String {
    Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// Now as the front part of a run id: `2026-11-22-0213`, in UTC so that ids sort.
#[must_use]
pub fn run_stamp() -> String {
    Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d-%H%M").to_string()
}

/// Now in UTC, as RFC 3339 to the second.
#[must_use]
pub fn now_utc() -> String {
    Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A cluster time, as RFC 3339 in UTC to the second.
#[must_use]
pub fn moment_text(moment: Moment) -> String {
    jiff::Timestamp::from_second(i64::from(moment.seconds))
        .map_or_else(|_| moment.seconds.to_string(), |at| at.to_string())
}

/// `21.3 s`, `4 min 10 s`, `2 h 5 min`.
#[must_use]
pub fn duration_words(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a duration is positive and far below the range"
    )]
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes, rest) {
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, rest) => format!("{minutes} min {rest} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `1,000,000`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
