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

/// A moment as people write it: `02:30` (the next one), `2026-12-01 02:30` (both local), `45m` from
/// now, or RFC 3339 with its offset or zone.
///
/// # Errors
/// What can be written, when it is none of these; when it is over.
pub fn moment_from(text: &str) -> Result<bson::DateTime, String> {
    let now = Zoned::now();
    let at = moment_after(text.trim(), &now)
        .ok_or_else(|| "write 02:30, 2026-12-01 02:30, 45m, or a time with its zone".to_owned())?;
    if at < now {
        return Err(format!("{} is over", at.strftime("%Y-%m-%d %H:%M:%S %Z")));
    }
    Ok(bson::DateTime::from_millis(at.timestamp().as_millisecond()))
}

fn moment_after(text: &str, now: &Zoned) -> Option<Zoned> {
    let zone = now.time_zone().clone();
    if let Ok(at) = text.parse::<Zoned>() {
        return Some(at);
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.to_zoned(zone));
    }
    // Before the time, which is also read out of a date with one.
    if let Ok(at) = text.parse::<jiff::civil::DateTime>() {
        // An hour that the clocks skip or repeat is a mistake at best.
        return zone.to_ambiguous_zoned(at).unambiguous().ok();
    }
    if let Ok(time) = text.parse::<jiff::civil::Time>() {
        let today = now.date().to_datetime(time).to_zoned(zone.clone()).ok()?;
        let tomorrow = || now.date().tomorrow().ok()?.to_datetime(time).to_zoned(zone).ok();
        return if today >= *now { Some(today) } else { tomorrow() };
    }
    let duration: jiff::SignedDuration = text.parse().ok()?;
    now.checked_add(duration).ok()
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

#[cfg(test)]
mod tests {
    use jiff::Zoned;

    use super::moment_after;

    fn at(text: &str) -> String {
        let now: Zoned = "2026-11-30T23:10:00+00:00[Europe/London]".parse().unwrap();
        moment_after(text, &now).map_or_else(|| "none".to_owned(), |at| at.to_string())
    }

    #[test]
    fn moments_are_read_as_people_write_them() {
        assert_eq!(at("23:30"), "2026-11-30T23:30:00+00:00[Europe/London]");
        assert_eq!(at("02:30"), "2026-12-01T02:30:00+00:00[Europe/London]");
        assert_eq!(at("2026-12-05 02:30"), "2026-12-05T02:30:00+00:00[Europe/London]");
        assert_eq!(at("2026-12-05T02:30:00+01:00"), "2026-12-05T01:30:00+00:00[Europe/London]");
        assert_eq!(at("45m"), "2026-11-30T23:55:00+00:00[Europe/London]");
        assert_eq!(at("1h 30m"), "2026-12-01T00:40:00+00:00[Europe/London]");
        for wrong in ["", "soon", "25:00", "2026-13-01 02:00", "30"] {
            assert_eq!(at(wrong), "none", "{wrong:?}");
        }
    }
}
