//! The window of a run: when it begins, and whether it is a good time.

use std::time::Duration;

use bson::DateTime;
use causeway_core::runbook::WindowRecord;
use jiff::civil::Time;
use jiff::{Timestamp, Zoned};

use super::RunOptions;
use super::conductor::Conductor;
use super::trying::Evidence;
use crate::clock::duration_words;
use crate::config::Config;
use crate::config::run::Outside;
use crate::failure::{Failure, Result};

/// How often somebody who waits is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often it is said how long it is still.
const SAY_EVERY: Duration = Duration::from_mins(5);

/// The window that is asked for: the command line before the configuration; none begins at once.
///
/// # Errors
/// Usage when there is no such time of day in the zone.
pub(super) fn asked(config: &Config, options: &RunOptions) -> Result<Option<WindowRecord>> {
    let start = match (options.start, config.window.start()) {
        (Some(start), _) => start,
        (None, Some(time)) => next(time, &Zoned::now().with_time_zone(config.notices.zone()))?,
        (None, None) if options.minutes.is_some() => Timestamp::now(),
        (None, None) => return Ok(None),
    };
    let minutes = options.minutes.unwrap_or_else(|| config.minutes()).most.into();
    let window = WindowRecord { start: DateTime::from_millis(start.as_millisecond()), minutes };
    if options.start.is_some() && window.until() < DateTime::now() {
        return Err(Failure::usage("--start: that window is over").hint(
            "give the time at which the maintenance begins; without --start it begins at once",
        ));
    }
    Ok(Some(window))
}

/// The next time that it is so late.
fn next(time: Time, now: &Zoned) -> Result<Timestamp> {
    let day = if now.time() <= time { Ok(now.date()) } else { now.date().tomorrow() };
    let zone = now.time_zone();
    let start =
        day.ok().and_then(|day| zone.to_ambiguous_zoned(day.to_datetime(time)).unambiguous().ok());
    start.map(|start| start.timestamp()).ok_or_else(|| {
        Failure::usage(format!("{time} is skipped or comes twice in the coming night"))
            .hint("give the time with its offset: --start")
    })
}

/// Whether a time of day lies in these hours, which may go over midnight.
fn is_within(time: Time, (from, to): (Time, Time)) -> bool {
    if from <= to { from <= time && time < to } else { from <= time || time < to }
}

impl Conductor<'_> {
    /// Waits until the window begins; says when this is no good time.
    pub(super) async fn await_window(&mut self) -> Result<Evidence> {
        let zone = self.session.config.notices.zone();
        let window = self.record.window.clone();
        self.baseline().await;
        if let Some(window) = &window {
            self.wait_until(window.start).await?;
        }
        let now = Zoned::now().with_time_zone(zone);
        let mut outside = Vec::new();
        if let Some(hours) = self.session.config.window.low_traffic()
            && !is_within(now.time(), hours)
        {
            let (from, to) = (hours.0.strftime("%H:%M"), hours.1.strftime("%H:%M"));
            outside.push(format!(
                "it is {}, and few people are disturbed from {from} to {to}",
                now.strftime("%H:%M %Z")
            ));
        }
        let left = window.as_ref().map(|window| seconds_between(DateTime::now(), window.until()));
        if let Some(left) = left.filter(|left| *left <= 0.0) {
            outside.push(format!("the window ended {} ago", duration_words(-left)));
        } else if let (Some(left), Some(rehearsal)) = (left, self.young_rehearsal())
            && rehearsal.forecast.seconds_max > left
        {
            outside.push(format!(
                "the window ends in {}, and the migration may take {}",
                duration_words(left),
                duration_words(rehearsal.forecast.seconds_max)
            ));
        }
        for words in &outside {
            self.session.reporter.warning(words.clone());
        }
        if !outside.is_empty() && self.session.config.window.outside() == Outside::Refuse {
            return Err(Failure::refused(format!("this is no time to begin: {}", outside.join("; ")))
                .hint("give the next window with --start, or leave this step out: --skip window --because TEXT"));
        }
        let left = left.filter(|left| *left > 0.0);
        Ok(Evidence::of(match left {
            Some(left) => format!("{} of it are left", duration_words(left)),
            None => format!("begins at {}", now.strftime("%H:%M:%S %Z")),
        }))
    }

    async fn wait_until(&self, start: DateTime) -> Result<()> {
        let mut said: Option<tokio::time::Instant> = None;
        loop {
            let left = seconds_between(DateTime::now(), start);
            if left <= 0.0 {
                return Ok(());
            }
            if self.context.interrupt.is_set() {
                return Err(Failure::stopped("stopped as asked, before the window")
                    .hint("the same command waits again"));
            }
            if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
                let text = format!("the window begins in {}", duration_words(left));
                self.session.reporter.fact("waits", text);
                said = Some(tokio::time::Instant::now());
            }
            tokio::time::sleep(LOOK_EVERY.min(Duration::from_secs_f64(left))).await;
        }
    }

    /// Says that the window is over, once for each step that is begun after it.
    pub(super) fn mind_the_window(&self) {
        let Some(window) = &self.record.window else { return };
        let over = seconds_between(window.until(), DateTime::now());
        if over > 0.0 {
            self.session.reporter.warning(format!(
                "the window ended {} ago, and people were told so; `causeway maintenance on --until 15m` \
                 in another terminal tells the application a new time",
                duration_words(over)
            ));
        }
    }
}

/// Seconds from one moment to another; less than nothing when it is over.
pub(super) fn seconds_between(from: DateTime, to: DateTime) -> f64 {
    let millis = to.timestamp_millis().saturating_sub(from.timestamp_millis());
    #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
    let seconds = millis as f64 / 1e3;
    seconds
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::{is_within, next};

    #[test]
    fn hours_may_go_over_midnight() {
        let night = (time(22, 0, 0, 0), time(4, 0, 0, 0));
        assert!(is_within(time(23, 0, 0, 0), night) && is_within(time(3, 59, 0, 0), night));
        assert!(!is_within(time(4, 0, 0, 0), night) && !is_within(time(12, 0, 0, 0), night));
        let early = (time(2, 0, 0, 0), time(4, 0, 0, 0));
        assert!(is_within(time(2, 0, 0, 0), early) && !is_within(time(1, 59, 0, 0), early));
    }

    #[test]
    fn the_next_two_o_clock_is_this_night_or_the_next() {
        let at = |text: &str| next(time(2, 0, 0, 0), &text.parse().unwrap()).unwrap().to_string();
        assert_eq!(at("2026-11-26T01:00:00+00:00[Europe/London]"), "2026-11-26T02:00:00Z");
        assert_eq!(at("2026-11-26T02:00:01+00:00[Europe/London]"), "2026-11-27T02:00:00Z");
    }
}
