//! What is left when every step was done: it is said, and the same command does it.

use causeway_core::outcome::Outcome;
use causeway_core::runbook::{Back, JobState, Step, StepState, last};

use super::begin;
use super::conductor::Conductor;
use crate::failure::{Failure, Result};
use crate::maintenance::{self, fence};

impl Conductor<'_> {
    /// How a run ends whose steps all left evidence.
    ///
    /// # Errors
    /// Stopped when jobs are not started, or people were not told: nobody was kept waiting for that, and
    /// the same command does it.
    pub(super) async fn loose_ends(&mut self) -> Result<Outcome> {
        let again: Vec<Step> = [Step::StartJobs, Step::TellEnd]
            .into_iter()
            .filter(|step| self.is_incomplete(step))
            .collect();
        if !again.is_empty() {
            return Err(self.left(&again).await?);
        }
        let looked = [Step::Verify, Step::LiftFence, Step::Watch];
        let odd = looked.iter().any(|step| self.is_incomplete(step));
        Ok(if odd { Outcome::VerificationFailed } else { Outcome::Done })
    }

    /// The same, on the way back.
    ///
    /// # Errors
    /// Stopped when jobs are not started.
    pub(super) async fn loose_ends_back(&mut self) -> Result<Outcome> {
        for words in self.remove_what_is_left().await.unwrap_or_default() {
            self.outside.reporter.warning(words);
        }
        if self.record.jobs.iter().any(|job| job.state != JobState::Started) {
            return Err(self.left(&[Step::Back(Back::StartJobs)]).await?);
        }
        Ok(Outcome::RolledBack)
    }

    fn is_incomplete(&self, step: &Step) -> bool {
        last(&self.record.steps, step).is_some_and(|tried| tried.state == StepState::Incomplete)
    }

    async fn left(&mut self, steps: &[Step]) -> Result<Failure> {
        let tried = steps.iter().filter_map(|step| last(&self.record.steps, step));
        let why: Vec<String> = tried.flat_map(|tried| tried.warnings.clone()).collect();
        begin::void(&mut self.record, steps, "it is done again until it is complete");
        self.save().await?;
        Ok(Failure::stopped(format!("all is done but this: {}", why.join("; ")))
            .hint("mend that; the same command does the rest, and nothing twice"))
    }

    /// Has maintenance switched on again when somebody switched it off by hand, before documents are
    /// touched.
    pub(super) async fn keep_people_out(&mut self, next: &Step) -> Result<bool> {
        let begun = last(&self.record.steps, &Step::BeginMaintenance).is_some();
        if !self.record.maintenance || !begun || ![Step::Quiet, Step::Up].contains(next) {
            return Ok(false);
        }
        let target = &self.context.target;
        let fenced =
            !self.session.config.maintenance().fence() || fence::read(target).await?.is_some();
        if maintenance::read(target).await?.on && fenced {
            return Ok(false);
        }
        let why = "maintenance was switched off by hand";
        self.session.reporter.warning(format!("{why} meanwhile; it is switched on again"));
        let again = [Step::BeginMaintenance, Step::StopJobs, Step::Quiet];
        begin::void(&mut self.record, &again, why);
        self.save().await?;
        Ok(true)
    }
}
