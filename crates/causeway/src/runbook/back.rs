//! The way back: when it is taken, and its steps.

use bson::DateTime;
use causeway_core::outcome::Outcome;
use causeway_core::runbook::{Back, Failing, RunRecord, Step, has_evidence, way_back};
use causeway_core::verdict::Expected;
use mongodb::error::ErrorKind;

use super::conductor::Conductor;
use super::person::Person;
use super::trying::Evidence;
use super::{begin, kept};
use crate::backup::restore::{Present, RestoreOptions, restore};
use crate::config::run::OnFailure;
use crate::context::Context;
use crate::down::{DownOptions, Unrecorded, down};
use crate::failure::{Failure, Result};
use crate::records;
use crate::runs::frame::resumable;
use crate::runs::{self, Direction};

/// From now on the run goes back. What an earlier way back did, from which it turned round, is done again.
pub(super) fn wanted(record: &mut RunRecord, message: &str) {
    if !record.goes_back() {
        begin::void(record, &Back::ALL.map(Step::Back), "the run went forwards since");
    }
    let (step, kind) = match &record.failing {
        Some(failing) => (failing.step.clone(), failing.kind.clone()),
        None => (
            record.steps.last().map(|step| step.step.clone()).unwrap_or_default(),
            "application".to_owned(),
        ),
    };
    let message = message.to_owned();
    record.failing = Some(Failing { step, kind, message, at: DateTime::now(), rolls_back: true });
}

/// A run that was complete, and goes back: the day after, when something came up.
///
/// # Errors
/// Refused when it went back already.
pub(super) async fn reopened(context: &Context, latest: &RunRecord) -> Result<RunRecord> {
    if latest.goes_back() {
        return Err(Failure::refused(format!("run {} went back already", latest.id)));
    }
    let mut record = latest.clone();
    context.reporter.fact("reopens", format!("run {}, which was complete", record.id));
    wanted(&mut record, "a person asked for it");
    Ok(record)
}

/// Whether it passes by itself: not when the server itself said no.
fn is_passing(failure: &Failure) -> bool {
    let answered = failure.driver_error().is_some_and(|error| {
        matches!(error.kind.as_ref(), ErrorKind::Command(_) | ErrorKind::Write(_))
    });
    matches!(failure.outcome, Outcome::Stopped | Outcome::LockHeld) && !answered
}

/// Whether a failure is answered by the way back: by the policy, or the person who is there.
///
/// What stopped because a server was away, or because somebody asked for it, is gone on with; so is what
/// a person has to mend first, and what is done when people were let in.
pub(super) async fn decide(conductor: &mut Conductor<'_>, failure: &Failure) -> Result<bool> {
    if failure.outcome == Outcome::Stopped || conductor.is_to_be_mended(failure).await {
        return Ok(false);
    }
    if conductor.monitor.as_ref().is_some_and(|monitor| monitor.verdict().is_some()) {
        // Somebody wrote `roll_back` beside the threshold: that is the answer.
        return Ok(true);
    }
    match conductor.session.config.run.on_failure() {
        OnFailure::RollBack => Ok(true),
        OnFailure::Stop => Ok(false),
        OnFailure::Ask if conductor.person == Person::Nobody => {
            conductor.outside.reporter.warning(format!(
                "run.on_failure is \"ask\", and nobody is there: it stays as it is. \
                 `causeway run {} --roll-back` goes back",
                conductor.record.version
            ));
            Ok(false)
        }
        OnFailure::Ask => {
            conductor.outside.reporter.warning(failure.to_string());
            let question = "go back, or stay as it is?";
            Ok(conductor.person.choose(question, &["back", "stay"]).await? == Some("back"))
        }
    }
}

impl Conductor<'_> {
    /// Goes back, step by step.
    ///
    /// # Errors
    /// That the rollback failed, when it did and no restore took its place: then the database stays
    /// behind maintenance and fence.
    pub(super) async fn go_back(&mut self) -> Result<Outcome> {
        self.context.interrupt.hold(None);
        while let Some(back) = way_back(&self.record).first().copied() {
            self.turn.prove().await?;
            let done = self.step(&Step::Back(back)).await.map_err(resumable);
            match (back, done) {
                (_, Ok(())) => {}
                (Back::Down | Back::Verify, Err(failure)) => {
                    if !self.restored(&failure).await? {
                        return Err(self.needs_a_person(failure));
                    }
                }
                (_, Err(failure)) => return Err(self.needs_a_person(failure)),
            }
        }
        self.loose_ends_back().await
    }

    /// A server that was away, or somebody who pressed Ctrl-C: the same command goes on. Whatever else
    /// it is, nobody's waiting mends it.
    fn needs_a_person(&self, failure: Failure) -> Failure {
        match failure.outcome {
            _ if is_passing(&failure) => failure,
            // It was not even begun: the file was changed, or the run's folder is elsewhere.
            Outcome::Refused | Outcome::Usage => failure.ending(Outcome::Stopped),
            _ => failure.ending(Outcome::RollbackFailed),
        }
    }

    /// Whether nothing is wrong with the data, and the way back would help nobody: what was applied can't
    /// be looked at as long as its file is another one, and people work already.
    async fn is_to_be_mended(&self, failure: &Failure) -> bool {
        let steps = &self.record.steps;
        let is_at_work = has_evidence(steps, &Step::EndMaintenance) && !self.record.goes_back();
        let id = steps.last().map(|tried| tried.step.clone()).unwrap_or_default();
        let is_own = id.starts_with("manual:") || id.starts_with("hook:");
        if is_at_work && is_own {
            return true;
        }
        let refused = matches!(failure.outcome, Outcome::Refused | Outcome::Usage);
        let applying = [Step::Up, Step::Verify].iter().any(|step| step.id() == id);
        let (target, version) = (&self.context.target, &self.options.version);
        let stands = async || runs::application(target, version).await.ok().flatten().is_some();
        refused && applying && stands().await
    }

    /// Offers the backup in the place of a rollback that failed. Only a person can take it: it loses
    /// what was written since.
    async fn restored(&mut self, failure: &Failure) -> Result<bool> {
        if is_passing(failure) || self.record.backup.is_none() {
            return Ok(false);
        }
        self.outside.reporter.warning(failure.to_string());
        let question = "the rollback failed; restore the backup?";
        if self.person.choose(question, &["restore", "stay"]).await? != Some("restore") {
            return Ok(false);
        }
        self.turn.prove().await?;
        self.step(&Step::Back(Back::Restore)).await?;
        // The backup is of the time before: there is nothing left to roll back or to compare.
        for back in [Back::Down, Back::Verify] {
            self.leave_out(&Step::Back(back), "the backup was restored instead").await?;
        }
        Ok(true)
    }

    pub(super) async fn step_back(&mut self, back: Back) -> Result<Evidence> {
        match back {
            Back::BeginMaintenance => self.begin_maintenance().await,
            Back::StopJobs => self.stop_jobs().await,
            Back::Down => self.down().await,
            Back::Verify => self.verify_rolled_back().await,
            Back::Restore => self.restore().await,
            Back::LiftFence => self.lift_fence().await,
            Back::StartJobs => self.start_jobs().await,
            Back::EndMaintenance => self.end_maintenance().await,
            Back::Tell => self.tell_back().await,
        }
    }

    async fn down(&mut self) -> Result<Evidence> {
        let version = self.options.version.clone();
        if !self.is_applied().await? {
            return Ok(Evidence::not_needed("nothing was applied"));
        }
        let options = DownOptions {
            unrecorded: Unrecorded::Refuse,
            limits: self.options.up.limits,
            digests: self.options.up.digests,
            backups: self.options.backups.clone(),
        };
        let done = down(&self.context, &version, &options).await;
        let part = kept::part(&self.context.target, &self.record.id, Direction::Down).await;
        if let Ok(Some(run)) = part {
            self.record.down = Some(run);
        }
        let said = self.heard.so_far();
        match done? {
            Outcome::Done | Outcome::NothingToDo => {
                let words = ["recorded", "rolled back"].iter().find_map(|key| said.facts.get(key));
                Ok(Evidence::of(words.cloned().unwrap_or_default()))
            }
            outcome => Err(Failure::new(outcome, format!("{version} is not rolled back"))
                .hint("see what is wrong above; then the same command goes on")),
        }
    }

    async fn verify_rolled_back(&mut self) -> Result<Evidence> {
        let version = self.options.version.clone();
        let latest = runs::latest_application(&self.context.target, &version).await?;
        let Some(latest) = latest else {
            return Ok(Evidence::not_needed("nothing was applied"));
        };
        if latest.before().is_none() {
            // It ended before it had looked at every document, and so before it wrote any.
            return Ok(Evidence::not_needed("no document was written"));
        }
        self.verify(Expected::RolledBack).await
    }

    /// Whether there is anything to be rolled back.
    async fn is_applied(&self) -> Result<bool> {
        let (target, version) = (&self.context.target, &self.options.version);
        if runs::latest_application(target, version).await?.is_some() {
            return Ok(true);
        }
        Ok(records::read(target).await?.iter().any(|record| record.is_of(version)))
    }

    /// Puts the backup in the place of what is there; asks for the database's name, whatever was
    /// permitted before.
    async fn restore(&mut self) -> Result<Evidence> {
        let options = RestoreOptions {
            folder: self.backup()?,
            of: None,
            collections: Vec::new(),
            without_oplog: false,
            home: self.options.backups.clone(),
            present: Present::BackUp,
            limits: self.options.up.limits,
        };
        let asks =
            Context { confirmation: self.outside.confirmation.clone(), ..self.context.clone() };
        restore(&asks, &options).await?;
        let said = self.heard.so_far();
        Ok(Evidence::of(said.facts.get("restored").cloned().unwrap_or_default()))
    }
}
