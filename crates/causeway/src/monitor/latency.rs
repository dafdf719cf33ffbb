//! Response times as a histogram: how many answers took at most so long.

/// Upper bound of the answers that took longer than every other bound. JSON has no infinity.
pub(crate) const NO_BOUND: f64 = f64::MAX;

/// Answers by upper bound in seconds, cumulative, in order of their bounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Latency(Vec<(f64, f64)>);

impl Latency {
    /// Adds answers that took at most `bound` seconds, as a bucket's label has it.
    pub(super) fn add(&mut self, bound: &str, answers: f64) {
        let Some(bound) = bound.parse().ok().filter(|bound: &f64| !bound.is_nan()) else { return };
        self.add_at(bound.min(NO_BOUND), answers);
    }

    /// Adds the answers of another histogram.
    pub(crate) fn add_all(&mut self, buckets: &[(f64, f64)]) {
        for (bound, answers) in buckets {
            self.add_at(*bound, *answers);
        }
    }

    fn add_at(&mut self, bound: f64, answers: f64) {
        let Self(buckets) = self;
        match buckets.binary_search_by(|(present, _)| present.total_cmp(&bound)) {
            Ok(at) => buckets[at].1 += answers,
            Err(at) => buckets.insert(at, (bound, answers)),
        }
    }

    /// Bounds in seconds, and how many took at most so long.
    pub(super) fn buckets(self) -> Vec<(f64, f64)> {
        self.0
    }

    /// All answers.
    pub(crate) fn answers(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, answers)| *answers)
    }

    /// Answers that took longer than this bound, which must be one of the histogram's.
    pub(crate) fn slower_than(&self, bound: f64) -> Option<f64> {
        let Self(buckets) = self;
        let at = buckets.binary_search_by(|(present, _)| present.total_cmp(&bound)).ok()?;
        Some((self.answers() - buckets[at].1).max(0.0))
    }

    /// The lowest bound in seconds that this share of all answers stays under; none where only the
    /// last holds so many, which is no bound.
    pub(crate) fn bound_above(&self, share: f64) -> Option<f64> {
        let wanted = share * self.answers();
        let found = self.0.iter().find(|(_, answers)| *answers >= wanted && wanted > 0.0);
        found.map(|(bound, _)| *bound).filter(|bound| *bound < NO_BOUND)
    }

    /// The time that this share of answers stays under, in milliseconds: answers are taken to lie
    /// evenly between two bounds, as `histogram_quantile` of Prometheus does; what took longer than
    /// every bound counts as the highest.
    pub(crate) fn quantile_milliseconds(&self, share: f64) -> Option<f64> {
        let wanted = share * self.answers();
        if wanted <= 0.0 {
            return None;
        }
        let (mut low, mut below) = (0.0, 0.0);
        for (bound, answers) in &self.0 {
            if *answers >= wanted {
                if *bound >= NO_BOUND {
                    break;
                }
                let part = (wanted - below) / (answers - below).max(f64::MIN_POSITIVE);
                return Some(1_000.0 * (low + (bound - low) * part));
            }
            (low, below) = (*bound, *answers);
        }
        (low > 0.0).then_some(1_000.0 * low)
    }
}

#[cfg(test)]
mod tests {
    use super::{Latency, NO_BOUND};

    #[test]
    fn shares_and_bounds_are_told() {
        let mut latency = Latency::default();
        latency.add_all(&[(0.1, 90.0), (1.0, 97.0), (NO_BOUND, 100.0)]);
        latency.add("0.1", 0.0);
        latency.add("nonsense", 5.0);
        assert_eq!(latency.bound_above(0.95), Some(1.0));
        assert_eq!(latency.bound_above(0.99), None);
        assert_eq!(latency.slower_than(1.0), Some(3.0));
        assert_eq!(latency.slower_than(0.5), None);
        // Longer than every bound: as long as the highest, at least.
        assert_eq!(latency.quantile_milliseconds(0.99), Some(1_000.0));
        assert_eq!(Latency::default().quantile_milliseconds(0.5), None);
        assert_eq!(Latency::default().bound_above(0.5), None);
    }
}
