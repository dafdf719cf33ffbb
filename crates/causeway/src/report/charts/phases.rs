//! What was measured of server and application, before, during and after.

use causeway_core::sample::Sample;
use jiff::{SignedDuration, Timestamp};

use super::{Chart, Panel, Piece, thin};
use crate::report::inputs::Inputs;
use crate::report::moments::{self, seconds};
use crate::report::phase::{self, Phase};

/// What a chart is about.
struct Subject {
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    lines: &'static [(&'static str, Read)],
    /// What there is to say without a single value.
    without: &'static str,
    decimals: usize,
}

type Read = fn(&Sample) -> Option<f64>;

const SUBJECTS: [Subject; 4] = [
    Subject {
        id: "errors",
        title: "Error rate",
        unit: "% of requests",
        lines: &[("errors", |it| it.application.as_ref()?.error_rate_percent())],
        without: "The application was not measured: there is no error rate.",
        decimals: 2,
    },
    Subject {
        id: "response",
        title: "Response time",
        unit: "ms",
        lines: &[
            ("99 of 100 within", |it| it.application.as_ref()?.p99_milliseconds),
            ("half within", |it| it.application.as_ref()?.p50_milliseconds),
        ],
        without: "The application was not measured: there are no response times.",
        decimals: 0,
    },
    Subject {
        id: "lag",
        title: "Replication lag",
        unit: "s",
        lines: &[("slowest member", |it| it.server.as_ref()?.lag_seconds)],
        without: "Replication lag was not measured, or the server has no other member.",
        decimals: 1,
    },
    Subject {
        id: "load",
        title: "Load of the server",
        unit: "%",
        lines: &[
            ("CPU, of one core", |it| it.server.as_ref()?.cpu_percent),
            ("cache in use", |it| it.server.as_ref()?.cache_used_percent),
            ("cache changed", |it| it.server.as_ref()?.cache_dirty_percent),
        ],
        without: "CPU and cache of the server were not measured.",
        decimals: 0,
    },
];

pub(super) fn charts(inputs: &Inputs) -> Vec<Chart> {
    SUBJECTS.iter().map(|subject| subject.chart(inputs)).collect()
}

impl Subject {
    fn chart(&self, inputs: &Inputs) -> Chart {
        let panels: Vec<Panel> = Phase::ALL.map(|phase| self.panel(inputs, phase)).into();
        let measured = panels.iter().any(|panel| !panel.pieces.is_empty());
        Chart {
            id: self.id,
            title: self.title,
            unit: self.unit,
            said: if measured { self.said(&panels) } else { self.without.to_owned() },
            lines: self.lines.iter().map(|(name, _)| (*name).to_owned()).collect(),
            panels: if measured { panels } else { Vec::new() },
        }
    }

    fn panel(&self, inputs: &Inputs, phase: Phase) -> Panel {
        let looks: Vec<(Timestamp, &Sample)> = phase::looks(&inputs.samples, phase)
            .filter_map(|look| Some((moments::read(&look.at)?, look)))
            .collect();
        let from = looks.first().map_or(Timestamp::UNIX_EPOCH, |(at, look)| begin(*at, look));
        let until = looks.last().map_or(from, |(at, _)| *at);
        let lines = self.lines.iter().enumerate();
        Panel {
            title: phase.title(),
            from: if looks.is_empty() {
                String::new()
            } else {
                moments::text(from, &inputs.made.zone)
            },
            seconds: seconds(from, until),
            pieces: lines
                .flat_map(|(line, (_, read))| pieces(&looks, from, (line, *read)))
                .collect(),
            bands: Vec::new(),
        }
    }

    /// `Highest: before 0.40 %, during 1.20 %, after not measured.`
    fn said(&self, panels: &[Panel]) -> String {
        let unit = self.unit.split(' ').next().unwrap_or_default();
        let highest: Vec<String> = panels
            .iter()
            .map(|panel| {
                let own = panel.pieces.iter().filter(|piece| piece.line == 0);
                let values = own.flat_map(|piece| piece.points.iter().map(|(_, value)| *value));
                let highest = values.max_by(f64::total_cmp).map_or_else(
                    || "not measured".to_owned(),
                    |value| format!("{value:.*} {unit}", self.decimals),
                );
                format!("{} {highest}", panel.title.to_lowercase())
            })
            .collect();
        let first = self.lines.first().map(|(name, _)| *name).unwrap_or_default();
        format!("Highest of a single look ({first}): {}.", highest.join(", "))
    }
}

/// A look tells of the seconds before it.
fn begin(at: Timestamp, look: &Sample) -> Timestamp {
    let before = SignedDuration::try_from_secs_f64(look.seconds.max(0.0)).unwrap_or_default();
    at.checked_sub(before).unwrap_or(at)
}

/// A line is broken where a look has no value: nothing was measured there.
fn pieces(
    looks: &[(Timestamp, &Sample)],
    from: Timestamp,
    (line, read): (usize, Read),
) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut goes_on = false;
    for (at, look) in looks {
        let Some(value) = read(look).filter(|value| value.is_finite()) else {
            goes_on = false;
            continue;
        };
        let point = (seconds(from, *at), value);
        match pieces.last_mut().filter(|_| goes_on) {
            Some(piece) => piece.points.push(point),
            None => pieces.push(Piece { line, points: vec![point] }),
        }
        goes_on = true;
    }
    pieces
        .iter_mut()
        .for_each(|piece| piece.points = thin::peaks(&piece.points, thin::POINTS_MAX_NARROW));
    pieces
}
