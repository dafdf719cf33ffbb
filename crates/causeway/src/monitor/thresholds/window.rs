//! What the application answered lately.

use std::collections::VecDeque;

use causeway_core::sample::ApplicationSample;

use super::REQUESTS_MIN;
use crate::monitor::latency::Latency;

/// The looks of the last seconds.
#[derive(Debug)]
pub(super) struct Window {
    seconds: f64,
    looks: VecDeque<(f64, ApplicationSample)>,
}

impl Window {
    pub(super) fn new(seconds: f64) -> Self {
        Self { seconds, looks: VecDeque::new() }
    }

    pub(super) fn push(&mut self, now: f64, look: Option<&ApplicationSample>) {
        self.looks.extend(look.map(|look| (now, look.clone())));
        while self.looks.front().is_some_and(|(at, _)| *at <= now - self.seconds)
            && self.looks.len() > 1
        {
            self.looks.pop_front();
        }
    }

    /// Errors in per cent of requests; none when there are too few requests in the whole window.
    pub(super) fn error_rate_percent(&self, now: f64, seconds: f64) -> Option<f64> {
        let mut requests = 0.0;
        let mut errors = 0.0;
        for look in self.last(now, seconds) {
            requests += look.requests.unwrap_or(0.0);
            errors += look.errors.unwrap_or(0.0);
        }
        let enough = self.requests() >= REQUESTS_MIN && requests > 0.0;
        enough.then(|| 100.0 * errors / requests)
    }

    /// Response time that 99 of 100 stay under; none when there are too few in the whole window.
    pub(super) fn p99_milliseconds(&self, now: f64, seconds: f64) -> Option<f64> {
        let of = |looks: &mut dyn Iterator<Item = &ApplicationSample>| {
            let mut latency = Latency::default();
            looks.for_each(|look| latency.add_all(&look.latency));
            latency
        };
        if of(&mut self.looks.iter().map(|(_, look)| look)).answers() < REQUESTS_MIN {
            return None;
        }
        of(&mut self.last(now, seconds)).quantile_milliseconds(0.99)
    }

    fn requests(&self) -> f64 {
        self.looks.iter().filter_map(|(_, look)| look.requests).sum()
    }

    /// At least the latest one, however short the time.
    fn last(&self, now: f64, seconds: f64) -> impl Iterator<Item = &ApplicationSample> {
        let latest = self.looks.len().saturating_sub(1);
        let within = move |at: f64| at > now - seconds;
        let looks = self.looks.iter().enumerate();
        looks.filter(move |(number, (at, _))| *number == latest || within(*at)).map(|(_, it)| &it.1)
    }
}
