//! How far a phase is, as events a few times a second.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use causeway_core::event::Event;

use crate::reporter::Reporter;

/// Between two events of one phase.
const INTERVAL: Duration = Duration::from_millis(125);
/// The rate shown is that of the last seconds.
const RATE_WINDOW: Duration = Duration::from_secs(5);

/// A phase of fewer documents is over at once.
const SHORT_DOCUMENTS: u64 = 1_000;
/// So is one of fewer bytes.
const SHORT_BYTES: u64 = 1_000_000;
/// The unit of phases that are counted by what is read, not by what is read of it.
pub const BYTES: &str = "bytes";

/// One phase that a person watches.
#[derive(Debug)]
pub struct Progress {
    reporter: Reporter,
    phase: String,
    total: Option<u64>,
    unit: &'static str,
    /// Over before anybody could read that it began.
    is_short: bool,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    done: u64,
    shown_at: Option<Instant>,
    recent: VecDeque<(Instant, u64)>,
    lag_seconds: Option<f64>,
}

impl Progress {
    /// Starts a phase of `total` units, when that is known.
    #[must_use]
    pub fn start(
        reporter: &Reporter,
        phase: impl Into<String>,
        total: Option<u64>,
        unit: &'static str,
    ) -> Self {
        Self::begin(reporter, (phase.into(), false), total, unit)
    }

    /// Starts one of many phases, of which only those that take a moment are shown.
    #[must_use]
    pub fn start_one_of_many(
        reporter: &Reporter,
        phase: impl Into<String>,
        total: Option<u64>,
        unit: &'static str,
    ) -> Self {
        let short = if unit == BYTES { SHORT_BYTES } else { SHORT_DOCUMENTS };
        let is_short = total.is_some_and(|total| total < short);
        Self::begin(reporter, (phase.into(), is_short), total, unit)
    }

    fn begin(
        reporter: &Reporter,
        (phase, is_short): (String, bool),
        total: Option<u64>,
        unit: &'static str,
    ) -> Self {
        if !is_short {
            reporter.emit(Event::PhaseStarted { phase: phase.clone(), total, unit });
        }
        let state = State { done: 0, shown_at: None, recent: VecDeque::new(), lag_seconds: None };
        Self {
            reporter: reporter.clone(),
            phase,
            total,
            unit,
            is_short,
            started: Instant::now(),
            state: Mutex::new(state),
        }
    }

    /// Counts documents that were read, by their number or by their bytes.
    pub fn advance_read(&self, documents: u64, bytes: u64) {
        self.advance(if self.unit == BYTES { bytes } else { documents });
    }

    /// Counts `more` units as done.
    pub fn advance(&self, more: u64) {
        let now = Instant::now();
        let mut state = self.state.lock().expect("nobody panics while counting");
        state.done += more;
        if self.is_short || state.shown_at.is_some_and(|shown| now - shown < INTERVAL) {
            return;
        }
        state.shown_at = Some(now);
        let done = state.done;
        state.recent.push_back((now, done));
        while state.recent.len() > 2 && now - state.recent[0].0 > RATE_WINDOW {
            state.recent.pop_front();
        }
        let per_second = rate(&state.recent);
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let eta_seconds = self
            .total
            .filter(|_| per_second > 0.0)
            .map(|total| total.saturating_sub(done) as f64 / per_second);
        let event = Event::Progress {
            phase: self.phase.clone(),
            done,
            total: self.total,
            per_second,
            eta_seconds,
            lag_seconds: state.lag_seconds,
        };
        drop(state);
        self.reporter.emit(event);
    }

    /// Keeps the replication lag, to be shown with the next event.
    pub fn lag(&self, seconds: Option<f64>) {
        self.state.lock().expect("nobody panics while counting").lag_seconds = seconds;
    }

    /// Counts from nothing again: what was done so far is worth nothing.
    pub fn begin_anew(&self) {
        let mut state = self.state.lock().expect("nobody panics while counting");
        state.done = 0;
        state.recent.clear();
    }

    /// Units done so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.state.lock().expect("nobody panics while counting").done
    }

    /// Ends the phase; returns the seconds it took.
    pub fn finish(self, result: impl Into<String>) -> f64 {
        let seconds = self.started.elapsed().as_secs_f64();
        if self.is_short {
            return seconds;
        }
        self.reporter.emit(Event::PhaseFinished {
            phase: self.phase,
            result: result.into(),
            seconds,
        });
        seconds
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
fn rate(recent: &VecDeque<(Instant, u64)>) -> f64 {
    match (recent.front(), recent.back()) {
        (Some(first), Some(last)) if last.0 > first.0 => {
            (last.1 - first.1) as f64 / (last.0 - first.0).as_secs_f64()
        }
        _ => 0.0,
    }
}
