//! Step by step: what is next, do it, keep its evidence; and what a step that fails leads to.

use bson::DateTime;
use std::path::PathBuf;
use std::sync::Arc;

use causeway_core::journal::Said as Entry;
use causeway_core::migration::Migration;
use causeway_core::outcome::Outcome;
use causeway_core::runbook::{Course, Failing, Kind, RunRecord, Step, has_touched};

use super::heard::Heard;
use super::person::Person;
use super::trying::Evidence;
use super::{Manner, RunOptions, back, begin, kept, own_steps, standing, watching};
use crate::command::session::Session;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::journal::Journal;
use crate::lease::Turn;
use crate::monitor::Monitor;
use crate::report::{self, ReportOptions};
use crate::runs::frame::resumable;
use crate::runs::{self, Status};

/// Steps that are done again when a run waited for so long that nothing would be begun on their proof.
const BACKUP: [Step; 3] = [Step::Backup, Step::VerifyBackup, Step::Prove];

/// One run, and everything that it works with.
pub(super) struct Conductor<'a> {
    /// Its steps talk through this session; they ask for nothing.
    pub(super) session: Session,
    /// The same for what they do to the database.
    pub(super) context: Context,
    /// As the person began it.
    pub(super) outside: Context,
    pub(super) migration: Migration,
    pub(super) course: Course,
    pub(super) record: RunRecord,
    pub(super) options: &'a RunOptions,
    pub(super) journal: Journal,
    pub(super) heard: Arc<Heard>,
    pub(super) person: Person,
    /// Looks at server and application; none once it was ended.
    pub(super) monitor: Option<Arc<Monitor>>,
    /// Proved before everything that can't be taken back.
    pub(super) turn: Turn,
}

impl<'a> Conductor<'a> {
    /// Opens journal and events, and says which run it is.
    ///
    /// # Errors
    /// When the run's folder can't be written: then nothing may be done. The turn is given back with it.
    pub(super) async fn new(
        outer: &Session,
        outside: Context,
        (migration, course): (Migration, Course),
        (mut record, options): (RunRecord, &'a RunOptions),
        turn: Turn,
    ) -> Result<Self, (Failure, Turn)> {
        let opened = Self::open(outer, &outside, &mut record).await;
        let (journal, heard, session, context, monitor) = match opened {
            Ok(opened) => opened,
            Err(failure) => return Err((failure, turn)),
        };
        Ok(Self {
            monitor,
            session,
            context,
            outside,
            migration,
            course,
            record,
            options,
            journal,
            heard,
            person: Person::look(),
            turn,
        })
    }

    async fn open(
        outer: &Session,
        outside: &Context,
        record: &mut RunRecord,
    ) -> Result<(Journal, Arc<Heard>, Session, Context, Option<Arc<Monitor>>)> {
        let folder = runs::make_folder(&outside.state_dir, &record.id)?;
        // Another machine may go on with it.
        let absolute = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
        record.folder = absolute.display().to_string();
        let (journal, past) = Journal::open(&folder)?;
        let (operator, host) = (outside.operator.name.clone(), outside.operator.host.clone());
        let first = match past {
            None => Entry::Started { command: outside.operator.command.clone(), operator, host },
            Some(_) => Entry::Resumed { operator, host },
        };
        journal.write(first).await?;
        let heard = Heard::new(&folder)?;
        begin::says_which(outside, record);
        let inside = heard.reporter(&outer.reporter);
        let session = outer.inside(&record.id, inside, outside.target.name());
        let context = Context {
            migrations: outside.migrations.clone(),
            ..session.context_of(outside.target.clone())
        };
        let monitor = watching::begin(&session, &context, (&folder, &heard)).await;
        Ok((journal, heard, session, context, monitor))
    }

    /// Goes through the steps, or back; says at its end how everything stands.
    pub(super) async fn conduct(mut self) -> (Result<Outcome>, Turn) {
        let result = if self.record.goes_back() {
            self.go_back().await
        } else {
            match self.forwards().await {
                Err(failure) => self.after(failure).await,
                Ok(outcome) => Ok(outcome),
            }
        };
        let result = self.end(result).await;
        (result, self.turn)
    }

    async fn forwards(&mut self) -> Result<Outcome> {
        while let Some(step) = self.course.next(&self.record.steps).cloned() {
            self.turn.prove().await?;
            self.require_going_on()?;
            if self.needs_another_backup(&step)? {
                begin::void(&mut self.record, &BACKUP, "the proof has grown too old meanwhile");
                self.save().await?;
                continue;
            }
            if self.keep_people_out(&step).await? {
                continue;
            }
            self.mind_the_window();
            let skipped = self.options.skip.iter().find(|(id, _)| *id == step.id());
            match (skipped, self.options.manner) {
                (Some((_, why)), _) => self.leave_out(&step, &format!("--skip: {why}")).await?,
                (None, Manner::Paranoid) => self.ask_first(&step).await?,
                (None, Manner::Plain | Manner::Noop | Manner::Back) => self.step(&step).await?,
            }
            if self.options.to.as_deref() == Some(step.id().as_str()) {
                let text = format!("as asked; the same command without --to goes on after {step}");
                self.outside.reporter.fact("stops", text);
                return Ok(Outcome::Done);
            }
        }
        self.loose_ends().await
    }

    fn require_going_on(&self) -> Result<()> {
        if self.context.interrupt.is_set() {
            return Err(Failure::stopped("stopped as asked, between two steps")
                .hint("the same command goes on"));
        }
        Ok(())
    }

    async fn ask_first(&mut self, step: &Step) -> Result<()> {
        let (number, of) = self.course.number(step);
        let question = format!("step {number} of {of}, {step}: {}; go on?", step.title());
        let words: &[&str] =
            if step.may_be_skipped() { &["yes", "skip", "stop"] } else { &["yes", "stop"] };
        match self.person.choose(&question, words).await? {
            Some("yes") => self.step(step).await,
            Some("skip") => self.leave_out(step, "left out by the person who was asked").await,
            Some(_) => Err(Failure::stopped("stopped by the person who was asked")
                .hint("the same command goes on")),
            None => Err(Failure::refused("--paranoid asks before each step, and nobody is there")),
        }
    }

    pub(super) async fn carry_out(&mut self, step: &Step) -> Result<Evidence> {
        match step {
            Step::Announce => self.announce().await,
            Step::Check => self.check().await,
            Step::Backup => self.back_up().await,
            Step::VerifyBackup => self.verify_backup(),
            Step::Prove => self.prove().await,
            Step::Rehearse => self.rehearse().await,
            Step::AwaitWindow => self.await_window().await,
            Step::BeginMaintenance => self.begin_maintenance().await,
            Step::TellBegin => self.tell_begin().await,
            Step::StopJobs => self.stop_jobs().await,
            Step::Quiet => self.quiet().await,
            Step::Up => self.up().await,
            Step::Verify => self.verify_applied().await,
            Step::LiftFence => self.lift_fence().await,
            Step::Smoke => self.smoke().await,
            Step::StartJobs => self.start_jobs().await,
            Step::EndMaintenance => self.end_maintenance().await,
            Step::TellEnd => self.tell_end().await,
            Step::Watch => self.watch().await,
            Step::Manual(name) => self.manual(name).await,
            Step::Hook(name) => self.hook(name).await,
            Step::Back(back) => self.step_back(*back).await,
        }
    }

    /// What a failure leads to: it stays as it is, or goes back.
    async fn after(&mut self, failure: Failure) -> Result<Outcome> {
        let crossed = self.crossed();
        let has_crossed = crossed.is_some();
        let failure = crossed.unwrap_or_else(|| resumable(failure));
        let interrupted = self.context.interrupt.is_set() && failure.outcome == Outcome::Refused;
        let failure = match interrupted {
            true => failure.ending(Outcome::Stopped).hint("the same command goes on"),
            false => failure,
        };
        let step = self.record.steps.last().map(|record| record.step.clone()).unwrap_or_default();
        let of = self.course.find(&step);
        let kind = of.map_or("infrastructure", |step| step.kind().word());
        let kind = if has_crossed { Kind::Application.word() } else { kind };
        if failure.outcome == Outcome::LockHeld {
            return Err(failure);
        }
        self.record.failing = Some(Failing {
            step,
            kind: kind.to_owned(),
            message: failure.message.clone(),
            at: DateTime::now(),
            rolls_back: false,
        });
        if let Some(contact) = standing::contact(self, failure.outcome) {
            self.outside.reporter.fact("call", contact);
        }
        if has_touched(&self.record) && back::decide(self, &failure).await? {
            back::wanted(&mut self.record, &failure.message);
            self.save().await?;
            self.outside.reporter.warning(format!("{failure}; going back"));
            return self.go_back().await;
        }
        Err(failure)
    }

    /// A code that says that the database is untouched would not be true in the middle of a run.
    fn in_the_middle(&self, failure: Failure) -> Failure {
        match failure.outcome {
            Outcome::Refused | Outcome::Usage | Outcome::LockHeld if has_touched(&self.record) => {
                failure.ending(Outcome::Stopped).in_a_run()
            }
            _ => failure.in_a_run(),
        }
    }

    /// Writes the end down, tells the project's own commands, and says how everything stands.
    async fn end(&mut self, result: Result<Outcome>) -> Result<Outcome> {
        let result = result.map_err(|failure| self.in_the_middle(failure));
        let outcome = match &result {
            Ok(outcome) => *outcome,
            Err(failure) => failure.outcome,
        };
        let complete = self.course.next(&self.record.steps).is_none();
        let status = match outcome {
            Outcome::Done | Outcome::NothingToDo | Outcome::VerificationFailed if complete => {
                Status::Completed
            }
            Outcome::RolledBack => Status::Completed,
            Outcome::Done | Outcome::NothingToDo | Outcome::Stopped | Outcome::Refused => {
                Status::Stopped
            }
            Outcome::LockHeld => Status::Stopped,
            Outcome::Failed
            | Outcome::Usage
            | Outcome::VerificationFailed
            | Outcome::RollbackFailed
            | Outcome::Pending => Status::Failed,
        };
        status.word().clone_into(&mut self.record.status);
        self.record.exit_code = Some(outcome.exit_code().into());
        self.record.ended_at = Some(DateTime::now());
        let is_stop = matches!(outcome, Outcome::Done | Outcome::NothingToDo) && !complete
            || outcome == Outcome::Stopped && self.context.interrupt.is_set();
        let hooks = match is_stop {
            // A person stopped it, here or with --to: that is no end.
            true => Vec::new(),
            false => own_steps::at_the_end(self, outcome).await,
        };
        for words in hooks {
            self.outside.reporter.warning(words);
        }
        let saved = self.save().await;
        let ended = self.journal.write(Entry::Ended { outcome: format!("{outcome:?}") }).await;
        self.stop_monitor().await;
        let report = self.report().await;
        standing::show(self, outcome, report).await;
        let failed = result.is_err();
        if !failed {
            saved?;
            ended?;
        }
        result
    }

    /// The review, as far as there is something to be reviewed.
    async fn report(&self) -> Option<PathBuf> {
        if !has_touched(&self.record) {
            return None;
        }
        let review_days = self.session.config.review.days();
        let options = ReportOptions { review_days, ..ReportOptions::default() };
        match report::write(&self.outside, &self.record.id, None, &options).await {
            Ok(written) => {
                let target = &self.outside.target;
                let published = report::publish(target, &self.record.id, &written.html).await;
                if let Err(failure) = published {
                    let words = format!("the application can't show the report: {failure}");
                    self.outside.reporter.warning(words);
                }
                Some(written.html)
            }
            Err(failure) => {
                self.outside.reporter.warning(format!("the report could not be made: {failure}"));
                None
            }
        }
    }

    /// Writes the run's document.
    pub(super) async fn save(&self) -> Result<()> {
        kept::save(&self.context.target, &self.record, self.turn.epoch).await
    }
}
