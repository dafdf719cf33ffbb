//! Fewer points than were measured: a day of looks is more than a line of this width can show.

/// So many points a line has at most.
const POINTS_MAX: usize = 240;

/// Keeps of each stretch its highest point: what is looked for are peaks. First and last stay.
pub(super) fn peaks(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    thinned(points, |stretch| stretch.iter().copied().max_by(|one, two| one.1.total_cmp(&two.1)))
}

/// Keeps of each stretch its last point: for what only grows.
pub(super) fn lasts(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    thinned(points, |stretch| stretch.last().copied())
}

fn thinned(
    points: &[(f64, f64)],
    kept: impl Fn(&[(f64, f64)]) -> Option<(f64, f64)>,
) -> Vec<(f64, f64)> {
    if points.len() <= POINTS_MAX {
        return points.to_owned();
    }
    let [first, middle @ .., last] = points else { return points.to_owned() };
    let stretch = middle.len().div_ceil(POINTS_MAX - 2);
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
        let thinned = peaks(&points);
        assert!(thinned.len() <= POINTS_MAX);
        assert!(thinned.contains(&(4_321.0, 9.0)));
        assert_eq!((thinned[0].0, thinned[thinned.len() - 1].0), (0.0, 9_999.0));
    }
}
