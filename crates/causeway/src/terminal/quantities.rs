//! Numbers with their units, as people read them.

use crate::clock::{duration_words, thousands};

/// `61 GB`, `1.4 GB`, `812 kB`, `0 bytes`; powers of a thousand.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && value < 9.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// `66,900/s`, `4.2/s`: three digits, for the others change faster than one can read.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are positive and far below the range"
)]
pub fn rate_words(per_second: f64) -> String {
    if !per_second.is_finite() || per_second < 0.0 {
        return "?/s".to_owned();
    }
    if per_second < 10.0 {
        return format!("{per_second:.1}/s");
    }
    let mut unit = 1.0;
    while per_second / unit >= 999.5 {
        unit *= 10.0;
    }
    format!("{}/s", thousands(((per_second / unit).round() * unit) as u64))
}

/// `less than 1 s`, `5 s`, `4 min 10 s`: an estimate knows no tenths.
#[must_use]
pub fn estimate_words(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "?".to_owned();
    }
    if seconds < 0.5 {
        return "less than 1 s".to_owned();
    }
    if seconds < 59.5 { format!("{seconds:.0} s") } else { duration_words(seconds.round()) }
}

/// `1 document`, `684,000 documents`.
#[must_use]
pub fn counted(number: u64, plural: &str) -> String {
    match (number, plural.strip_suffix('s')) {
        (1, Some(singular)) => format!("1 {singular}"),
        _ => format!("{} {plural}", thousands(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes_words, counted, estimate_words, rate_words};

    #[test]
    fn numbers_are_short() {
        let bytes = [0, 999, 1000, 812_300, 9_940_000, 9_960_000, 999_600_000, 61_200_000_000];
        assert_eq!(
            bytes.map(bytes_words).join(", "),
            "0 bytes, 999 bytes, 1.0 kB, 812 kB, 9.9 MB, 10 MB, 1.0 GB, 61 GB"
        );
        let rates = [0.0, 4.24, 66_937.2, 999.7, 123.4, f64::NAN];
        assert_eq!(rates.map(rate_words).join(", "), "0.0/s, 4.2/s, 66,900/s, 1,000/s, 123/s, ?/s");
        assert_eq!([4.6, 59.6, 250.0].map(estimate_words).join(", "), "5 s, 1 min, 4 min 10 s");
        assert_eq!(counted(1, "documents"), "1 document");
    }
}
