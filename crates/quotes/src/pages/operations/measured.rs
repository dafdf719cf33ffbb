//! What server and people went through before, during and after the run: charts, and the same in numbers.

use bson::DateTime;
use jiff::tz::TimeZone;

use super::{
    super::chart::{Chart, Point, Times},
    Span, thousands,
};
use crate::{
    failure::Failure,
    observe::Counted,
    operations::minutes::{Point as Minute, Series},
    store::Store,
};

/// Charts and a table.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) charts: Vec<Drawn>,
    /// What, before, after.
    pub(super) rows: Rows,
    /// Whether a run lies in it.
    pub(super) has_run: bool,
}

/// What, before, after.
type Rows = Vec<(&'static str, String, String)>;

/// A chart with its words.
pub(super) struct Drawn {
    pub(super) caption: &'static str,
    pub(super) note: String,
    pub(super) chart: Chart,
}

impl Measured {
    pub(super) async fn read(store: &Store, span: Span, zone: TimeZone) -> Result<Self, Failure> {
        let series = Series::read(store, (span.from, span.until));
        let compared = async {
            match span.run {
                Some((began, ended)) => futures_util::try_join!(
                    Minute::sum(store, (span.from, began)),
                    Minute::sum(store, (ended, span.until)),
                )
                .map(Some),
                None => Ok(None),
            }
        };
        let (series, sums) = futures_util::try_join!(series, compared)?;
        let rows = sums.map(|(before, after)| compared_rows(&before, &after));
        Ok(Self::of(&series, (span.run, rows.unwrap_or_default()), zone))
    }

    fn of(
        series: &Series,
        (run, rows): (Option<(DateTime, DateTime)>, Rows),
        zone: TimeZone,
    ) -> Self {
        let times = Times {
            from: series.from,
            until: series.until,
            step: series.minutes * 60_000,
            band: run,
            zone,
        };
        let of = |value: fn(&Minute) -> Option<f64>| -> Vec<Point> {
            let points = series.points.iter();
            points.filter_map(|it| Some((it.at.timestamp_millis(), value(it)?))).collect()
        };
        let saved = of(|it| Some(saved(it)));
        let drawn = [
            ("Answer time", "95 of 100 took at most, ms".to_owned(), of(p95)),
            ("Failed requests", "%".to_owned(), of(failed)),
            ("Quotes saved", each(series.minutes), saved),
        ];
        let charts = drawn.into_iter().filter_map(|(caption, note, points)| {
            let chart = Chart::over(&times, &points, label(caption, &note, &points))?;
            Some(Drawn { caption, note, chart })
        });
        Self { charts: charts.collect(), rows, has_run: run.is_some() }
    }
}

fn p95(minute: &Minute) -> Option<f64> {
    minute.counted.p95_milliseconds()
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn failed(minute: &Minute) -> Option<f64> {
    let Counted { requests, failed, .. } = minute.counted;
    (requests > 0).then(|| failed as f64 * 100.0 / requests as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a number for people")]
fn saved(minute: &Minute) -> f64 {
    minute.saved as f64
}

fn each(minutes: i64) -> String {
    match minutes {
        1 => "each minute".to_owned(),
        several => format!("each {several} minutes"),
    }
}

/// For whoever can't see the drawing.
fn label(caption: &str, note: &str, points: &[Point]) -> String {
    let values = points.iter().map(|(_, value)| *value);
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(0.0, f64::max);
    format!("{caption}, {note}: from {least:.1} to {most:.1}")
}

/// The same before the run and after it.
fn compared_rows(before: &Minute, after: &Minute) -> Rows {
    let said = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| "nothing yet".to_owned(), |value| format!("{value:.1} {unit}"))
    };
    let row = |name, of: fn(&Minute) -> Option<f64>, unit: &str| {
        (name, said(of(before), unit), said(of(after), unit))
    };
    vec![
        row("95 of 100 answers took at most", p95, "ms"),
        row("Failed requests", failed, "%"),
        ("Answers", thousands(before.counted.requests), thousands(after.counted.requests)),
        ("Quotes saved", thousands(before.saved), thousands(after.saved)),
    ]
}

#[cfg(test)]
mod tests {
    use bson::DateTime;
    use jiff::tz::TimeZone;

    use super::{Measured, compared_rows};
    use crate::{
        observe::Counted,
        operations::minutes::{Point, Series},
    };

    fn point(minute: i64, failed: u64, saved: u64) -> Point {
        let mut counted = Counted { requests: 100, failed, ..Counted::default() };
        counted.buckets[2] = 100;
        Point { at: DateTime::from_millis(minute * 60_000), counted, saved }
    }

    #[test]
    fn before_and_after_stand_beside_each_other() {
        let series = Series {
            from: DateTime::from_millis(0),
            until: DateTime::from_millis(600_000),
            minutes: 1,
            points: vec![point(0, 1, 5), point(1, 50, 7), point(2, 0, 9)],
        };
        let run = Some((DateTime::from_millis(70_000), DateTime::from_millis(110_000)));
        let rows = compared_rows(&point(0, 1, 5), &point(2, 0, 9));
        assert_eq!(rows[1], ("Failed requests", "1.0 %".into(), "0.0 %".into()));
        assert_eq!(rows[3], ("Quotes saved", "5".into(), "9".into()));
        assert_eq!(Measured::of(&series, (run, rows), TimeZone::UTC).charts.len(), 3);
        let nothing = Series { points: vec![], ..series };
        assert!(Measured::of(&nothing, (run, vec![]), TimeZone::UTC).charts.is_empty());
        let nothing = Point { counted: Counted::default(), saved: 0, ..point(0, 0, 0) };
        assert_eq!(compared_rows(&nothing, &nothing)[0].1, "nothing yet");
    }
}
