//! Rolls a migration back: undoes what all runs since the last rollback did, and keeps what people
//! entered since.

use std::path::PathBuf;

use bson::{Bson, DateTime, doc};
use causeway_core::answer::Verdict as AnswerVerdict;
use causeway_core::event::Event;
use causeway_core::inventory::RecordStatus;
use causeway_core::journal::Deed;
use causeway_core::migration::{Migration, Step, Version};
use causeway_core::outcome::Outcome;
use causeway_core::verdict::Expected;

use crate::backup::offer::offer;
use crate::backup::restore::require_none_part_way;
use crate::check;
use crate::clock::duration_words;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::governor::Limits;
use crate::had_before::{self, OutOfUse};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::lost_values;
use crate::records;
use crate::requests;
use crate::runs::frame::{self, finish};
use crate::runs::{self, Application, Direction, NewRun};
use crate::steps::backwards::undo_all;
use crate::steps::engine::{Engine, Parts};
use crate::survey::Survey;
use crate::transaction::Done;
use crate::verify::conditions::RecordMust;
use crate::verify::{self, Digests, Job};

/// How to roll back.
#[derive(Debug, Clone)]
pub struct DownOptions {
    /// What to do where there is no had-before list.
    pub unrecorded: Unrecorded,
    /// Limits on load.
    pub limits: Limits,
    /// Whether digests from before are insisted on.
    pub digests: Digests,
    /// Folder of backups, for the offer of a restore when it does not succeed.
    pub backups: PathBuf,
}

/// What to do about a migration that other scripts applied: nobody knows which documents had its
/// fields before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrecorded {
    /// Refuse.
    Refuse,
    /// Archive every value of every document.
    ArchiveEverything,
}

/// Rolls `version` back.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub async fn down(context: &Context, version: &Version, options: &DownOptions) -> Result<Outcome> {
    let migration = verify::find(context, version)?;
    verify::announce(context, migration);
    require_none_part_way(&context.target).await?;
    needed_by_others(context, migration).await?;
    let latest = runs::latest_application(&context.target, version).await?;
    if let Some(run) = latest.as_ref().and_then(undone_but_not_ended) {
        return end_it(context, version, run).await;
    }
    let was_rolled_back = latest.as_ref().is_some_and(Application::is_rolled_back);
    let application = latest.filter(|latest| !latest.is_rolled_back());
    if was_rolled_back && is_recorded_as_rolled_back(context, version).await? {
        context
            .reporter
            .fact("rolled back", format!("{version} is rolled back already; nothing to do"));
        return Ok(Outcome::NothingToDo);
    }
    let allowed = check::privileges(&context.target, migration).await?;
    if allowed.answer == AnswerVerdict::Refuses {
        context.reporter.emit(Event::Answer(allowed));
        return Ok(Outcome::Refused);
    }
    let basis = basis(context, migration, application, options).await?;
    let what = match &basis {
        Basis::Application(application) => format!(
            "roll back {version}, applied by run {}: {}",
            application.id,
            steps_backwards(migration)
        ),
        Basis::Unrecorded => format!(
            "take back {version}, applied by other scripts, archiving every value: {}",
            steps_backwards(migration)
        ),
    };
    context.approve(&what).await?;
    let unfinished = match &basis {
        Basis::Application(it) => {
            it.unfinished.clone().filter(|it| it.direction == Direction::Down)
        }
        Basis::Unrecorded => None,
    };
    let new = || runs::free_id(&context.state_dir);
    let run = unfinished.as_ref().map_or_else(new, |it| it.run.clone());
    let lease = frame::take_lease(context, &run).await?;
    let start = Start { migration, options, run: &run, resumes: unfinished.is_some() };
    let behind = match &basis {
        Basis::Application(it) => Some(it.as_ref().clone()),
        Basis::Unrecorded => None,
    };
    let result = start.with_lease(context, &lease, basis).await;
    let result = finish(context, lease, &run, result).await.map_err(needs_a_person);
    let failed = match &result {
        Ok(outcome) => *outcome == Outcome::VerificationFailed,
        Err(failure) => failure.outcome == Outcome::RollbackFailed,
    };
    if failed {
        offer(context, &options.backups, behind.as_ref()).await;
    }
    result
}

/// What nobody foresaw may have happened between two writes.
fn needs_a_person(failure: Failure) -> Failure {
    match failure.outcome {
        Outcome::Failed => failure.ending(Outcome::RollbackFailed),
        _ => failure,
    }
}

/// A migration that requires this one goes first: it was made for what this one made.
async fn needed_by_others(context: &Context, migration: &Migration) -> Result<()> {
    let records = records::read(&context.target).await?;
    for other in &context.migrations {
        let stands = records.iter().any(|record| {
            record.is_of(&other.version)
                && matches!(
                    record.status,
                    RecordStatus::Completed | RecordStatus::Running | RecordStatus::Failed
                )
        });
        if stands && other.requires.contains(&migration.version) {
            return Err(Failure::refused(format!(
                "{} requires {} and is applied",
                other.version, migration.version
            ))
            .hint(format!("roll it back first: causeway down {}", other.version)));
        }
    }
    Ok(())
}

/// The rollback that undid everything, wrote so, and died before it wrote that it had ended.
fn undone_but_not_ended(latest: &Application) -> Option<&str> {
    let run = latest.unfinished.as_ref().filter(|run| run.direction == Direction::Down)?;
    latest.is_rolled_back().then_some(run.run.as_str())
}

async fn end_it(context: &Context, version: &Version, run: &str) -> Result<Outcome> {
    let what = format!("that run {run}, which rolled {version} back, has ended");
    context.approve(&what).await?;
    let lease = frame::take_lease(context, run).await?;
    let result = write_end(context, &lease, run).await;
    finish(context, lease, run, result).await
}

async fn write_end(context: &Context, lease: &Lease, run: &str) -> Result<Outcome> {
    let running = doc! { "status": runs::Status::Running.word() };
    runs::set((&context.target, lease), run, running).await?;
    let opened = frame::open_journal(context, run, (Direction::Down, true)).await?;
    let ended = format!("run {run} had undone everything; it has ended now");
    context.reporter.fact("rolled back", ended);
    frame::close_journal(&opened.journal, Ok(Outcome::Done)).await
}

/// Other scripts may have applied it again since.
async fn is_recorded_as_rolled_back(context: &Context, version: &Version) -> Result<bool> {
    let record = records::raw(&context.target, version).await?.map(|raw| records::facts(&raw));
    Ok(record.is_some_and(|record| record.status == RecordStatus::RolledBack))
}

/// What there is to roll back.
enum Basis {
    /// An application with its had-before list.
    Application(Box<Application>),
    /// Something that other scripts applied.
    Unrecorded,
}

async fn basis(
    context: &Context,
    migration: &Migration,
    application: Option<Application>,
    options: &DownOptions,
) -> Result<Basis> {
    let version = &migration.version;
    if let Some(application) = application {
        application.require_same_file(migration)?;
        verify::require_digests(context, migration, &application, options.digests)?;
        return Ok(Basis::Application(Box::new(application)));
    }
    let record = records::raw(&context.target, version).await?.map(|raw| records::facts(&raw));
    let applied =
        record.as_ref().is_some_and(|it| it.foreign && it.status == RecordStatus::Completed);
    match (applied, options.unrecorded) {
        (true, Unrecorded::ArchiveEverything) => Ok(Basis::Unrecorded),
        (true, Unrecorded::Refuse) => Err(Failure::refused(format!(
            "{version} was applied by other scripts: nobody knows which documents had its fields before"
        ))
        .hint("to take the fields from every document, with every value archived: --unrecorded")),
        (false, _) => Err(Failure::refused(format!("{version} is not applied; there is nothing to roll back"))
            .hint("see `causeway status`")),
    }
}

fn steps_backwards(migration: &Migration) -> String {
    let titles: Vec<String> = migration.steps.iter().rev().map(Step::title).collect();
    format!("undo {}", titles.join("; undo "))
}

struct Start<'a> {
    migration: &'a Migration,
    options: &'a DownOptions,
    run: &'a str,
    resumes: bool,
}

impl Start<'_> {
    async fn with_lease(&self, context: &Context, lease: &Lease, basis: Basis) -> Result<Outcome> {
        require_none_part_way(&context.target).await?;
        let present = runs::application(&context.target, &self.migration.version).await?;
        let expected = match &basis {
            Basis::Application(application) => Some(application.id.as_str()),
            Basis::Unrecorded => None,
        };
        if present.as_ref().map(|it| it.id.as_str()) != expected {
            return Err(Failure::refused("another runner worked on this migration just now")
                .hint("look with `causeway status`, then give the command again"));
        }
        let direction = (Direction::Down, self.resumes);
        let opened = frame::open_journal(context, self.run, direction).await?;
        let (journal, folder) = (opened.journal, opened.folder);
        let result = self.carry_out(context, lease, (&journal, folder), present).await;
        frame::close_journal(&journal, result).await
    }

    async fn carry_out(
        &self,
        context: &Context,
        lease: &Lease,
        (journal, folder): (&Journal, PathBuf),
        application: Option<Application>,
    ) -> Result<Outcome> {
        let started = std::time::Instant::now();
        let (migration, run) = (self.migration, self.run);
        let application = self.open(context, lease, (journal, &folder), application).await?;
        if application.before().is_none() {
            return self.never_began(context, lease, journal, &application).await;
        }
        let parts = Parts { context, migration, lease, journal, run, application: &application.id };
        let engine = Engine::start(parts, self.options.limits).await?;
        let done = undo_all(&engine, &application).await?;
        let lost = lost_values::write(&engine, &folder).await?;
        journal.intend(&Deed::Verify).await?;
        let job = Job {
            context,
            migration,
            application: Some(&application),
            state: Expected::RolledBack,
            folder,
            digests: self.options.digests,
            record: RecordMust::Follow,
        };
        let verification = job.run().await?;
        let passed = verification.passed;
        context.reporter.emit(Event::Verified(Box::new(verification)));
        if !passed {
            journal.not_done(&Deed::Verify, "something is wrong; see the list").await?;
            lease.prove().await?;
            let fields = doc! { "error": "verification of the rollback failed", "run": run };
            records::write((&context.target, lease), migration, (RecordStatus::Failed, fields))
                .await?;
            return Ok(Outcome::VerificationFailed);
        }
        journal.done(&Deed::Verify, "passed").await?;
        lease.prove().await?;
        journal.intend(&Deed::Record).await?;
        let seconds = started.elapsed().as_secs_f64();
        self.record((context, lease), &application.id, &done, seconds).await?;
        journal.done(&Deed::Record, "rolled back").await?;
        lost.report(&context.reporter);
        context.reporter.fact(
            "recorded",
            format!("{} rolled back in {}, run {run}", migration.version, duration_words(seconds)),
        );
        context.reporter.emit(Event::Next {
            commands: vec![format!("causeway verify {} --state rolled-back", migration.version)],
        });
        Ok(Outcome::Done)
    }

    async fn open(
        &self,
        context: &Context,
        lease: &Lease,
        (journal, folder): (&Journal, &std::path::Path),
        application: Option<Application>,
    ) -> Result<Application> {
        let (migration, run, target) = (self.migration, self.run, &context.target);
        journal.intend(&Deed::OpenRun).await?;
        if self.resumes {
            let fields = doc! { "status": runs::Status::Running.word(), "ended_at": Bson::Null,
            "epoch": lease.epoch };
            runs::set((target, lease), run, fields).await?;
            requests::forget_former(target, run).await?;
        } else {
            let new = NewRun {
                epoch: lease.epoch,
                version: &migration.version,
                direction: Direction::Down,
                application: application.as_ref().map(|it| it.id.as_str()),
                migration_sha256: &migration.sha256,
                plan_hash: "",
                unrecorded: application.is_none(),
            };
            runs::insert(context, &new, run).await?;
        }
        journal.done(&Deed::OpenRun, "written down").await?;
        let unrecorded = application.as_ref().is_none_or(Application::is_unrecorded);
        if unrecorded && application.as_ref().is_none_or(|it| it.before().is_none()) {
            let survey = Survey {
                context,
                migration,
                lease,
                journal,
                application: run,
                folder,
                direction: Direction::Down,
                before: None,
            };
            survey.take().await?;
        }
        runs::application(target, &migration.version)
            .await?
            .ok_or_else(|| Failure::unexpected(format!("the application of run {run} is gone")))
    }

    /// `up` died before it wrote to a single document or its record: there is nothing to undo.
    async fn never_began(
        &self,
        context: &Context,
        lease: &Lease,
        journal: &Journal,
        application: &Application,
    ) -> Result<Outcome> {
        journal.intend(&Deed::Verify).await?;
        journal.done(&Deed::Verify, "nothing had been written to any document").await?;
        lease.prove().await?;
        journal.intend(&Deed::Record).await?;
        // `up` writes its record after the survey: what stands there is not this application's.
        let lists = OutOfUse::UpTo(lease.epoch);
        had_before::forget(&context.target, &application.id, lists).await?;
        runs::rolled_back((&context.target, lease), &application.id, self.run).await?;
        journal.done(&Deed::Record, "rolled back").await?;
        context.reporter.fact("rolled back", "the application had not begun to write documents");
        Ok(Outcome::Done)
    }

    async fn record(
        &self,
        (context, lease): (&Context, &Lease),
        application: &str,
        done: &Done,
        seconds: f64,
    ) -> Result<()> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let fields = doc! {
            "rolledBackAt": DateTime::now(), "run": self.run, "durationSeconds": seconds,
            "documentsChanged": number(done.changed), "valuesArchived": number(done.archived),
            "operator": &context.operator.name, "host": &context.operator.host,
            "error": Bson::Null,
        };
        records::write(
            (&context.target, lease),
            self.migration,
            (RecordStatus::RolledBack, fields),
        )
        .await?;
        runs::rolled_back((&context.target, lease), application, self.run).await
    }
}
