//! What is to happen when something is crossed while a migration is being applied.
//!
//! Pure: samples and the time go in, deeds come out.

use causeway_core::sample::Sample;
use serde::Deserialize;

use crate::clock::duration_words;

mod window;

use window::Window;

/// The step in which thresholds are judged: before and after it nothing can be rolled back by them.
pub(super) const JUDGED_STEP: &str = "up";
/// Shares and response times of fewer requests say nothing.
const REQUESTS_MIN: f64 = 20.0;
/// How long something must stay crossed before anything is done, where nobody says otherwise.
pub(crate) const FOR_SECONDS: f64 = 10.0;

/// Thresholds; what is none is switched off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Errors in per cent of requests, at the most.
    pub error_rate_percent: Option<Threshold>,
    /// Response time that 99 of 100 stay under, in milliseconds, at the most.
    pub p99_milliseconds: Option<Threshold>,
    /// Replication lag of the slowest member in seconds, at the most.
    pub lag_seconds: Option<Threshold>,
    /// Free disk of the server in 10⁹ bytes, at least.
    pub disk_free_gigabytes: Option<Threshold>,
    /// Minutes that applying takes, at the most.
    pub run_minutes: Option<Threshold>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// What must not be crossed.
    pub limit: f64,
    /// What happens when it is.
    pub then: Then,
    /// How long it must stay crossed before.
    pub for_seconds: f64,
}

/// What happens when a threshold is crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// It is said.
    Warn,
    /// The work waits until it is not crossed any more.
    Pause,
    /// The run goes back.
    RollBack,
}

impl Default for Thresholds {
    /// Five minutes are what the migration plan calls long.
    fn default() -> Self {
        let at = |limit, then| Some(Threshold { limit, then, for_seconds: FOR_SECONDS });
        Self {
            error_rate_percent: at(5.0, Then::RollBack),
            p99_milliseconds: None,
            lag_seconds: at(10.0, Then::Pause),
            disk_free_gigabytes: at(1.0, Then::Pause),
            run_minutes: at(5.0, Then::Warn),
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Say it.
    Warn(String),
    /// Let the work wait, or go on when there is no reason any more.
    Hold(Option<String>),
    /// Go back.
    RollBack(String),
}

/// Judges sample after sample.
#[derive(Debug)]
pub(super) struct Judge {
    thresholds: Thresholds,
    window: Window,
    /// When applying began.
    began: Option<f64>,
    crossings: [Crossing; 5],
    held: Option<String>,
}

/// How a threshold stands.
#[derive(Debug, Clone, Default)]
struct Crossing {
    /// Since when it is crossed.
    since: Option<f64>,
    /// Whether its deed is done.
    acted: bool,
}

/// A value, and what is said of it when it is over.
struct Reading {
    threshold: Option<Threshold>,
    /// The words, when it is crossed; none when it is not, or can't be told.
    crossed: Option<String>,
    /// Whether it is crossed at once or has to stay so.
    at_once: bool,
}

impl Judge {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        let seconds = [thresholds.error_rate_percent, thresholds.p99_milliseconds]
            .map(|threshold| threshold.map_or(0.0, |threshold| threshold.for_seconds));
        Self {
            thresholds,
            window: Window::new(seconds[0].max(seconds[1])),
            began: None,
            crossings: Default::default(),
            held: None,
        }
    }

    /// Judges a sample that was taken `now`, in seconds on a clock of the caller's.
    pub(super) fn judge(&mut self, sample: &Sample, now: f64) -> Vec<Deed> {
        if sample.step != JUDGED_STEP {
            return self.end();
        }
        let began = *self.began.get_or_insert(now - sample.seconds);
        self.window.push(now, sample.application.as_ref());
        let readings = self.readings(sample, now, now - began);
        let mut deeds = Vec::new();
        let mut holds = Vec::new();
        for (crossing, reading) in self.crossings.iter_mut().zip(readings) {
            let Some(threshold) = reading.threshold else { continue };
            let Some(words) = reading.crossed else {
                *crossing = Crossing::default();
                continue;
            };
            let since = *crossing.since.get_or_insert(now);
            if !reading.at_once && now - since < threshold.for_seconds {
                continue;
            }
            let first = !std::mem::replace(&mut crossing.acted, true);
            match threshold.then {
                Then::Warn if first => deeds.push(Deed::Warn(words)),
                Then::RollBack if first => deeds.push(Deed::RollBack(words)),
                Then::Warn | Then::RollBack => {}
                Then::Pause => holds.push(words),
            }
        }
        deeds.extend(self.hold((!holds.is_empty()).then(|| holds.join("; "))));
        deeds
    }

    /// Nothing is judged any more.
    pub(super) fn end(&mut self) -> Vec<Deed> {
        *self = Self { held: self.held.take(), ..Self::new(self.thresholds) };
        self.hold(None).into_iter().collect()
    }

    fn hold(&mut self, reason: Option<String>) -> Option<Deed> {
        if self.held.is_none() && reason.is_none() {
            return None;
        }
        let reason = reason.map(|words| format!("by threshold: {words}"));
        self.held.clone_from(&reason);
        Some(Deed::Hold(reason))
    }

    fn readings(&self, sample: &Sample, now: f64, seconds: f64) -> [Reading; 5] {
        let Thresholds {
            error_rate_percent,
            p99_milliseconds,
            lag_seconds,
            disk_free_gigabytes,
            run_minutes,
        } = self.thresholds;
        let server = sample.server.as_ref();
        let lag = server.and_then(|server| server.lag_seconds);
        let disk = server.and_then(|server| server.disk_free_bytes).map(|bytes| bytes / 1e9);
        [
            over_window(error_rate_percent, |limit, length| {
                self.window.error_rate_percent(now, length).filter(|rate| *rate > limit)
            })
            .say(|rate, limit| format!("error rate {rate:.1} % (limit {limit} %)")),
            over_window(p99_milliseconds, |limit, length| {
                self.window.p99_milliseconds(now, length).filter(|p99| *p99 > limit)
            })
            .say(|p99, limit| format!("p99 of response times {p99:.0} ms (limit {limit} ms)")),
            over_value(lag_seconds, |limit| lag.filter(|lag| *lag > limit))
                .say(|lag, limit| format!("replication lag {lag:.1} s (limit {limit} s)")),
            over_value(disk_free_gigabytes, |limit| disk.filter(|free| *free < limit))
                .say(|free, limit| format!("free disk {free:.1} GB (limit {limit} GB)")),
            Reading {
                threshold: run_minutes,
                crossed: run_minutes.filter(|it| seconds > 60.0 * it.limit).map(|it| {
                    let taken = duration_words(seconds);
                    format!("applying takes {taken} so far (limit {} min)", it.limit)
                }),
                at_once: true,
            },
        ]
    }
}

/// A threshold, and the value that crosses it.
struct Over(Option<Threshold>, Option<f64>);

impl Over {
    fn say(self, words: impl Fn(f64, f64) -> String) -> Reading {
        let Self(threshold, value) = self;
        let crossed = threshold.zip(value).map(|(Threshold { limit, for_seconds, .. }, value)| {
            format!("{} for {for_seconds} s", words(value, limit))
        });
        Reading { threshold, crossed, at_once: false }
    }
}

fn over_value(threshold: Option<Threshold>, value: impl Fn(f64) -> Option<f64>) -> Over {
    Over(threshold, threshold.and_then(|threshold| value(threshold.limit)))
}

/// A value over the time that something must stay crossed. It must be crossed over the latter half
/// as well: else a burst of a second would stay in the window for as long as the window lasts.
fn over_window(threshold: Option<Threshold>, value: impl Fn(f64, f64) -> Option<f64>) -> Over {
    let over = threshold.and_then(|Threshold { limit, for_seconds, .. }| {
        let over = value(limit, for_seconds)?;
        value(limit, for_seconds / 2.0)?;
        Some(over)
    });
    Over(threshold, over)
}

#[cfg(test)]
mod tests;
