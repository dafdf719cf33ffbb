//! How server and application did before, during and after, in a few numbers.

use causeway_core::sample::{ApplicationSample, Sample};
use serde::Serialize;

use super::phase::{self, Phase};

/// So much of an answer's time is no degradation: response times vary by as much from day to day.
const P99_FACTOR_MAX: f64 = 1.5;
/// The same in milliseconds, where times are so short that a factor says nothing.
const P99_MILLISECONDS_MORE_MAX: f64 = 20.0;
/// Percentage points by which the error rate may be higher.
const ERROR_POINTS_MORE_MAX: f64 = 0.5;
/// The slowest hundredth begins here.
const P99: f64 = 0.99;

/// One phase in numbers. What was not measured is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Performance {
    pub(super) phase: Phase,
    /// Looks that were taken.
    pub(super) looks: usize,
    /// Seconds that they cover.
    pub(super) seconds: f64,
    pub(super) requests: Option<f64>,
    pub(super) errors: Option<f64>,
    pub(super) error_rate_percent: Option<f64>,
    pub(super) p99_milliseconds: Option<f64>,
    pub(super) created: Option<f64>,
    pub(super) create_failed: Option<f64>,
    pub(super) issues: Option<f64>,
    pub(super) cpu_percent: Option<f64>,
    pub(super) memory_megabytes: Option<f64>,
    pub(super) cache_used_percent: Option<f64>,
    pub(super) lag_seconds_max: Option<f64>,
    pub(super) lock_waits_per_second_max: Option<f64>,
}

/// The three phases; those without a look say so.
pub(super) fn of(samples: &[Sample]) -> Vec<Performance> {
    Phase::ALL.map(|phase| Performance::of(samples, phase)).into()
}

/// The one of a phase.
pub(super) fn at(all: &[Performance], phase: Phase) -> Option<&Performance> {
    all.iter().find(|it| it.phase == phase && it.looks > 0)
}

impl Performance {
    fn of(samples: &[Sample], phase: Phase) -> Self {
        let looks: Vec<&Sample> = phase::looks(samples, phase).collect();
        let applications: Vec<&ApplicationSample> =
            looks.iter().filter_map(|it| it.application.as_ref()).collect();
        let sum = |read: fn(&ApplicationSample) -> Option<f64>| total(&applications, read);
        let server = |read: fn(&causeway_core::sample::ServerSample) -> Option<f64>| {
            looks.iter().filter_map(|it| it.server.as_ref()).filter_map(read).collect::<Vec<_>>()
        };
        let (requests, errors) = (sum(|it| it.requests), sum(|it| it.errors));
        let error_rate_percent = requests
            .filter(|requests| *requests > 0.0)
            .and_then(|requests| Some(100.0 * errors? / requests));
        Self {
            phase,
            looks: looks.len(),
            seconds: looks.iter().map(|it| it.seconds.max(0.0)).sum(),
            requests,
            errors,
            error_rate_percent,
            p99_milliseconds: p99_milliseconds(&applications),
            created: sum(|it| it.created),
            create_failed: sum(|it| it.create_failed),
            issues: sum(|it| it.issues),
            cpu_percent: mean(&server(|it| it.cpu_percent)),
            memory_megabytes: mean(&server(|it| it.memory_megabytes)),
            cache_used_percent: mean(&server(|it| it.cache_used_percent)),
            lag_seconds_max: largest(&server(|it| it.lag_seconds)),
            lock_waits_per_second_max: largest(&server(|it| it.lock_waits_per_second)),
        }
    }

    /// What of it is worse than before by more than days differ; in words.
    pub(super) fn worse_than(&self, before: &Self) -> Vec<String> {
        let mut worse = Vec::new();
        if let (Some(now), Some(then)) = (self.p99_milliseconds, before.p99_milliseconds)
            && now > then * P99_FACTOR_MAX
            && now > then + P99_MILLISECONDS_MORE_MAX
        {
            worse.push("99 of 100 answers take longer".to_owned());
        }
        if let (Some(now), Some(then)) = (self.error_rate_percent, before.error_rate_percent)
            && now > then + ERROR_POINTS_MORE_MAX
        {
            worse.push("more requests end with an error".to_owned());
        }
        worse
    }

    /// Whether anything that can be compared was measured.
    pub(super) const fn is_measured(&self) -> bool {
        self.error_rate_percent.is_some() || self.p99_milliseconds.is_some()
    }
}

fn total(looks: &[&ApplicationSample], read: fn(&ApplicationSample) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = looks.iter().filter_map(|it| read(it)).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn largest(values: &[f64]) -> Option<f64> {
    values.iter().copied().max_by(f64::total_cmp)
}

/// Over all answers of the phase, by their counts; where the application does not count them by
/// time, the median of what it said at each look.
fn p99_milliseconds(looks: &[&ApplicationSample]) -> Option<f64> {
    let of_all = counted(looks).and_then(|counts| quantile(&counts, P99));
    of_all.map(|seconds| seconds * 1_000.0).or_else(|| {
        let mut said: Vec<f64> = looks.iter().filter_map(|it| it.p99_milliseconds).collect();
        said.sort_by(f64::total_cmp);
        said.get(said.len() / 2).copied()
    })
}

/// Counts of all looks together, by upper bound; none when looks have different bounds.
fn counted(looks: &[&ApplicationSample]) -> Option<Vec<(f64, f64)>> {
    let mut counted = looks.iter().map(|it| &it.latency).filter(|it| !it.is_empty());
    let mut sum = counted.next()?.clone();
    for latency in counted {
        if latency.len() != sum.len() || latency.iter().zip(&sum).any(|(one, two)| one.0 != two.0) {
            return None;
        }
        sum.iter_mut().zip(latency).for_each(|(sum, more)| sum.1 += more.1);
    }
    Some(sum)
}

/// By straight lines between the bounds, as Prometheus' `histogram_quantile` does; above the last
/// finite bound nothing is known, and that bound is given.
fn quantile(counts: &[(f64, f64)], share: f64) -> Option<f64> {
    let wanted = counts.last()?.1 * share;
    if wanted <= 0.0 {
        return None;
    }
    let (mut below, mut so_far) = (0.0, 0.0);
    for (bound, at_most) in counts {
        if *at_most >= wanted {
            if !bound.is_finite() || *at_most <= so_far {
                return Some(below);
            }
            return Some(below + (bound - below) * (wanted - so_far) / (at_most - so_far));
        }
        (below, so_far) = (*bound, *at_most);
    }
    Some(below)
}

#[cfg(test)]
mod tests {
    use causeway_core::sample::{ApplicationSample, Sample};

    use super::{at, of};
    use crate::report::phase::Phase;

    fn look(step: &str, (requests, errors): (f64, f64), slow: f64) -> Sample {
        Sample {
            at: "2026-11-22T02:00:00Z".to_owned(),
            step: step.to_owned(),
            seconds: 10.0,
            server: None,
            application: Some(ApplicationSample {
                requests: Some(requests),
                errors: Some(errors),
                latency: vec![(0.1, requests - slow), (0.5, requests)],
                ..ApplicationSample::default()
            }),
            progress: None,
            trouble: Vec::new(),
        }
    }

    #[test]
    fn rates_are_of_all_answers_and_not_means_of_rates() {
        let looks = [
            look("baseline", (900.0, 0.0), 0.0),
            look("baseline", (100.0, 10.0), 20.0),
            look("watch", (1_000.0, 20.0), 900.0),
            look("backup", (5.0, 5.0), 5.0),
        ];
        let all = of(&looks);
        let before = at(&all, Phase::Before).unwrap();
        assert_eq!((before.requests, before.error_rate_percent), (Some(1_000.0), Some(1.0)));
        // 980 of 1,000 within 100 ms, so the 990th is half way to 500 ms.
        assert_eq!(before.p99_milliseconds.map(f64::round), Some(300.0));
        assert!(at(&all, Phase::During).is_none());
        let after = at(&all, Phase::After).unwrap();
        assert_eq!(after.worse_than(before).len(), 2);
        assert!(before.worse_than(before).is_empty());
    }
}
