//! A chart as the page draws it: lines stretch with the page, numbers stand beside them as text and
//! stay as large as other text.

use std::fmt::Write as _;

use serde::Serialize;

use super::axis::{self, Tick};
use crate::report::charts::{Chart, Panel, Piece};

/// Side of the square that lines are drawn in, before the page stretches it.
const SIDE: f64 = 1_000.0;
/// Times above zero on the axis of the only panel, and of one among several.
const TICKS_MAX: (f64, f64) = (6.0, 2.0);

/// A chart, ready to be drawn.
#[derive(Debug, Serialize)]
pub(super) struct Drawing<'a> {
    id: &'a str,
    title: &'a str,
    unit: &'a str,
    said: &'a str,
    /// Names of its lines; a single one needs no legend.
    legend: &'a [String],
    ticks: Vec<Tick>,
    panels: Vec<Drawn<'a>>,
    /// Reasons of what is shaded, each with how often and how long.
    shaded: Vec<Shaded>,
}

#[derive(Debug, Serialize)]
struct Drawn<'a> {
    title: &'a str,
    times: Vec<Tick>,
    /// Lines, with the number of their kind.
    paths: Vec<Path>,
    bands: Vec<Strip>,
}

#[derive(Debug, Serialize)]
struct Path {
    line: usize,
    d: String,
}

#[derive(Debug, Serialize)]
struct Strip {
    x: f64,
    width: f64,
}

#[derive(Debug, Serialize)]
struct Shaded {
    reason: String,
    seconds: f64,
}

/// The drawing of a chart.
pub(super) fn of(chart: &Chart) -> Drawing<'_> {
    let (top, ticks) = axis::values(chart.largest());
    let ticks_max = if chart.panels.len() == 1 { TICKS_MAX.0 } else { TICKS_MAX.1 };
    Drawing {
        id: chart.id,
        title: chart.title,
        unit: chart.unit,
        said: &chart.said,
        legend: if chart.lines.len() > 1 { &chart.lines } else { &[] },
        ticks,
        panels: chart.panels.iter().map(|panel| drawn(panel, top, ticks_max)).collect(),
        shaded: chart
            .panels
            .iter()
            .flat_map(|panel| &panel.bands)
            .map(|band| Shaded { reason: band.reason.clone(), seconds: band.until - band.from })
            .collect(),
    }
}

fn drawn(panel: &Panel, top: f64, ticks_max: f64) -> Drawn<'_> {
    // A single look has no length, and is drawn in the middle.
    let x = |seconds: f64| {
        let share = if panel.seconds > 0.0 { seconds / panel.seconds } else { 0.5 };
        round(SIDE * share)
    };
    let y = |value: f64| round(SIDE * (1.0 - value / top));
    Drawn {
        title: panel.title,
        times: axis::times(panel.seconds, ticks_max),
        paths: panel.pieces.iter().map(|piece| path(piece, x, y)).collect(),
        bands: panel
            .bands
            .iter()
            .map(|band| Strip { x: x(band.from), width: (x(band.until) - x(band.from)).max(2.0) })
            .collect(),
    }
}

fn path(piece: &Piece, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> Path {
    let mut d = String::new();
    for (at, (seconds, value)) in piece.points.iter().enumerate() {
        let command = if at == 0 { 'M' } else { 'L' };
        let _ = write!(d, "{command}{} {}", x(*seconds), y(*value));
    }
    if piece.points.len() == 1 {
        // A line of no length is a dot.
        d.push_str("h0");
    }
    Path { line: piece.line, d }
}

fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}
