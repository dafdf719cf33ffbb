//! How many documents were done, over the time of the migration, with its pauses.

use jiff::Timestamp;

use super::{Band, Chart, Panel, Piece, thin};
use crate::clock::duration_words;
use crate::report::inputs::{Inputs, Pause, Progressed};
use crate::report::moments::{self, seconds};
use crate::report::phase::is_migrating;
use crate::terminal::quantities::counted;

/// More phases than that are not told apart by their lines.
const LINES_MAX: usize = 6;
/// Its step alone: preparations before it have progress of their own.
const STEPS: [&str; 3] = ["up", "down", "back:down"];

pub(super) fn chart(inputs: &Inputs) -> Chart {
    let looks = progressed(inputs);
    let empty = Chart {
        id: "progress",
        title: "Progress",
        unit: "documents",
        said: "How the migration went on is not kept with this run.".to_owned(),
        lines: Vec::new(),
        panels: Vec::new(),
    };
    let (Some(first), Some(last)) = (looks.first(), looks.last()) else { return empty };
    let (from, until) = (first.at, last.at);
    let mut lines: Vec<String> = Vec::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for look in &looks {
        let line = lines.iter().position(|line| *line == look.phase).unwrap_or_else(|| {
            lines.push(look.phase.clone());
            lines.len() - 1
        });
        let point = (seconds(from, look.at), look.done as f64);
        match pieces.last_mut().filter(|piece| piece.line == line && !starts_anew(piece, point)) {
            Some(piece) => piece.points.push(point),
            None => pieces.push(Piece { line, points: vec![point] }),
        }
    }
    lines.truncate(LINES_MAX);
    pieces.retain(|piece| piece.line < LINES_MAX);
    pieces.iter_mut().for_each(|piece| piece.points = thin::lasts(&piece.points, thin::POINTS_MAX));
    let bands = bands(&inputs.told.pauses, (from, until));
    let said = said((from, until), &bands);
    let panel = Panel {
        title: "",
        from: moments::text(from, &inputs.made.zone),
        seconds: seconds(from, until),
        pieces,
        bands,
    };
    Chart { said, lines, panels: vec![panel], ..empty }
}

/// A phase that begins again counts from the start.
fn starts_anew(piece: &Piece, (_, done): (f64, f64)) -> bool {
    piece.points.last().is_some_and(|(_, before)| done < *before)
}

/// Of the events; where there are none, of the looks.
fn progressed(inputs: &Inputs) -> Vec<Progressed> {
    let spans: Vec<(Timestamp, Timestamp)> = inputs
        .run
        .steps
        .iter()
        .filter(|step| STEPS.contains(&step.step.as_str()))
        .map(|step| {
            let ended = step.ended.map_or(inputs.made.at, moments::timestamp);
            (moments::timestamp(step.began), ended)
        })
        .collect();
    let within = |at: Timestamp| {
        spans.is_empty() || spans.iter().any(|(from, until)| *from <= at && at <= *until)
    };
    let told: Vec<Progressed> =
        inputs.told.progress.iter().filter(|it| within(it.at)).cloned().collect();
    if !told.is_empty() {
        return told;
    }
    let looks = inputs.samples.iter().filter(|sample| is_migrating(&sample.step));
    looks
        .filter_map(|sample| {
            let (at, phase) = (moments::read(&sample.at)?, sample.step.clone());
            Some(Progressed { at, phase, done: sample.progress?.done })
        })
        .collect()
}

fn bands(pauses: &[Pause], (from, until): (Timestamp, Timestamp)) -> Vec<Band> {
    pauses
        .iter()
        .filter(|pause| pause.from < until && pause.until.is_none_or(|end| from < end))
        .map(|pause| Band {
            from: seconds(from, pause.from),
            until: seconds(from, pause.until.unwrap_or(until).min(until)),
            reason: pause.reason.clone(),
        })
        .collect()
}

fn said((from, until): (Timestamp, Timestamp), bands: &[Band]) -> String {
    let took = duration_words(seconds(from, until));
    let waited: f64 = bands.iter().map(|band| band.until - band.from).sum();
    match bands.len() {
        0 => format!("{took} without a pause."),
        many => format!(
            "{took}, of which {} in {} (shaded).",
            duration_words(waited),
            counted(many as u64, "pauses")
        ),
    }
}
