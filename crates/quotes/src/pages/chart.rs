//! Charts of what happened over time, drawn here: a line, a scale that ends at a round number, and a band
//! over the time of a run.

use askama::{Template, filters::HtmlSafe};
use bson::DateTime;
use jiff::tz::TimeZone;

use super::words::moment;

const LEFT: f64 = 44.0;
const TOP: f64 = 10.0;
/// Below the drawing stand the times.
const FOOT: f64 = 22.0;
/// A chart across the page, and one of three beside each other.
const WIDE: (f64, f64) = (640.0, 110.0);
const NARROW: (f64, f64) = (384.0, 126.0);
/// So many steps between two points: then one is missing, and nothing is known of what lies between.
const GAP: f64 = 1.5;

/// The drawing, in SVG.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/chart.html")]
pub(super) struct Chart {
    width: f64,
    height: f64,
    label: String,
    grid: String,
    line: String,
    fill: String,
    /// From where, and how wide.
    band: Option<(f64, f64)>,
    amounts: Vec<(f64, String)>,
    times: Vec<(f64, &'static str, String)>,
    bottom: f64,
}

impl HtmlSafe for Chart {}

/// A value at a time, in milliseconds.
pub(super) type Point = (i64, f64);

/// What time a chart shows.
#[derive(Debug, Clone)]
pub(super) struct Times {
    pub(super) from: DateTime,
    pub(super) until: DateTime,
    /// Milliseconds from one point to the next.
    pub(super) step: i64,
    pub(super) band: Option<(DateTime, DateTime)>,
    /// In which times are written.
    pub(super) zone: TimeZone,
}

impl Chart {
    /// Of rates, a second from one to the next; the last one is now.
    pub(super) fn of_rates(rates: impl Iterator<Item = f64>, unit: &str) -> Option<Self> {
        let points: Vec<Point> = (0..).zip(rates).collect();
        let (last, rate) = *points.last().filter(|_| points.len() > 2)?;
        let frame = Frame::new(WIDE, (0, last), highest(&points));
        let label =
            format!("{unit} a second over the last {} seconds, {rate:.0} at the end", points.len());
        let times =
            vec![(LEFT, "start", format!("{last} s ago")), (frame.right, "end", "now".to_owned())];
        Some(Self { label, times, ..frame.drawn(&points, 1) })
    }

    /// Of what was measured; none when nothing was.
    pub(super) fn over(times: &Times, points: &[Point], label: String) -> Option<Self> {
        if points.is_empty() {
            return None;
        }
        let (from, until) = (times.from.timestamp_millis(), times.until.timestamp_millis());
        let frame = Frame::new(NARROW, (from, until), highest(points));
        let band = times.band.map(|(began, ended)| {
            let (began, ended) = (began.timestamp_millis(), ended.timestamp_millis());
            let (began, ended) = (frame.x(began.max(from)), frame.x(ended.clamp(from, until)));
            (began, (ended - began).max(2.0))
        });
        let text = |at| clock(at, &times.zone, until - from);
        let mut shown =
            vec![(LEFT, "start", text(times.from)), (frame.right, "end", text(times.until))];
        if let Some((began, _)) = times.band
            && let Some((x, _)) = band
            && x > LEFT + 60.0
            && x < frame.right - 60.0
        {
            shown.push((x, "middle", text(began)));
        }
        Some(Self { band, label, times: shown, ..frame.drawn(points, times.step) })
    }
}

/// From values to places.
struct Frame {
    size: (f64, f64),
    right: f64,
    bottom: f64,
    across: (i64, i64),
    top: f64,
}

impl Frame {
    fn new(size: (f64, f64), across: (i64, i64), highest: f64) -> Self {
        let (right, bottom) = (size.0 - 4.0, size.1 - FOOT);
        Self { size, right, bottom, across, top: round_up(highest) }
    }

    #[expect(clippy::cast_precision_loss, reason = "a pixel is some seconds")]
    fn x(&self, at: i64) -> f64 {
        let (from, until) = self.across;
        let share = (at - from) as f64 / (until - from).max(1) as f64;
        LEFT + share * (self.right - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - value.min(self.top) / self.top * (self.bottom - TOP)
    }

    /// The line, without words and band.
    #[expect(clippy::cast_precision_loss, reason = "a pixel is some seconds")]
    fn drawn(&self, points: &[Point], step: i64) -> Chart {
        let (mut line, mut fill, mut before) = (String::new(), String::new(), None::<i64>);
        let close = |fill: &mut String, at: Option<i64>| {
            if let Some(at) = at {
                fill.push_str(&format!("L{:.1} {:.1}Z", self.x(at), self.bottom));
            }
        };
        for (at, value) in points {
            let (x, y) = (self.x(*at), self.y(*value));
            let goes_on = before.is_some_and(|it| (at - it) as f64 <= step as f64 * GAP);
            if goes_on {
                line.push_str(&format!("L{x:.1} {y:.1}"));
                fill.push_str(&format!("L{x:.1} {y:.1}"));
            } else {
                close(&mut fill, before);
                // A point by itself is seen as a dot.
                line.push_str(&format!("M{x:.1} {y:.1}h.1"));
                fill.push_str(&format!("M{x:.1} {:.1}L{x:.1} {y:.1}", self.bottom));
            }
            before = Some(*at);
        }
        close(&mut fill, before);
        let marks = [0.0, self.top / 2.0, self.top];
        let grid = marks.map(|it| format!("M{LEFT:.0} {:.1}H{:.1}", self.y(it), self.right));
        Chart {
            width: self.size.0,
            height: self.size.1,
            label: String::new(),
            grid: grid.concat(),
            line,
            fill,
            band: None,
            amounts: marks.map(|it| (self.y(it) + 4.0, short(it))).to_vec(),
            times: Vec::new(),
            bottom: self.bottom,
        }
    }
}

fn highest(points: &[Point]) -> f64 {
    points.iter().map(|(_, value)| *value).fold(0.0, f64::max)
}

/// The next of 1, 2, 5, 10, 20, … that is not below it, or of 0.1, 0.2, 0.5.
fn round_up(highest: f64) -> f64 {
    let mut unit = 0.1;
    loop {
        let tops = [1.0, 2.0, 5.0].map(|factor| unit * factor);
        if let Some(top) = tops.into_iter().find(|top| *top >= highest * 0.999_999) {
            return top;
        }
        unit *= 10.0;
    }
}

/// `0`, `0.05`, `2.5`, `40`, `20 k`, `1.5 M`.
fn short(number: f64) -> String {
    let (number, unit) = match number {
        it if it >= 1e6 => (it / 1e6, " M"),
        it if it >= 1e4 => (it / 1e3, " k"),
        it => (it, ""),
    };
    let text = format!("{number:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `02:05`, or `26 Nov, 02:05` where a chart is longer than half a day.
fn clock(at: DateTime, zone: &TimeZone, length: i64) -> String {
    const HALF_A_DAY: i64 = 12 * 3_600 * 1_000;
    let format = if length > HALF_A_DAY { "%-d %b, %H:%M" } else { "%H:%M" };
    let at = moment(at).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use bson::DateTime;
    use jiff::tz::TimeZone;

    use super::{Chart, Times, round_up, short};

    #[test]
    fn the_scale_ends_at_a_round_number_above_all() {
        assert_eq!([0.0, 0.3, 1.0, 66_900.0].map(round_up), [0.1, 0.5, 1.0, 100_000.0]);
        assert_eq!([0.0, 0.05, 2.5, 40.0].map(short), ["0", "0.05", "2.5", "40"]);
        assert_eq!([20_000.0, 1_500_000.0].map(short), ["20 k", "1.5 M"]);
    }

    #[test]
    fn a_line_ends_where_nothing_is_known() {
        let times = Times {
            from: DateTime::from_millis(0),
            until: DateTime::from_millis(1_000),
            step: 100,
            band: Some((DateTime::from_millis(500), DateTime::from_millis(600))),
            zone: TimeZone::UTC,
        };
        let points = [(0, 1.0), (100, 2.0), (700, 1.0), (800, 2.0)];
        let chart = Chart::over(&times, &points, String::new()).unwrap();
        assert_eq!(chart.line.matches('M').count(), 2, "{}", chart.line);
        assert_eq!(chart.fill.matches('Z').count(), 2, "{}", chart.fill);
        assert_eq!(chart.times.len(), 3);
        assert!(Chart::over(&times, &[], String::new()).is_none());
    }

    #[test]
    fn two_seconds_are_no_chart() {
        assert!(Chart::of_rates([1.0, 2.0].into_iter(), "documents").is_none());
        assert!(Chart::of_rates([1.0, 2.0, 3.0].into_iter(), "documents").is_some());
    }
}
