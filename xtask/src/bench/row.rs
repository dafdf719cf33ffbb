//! A row of the table: what is compared with what, and its limit.

/// A row of the table.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) compared_with: &'static str,
    /// Medians, in `unit`.
    pub(super) ours: f64,
    pub(super) plain: Option<f64>,
    pub(super) unit: Unit,
    /// What the limit is for: the ratio of each round, or ours where there is nothing to compare.
    pub(super) judged: Spread,
    pub(super) limit: Limit,
}

/// What the figures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
    PerSecond,
    Kilobytes,
    Megabytes,
}

/// What the median must keep.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// Median, least and greatest of all rounds.
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Row {
    pub(super) fn is_met(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.judged.median <= limit,
            Limit::AtLeast(limit) => self.judged.median >= limit,
        }
    }
}

/// A row that compares two values of the same round.
pub(super) struct Ratio<F> {
    pub(super) name: &'static str,
    pub(super) compared_with: &'static str,
    pub(super) ours: fn(&F) -> f64,
    pub(super) plain: fn(&F) -> f64,
    pub(super) unit: Unit,
    pub(super) limit: Limit,
}

impl<F> Ratio<F> {
    /// Of all rounds.
    pub(super) fn row(&self, rounds: &[F]) -> Row {
        let of = |value: fn(&F) -> f64| spread(rounds.iter().map(value).collect());
        let ratios = rounds.iter().map(|it| (self.ours)(it) / (self.plain)(it)).collect();
        Row {
            name: self.name,
            compared_with: self.compared_with,
            ours: of(self.ours).median,
            plain: Some(of(self.plain).median),
            unit: self.unit,
            judged: spread(ratios),
            limit: self.limit,
        }
    }
}

const BYTES_PER_MEGABYTE: f64 = 1_000_000.0;

/// A row for memory, which is compared with nothing.
pub(super) fn memory<F>(
    name: &'static str,
    bytes: fn(&F) -> u64,
    rounds: &[F],
    megabytes_max: f64,
) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "megabytes for people")]
    let megabytes = rounds.iter().map(|it| bytes(it) as f64 / BYTES_PER_MEGABYTE).collect();
    let judged = spread(megabytes);
    Row {
        name,
        compared_with: "",
        ours: judged.median,
        plain: None,
        unit: Unit::Megabytes,
        judged,
        limit: Limit::AtMost(megabytes_max),
    }
}

/// A row for one value, which is compared with nothing.
pub(super) fn alone(name: &'static str, value: f64, unit: Unit, limit: Limit) -> Row {
    let judged = spread(vec![value]);
    Row { name, compared_with: "", ours: value, plain: None, unit, judged, limit }
}

/// The median of an even number is the mean of the two in the middle.
fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
    Spread {
        median: f64::midpoint(values[low], values[high]),
        min: values[0],
        max: values[values.len() - 1],
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, Ratio, Unit, spread};

    #[test]
    fn the_median_is_in_the_middle() {
        let three = spread(vec![3.0, 1.0, 2.0]);
        assert_eq!((three.median, three.min, three.max), (2.0, 1.0, 3.0));
        assert_eq!(spread(vec![4.0, 1.0]).median, 2.5);
    }

    #[test]
    fn a_row_is_judged_by_the_median_of_the_ratios() {
        let row = |limit, ours: &[f64]| {
            let ratio = Ratio {
                name: "ours",
                compared_with: "ten",
                ours: |it: &f64| *it,
                plain: |_| 10.0,
                unit: Unit::Seconds,
                limit,
            };
            ratio.row(ours)
        };
        let rows = [9.0, 11.0, 20.0];
        assert_eq!(row(Limit::AtMost(1.15), &rows).judged.median, 1.1);
        assert!(row(Limit::AtMost(1.15), &rows).is_met());
        assert!(!row(Limit::AtMost(1.0), &rows).is_met());
        assert!(row(Limit::AtLeast(1.0), &rows).is_met());
        assert!(!row(Limit::AtLeast(1.15), &rows).is_met());
    }
}
