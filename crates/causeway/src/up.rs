//! Applies a migration, goes on with one that was interrupted, or heals what came in since.

use std::sync::Arc;

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};
use causeway_core::answer::{Tally, Verdict as AnswerVerdict};
use causeway_core::event::Event;
use causeway_core::inventory::RecordStatus;
use causeway_core::journal::{Deed, Said};
use causeway_core::migration::{Migration, Step, Version};
use causeway_core::outcome::Outcome;
use causeway_core::plan::{Action, PlanOptions, ReplaceIndex};
use causeway_core::verdict::Expected;
use mongodb::error::{ErrorKind, RETRYABLE_WRITE_ERROR};

use crate::check::{self, CheckSettings, Checked, Patience};
use crate::clock::{duration_words, thousands};
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::governor::{Governor, Limits};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::progress::Progress;
use crate::records;
use crate::requests;
use crate::runs::{self, Application, Direction, NewRun};
use crate::steps::add_field::{Adding, not_of_type};
use crate::steps::computed::{Computing, pending};
use crate::steps::engine::{Engine, Parts};
use crate::steps::moved_field::{Move, Moving};
use crate::steps::reapply;
use crate::steps::sweep::sweep_all;
use crate::steps::{index, validator};
use crate::survey::Survey;
use crate::transaction::{Done, changed, next_batch};
use crate::verify::conditions::RecordMust;
use crate::verify::{self, Digests, Job};

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
}

/// Applies `version`.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub async fn up(context: &Context, version: &Version, options: &UpOptions) -> Result<Outcome> {
    let migration = verify::find(context, version)?;
    verify::announce(context, migration);
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
    let what = what_is_written(migration, &checked, application.as_ref());
    context.confirmation.ask(&what, context.target.name())?;
    let unfinished = application.as_ref().and_then(|it| it.unfinished.clone());
    let run = unfinished.as_ref().map_or_else(runs::new_id, |it| it.run.clone());
    let lease = Lease::take(
        &context.target,
        &context.operator,
        &run,
        context.lease_life,
        &context.reporter,
    )
    .await?;
    let start = Start { migration, options, run: &run, plan_hash: &checked.plan.hash };
    let result = start.with_lease(context, &lease, application).await;
    finish(context, lease, &run, result).await
}

/// Writes down how a run ended and gives the lease back; the result is the command's.
pub(crate) async fn finish(
    context: &Context,
    lease: Lease,
    run: &str,
    result: Result<Outcome>,
) -> Result<Outcome> {
    let result = result.map_err(resumable);
    let outcome = match &result {
        Ok(outcome) => *outcome,
        Err(failure) => failure.outcome,
    };
    // Only who still holds the lease may say how the run stands.
    if !lease.is_lost() {
        let ended = runs::end((&context.target, &lease), run, outcome).await;
        let released = lease.release().await;
        if result.is_ok() {
            ended?;
            released?;
        }
    }
    result
}

/// A server that went away in the middle is nothing unforeseen: whatever a run does, the same
/// command goes on with it.
fn resumable(failure: Failure) -> Failure {
    let away = failure.driver_error().is_some_and(|error| {
        matches!(
            error.kind.as_ref(),
            ErrorKind::Io(_)
                | ErrorKind::ServerSelection { .. }
                | ErrorKind::ConnectionPoolCleared { .. }
        ) || error.contains_label(RETRYABLE_WRITE_ERROR)
    });
    if !away || failure.outcome != Outcome::Failed {
        return failure;
    }
    failure.ending(Outcome::Stopped).hint("when the server answers again, the same command resumes")
}

async fn preflight(
    context: &Context,
    migration: &Migration,
    options: &UpOptions,
) -> Result<Checked> {
    let settings = CheckSettings {
        assume_applied: options.assume_applied.clone(),
        plan: PlanOptions { replace_index: options.replace_index },
        limits: options.limits.measured,
        approved_plan: options.plan_hash.clone(),
        patience: Patience::Moment,
    };
    let checked = check::gate(&context.target, migration, &context.migrations, &settings).await?;
    for answer in &checked.answers {
        if answer.answer != AnswerVerdict::Ok {
            context.reporter.emit(Event::Answer(answer.clone()));
        }
    }
    if checked.refuses() {
        let tally = Tally::of(&checked.answers);
        context.reporter.emit(Event::Checked { version: migration.version.to_string(), tally });
    }
    Ok(checked)
}

/// An application that is under way binds those who go on with it.
fn may_go_on(migration: &Migration, application: &Application) -> Result<()> {
    if application.unfinished.as_ref().is_some_and(|it| it.direction == Direction::Down) {
        return Err(Failure::refused(format!("a rollback of {} is under way", migration.version))
            .hint(format!("go on with it: causeway down {}", migration.version)));
    }
    // Until the survey is complete nothing was written: the file may still be mended.
    if application.before().is_some() && application.migration_sha256() != migration.sha256 {
        return Err(Failure::refused(format!(
            "{} was changed since run {} applied it",
            migration.file, application.id
        ))
        .hint("put the file back as it was, or roll back first; a change belongs in a migration of its own"));
    }
    Ok(())
}

fn what_is_written(
    migration: &Migration,
    checked: &Checked,
    application: Option<&Application>,
) -> String {
    let steps: Vec<String> = migration.steps.iter().map(Step::title).collect();
    let how = match application {
        None => "apply",
        Some(it) if it.unfinished.is_some() => "go on with",
        Some(_) => "heal",
    };
    format!("{how} {}: {} (plan {})", migration.version, steps.join("; "), checked.plan.hash)
}

/// Whether everything is as the migration wants it, without writing anything.
async fn is_complete(
    context: &Context,
    migration: &Migration,
    checked: &Checked,
    application: Option<&Application>,
) -> Result<bool> {
    let completed = |it: &Application| it.is_completed() && it.unfinished.is_none();
    let recorded =
        checked.inventory.records.iter().any(|record| {
            record.is_of(&migration.version) && record.status == RecordStatus::Completed
        });
    if !recorded || !application.is_none_or(completed) {
        return Ok(false);
    }
    for (step, planned) in migration.steps.iter().zip(&checked.plan.steps) {
        let pending = match to_do(step) {
            Some(filter) => finds(context, step.collection().as_str(), &filter).await?,
            None => !matches!(
                planned.action,
                Action::Nothing
                    | Action::IndexPresent
                    | Action::IndexAbsent
                    | Action::EnumNotRestricted
                    | Action::EnumAlready
            ),
        };
        if pending {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Documents that a step still has to change; none for a step that changes no documents.
fn to_do(step: &Step) -> Option<RawDocumentBuf> {
    match step {
        Step::AddField(step) => Some(not_of_type(step.field.as_str(), step.bson_type)),
        Step::RemoveField(step) => Some(exists(step.field.as_str())),
        Step::RenameField(step) => Some(exists(step.from.as_str())),
        Step::SetComputed(step) => Some(pending(step)),
        Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => None,
    }
}

fn exists(field: &str) -> RawDocumentBuf {
    let exists = causeway_core::splice::packed_document(&bson::rawdoc! { "$exists": true });
    causeway_core::splice::document(&[(field, &exists)])
}

async fn finds(context: &Context, collection: &str, filter: &RawDocumentBuf) -> Result<bool> {
    let looking = || format!("look for documents of {collection} that still need the change");
    let filter = Document::try_from(filter).attempt(looking)?;
    let found = context
        .target
        .database
        .collection::<RawDocumentBuf>(collection)
        .find_one(filter)
        .projection(doc! { "_id": 1 })
        .await
        .attempt(looking)?;
    Ok(found.is_some())
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
        let application = runs::application(&context.target, &migration.version).await?;
        let id = |it: &Option<Application>| {
            it.as_ref().map(|it| (it.id.clone(), it.unfinished.as_ref().map(|run| run.run.clone())))
        };
        if id(&application) != id(&seen) {
            return Err(Failure::refused("another runner worked on this migration just now")
                .hint("look with `causeway status`, then give the command again"));
        }
        let resumes = application.as_ref().is_some_and(|it| it.unfinished.is_some());
        let folder = runs::make_folder(&context.state_dir, run)?;
        let (journal, past) = Journal::open(&folder)?;
        let operator = context.operator.name.clone();
        let host = context.operator.host.clone();
        journal
            .write(match past {
                None => Said::Started { command: context.operator.command.clone(), operator, host },
                Some(_) => Said::Resumed { operator, host },
            })
            .await?;
        context.reporter.emit(Event::RunStarted {
            run: run.to_owned(),
            command: Direction::Up.word(),
            resumed: resumes,
            folder: folder.display().to_string(),
        });
        let result = self.carry_out(context, lease, &journal, application).await;
        let outcome = match &result {
            Ok(outcome) => *outcome,
            Err(failure) => failure.outcome,
        };
        let ended = journal.write(Said::Ended { outcome: format!("{outcome:?}") }).await;
        if result.is_ok() {
            ended?;
        }
        result
    }

    async fn carry_out(
        &self,
        context: &Context,
        lease: &Lease,
        journal: &Journal,
        application: Option<Application>,
    ) -> Result<Outcome> {
        let started = std::time::Instant::now();
        let (migration, run) = (self.migration, self.run);
        let application = self.open(context, lease, journal, application).await?;
        let governor = Governor::start(
            &context.target,
            run,
            self.options.limits,
            (&context.reporter, &context.interrupt),
        );
        let engine = Engine::new(Parts {
            context,
            migration,
            lease,
            journal,
            run,
            application: &application.id,
            governor: Arc::clone(&governor),
            next_batch: next_batch(&context.target, run).await?,
        });
        let mut done = self.steps(&engine, &application).await?;
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
            if tries == VERIFY_TRIES_MAX || !self.catch_up(&engine, &mut done).await? {
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
        let fields = completed(context, self, &done, seconds);
        self.record((context, lease), RecordStatus::Completed, fields).await?;
        runs::set((&context.target, lease), &application.id, doc! { "completed": true }).await?;
        journal.done(&Deed::Record, "completed").await?;
        context.reporter.fact(
            "recorded",
            format!("{} completed in {}, run {run}", migration.version, duration_words(seconds)),
        );
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
            requests::forget_cancel(target, run).await?;
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
            let application = application_id;
            let folder = folder.as_path();
            Survey { context, migration, lease, journal, application, folder }.take().await?;
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

    async fn steps(&self, engine: &Engine<'_>, application: &Application) -> Result<Done> {
        let mut total = Done::default();
        for (number, step) in engine.migration.steps.iter().enumerate() {
            let Step::CreateIndex(step) = step else { continue };
            engine.begin(number).await?;
            let wanted = (&step.index, self.options.replace_index);
            let cleared = index::clear_the_way(engine, number, wanted).await?;
            engine.end(number, &format!("{cleared:?}")).await?;
            if let index::Cleared::Dropped(names) = cleared {
                for name in names {
                    engine.context.reporter.fact(
                        "dropped",
                        format!(
                            "index {name}, in the way of {}; down makes it again",
                            step.index.name
                        ),
                    );
                }
            }
        }
        for (number, step) in engine.migration.steps.iter().enumerate() {
            engine.begin(number).await?;
            let phase = format!("{}  {}", step.collection(), step.title());
            let progress = Progress::start(
                &engine.context.reporter,
                phase,
                expected_documents(engine, application, number).await,
                "documents",
            );
            let (done, result) = self.step(engine, number, &progress).await?;
            total.changed += done.changed;
            total.archived += done.archived;
            engine.end(number, &result).await?;
            progress.finish(result);
        }
        for (number, step) in reapply::steps(engine) {
            let pending = reapply::pending(engine.migration.version.as_str(), number);
            if !finds_chunk(engine, pending).await? {
                continue;
            }
            engine.begin(number).await?;
            let phase = format!("{}  putting back what a rollback took away", step.collection);
            let progress = Progress::start(&engine.context.reporter, phase, None, "documents");
            let done = reapply::bring_back(engine, number, step, &progress).await?;
            let result =
                format!("{} put back, {} conflicts", thousands(done.changed), thousands(done.left));
            engine.end(number, &result).await?;
            progress.finish(result);
            if done.left > 0 {
                engine.context.reporter.warning(format!(
                    "{} archived values could not be put back; `causeway conflicts {}` lists and applies them",
                    thousands(done.left),
                    engine.migration.version
                ));
            }
        }
        Ok(total)
    }

    /// Changes the documents that arrived after the sweeps, while an index was built or everything
    /// was read: the application that makes them may not know of the migration yet. Says whether
    /// there were any.
    async fn catch_up(&self, engine: &Engine<'_>, total: &mut Done) -> Result<bool> {
        let mut changed = 0;
        for (number, step) in engine.migration.steps.iter().enumerate() {
            let Some(filter) = to_do(step) else { continue };
            if !finds(engine.context, step.collection().as_str(), &filter).await? {
                continue;
            }
            engine.begin(number).await?;
            let phase = format!("{}  {}, late arrivals", step.collection(), step.title());
            let progress = Progress::start(&engine.context.reporter, phase, None, "documents");
            let (done, result) = self.step(engine, number, &progress).await?;
            engine.end(number, &result).await?;
            progress.finish(result);
            changed += done.changed;
            total.changed += done.changed;
            total.archived += done.archived;
        }
        Ok(changed > 0)
    }

    async fn step(
        &self,
        engine: &Engine<'_>,
        number: usize,
        progress: &Progress,
    ) -> Result<(Done, String)> {
        let done = match &engine.migration.steps[number] {
            Step::AddField(step) => {
                sweep_all(engine, &Adding::new(engine, number, step), progress).await?
            }
            Step::RemoveField(step) => {
                let moving = Moving {
                    engine,
                    number,
                    collection: step.collection.as_str(),
                    field: step.field.as_str(),
                    to: Move::Remove,
                };
                sweep_all(engine, &moving, progress).await?
            }
            Step::RenameField(step) => {
                let moving = Moving {
                    engine,
                    number,
                    collection: step.collection.as_str(),
                    field: step.from.as_str(),
                    to: Move::Rename { to: step.to.as_str() },
                };
                sweep_all(engine, &moving, progress).await?
            }
            Step::SetComputed(step) => {
                sweep_all(engine, &Computing { engine, number, step }, progress).await?
            }
            Step::CreateIndex(step) => {
                let wanted = (&step.index, self.options.replace_index);
                return Ok((Done::default(), index::create(engine, number, wanted).await?));
            }
            Step::DropIndex(step) => {
                return Ok((Done::default(), index::remove(engine, number, &step.name).await?));
            }
            Step::ExtendEnum(step) => {
                return Ok((Done::default(), validator::extend(engine, number, step).await?));
            }
        };
        Ok((done, done_words(&done)))
    }
}

/// Counts of a finished step in words.
pub(crate) fn done_words(done: &Done) -> String {
    let archived = if done.archived > 0 {
        format!(", {} values archived", thousands(done.archived))
    } else {
        String::new()
    };
    format!("{} documents changed{archived}", thousands(done.changed))
}

/// Documents that a step still has to change, as far as the survey and the journal tell: for a
/// progress bar, so nothing depends on it.
async fn expected_documents(
    engine: &Engine<'_>,
    application: &Application,
    number: usize,
) -> Option<u64> {
    let step = &engine.migration.steps[number];
    if !step.writes_documents() {
        return None;
    }
    let counts = application.before()?.get_document("counts").ok()?;
    let counts = counts.get_document(step.collection().as_str()).ok()?;
    let lacking = counts.get_i64("absent").ok()? + counts.get_i64("malformed").ok()?;
    let names = (engine.application, engine.run);
    let (own, others) = changed(&engine.context.target, names, number).await.ok()?;
    Some(u64::try_from(lacking).ok()?.saturating_sub(own + others))
}

async fn finds_chunk(engine: &Engine<'_>, filter: Document) -> Result<bool> {
    let found = crate::archive::collection(&engine.context.target)
        .find_one(filter)
        .projection(doc! { "_id": 1 })
        .await
        .attempt(|| "look for values that a rollback took away".to_owned())?;
    Ok(found.is_some())
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
