//! The steps of a run, in the order in which they were begun.

use causeway_core::runbook::{StepRecord, StepState};
use jiff::Timestamp;
use serde::Serialize;

use super::inputs::Inputs;
use super::moments;
use super::outcome::State;

/// One try of one step.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    pub(super) step: String,
    pub(super) title: String,
    pub(super) state: Standing,
    pub(super) word: &'static str,
    /// RFC 3339.
    pub(super) began: String,
    pub(super) ended: Option<String>,
    pub(super) seconds: Option<f64>,
    pub(super) evidence: String,
    pub(super) warnings: Vec<String>,
    pub(super) by: String,
    pub(super) host: String,
    #[serde(skip)]
    pub(super) span: (Timestamp, Timestamp),
}

/// How a step stands, as people are shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    Done,
    Incomplete,
    Skipped,
    Failed,
    /// Begun, and somebody works on it.
    Open,
    /// Begun, and what became of it nobody knows.
    Unknown,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Incomplete => "look at it",
            Self::Skipped => "left out",
            Self::Failed => "failed",
            Self::Open => "under way",
            Self::Unknown => "not known",
        }
    }

    fn of(step: &StepRecord, run: State) -> Self {
        match step.state {
            StepState::Done => Self::Done,
            StepState::Incomplete => Self::Incomplete,
            StepState::Skipped | StepState::Void => Self::Skipped,
            StepState::Failed => Self::Failed,
            StepState::Open if run == State::Running => Self::Open,
            StepState::Open => Self::Unknown,
        }
    }
}

/// The time line.
pub(super) fn of(inputs: &Inputs) -> Vec<Row> {
    let run = State::of(&inputs.run);
    inputs.run.steps.iter().map(|step| row(inputs, step, run)).collect()
}

fn row(inputs: &Inputs, step: &StepRecord, run: State) -> Row {
    let zone = &inputs.made.zone;
    let began = moments::timestamp(step.began);
    let ended = step.ended.map(moments::timestamp);
    let state = Standing::of(step, run);
    let until = ended.unwrap_or(if state == Standing::Open { inputs.made.at } else { began });
    Row {
        step: step.step.clone(),
        title: step.title.clone(),
        state,
        word: state.word(),
        began: moments::text(began, zone),
        ended: ended.map(|ended| moments::text(ended, zone)),
        seconds: ended.map(|ended| moments::seconds(began, ended)),
        evidence: step.evidence.clone(),
        warnings: step.warnings.clone(),
        by: step.by.clone(),
        host: step.host.clone(),
        span: (began, until.max(began)),
    }
}
