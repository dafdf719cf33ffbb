//! What is compared with what, and the limits.

use super::round::Figures;

const MEMORY_LIMIT_MEGABYTES: f64 = 200.0;
const BYTES_PER_MEGABYTE: f64 = 1_000_000.0;

/// A row of the table.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) compared_with: &'static str,
    /// Medians, in `unit`.
    pub(super) ours: f64,
    pub(super) plain: Option<f64>,
    pub(super) unit: &'static str,
    /// What the limit is for: the ratio of each round, or ours where there is nothing to compare.
    pub(super) judged: Spread,
    pub(super) limit: f64,
}

/// Median, least and greatest of all rounds.
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Row {
    pub(super) fn is_met(&self) -> bool {
        self.judged.median <= self.limit
    }
}

/// The rows of all rounds.
pub(super) fn all(rounds: &[Figures]) -> Vec<Row> {
    vec![
        Ratio {
            name: "`up`, its writing phase",
            compared_with: "one `updateMany` and `createIndexes`",
            ours: |it| it.up_writing,
            plain: |it| it.plain_up,
            limit: 1.15,
        }
        .row(rounds),
        Ratio {
            name: "`up` as a whole, checks and digests before and after",
            compared_with: "that, and two raw reads of every document",
            ours: |it| it.up,
            plain: |it| it.plain_up + 2.0 * it.plain_read,
            limit: 1.15,
        }
        .row(rounds),
        Ratio {
            name: "`down`, its writing phase",
            compared_with: "one `updateMany` with `$unset` and `dropIndexes`",
            ours: |it| it.down_writing,
            plain: |it| it.plain_down,
            limit: 1.2,
        }
        .row(rounds),
        Ratio {
            name: "`verify`, with digests",
            compared_with: "one raw read of every document",
            ours: |it| it.verify,
            plain: |it| it.plain_read_by_verify,
            limit: 1.25,
        }
        .row(rounds),
        Ratio {
            name: "`backup create`, with hashes, written to the disk",
            compared_with: "one raw read of every document",
            ours: |it| it.create,
            plain: |it| it.plain_read_by_create,
            limit: 1.25,
        }
        .row(rounds),
        Ratio {
            name: "`backup prove`, with a server started and every document read back",
            compared_with: "inserting the same documents, three batches at a time, and building the indexes",
            ours: |it| it.prove,
            plain: |it| it.plain_restore,
            limit: 1.0,
        }
        .row(rounds),
        memory("memory of `backup create`, at most", |it| it.create_memory_bytes, rounds),
        memory("memory of `backup prove`, at most", |it| it.prove_memory_bytes, rounds),
        memory("memory of `up`, at most", |it| it.up_memory_bytes, rounds),
        memory("memory of `verify`, at most", |it| it.verify_memory_bytes, rounds),
        memory("memory of `down`, at most", |it| it.down_memory_bytes, rounds),
    ]
}

struct Ratio {
    name: &'static str,
    compared_with: &'static str,
    ours: fn(&Figures) -> f64,
    plain: fn(&Figures) -> f64,
    limit: f64,
}

impl Ratio {
    fn row(&self, rounds: &[Figures]) -> Row {
        let of = |value: fn(&Figures) -> f64| spread(rounds.iter().map(value).collect());
        let ratios = rounds.iter().map(|it| (self.ours)(it) / (self.plain)(it)).collect();
        Row {
            name: self.name,
            compared_with: self.compared_with,
            ours: of(self.ours).median,
            plain: Some(of(self.plain).median),
            unit: "s",
            judged: spread(ratios),
            limit: self.limit,
        }
    }
}

fn memory(name: &'static str, bytes: fn(&Figures) -> u64, rounds: &[Figures]) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "megabytes for people")]
    let megabytes = rounds.iter().map(|it| bytes(it) as f64 / BYTES_PER_MEGABYTE).collect();
    let judged = spread(megabytes);
    Row {
        name,
        compared_with: "",
        ours: judged.median,
        plain: None,
        unit: "MB",
        judged,
        limit: MEMORY_LIMIT_MEGABYTES,
    }
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
    use super::{Figures, all, spread};

    #[test]
    fn the_median_is_in_the_middle() {
        let three = spread(vec![3.0, 1.0, 2.0]);
        assert_eq!((three.median, three.min, three.max), (2.0, 1.0, 3.0));
        assert_eq!(spread(vec![4.0, 1.0]).median, 2.5);
    }

    #[test]
    fn a_row_is_judged_by_the_median_of_the_ratios() {
        let round = |ours| Figures { up_writing: ours, plain_up: 10.0, ..Figures::default() };
        let rows = all(&[round(9.0), round(11.0), round(20.0)]);
        assert_eq!(rows[0].judged.median, 1.1);
        assert!(rows[0].is_met());
        let rows = all(&[round(12.0), round(11.0), round(20.0)]);
        assert!(!rows[0].is_met());
    }
}
