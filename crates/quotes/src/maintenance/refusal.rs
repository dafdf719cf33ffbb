//! What somebody is told who wants to write and may not.

use std::time::Duration;

use axum::http::StatusCode;
use bson::DateTime;
use causeway_core::maintenance::Maintenance;

use crate::failure::Failure;

const WAIT_SECONDS_MIN: u64 = 30;
const WAIT_SECONDS_UNKNOWN: u64 = 300;
const SAID_OTHERWISE: &str =
    "The system is being upgraded: everything can be read, and nothing changed.";

/// 503 with the code `MAINTENANCE`, what people are told, and when to try again.
#[must_use]
pub fn refusal(state: &Maintenance, now: DateTime) -> Failure {
    let mut message = said(state);
    // One that should be over is told no time that has passed.
    if let Some(until) = state.until.filter(|until| *until > now)
        && let Some(until) = clock(until)
    {
        message.push_str(&format!(" It should be over by {until}."));
    }
    let mut failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "MAINTENANCE", message);
    failure.retry_after = Some(wait(state.until, now));
    failure
}

/// What people are told, without when it should be over.
pub(crate) fn said(state: &Maintenance) -> String {
    match state.message.trim() {
        "" => SAID_OTHERWISE.to_owned(),
        said => said.to_owned(),
    }
}

fn wait(until: Option<DateTime>, now: DateTime) -> Duration {
    let Some(until) = until else { return Duration::from_secs(WAIT_SECONDS_UNKNOWN) };
    let millis = until.timestamp_millis().saturating_sub(now.timestamp_millis());
    let seconds = u64::try_from(millis).unwrap_or_default().div_ceil(1_000);
    Duration::from_secs(seconds.max(WAIT_SECONDS_MIN))
}

/// `02:30 UTC on 26 November 2026`: nobody knows the client's zone.
fn clock(time: DateTime) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(time.timestamp_millis()).ok()?;
    Some(time.strftime("%H:%M UTC on %-d %B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use bson::DateTime;
    use causeway_core::maintenance::Maintenance;

    use super::refusal;

    /// 2026-11-26T02:00:00Z.
    const NOW: DateTime = DateTime::from_millis(1_795_658_400_000);

    fn told(until_seconds: Option<i64>, message: &str) -> (u64, String) {
        let until = until_seconds
            .map(|seconds| DateTime::from_millis(NOW.timestamp_millis() + seconds * 1_000));
        let state =
            Maintenance { on: true, until, message: message.to_owned(), ..Maintenance::default() };
        let failure = refusal(&state, NOW);
        (failure.retry_after.unwrap().as_secs(), failure.message)
    }

    #[test]
    fn people_are_told_when_to_try_again() {
        assert_eq!(
            told(Some(1_800), "We upgrade."),
            (1_800, "We upgrade. It should be over by 02:30 UTC on 26 November 2026.".to_owned())
        );
        assert_eq!(told(Some(5), "We upgrade.").0, 30);
        assert_eq!(told(Some(-60), "We upgrade."), (30, "We upgrade.".to_owned()));
        let (seconds, message) = told(None, " ");
        assert_eq!(seconds, 300);
        assert!(message.contains("being upgraded"), "{message}");
    }
}
