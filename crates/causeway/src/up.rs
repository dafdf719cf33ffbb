//! Applies a migration, goes on with one that was interrupted, or heals what came in since.

use bson::{Bson, DateTime, Document, doc};
use causeway_core::event::Event;
use causeway_core::inventory::RecordStatus;
use causeway_core::journal::Deed;
use causeway_core::migration::{Migration, Version};
use causeway_core::outcome::Outcome;
use causeway_core::plan::ReplaceIndex;
use causeway_core::verdict::Expected;

use crate::backup::proven::Need;
use crate::backup::restore::require_none_part_way;
use crate::clock::duration_words;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::governor::Limits;
use crate::journal::Journal;
use crate::lease::Lease;
use crate::records;
use crate::rehearse::rehearsal::Rehearsal;
use crate::requests;
use crate::runs::frame::{self, finish};
use crate::runs::{self, Application, Direction, NewRun};
use crate::steps::engine::{Engine, Parts};
use crate::steps::forwards::Forwards;
use crate::survey::{Before, Survey};
use crate::transaction::Done;
use crate::verify::conditions::RecordMust;
use crate::verify::{self, Digests, Job};

mod preflight;

use preflight::{is_complete, may_go_on, preflight, what_is_written};

/// Verifications of one run: each but the first follows documents that arrived meanwhile.
const VERIFY_TRIES_MAX: u32 = 4;

/// How to apply.
#[derive(Debug, Clone)]
pub struct UpOptions {
    /// Hash of the plan that was approved.
    pub plan_hash: Option<String>,
    /// Whether an index of another definition may go.
    pub replace_index: ReplaceIndex,
    /// Required versions that are taken as applied, with the reason.
    pub assume_applied: Vec<(Version, String)>,
    /// Limits on load.
    pub limits: Limits,
    /// Whether digests from before are insisted on.
    pub digests: Digests,
    /// What is needed of a backup.
    pub backup: Need,
}

/// Applies `version`.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub async fn up(context: &Context, version: &Version, options: &UpOptions) -> Result<Outcome> {
    let migration = verify::find(context, version)?;
    verify::announce(context, migration);
    require_none_part_way(&context.target).await?;
    let checked = preflight(context, migration, options).await?;
    if checked.refuses() {
        return Ok(Outcome::Refused);
    }
    let application = runs::application(&context.target, version).await?;
    if let Some(application) = &application {
        may_go_on(migration, application)?;
    }
    if is_complete(context, migration, &checked, application.as_ref()).await? {
        let by = if application.is_none() { ", by other scripts" } else { "" };
        context
            .reporter
            .fact("applied", format!("{version} is applied already{by}; nothing to do"));
        return Ok(Outcome::NothingToDo);
    }
    if let Some(application) = &application {
        verify::require_digests(context, migration, application, options.digests)?;
    }
    let what = what_is_written(migration, &checked, application.as_ref());
    context.approve(&what).await?;
    if application.is_none() {
        // The prompt may have stood open for hours.
        options.backup.require(&context.target)?;
    }
    let unfinished = application.as_ref().and_then(|it| it.unfinished.clone());
    let new = || runs::free_id(&context.state_dir);
    let run = unfinished.as_ref().map_or_else(new, |it| it.run.clone());
    let lease = frame::take_lease(context, &run).await?;
    let start = Start { migration, options, run: &run, plan_hash: &checked.plan.hash };
    let result = start.with_lease(context, &lease, application).await;
    finish(context, lease, &run, result).await
}

struct Start<'a> {
    migration: &'a Migration,
    options: &'a UpOptions,
    run: &'a str,
    plan_hash: &'a str,
}

impl Start<'_> {
    async fn with_lease(
        &self,
        context: &Context,
        lease: &Lease,
        seen: Option<Application>,
    ) -> Result<Outcome> {
        let (migration, run) = (self.migration, self.run);
        require_none_part_way(&context.target).await?;
        let application = runs::application(&context.target, &migration.version).await?;
        let id = |it: &Option<Application>| {
            it.as_ref().map(|it| (it.id.clone(), it.unfinished.as_ref().map(|run| run.run.clone())))
        };
        if id(&application) != id(&seen) {
            return Err(Failure::refused("another runner worked on this migration just now")
                .hint("look with `causeway status`, then give the command again"));
        }
        let resumes = application.as_ref().is_some_and(|it| it.unfinished.is_some());
        let opened = frame::open_journal(context, run, (Direction::Up, resumes)).await?;
        let journal = opened.journal;
        let result = self.carry_out(context, lease, &journal, application).await;
        frame::close_journal(&journal, result).await
    }

    async fn carry_out(
        &self,
        context: &Context,
        lease: &Lease,
        journal: &Journal,
        application: Option<Application>,
    ) -> Result<Outcome> {
        let started = std::time::Instant::now();
        let (migration, run, is_new) = (self.migration, self.run, application.is_none());
        let application = self.open(context, lease, journal, application).await?;
        let parts = Parts { context, migration, lease, journal, run, application: &application.id };
        let engine = Engine::start(parts, self.options.limits).await?;
        let forwards = Forwards { engine: &engine, replace_index: self.options.replace_index };
        let mut done = forwards.apply_all(&application).await?;
        let job = Job {
            context,
            migration,
            application: Some(&application),
            state: Expected::Applied,
            folder: runs::folder(&context.state_dir, run),
            digests: self.options.digests,
            record: RecordMust::Follow,
        };
        let mut tries = 1;
        let verification = loop {
            journal.intend(&Deed::Verify).await?;
            let verification = job.run().await?;
            if verification.passed {
                break verification;
            }
            journal.not_done(&Deed::Verify, "something is wrong").await?;
            if tries == VERIFY_TRIES_MAX || !forwards.catch_up(&mut done).await? {
                break verification;
            }
            tries += 1;
        };
        let passed = verification.passed;
        context.reporter.emit(Event::Verified(Box::new(verification)));
        if !passed {
            lease.prove().await?;
            self.record(
                (context, lease),
                RecordStatus::Failed,
                doc! {
                "error": "verification failed", "run": run },
            )
            .await?;
            context.reporter.emit(Event::Next {
                commands: vec![
                    format!("causeway up {}", migration.version),
                    format!("causeway down {}", migration.version),
                ],
            });
            return Ok(Outcome::VerificationFailed);
        }
        journal.done(&Deed::Verify, "passed").await?;
        lease.prove().await?;
        journal.intend(&Deed::Record).await?;
        let seconds = started.elapsed().as_secs_f64();
        let mut fields = completed(context, self, &done, seconds);
        if let Ok(backup) = application.document.get_str("proven_backup") {
            fields.insert("backup", backup);
        }
        self.record((context, lease), RecordStatus::Completed, fields).await?;
        runs::set((&context.target, lease), &application.id, doc! { "completed": true }).await?;
        journal.done(&Deed::Record, "completed").await?;
        context.reporter.fact(
            "recorded",
            format!("{} completed in {}, run {run}", migration.version, duration_words(seconds)),
        );
        if is_new {
            self.judge_forecast(context, journal, seconds).await?;
        }
        context.reporter.emit(Event::Next {
            commands: vec![format!("causeway verify {} --state applied", migration.version)],
        });
        Ok(Outcome::Done)
    }

    /// Writes the run down, and for a new application looks at everything first.
    async fn open(
        &self,
        context: &Context,
        lease: &Lease,
        journal: &Journal,
        application: Option<Application>,
    ) -> Result<Application> {
        let (migration, run, target) = (self.migration, self.run, &context.target);
        journal.intend(&Deed::OpenRun).await?;
        if application.as_ref().is_some_and(|it| it.unfinished.is_some()) {
            let mut fields = doc! { "status": runs::Status::Running.word(), "ended_at": Bson::Null,
            "epoch": lease.epoch };
            if application.as_ref().is_some_and(|it| it.id == run && it.before().is_none()) {
                fields.insert("migration_sha256", &migration.sha256);
                fields.insert("plan_hash", self.plan_hash);
            }
            runs::set((target, lease), run, fields).await?;
            requests::forget_former(target, run).await?;
        } else {
            let new = NewRun {
                epoch: lease.epoch,
                version: &migration.version,
                direction: Direction::Up,
                application: application.as_ref().map(|it| it.id.as_str()),
                migration_sha256: &migration.sha256,
                plan_hash: self.plan_hash,
                unrecorded: false,
            };
            runs::insert(context, &new, run).await?;
        }
        journal.done(&Deed::OpenRun, "written down").await?;
        let application_id = application.as_ref().map_or(run, |it| it.id.as_str());
        if application.as_ref().is_none_or(|it| it.before().is_none()) {
            let folder = runs::make_folder(&context.state_dir, application_id)?;
            let (backup, before) = self.note_backup(context, journal).await?;
            runs::set((target, lease), run, doc! { "proven_backup": backup }).await?;
            let application = application_id;
            let folder = folder.as_path();
            Survey {
                context,
                migration,
                lease,
                journal,
                application,
                folder,
                direction: Direction::Up,
                before: before.as_ref(),
            }
            .take()
            .await?;
        }
        let assumed: Vec<Bson> = self
            .options
            .assume_applied
            .iter()
            .map(|(version, reason)| {
                Bson::Document(doc! { "version": version.as_str(), "reason": reason })
            })
            .collect();
        let mut fields = doc! { "run": run, "startedAt": DateTime::now() };
        if !assumed.is_empty() {
            fields.insert("assumed", assumed);
        }
        lease.prove().await?;
        self.record((context, lease), RecordStatus::Running, fields).await?;
        runs::application(target, &migration.version)
            .await?
            .ok_or_else(|| Failure::unexpected(format!("application {application_id} is gone")))
    }

    /// Says how far a rehearsal was from what it took.
    async fn judge_forecast(
        &self,
        context: &Context,
        journal: &Journal,
        seconds: f64,
    ) -> Result<()> {
        let name = context.target.name();
        let Some(rehearsal) = Rehearsal::last(&context.state_dir, self.migration, name) else {
            return Ok(());
        };
        let words = rehearsal.error_words(seconds);
        journal.note(&format!("forecast: {words}")).await?;
        context.reporter.fact("forecast", words);
        Ok(())
    }

    /// Writes down which backup stands behind a new application; returns the state before, where it
    /// is kept with that backup.
    async fn note_backup(
        &self,
        context: &Context,
        journal: &Journal,
    ) -> Result<(Option<String>, Option<Before>)> {
        let need = &self.options.backup;
        let Some(proven) = need.latest(&context.target)?.filter(|it| need.is_met_by(it)) else {
            let why = if need.without { ": --without-backup" } else { "" };
            journal.note(&format!("begun without a proven backup{why}")).await?;
            return Ok((None, None));
        };
        journal.note(&format!("behind it stands the backup {}", proven.words())).await?;
        let before = proven.state_before(&context.target, (self.migration, self.run)).await?;
        if before.is_some() {
            let text = "the state before is that of the backup: documents are not read again";
            context.reporter.fact("digests", text);
        }
        Ok((Some(proven.folder.display().to_string()), before))
    }

    async fn record(
        &self,
        (context, lease): (&Context, &Lease),
        status: RecordStatus,
        mut fields: Document,
    ) -> Result<()> {
        fields.insert("operator", &context.operator.name);
        fields.insert("host", &context.operator.host);
        fields.insert("sha256", &self.migration.sha256);
        fields.insert("planHash", self.plan_hash);
        records::write((&context.target, lease), self.migration, (status, fields)).await
    }
}

fn completed(context: &Context, start: &Start<'_>, done: &Done, seconds: f64) -> Document {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    doc! {
        "appliedAt": DateTime::now(),
        "run": start.run,
        "durationSeconds": seconds,
        "documentsChanged": number(done.changed),
        "valuesArchived": number(done.archived),
        "database": context.target.name(),
        "error": Bson::Null,
    }
}
