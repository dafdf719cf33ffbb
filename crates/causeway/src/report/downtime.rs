//! For how long people could not write, as it was and not as it was planned.

use causeway_core::runbook::{Back, RunRecord, Step, StepState};
use jiff::Timestamp;
use serde::Serialize;

use super::inputs::Inputs;
use super::moments::{self, seconds};
use crate::clock::duration_words;

/// The time during which writes were refused.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Downtime {
    /// All of it; parts that overlap count once.
    pub(super) seconds: f64,
    /// Of it, the time during which the database refused, as far as steps tell.
    pub(super) fence_seconds: Option<f64>,
    /// Whether it lasts still.
    pub(super) lasts: bool,
    /// How that is known.
    pub(super) basis: String,
    /// From when to when, RFC 3339.
    pub(super) intervals: Vec<(String, String)>,
    #[serde(skip)]
    pub(super) spans: Vec<(Timestamp, Timestamp)>,
}

/// What periods of maintenance and steps tell.
pub(super) fn of(inputs: &Inputs) -> Downtime {
    let now = inputs.made.at;
    let periods = inputs
        .periods
        .iter()
        .map(|period| (moments::timestamp(period.began), moments::timestamp(period.ended)));
    let mut spans: Vec<(Timestamp, Timestamp)> = periods.collect();
    let (from_periods, lasts) = (!spans.is_empty(), lasts(inputs));
    let maintained = between(&inputs.run, &ON, &OFF, now);
    let fenced = fence(inputs, now);
    let step_words = match (&maintained[..], &fenced[..]) {
        ([], []) => None,
        ([], _) => Some("by the steps that raised and lifted the fence"),
        _ => Some("by the steps that switched maintenance on and off"),
    };
    spans.extend(maintained.iter().chain(&fenced));
    if let (true, Some(since)) = (lasts, inputs.maintenance.since) {
        spans.push((moments::timestamp(since), now));
    }
    let spans = union(spans);
    let zone = &inputs.made.zone;
    Downtime {
        seconds: total(&spans),
        fence_seconds: (!fenced.is_empty()).then(|| total(&union(fenced))),
        lasts,
        basis: basis(from_periods, step_words, lasts),
        intervals: spans
            .iter()
            .map(|(from, until)| (moments::text(*from, zone), moments::text(*until, zone)))
            .collect(),
        spans,
    }
}

const ON: [Step; 2] = [Step::BeginMaintenance, Step::Back(Back::BeginMaintenance)];
const OFF: [Step; 2] = [Step::EndMaintenance, Step::Back(Back::EndMaintenance)];
const LIFTED: [Step; 2] = [Step::LiftFence, Step::Back(Back::LiftFence)];

fn basis(periods: bool, steps: Option<&str>, lasts: bool) -> String {
    let so_far = if lasts { ", and it lasts still" } else { "" };
    match (periods, steps) {
        (true, _) => format!(
            "by the periods of maintenance that the database keeps, and the steps of the run{so_far}"
        ),
        (false, Some(words)) => format!("{words}{so_far}"),
        (false, None) if lasts => "maintenance is on still".to_owned(),
        (false, None) => "there was no maintenance: people could write all the time".to_owned(),
    }
}

fn lasts(inputs: &Inputs) -> bool {
    let its_own = inputs.maintenance.run.as_deref() == Some(&inputs.run.id);
    let in_its_time = inputs.maintenance.since.is_some_and(|since| {
        since >= inputs.run.started_at && inputs.run.ended_at.is_none_or(|ended| since <= ended)
    });
    inputs.maintenance.on && (its_own || (inputs.maintenance.run.is_none() && in_its_time))
}

/// A fence stands where the step that lifts it was done; whoever has no fence leaves that step out.
fn fence(inputs: &Inputs, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let fenced = inputs.periods.iter().any(|period| period.fence) || inputs.maintenance.fence;
    let lifted = LIFTED.iter().any(|step| {
        let id = step.id();
        inputs.run.steps.iter().any(|it| it.step == id && it.state == StepState::Done)
    });
    if fenced || lifted { between(&inputs.run, &ON, &LIFTED, now) } else { Vec::new() }
}

/// Spans from the end of one of the steps in `on` to the end of the next one in `off`.
fn between(
    run: &RunRecord,
    on: &[Step],
    off: &[Step],
    now: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let is = |id: &str, steps: &[Step]| steps.iter().any(|step| step.id() == id);
    let mut spans = Vec::new();
    let mut since: Option<Timestamp> = None;
    for step in &run.steps {
        let over = matches!(step.state, StepState::Done | StepState::Incomplete);
        let Some(at) = step.ended.filter(|_| over).map(moments::timestamp) else { continue };
        if is(&step.step, on) {
            since = since.or(Some(at));
        } else if is(&step.step, off)
            && let Some(from) = since.take()
        {
            spans.push((from, at));
        }
    }
    // Nobody switched it off: it lasts as long as the run does.
    if let Some(from) = since {
        spans.push((from, run.ended_at.map_or(now, moments::timestamp)));
    }
    spans
}

fn union(mut spans: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    spans.sort();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, until) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((from, until.max(from))),
        }
    }
    merged
}

fn total(spans: &[(Timestamp, Timestamp)]) -> f64 {
    spans.iter().map(|(from, until)| seconds(*from, *until)).sum()
}

impl Downtime {
    /// `8 min 4 s`, or that there was none.
    pub(super) fn words(&self) -> String {
        if self.spans.is_empty() { "none".to_owned() } else { duration_words(self.seconds) }
    }
}
