//! Looks that are compared as one: what was before, the last minutes, the whole watch.

use causeway_core::sample::{ApplicationSample, Sample, ServerSample};

use crate::monitor::latency::Latency;

/// Values of one side that are compared at the most. Of more, every second, or third, is taken: looks
/// of neighbouring seconds are much alike, and count as one rather than as many. Means of several
/// would vary less than the values of the other side, which the test takes for a difference.
const VALUES_MAX: usize = 30;
/// Share of the answers before the migration that the bound of slow ones lies above.
const SLOW_ABOVE: f64 = 0.95;

/// What one look at the application tells.
type Value = fn(&ApplicationSample) -> Option<f64>;

/// Looks that are compared as one.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    pub(super) samples: Vec<&'a Sample>,
    /// Seconds above which an answer is slow.
    pub(super) slow_bound: Option<f64>,
}

pub(super) fn of_server(sample: &Sample) -> Option<&ServerSample> {
    sample.server.as_ref()
}

pub(super) fn of_application(sample: &Sample) -> Option<&ApplicationSample> {
    sample.application.as_ref()
}

/// None of no values.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

impl Group<'_> {
    fn applications(&self) -> impl Iterator<Item = &ApplicationSample> {
        self.samples.iter().filter_map(|sample| of_application(sample))
    }

    /// Sums over the looks that tell both: an application need not show everything.
    fn share(&self, events: Value, trials: Value) -> (f64, f64) {
        let both = self.applications().filter_map(|look| Some((events(look)?, trials(look)?)));
        both.fold((0.0, 0.0), |sums, look| (sums.0 + look.0, sums.1 + look.1))
    }

    /// Errors of requests.
    pub(super) fn errors(&self) -> (f64, f64) {
        self.share(|it| it.errors, |it| it.requests)
    }

    /// Tries to create something that failed, of all tries.
    pub(super) fn failed_creations(&self) -> (f64, f64) {
        self.share(|it| it.create_failed, |it| Some(it.created? + it.create_failed?))
    }

    /// Things created, of requests.
    pub(super) fn creations(&self) -> (f64, f64) {
        self.share(|it| it.created, |it| it.requests)
    }

    /// Problems reported, of requests.
    pub(super) fn issues(&self) -> (f64, f64) {
        self.share(|it| it.issues, |it| it.requests)
    }

    /// Looks that the application did not answer, of all.
    pub(super) fn unanswered(&self) -> (f64, f64) {
        let failed = |sample: &&&Sample| {
            sample.trouble.iter().any(|words| words.starts_with("application: "))
        };
        let failed = self.samples.iter().filter(failed).count() as f64;
        (failed, failed + self.applications().count() as f64)
    }

    fn latency(&self) -> Latency {
        let mut latency = Latency::default();
        self.applications().for_each(|look| latency.add_all(&look.latency));
        latency
    }

    /// The histogram's bound that separates slow answers: nearest above what 95 of 100 stay under.
    pub(super) fn find_slow_bound(&self) -> Option<f64> {
        self.latency().bound_above(SLOW_ABOVE)
    }

    /// Slow answers, of all.
    pub(super) fn slow(&self) -> (f64, f64) {
        let latency = self.latency();
        let slow = self.slow_bound.and_then(|bound| latency.slower_than(bound));
        slow.map_or((0.0, 0.0), |slow| (slow, latency.answers()))
    }

    /// At most [`VALUES_MAX`] values, evenly taken.
    pub(super) fn values(&self, value: fn(&Sample) -> Option<f64>) -> Vec<f64> {
        let values: Vec<f64> = self.samples.iter().filter_map(|sample| value(sample)).collect();
        let step = values.len().div_ceil(VALUES_MAX).max(1);
        values.into_iter().step_by(step).collect()
    }
}
