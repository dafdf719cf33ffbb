//! The course of one run: which steps it has, which comes next, and the way back.

use std::collections::BTreeSet;

use super::record::{JobState, RunRecord, StepRecord, StepState};
use super::step::{Back, Step};

/// What a project's configuration makes of the usual steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Usual steps that this run does without: nothing is configured for them.
    pub without: BTreeSet<&'static str>,
    /// Steps of the project's own, and where they stand.
    pub own: Vec<(Place, Step)>,
}

/// Where a step of the project's own stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Before the step of this id.
    Before(String),
    /// After it.
    After(String),
}

/// The steps of one run, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    steps: Vec<Step>,
}

impl Course {
    /// The course of a shape.
    ///
    /// # Errors
    /// The id of a place that is no step of it.
    pub fn of(shape: &Shape) -> Result<Self, String> {
        let usual = Step::USUAL.iter().filter(|step| !shape.without.contains(step.id().as_str()));
        let mut steps: Vec<Step> = usual.cloned().collect();
        let is_usual = |id: &str| Step::USUAL.iter().any(|step| step.id() == id);
        for (place, step) in &shape.own {
            let (Place::Before(id) | Place::After(id)) = place;
            let at = match steps.iter().position(|step| step.id() == *id) {
                Some(at) => at,
                // Beside where it would be, if the run had it.
                None if is_usual(id) => {
                    let later = Step::USUAL.iter().skip_while(|step| step.id() != *id);
                    let first = later.filter_map(|it| steps.iter().position(|step| step == it));
                    let at = first.min().unwrap_or(steps.len());
                    steps.insert(at, step.clone());
                    continue;
                }
                None => return Err(id.clone()),
            };
            match place {
                Place::Before(_) => steps.insert(at, step.clone()),
                Place::After(_) => {
                    // Those after the same step stay in the order in which they were written.
                    let own = |step: &Step| matches!(step, Step::Manual(_) | Step::Hook(_));
                    let after = steps[at + 1..].iter().take_while(|step| own(step)).count();
                    steps.insert(at + 1 + after, step.clone());
                }
            }
        }
        Ok(Self { steps })
    }

    /// All of them.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The step of this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id() == id)
    }

    /// The first step without evidence; none when there is evidence of all.
    #[must_use]
    pub fn next(&self, records: &[StepRecord]) -> Option<&Step> {
        self.steps.iter().find(|step| !has_evidence(records, step))
    }

    /// The first step before `step` without evidence: a run may not begin after it.
    #[must_use]
    pub fn missing_before(&self, step: &Step, records: &[StepRecord]) -> Option<&Step> {
        let before = self.steps.iter().take_while(|it| *it != step);
        before.into_iter().find(|it| !has_evidence(records, it))
    }

    /// Its number, from 1, and how many there are.
    #[must_use]
    pub fn number(&self, step: &Step) -> (usize, usize) {
        let at = self.steps.iter().position(|it| it == step);
        (at.map_or(0, |at| at + 1), self.steps.len())
    }
}

/// Whether the last try of a step left evidence.
#[must_use]
pub fn has_evidence(records: &[StepRecord], step: &Step) -> bool {
    last(records, step).is_some_and(|record| match record.state {
        StepState::Done | StepState::Incomplete | StepState::Skipped => true,
        StepState::Open | StepState::Failed | StepState::Void => false,
    })
}

/// The last try of a step.
#[must_use]
pub fn last<'a>(records: &'a [StepRecord], step: &Step) -> Option<&'a StepRecord> {
    let id = step.id();
    records.iter().rev().find(|record| record.step == id)
}

/// Whether a step was ever begun.
#[must_use]
pub fn was_begun(records: &[StepRecord], step: &Step) -> bool {
    last(records, step).is_some_and(|record| record.state != StepState::Skipped)
}

/// Whether people noticed anything of a run, or documents may have been written.
#[must_use]
pub fn has_touched(run: &RunRecord) -> bool {
    [Step::BeginMaintenance, Step::Up].iter().any(|step| was_begun(&run.steps, step))
}

/// The steps back from where a run is, in order; those that are done already are not among them.
///
/// Whatever was switched for the run is switched back, also after a rollback that failed: only the
/// fence and maintenance stay then, for nobody should write into what is half undone.
#[must_use]
pub fn way_back(run: &RunRecord) -> Vec<Back> {
    let begun = |step: &Step| was_begun(&run.steps, step);
    let (up, maintained) = (begun(&Step::Up), begun(&Step::BeginMaintenance));
    let jobs = run.jobs.iter().any(|job| job.state != JobState::Started);
    // Who was told that something is to come, or has begun, is told how it ended; who was told that
    // it is over, too.
    let told = [Step::Announce, Step::TellBegin, Step::TellEnd].iter().any(begun);
    Back::ALL
        .into_iter()
        .filter(|back| match back {
            Back::BeginMaintenance => up && run.maintenance,
            // Not those that were started again behind it.
            Back::StopJobs => {
                let undone = has_evidence(&run.steps, &Step::Back(Back::Down));
                up && !undone && run.jobs.iter().any(|job| job.state == JobState::Started)
            }
            Back::Down | Back::Verify => up,
            // Only when the rollback fails, and when a person wants it.
            Back::Restore => false,
            Back::LiftFence | Back::EndMaintenance => maintained || (up && run.maintenance),
            Back::StartJobs => jobs,
            Back::Tell => told,
        })
        .filter(|back| !has_evidence(&run.steps, &Step::Back(*back)))
        .collect()
}
