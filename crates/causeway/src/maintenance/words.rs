//! Maintenance in words.

use bson::DateTime;
use causeway_core::maintenance::Maintenance;

use crate::clock::duration_words;
use crate::terminal::moment;

/// `on since 02:03 (7 min), by ann on db-admin, quotes can only be read, until 02:30`.
#[must_use]
pub fn words(state: &Maintenance, now: DateTime) -> String {
    if !state.on {
        return "off".to_owned();
    }
    let covered = match state.scope.as_slice() {
        [] => "everything".to_owned(),
        scope => scope.join(", "),
    };
    let end = match state.until {
        None => "without a time at which it is expected to end".to_owned(),
        Some(until) if state.is_overdue(now) => {
            format!("overdue since {}", since_words(until, now))
        }
        Some(until) => format!("until {}", moment_words(until)),
    };
    let since =
        state.since.map_or_else(String::new, |at| format!(" since {}", since_words(at, now)));
    let run = state.run.as_ref().map_or_else(String::new, |run| format!(", for run {run}"));
    format!("on{since}, {end}: {covered} can only be read; by {} on {}{run}", state.by, state.host)
}

/// `2026-11-22 02:03:10 (7 min 20 s)`.
#[must_use]
pub fn since_words(at: DateTime, now: DateTime) -> String {
    let millis = now.timestamp_millis().saturating_sub(at.timestamp_millis()).max(0);
    #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
    let seconds = millis as f64 / 1_000.0;
    format!("{} ({})", moment_words(at), duration_words(seconds))
}

/// `2026-11-22 02:03:10`, in the operator's zone.
pub(super) fn moment_words(at: DateTime) -> String {
    at.try_to_rfc3339_string().map_or_else(|_| "?".to_owned(), |text| moment::local(&text))
}
