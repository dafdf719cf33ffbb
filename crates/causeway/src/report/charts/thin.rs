//! Fewer points than were measured: a day of looks is more than a line of this width can show.

/// So many points a line of the whole width has at most.
pub(super) const POINTS_MAX: usize = 240;
/// The same of one that shares the width.
pub(super) const POINTS_MAX_NARROW: usize = 90;

/// Keeps of each stretch its highest point: what is looked for are peaks. First and last stay.
pub(super) fn peaks(points: &[(f64, f64)], points_max: usize) -> Vec<(f64, f64)> {
    thinned((points, points_max), |stretch| {
        stretch.iter().copied().max_by(|one, two| one.1.total_cmp(&two.1))
    })
}

/// Keeps of each stretch its last point: for what only grows.
pub(super) fn lasts(points: &[(f64, f64)], points_max: usize) -> Vec<(f64, f64)> {
    thinned((points, points_max), |stretch| stretch.last().copied())
}

fn thinned(
    (points, points_max): (&[(f64, f64)], usize),
    kept: impl Fn(&[(f64, f64)]) -> Option<(f64, f64)>,
) -> Vec<(f64, f64)> {
    if points.len() <= points_max {
        return points.to_owned();
    }
    let [first, middle @ .., last] = points else { return points.to_owned() };
    let stretch = middle.len().div_ceil(points_max.saturating_sub(2).max(1));
    let middle = middle.chunks(stretch.max(1)).filter_map(kept);
    std::iter::once(*first).chain(middle).chain(std::iter::once(*last)).collect()
}

#[cfg(test)]
mod tests {
    use super::{POINTS_MAX, peaks};

    #[test]
    fn a_peak_is_never_lost() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|at| (f64::from(at), 1.0)).collect();
        points[4_321].1 = 9.0;
        let thinned = peaks(&points, POINTS_MAX);
        assert!(thinned.len() <= POINTS_MAX);
        assert!(thinned.contains(&(4_321.0, 9.0)));
        assert_eq!((thinned[0].0, thinned[thinned.len() - 1].0), (0.0, 9_999.0));
    }
}
