//! When each step was, as a bar. The axis is drawn to scale where something was done; where a run
//! waits for its window, or is watched for a day, it is drawn short.

use jiff::Timestamp;
use serde::Serialize;

use crate::report::moments::seconds;
use crate::report::timeline::Row;

/// Steps that wait.
const WAITING: [&str; 2] = ["window", "watch"];
/// At most this share of the working time is drawn for a time in which nothing was done.
const WAITING_SHARE_MAX: f64 = 0.06;

/// Bars of a time line.
#[derive(Debug, Serialize)]
pub(super) struct Bars {
    /// One for each step.
    steps: Vec<Bar>,
    /// Times in which people could not write.
    downtime: Vec<Bar>,
    /// Whether anything was drawn short.
    short: bool,
}

/// A stretch of the axis, which goes from 0 to 100.
#[derive(Debug, PartialEq, Serialize)]
struct Bar {
    from: f64,
    width: f64,
    /// Whether nothing was done meanwhile.
    waits: bool,
}

/// Bars of these steps, and of times in which people could not write.
pub(super) fn of(rows: &[Row], downtime: &[(Timestamp, Timestamp)]) -> Bars {
    let axis = Axis::of(rows);
    Bars {
        steps: rows.iter().map(|row| axis.bar(row.span, waits(row))).collect(),
        downtime: downtime.iter().map(|span| axis.bar(*span, true)).collect(),
        short: axis.short,
    }
}

fn waits(row: &Row) -> bool {
    WAITING.contains(&row.step.as_str())
}

/// Where each moment is drawn.
struct Axis {
    /// In order of time, with its place.
    places: Vec<(Timestamp, f64)>,
    length: f64,
    short: bool,
}

impl Axis {
    fn of(rows: &[Row]) -> Self {
        let is_work = |row: &&Row| !waits(row);
        let work: Vec<(Timestamp, Timestamp)> =
            rows.iter().filter(is_work).map(|it| it.span).collect();
        let mut moments: Vec<Timestamp> =
            rows.iter().flat_map(|row| [row.span.0, row.span.1]).collect();
        moments.sort();
        moments.dedup();
        let is_worked = |from: Timestamp, until: Timestamp| {
            work.iter().any(|span| span.0 <= from && until <= span.1)
        };
        let pairs = || moments.windows(2).map(|pair| (pair[0], pair[1]));
        let worked: f64 = pairs()
            .filter(|(from, until)| is_worked(*from, *until))
            .map(|(from, until)| seconds(from, until))
            .sum();
        let most = (worked * WAITING_SHARE_MAX).max(1.0);
        let (mut places, mut length, mut short) = (Vec::new(), 0.0, false);
        places.extend(moments.first().map(|first| (*first, 0.0)));
        for (from, until) in pairs() {
            let real = seconds(from, until);
            let is_short = !is_worked(from, until) && real > most;
            short |= is_short;
            length += if is_short { most } else { real };
            places.push((until, length));
        }
        Self { places, length, short }
    }

    fn bar(&self, (from, until): (Timestamp, Timestamp), waits: bool) -> Bar {
        let (from, until) = (self.place(from), self.place(until));
        Bar { from, width: round(until - from), waits }
    }

    /// From 0 to 100; a moment outside of the axis is at its end.
    fn place(&self, at: Timestamp) -> f64 {
        if self.length <= 0.0 {
            return 0.0;
        }
        let after = self.places.partition_point(|(moment, _)| *moment < at);
        let place = match (
            after.checked_sub(1).map(|before| self.places[before]),
            self.places.get(after),
        ) {
            (_, None) => self.length,
            (None, Some(_)) => 0.0,
            (Some((left, from)), Some((right, until))) => {
                from + (until - from) * seconds(left, at) / seconds(left, *right)
            }
        };
        round(100.0 * place / self.length)
    }
}

fn round(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}
