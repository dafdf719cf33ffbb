//! Whether two groups of measurements differ by more than chance.
//!
//! Asked again and again for a day, a test with a usual level would find something that is not
//! there. So both tests ask for two things: that chance alone would hardly do it ([`P_MAX`]), and
//! that the difference is worth a word ([`EFFECT_MIN`]).

/// Chance may make a difference up in this share of tests that compare like with like.
///
/// A day of looks every 30 s, with a dozen measures each, is 35,000 tests. They are not independent:
/// of windows of ten minutes, 144 a day share nothing. Tried out with what is nothing but noise, a
/// window that slides by one look crosses a level three to four times as often as those 144 would.
/// At this level that is one false alarm in half a year of days like this, over all measures.
pub const P_MAX: f64 = 1e-6;
/// A difference that is smaller than this share of what was before is not worth a word: with
/// enough requests the smallest one is more than chance.
pub const EFFECT_MIN: f64 = 0.2;
/// Events to be expected in each cell of the table: below, the normal distribution is no good
/// approximation (W. G. Cochran, "Some methods for strengthening the common χ² tests", 1954).
const EXPECTED_MIN: f64 = 5.0;
/// Values on either side, below which ranks say nothing at a strict level.
const VALUES_MIN: usize = 10;

/// Two groups, compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Share or mean of the first group.
    pub before: f64,
    /// Share or mean of the second.
    pub after: f64,
    /// How often chance alone makes a difference of this size or more, either way.
    pub p: f64,
}

impl Difference {
    /// Whether it is more than chance, and worth a word.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.p < P_MAX && self.effect() >= EFFECT_MIN
    }

    /// Its size, as a share of what was before.
    #[must_use]
    pub fn effect(&self) -> f64 {
        let size = (self.after - self.before).abs();
        if size == 0.0 { 0.0 } else { size / self.before.abs() }
    }
}

/// Whether a share differs: errors of requests, before and after, each as (events, trials). None
/// when it does not, or there are too few to tell.
#[must_use]
pub fn differs_in_rate(before: (u64, u64), after: (u64, u64)) -> Option<Difference> {
    compare_rates(before, after).filter(Difference::is_real)
}

/// Whether a level differs: lag, queue, before and after. None when it does not, or there are too
/// few values to tell.
#[must_use]
pub fn differs_in_level(before: &[f64], after: &[f64]) -> Option<Difference> {
    compare_levels(before, after).filter(Difference::is_real)
}

/// The test of two proportions with pooled variance and Yates' correction for continuity
/// (J. L. Fleiss, "Statistical Methods for Rates and Proportions", 2nd edition, section 2.2). None
/// when fewer than five events, or five trials without one, are to be expected on either side.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of requests")]
pub fn compare_rates(before: (u64, u64), after: (u64, u64)) -> Option<Difference> {
    let [(k1, n1), (k2, n2)] = [before, after].map(|(k, n)| (k.min(n) as f64, n as f64));
    if n1 == 0.0 || n2 == 0.0 {
        return None;
    }
    let pooled = (k1 + k2) / (n1 + n2);
    let rarer = pooled.min(1.0 - pooled);
    if n1.min(n2) * rarer < EXPECTED_MIN {
        return None;
    }
    let (share1, share2) = (k1 / n1, k2 / n2);
    let per_trial = 1.0 / n1 + 1.0 / n2;
    let distance = ((share1 - share2).abs() - per_trial / 2.0).max(0.0);
    let z = distance / (pooled * (1.0 - pooled) * per_trial).sqrt();
    Some(Difference { before: share1, after: share2, p: either_way(z) })
}

/// The U test with normal approximation, corrected for ties and continuity (H. B. Mann and
/// D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than
/// the other", 1947; ties: E. L. Lehmann, "Nonparametrics", section 1.4). Before and after are
/// means. None with fewer than ten values on either side, or when all are the same.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "numbers of looks")]
pub fn compare_levels(before: &[f64], after: &[f64]) -> Option<Difference> {
    let finite = |values: &[f64]| -> Vec<f64> {
        values.iter().copied().filter(|value| value.is_finite()).collect()
    };
    let (before, after) = (finite(before), finite(after));
    if before.len().min(after.len()) < VALUES_MIN {
        return None;
    }
    let (n1, n2) = (before.len() as f64, after.len() as f64);
    let n = n1 + n2;
    let Ranks { of_first, ties } = ranks(&before, &after);
    let u = of_first - n1 * (n1 + 1.0) / 2.0;
    let variance = n1 * n2 / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return None;
    }
    let distance = ((u - n1 * n2 / 2.0).abs() - 0.5).max(0.0);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let p = either_way(distance / variance.sqrt());
    Some(Difference { before: mean(&before), after: mean(&after), p })
}

struct Ranks {
    /// Sum of the ranks of the first group.
    of_first: f64,
    /// Sum of t³ - t over groups of t equal values.
    ties: f64,
}

#[expect(clippy::cast_precision_loss, reason = "numbers of looks")]
fn ranks(first: &[f64], second: &[f64]) -> Ranks {
    let mut all: Vec<(f64, bool)> = first.iter().map(|value| (*value, true)).collect();
    all.extend(second.iter().map(|value| (*value, false)));
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut ranks = Ranks { of_first: 0.0, ties: 0.0 };
    let mut below = 0.0;
    // 0.0 and -0.0 are told apart by the order and are equal all the same.
    #[expect(clippy::float_cmp, reason = "ties are values that are the same")]
    for equal in all.chunk_by(|one, other| one.0 == other.0) {
        let t = equal.len() as f64;
        let mean_rank = below + f64::midpoint(t, 1.0);
        ranks.of_first += mean_rank * equal.iter().filter(|(_, first)| *first).count() as f64;
        ranks.ties += t * t * t - t;
        below += t;
    }
    ranks
}

/// How often a normal variable is at least `z` deviations from its mean, either way.
fn either_way(z: f64) -> f64 {
    complementary_error(z / std::f64::consts::SQRT_2).clamp(0.0, 1.0)
}

/// erfc, by its series below 2 and its continued fraction above (M. Abramowitz and I. A. Stegun,
/// "Handbook of Mathematical Functions", 7.1.6 and 7.1.14), so that far tails keep their digits.
fn complementary_error(x: f64) -> f64 {
    const TERMS: i32 = 60;
    let front = (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI;
    if x < 2.0 {
        let mut term = x;
        let mut sum = x;
        for n in 1..TERMS {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        return 1.0 - front * sum;
    }
    let mut fraction = x;
    for n in (1..TERMS).rev() {
        fraction = x + f64::from(n) / 2.0 / fraction;
    }
    front / 2.0 / fraction
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{compare_levels, compare_rates, differs_in_level, differs_in_rate, either_way};

    fn assert_close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} is not {expected}");
    }

    /// By `python3 -c 'import math; print(math.erfc(z / math.sqrt(2)))'`.
    #[test]
    fn tails_are_as_python_has_them() {
        assert_close(either_way(0.5), 0.617_075_077_451_973_7);
        assert_close(either_way(1.959_963_985), 0.049_999_999_946_236_92);
        assert_close(either_way(2.828), 0.004_683_980_653_644_947);
        assert_close(either_way(4.417_173_413), 1.000_000_002_169_113_9e-5);
        assert_close(either_way(8.0), 1.244_192_114_854_356e-15);
        assert_close(either_way(0.0), 1.0);
    }

    /// The formula once more, with the numbers of one table.
    #[test]
    fn shares_are_compared_with_correction() {
        let found = compare_rates((12, 600), (26, 600)).unwrap();
        assert_close(found.before, 0.02);
        let (pooled, per_trial): (f64, f64) = (38.0 / 1200.0, 2.0 / 600.0);
        let z = (14.0 / 600.0 - per_trial / 2.0) / (pooled * (1.0 - pooled) * per_trial).sqrt();
        assert_close(found.p, either_way(z));
        assert!(found.p > 0.01, "{}", found.p);
    }

    #[test]
    fn too_few_are_not_judged() {
        assert_eq!(compare_rates((0, 0), (5, 10)), None);
        assert_eq!(compare_rates((0, 100), (4, 100)), None);
        assert_eq!(compare_rates((100, 100), (100, 100)), None);
        assert_eq!(compare_levels(&[1.0; 9], &[2.0; 50]), None);
        assert_eq!(compare_levels(&[1.0; 20], &[1.0; 20]), None);
        assert_eq!(compare_levels(&[f64::NAN; 20], &[1.0; 20]), None);
    }

    #[test]
    fn a_rate_that_rose_is_found_and_a_small_one_is_not_worth_a_word() {
        let found = differs_in_rate((3, 980), (49, 1203)).unwrap();
        assert!(found.after > found.before);
        assert_eq!(differs_in_rate((3, 980), (5, 1203)), None);
        // More than chance by far, and a tenth of what was.
        assert!(compare_rates((100_000, 1_000_000), (110_000, 1_000_000)).unwrap().p < 1e-9);
        assert_eq!(differs_in_rate((100_000, 1_000_000), (110_000, 1_000_000)), None);
    }

    #[test]
    fn a_level_that_rose_is_found_whatever_its_distribution() {
        let before: Vec<f64> = (0..30).map(|n| f64::from(n % 7)).collect();
        let after: Vec<f64> = (0..20).map(|n| 6.0 + f64::from(n % 5)).collect();
        assert!(differs_in_level(&before, &after).is_some());
        assert_eq!(differs_in_level(&before, &before), None);
        // One outlier moves the mean and no rank.
        let mut outlier = before.clone();
        outlier[3] = 1e9;
        assert_eq!(differs_in_level(&before, &outlier), None);
    }

    /// The formula once more, with U and ties counted by hand.
    #[test]
    fn ties_are_corrected_for() {
        let one: Vec<f64> = (0..12).map(f64::from).collect();
        let other: Vec<f64> = (0..12).map(|n| f64::from(n) + 6.0).collect();
        let found = compare_levels(&one, &other).unwrap();
        // The first is larger in 15 pairs, and the same in 6: U = 18. Six ties of two values each.
        let variance: f64 = 12.0 * 12.0 / 12.0 * (25.0 - 36.0 / (24.0 * 23.0));
        assert_close(found.p, either_way((72.0 - 18.0 - 0.5) / variance.sqrt()));
    }

    proptest! {
        #[test]
        fn sides_may_be_changed(k1 in 0..500_u64, n1 in 0..5_000_u64, k2 in 0..500_u64, n2 in 0..5_000_u64) {
            let one = compare_rates((k1, n1), (k2, n2));
            let other = compare_rates((k2, n2), (k1, n1));
            prop_assert_eq!(one.map(|it| it.p), other.map(|it| it.p));
            if let Some(found) = one {
                prop_assert!((0.0..=1.0).contains(&found.p));
            }
        }

        #[test]
        fn only_the_order_of_levels_counts(
            before in prop::collection::vec(0..50_i32, 10..40),
            after in prop::collection::vec(0..50_i32, 10..40),
        ) {
            let plain = |values: &[i32]| values.iter().map(|it| f64::from(*it)).collect::<Vec<_>>();
            let bent = |values: &[i32]| values.iter().map(|it| f64::from(*it).exp()).collect::<Vec<_>>();
            let one = compare_levels(&plain(&before), &plain(&after)).map(|it| it.p);
            let other = compare_levels(&bent(&before), &bent(&after)).map(|it| it.p);
            prop_assert_eq!(one, other);
        }
    }
}
