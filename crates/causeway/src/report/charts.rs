//! The charts as data: JSON holds them, the page draws them, Markdown tells their extremes.

use serde::Serialize;

use super::inputs::Inputs;

mod phases;
mod progress;
mod thin;

/// One chart.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// Unit of its values.
    pub(super) unit: &'static str,
    /// What it shows, in a sentence; what is missing, where there is nothing to show.
    pub(super) said: String,
    /// Names of its lines.
    pub(super) lines: Vec<String>,
    /// Parts with a time axis of their own; empty where there is nothing to show.
    pub(super) panels: Vec<Panel>,
}

/// A part of a chart.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// When it begins, RFC 3339.
    pub(super) from: String,
    /// What it covers.
    pub(super) seconds: f64,
    /// Each piece belongs to a line; a line that was not measured for a while has several.
    pub(super) pieces: Vec<Piece>,
    /// Times that are shaded.
    pub(super) bands: Vec<Band>,
}

/// A line without a gap.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Piece {
    /// Index into the chart's lines.
    pub(super) line: usize,
    /// Seconds since the panel begins, and the value.
    pub(super) points: Vec<(f64, f64)>,
}

/// A time that is shaded, and why.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Band {
    pub(super) from: f64,
    pub(super) until: f64,
    pub(super) reason: String,
}

/// All of them, in the order of the page.
pub(super) fn of(inputs: &Inputs) -> Vec<Chart> {
    let mut charts = vec![progress::chart(inputs)];
    charts.extend(phases::charts(inputs));
    charts
}

impl Chart {
    /// The largest value.
    pub(super) fn largest(&self) -> f64 {
        self.panels.iter().filter_map(Panel::largest).fold(0.0, f64::max)
    }
}

impl Panel {
    fn values(&self) -> impl Iterator<Item = f64> {
        self.pieces.iter().flat_map(|piece| piece.points.iter().map(|(_, value)| *value))
    }

    pub(super) fn largest(&self) -> Option<f64> {
        self.values().max_by(f64::total_cmp)
    }
}
