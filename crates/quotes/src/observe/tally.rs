//! Answers of the minute in hand, added up in memory: what charts of the last weeks are drawn from.
//!
//! [`super::metrics`] is for a monitoring system, which keeps a history of its own; not every agency has
//! one.

use std::sync::atomic::{AtomicU64, Ordering};

use super::metrics::BOUNDS;

/// Each bound of the histogram, and whatever took longer.
pub(crate) const BUCKETS: usize = BOUNDS.len() + 1;

/// Answers so far.
#[derive(Debug, Default)]
pub struct Tally {
    requests: AtomicU64,
    failed: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

/// Answers of one minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All of them.
    pub requests: u64,
    /// Those that were the server's fault.
    pub failed: u64,
    /// By how long they took.
    pub buckets: [u64; BUCKETS],
}

impl Tally {
    /// Counts one answer.
    pub(super) fn add(&self, seconds: f64, failed: bool) {
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.failed.fetch_add(failed.into(), Ordering::Relaxed);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted since the last time.
    pub(crate) fn take(&self) -> Counted {
        let taken = |it: &AtomicU64| it.swap(0, Ordering::Relaxed);
        Counted {
            requests: taken(&self.requests),
            failed: taken(&self.failed),
            buckets: std::array::from_fn(|position| taken(&self.buckets[position])),
        }
    }
}

impl Counted {
    /// Together with others.
    pub(crate) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.failed += other.failed;
        for (mine, others) in self.buckets.iter_mut().zip(other.buckets) {
            *mine += others;
        }
    }

    /// What 95 of 100 answers took at most, in milliseconds: straight between the bounds.
    pub(crate) fn p95_milliseconds(&self) -> Option<f64> {
        let all: u64 = self.buckets.iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "requests of some hours")]
        let wanted = all as f64 * 0.95;
        let (mut below, mut from) = (0.0, 0.0);
        for (count, bound) in self.buckets.iter().zip(BOUNDS) {
            #[expect(clippy::cast_precision_loss, reason = "requests of some hours")]
            let count = *count as f64;
            if count > 0.0 && below + count >= wanted {
                return Some((from + (bound - from) * (wanted - below) / count) * 1e3);
            }
            (below, from) = (below + count, bound);
        }
        (all > 0).then_some(from * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, Tally};

    #[test]
    fn answers_are_counted_once_and_by_their_time() {
        let tally = Tally::default();
        for _ in 0..95 {
            tally.add(0.004, false);
        }
        for _ in 0..5 {
            tally.add(0.2, true);
        }
        let counted = tally.take();
        assert_eq!((counted.requests, counted.failed), (100, 5));
        assert!((counted.p95_milliseconds().unwrap() - 5.0).abs() < 0.001);
        assert_eq!(tally.take(), Counted::default());
        assert_eq!(Counted::default().p95_milliseconds(), None);
    }

    #[test]
    fn what_took_longest_is_as_long_as_the_last_bound_says() {
        let tally = Tally::default();
        tally.add(60.0, true);
        assert_eq!(tally.take().p95_milliseconds(), Some(10_000.0));
    }
}
