//! The latest run as a line of time: each step with what was seen of it.

use causeway_core::runbook::{RunRecord, StepRecord, StepState};

use super::{
    super::words::{Time, capitalized},
    time, took,
};

/// A step.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) class: &'static str,
    pub(super) title: String,
    pub(super) began: Option<Time>,
    pub(super) took: String,
    pub(super) evidence: String,
    pub(super) warnings: Vec<String>,
}

/// All steps so far. A try whose evidence does not count any more is left out: the step stands there
/// again.
pub(super) fn entries(run: &RunRecord) -> Vec<Entry> {
    run.steps.iter().filter(|step| step.state != StepState::Void).map(Entry::of).collect()
}

impl Entry {
    fn of(step: &StepRecord) -> Self {
        let (class, word) = match step.state {
            StepState::Open => ("now", ""),
            StepState::Done => ("done", ""),
            StepState::Incomplete => ("attention", "Incomplete. "),
            StepState::Skipped => ("next", "Left out. "),
            StepState::Failed => ("danger", "Failed. "),
            StepState::Void => ("next", "Done again. "),
        };
        Self {
            class,
            title: capitalized(&step.title),
            began: time(Some(step.began)),
            took: step.ended.map_or_else(String::new, |ended| took(step.began, ended)),
            evidence: format!("{word}{}", capitalized(&step.evidence)),
            warnings: step.warnings.clone(),
        }
    }
}
