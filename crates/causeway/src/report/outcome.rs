//! What became of the run, in one sentence.

use causeway_core::runbook::{RunRecord, StepRecord, StepState};
use serde::Serialize;

use super::figures;
use super::inputs::Inputs;
use super::moments;
use super::proof::Proof;
use crate::clock::duration_words;

/// How it came out.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Verdict {
    /// One of [`State`].
    pub(super) state: State,
    /// The same in words.
    pub(super) word: &'static str,
    /// What happened.
    pub(super) sentence: String,
    /// Whether anything was lost.
    pub(super) loss: String,
    /// What a person has to know besides: that it was rolled back since, that its file was changed.
    pub(super) besides: Vec<String>,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// The migration is applied, and the run is over.
    Applied,
    /// The migration is undone.
    RolledBack,
    /// It failed, and nothing was undone.
    Failed,
    /// It stopped part-way; the same command resumes.
    Stopped,
    /// Somebody works on it, or a process died doing so.
    Running,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Applied => "Applied",
            Self::RolledBack => "Rolled back",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped part-way",
            Self::Running => "Under way",
        }
    }

    /// How a run ended.
    pub(super) fn of(run: &RunRecord) -> Self {
        match run.status.as_str() {
            "completed" | "failed" | "superseded" if is_undone(run) => Self::RolledBack,
            "completed" => Self::Applied,
            "failed" => Self::Failed,
            "running" => Self::Running,
            _ => Self::Stopped,
        }
    }
}

fn is_undone(run: &RunRecord) -> bool {
    const ROLLED_BACK: i32 = 7;
    let undone = |id: &str| {
        run.steps
            .iter()
            .rev()
            .find(|step| step.step == id)
            .is_some_and(|it| it.state == StepState::Done)
    };
    match run.direction.as_str() {
        "down" => run.status == "completed",
        _ => run.exit_code == Some(ROLLED_BACK) || undone("back:verify") || undone("back:restore"),
    }
}

/// The verdict.
pub(super) fn of(inputs: &Inputs, proof: &Proof) -> Verdict {
    let state = State::of(&inputs.run);
    let mut besides = Vec::new();
    if let (State::Applied, Some(by)) = (state, rolled_back_since(inputs)) {
        besides.push(format!("It was rolled back since, by run {by}."));
    }
    if inputs.run.status == "superseded" {
        besides.push("Another run did what it was for.".to_owned());
    }
    if state == State::RolledBack && inputs.run.direction == "run" && inputs.run.failing.is_none() {
        besides.push("Nobody wrote down why.".to_owned());
    }
    Verdict {
        state,
        word: state.word(),
        sentence: sentence(inputs, state),
        loss: proof.sentence.clone(),
        besides,
    }
}

fn rolled_back_since(inputs: &Inputs) -> Option<&str> {
    let application = inputs.application.as_ref()?;
    application.get_bool("rolled_back").ok().filter(|back| *back)?;
    application.get_str("rolled_back_by").ok()
}

fn sentence(inputs: &Inputs, state: State) -> String {
    let run = &inputs.run;
    let (version, database) = (&run.version, &inputs.place.database);
    match state {
        State::Applied => match figures::migration_seconds(inputs) {
            Some(seconds) => {
                format!("{version} was applied to {database} in {}.", duration_words(seconds))
            }
            None => format!("{version} was applied to {database}."),
        },
        State::RolledBack => match &run.failing {
            Some(failing) => {
                let why = full_stop(&failing.message);
                format!("{version} was rolled back from {database}: {why}")
            }
            None => format!("{version} was rolled back from {database}."),
        },
        State::Failed => format!("{version} failed on {database}{}", where_and_why(run)),
        State::Stopped => format!("{version} stopped part-way on {database}{}", where_and_why(run)),
        State::Running => running(inputs),
    }
}

/// ` in step up: the primary is gone.`
fn where_and_why(run: &RunRecord) -> String {
    if let Some(failing) = &run.failing {
        return format!(" in step {}: {}", failing.step, full_stop(&failing.message));
    }
    match run.steps.last() {
        Some(last) if last.evidence.is_empty() => format!(" in step {}.", last.step),
        Some(last) => format!(" in step {}: {}", last.step, full_stop(&last.evidence)),
        None => ".".to_owned(),
    }
}

fn running(inputs: &Inputs) -> String {
    let (run, database) = (&inputs.run, &inputs.place.database);
    let open = run.steps.iter().rev().find(|step| step.state == StepState::Open);
    let since = |step: &StepRecord| {
        duration_words(moments::seconds(moments::timestamp(step.began), inputs.made.at))
    };
    match open {
        Some(step) => format!(
            "{} is under way on {database}: step {}, begun {} ago.",
            run.version,
            step.step,
            since(step)
        ),
        None => format!("{} is under way on {database}.", run.version),
    }
}

fn full_stop(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
