//! How a run begins, or is taken up again: what is asked for, what is shown, who may.

use bson::DateTime;
use causeway_core::event::Event;
use causeway_core::migration::{Migration, Version};
use causeway_core::outcome::Outcome;
use causeway_core::runbook::{
    Course, RunRecord, Step, StepRecord, StepState, has_evidence, has_touched, last, was_begun,
};

use super::conductor::Conductor;
use super::{Manner, RunOptions, back, kept, outlook, preflight, shape, window};
use crate::command::session::Session;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::lease::Turn;
use crate::live::Publisher;
use crate::runs::{self, Direction, Status};
use crate::verify;

/// Carries the plan of a version through.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(crate) async fn run(session: &Session, options: &RunOptions) -> Result<Outcome> {
    // A mistake in the configuration is found without a database.
    shape::course(&session.config, options, None)?;
    let context = session.context().await?;
    let migration = verify::find(&context, &options.version)?.clone();
    verify::announce(&context, &migration);
    let latest = kept::latest(&context.target, &options.version).await?;
    let open = latest.as_ref().filter(|record| record.status != Status::Completed.word());
    let course = shape::course(&session.config, options, open)?;
    let found = preflight::look(session, &context, open.map(|open| open.id.as_str())).await?;
    if options.manner == Manner::Noop {
        for words in found.refuses.iter().chain(&found.warns) {
            context.reporter.warning(words.clone());
        }
        return outlook::show(session, &context, (&migration, &course), (options, open));
    }
    if let (None, Some(latest), Manner::Plain | Manner::Paranoid) = (open, &latest, options.manner)
        && is_carried_out(&context, latest, options).await?
    {
        let (version, id) = (&options.version, &latest.id);
        let text = format!("{version} was carried through by run {id}; nothing to do");
        context.reporter.fact("done", text);
        let commands = vec![format!("causeway report {id}"), format!("causeway up {version}")];
        context.reporter.emit(Event::Next { commands });
        return Ok(Outcome::NothingToDo);
    }
    let begun = match (options.manner, open, latest.as_ref()) {
        (Manner::Back, None, Some(latest)) => back::reopened(&context, latest).await?,
        (Manner::Back, None, None) => return Err(nothing_to_go_back_from(options)),
        (_, Some(open), _) => {
            taken_up((session, &context), open, &migration, (&course, options)).await?
        }
        (_, None, _) => fresh(session, &context, &migration, (&course, options))?,
    };
    if options.manner != Manner::Back && !has_touched(&begun) {
        found.judge(&context)?;
    }
    let what = what(&begun, &migration, (&course, options));
    context.approve(&what).await?;
    let (target, operator) = (&context.target, &context.operator);
    let turn = Turn::take(target, operator, &begun.id, context.lease_life).await?;
    let interrupt = context.interrupt.clone();
    let settled = settled(&context, begun, (latest.as_ref(), &turn)).await;
    let record = match settled {
        Ok(record) => record,
        Err(failure) => {
            turn.give_back().await?;
            return Err(failure);
        }
    };
    let touched = has_touched(&record);
    let parts = ((migration, course), (record, options));
    let (context, live) = Publisher::of(&context);
    let session = session.heard_by(context.reporter.clone());
    let (result, turn) = match Conductor::new(&session, context, parts.0, parts.1, turn).await {
        Ok(conductor) => conductor.conduct().await,
        Err((failure, turn)) if touched => (Err(failure.ending(Outcome::Stopped).in_a_run()), turn),
        Err((failure, turn)) => (Err(failure), turn),
    };
    live.end().await;
    let given_back = turn.give_back().await;
    if result.is_ok() && !interrupt.is_set() {
        given_back?;
    }
    result
}

/// Whether the latest run ended well, and what it did still stands.
async fn is_carried_out(
    context: &Context,
    latest: &RunRecord,
    options: &RunOptions,
) -> Result<bool> {
    let stands = runs::application(&context.target, &options.version).await?;
    Ok(!latest.goes_back() && stands.is_some_and(|application| application.is_completed()))
}

fn nothing_to_go_back_from(options: &RunOptions) -> Failure {
    let version = &options.version;
    Failure::refused(format!("no run of {version} was begun: there is nothing to go back from"))
        .hint(format!("what was applied without a run goes back with `causeway down {version}`"))
}

/// A new run.
fn fresh(
    session: &Session,
    context: &Context,
    migration: &Migration,
    (course, options): (&Course, &RunOptions),
) -> Result<RunRecord> {
    if let Some(from) = &options.from
        && let Some(step) = course.find(from)
        && let Some(missing) = course.missing_before(step, &[])
    {
        return Err(without_evidence(from, missing));
    }
    let id = runs::free_id(&context.state_dir);
    let folder = runs::folder(&context.state_dir, &id);
    Ok(RunRecord {
        application: id.clone(),
        direction: Direction::Run.word().to_owned(),
        version: migration.version.to_string(),
        title: migration.title.clone(),
        migration_sha256: migration.sha256.clone(),
        status: Status::Running.word().to_owned(),
        exit_code: None,
        command: context.operator.command.clone(),
        operator: context.operator.name.clone(),
        host: context.operator.host.clone(),
        folder: std::path::absolute(&folder).unwrap_or(folder).display().to_string(),
        started_at: DateTime::now(),
        ended_at: None,
        window: window::asked(&session.config, options)?,
        maintenance: shape::has_maintenance(&session.config),
        without_backup: options.up.backup.without,
        backup: options.up.backup.named.as_ref().map(|path| path.display().to_string()),
        up: None,
        down: None,
        steps: Vec::new(),
        jobs: Vec::new(),
        left_behind: Vec::new(),
        failing: None,
        notes: Vec::new(),
        id,
    })
}

/// A run that was begun before, as this command wants it to go on.
async fn taken_up(
    (session, context): (&Session, &Context),
    open: &RunRecord,
    migration: &Migration,
    (course, options): (&Course, &RunOptions),
) -> Result<RunRecord> {
    let mut record = open.clone();
    let asked = window::asked(&session.config, options)?;
    if let Some(asked) = asked.filter(|_| options.start.is_some() || options.minutes.is_some())
        && record.window.as_ref() != Some(&asked)
    {
        if was_begun(&record.steps, &Step::BeginMaintenance) {
            return Err(Failure::refused(
                "the window can't be moved any more: maintenance has begun",
            ));
        }
        void(&mut record, &[Step::Announce, Step::AwaitWindow], "the window was moved");
        record.window = Some(asked);
    }
    let changed = record.migration_sha256 != migration.sha256;
    if changed && !was_begun(&record.steps, &Step::Up) {
        let looked = [Step::Check, Step::Backup, Step::VerifyBackup, Step::Prove, Step::Rehearse];
        void(&mut record, &looked, "the migration file was changed");
        record.migration_sha256.clone_from(&migration.sha256);
    }
    if let Some(from) = &options.from
        && let Some(step) = course.find(from)
    {
        if let Some(missing) = course.missing_before(step, &record.steps) {
            return Err(without_evidence(from, missing));
        }
        let again: Vec<Step> =
            course.steps().iter().skip_while(|it| *it != step).cloned().collect();
        void(&mut record, &again, "begun again from here");
        if record.goes_back() {
            require_not_taken_back(context, &options.version).await?;
            record.failing = None;
        }
    }
    if options.manner == Manner::Back {
        back::wanted(&mut record, "a person asked for it");
    }
    if !record.goes_back() {
        record.failing = None;
        look_again(context, &mut record, (course, &options.version)).await?;
    }
    Ok(record)
}

/// A way back may be turned round as long as `down` has not begun.
async fn require_not_taken_back(context: &Context, version: &Version) -> Result<()> {
    let application = runs::application(&context.target, version).await?;
    let stands = application.is_some_and(|application| {
        application.unfinished.is_none_or(|run| run.direction != Direction::Down)
    });
    if stands {
        return Ok(());
    }
    Err(Failure::refused(format!("--from: the rollback of {version} has begun, and only goes on"))
        .hint("without --from the same command goes on with the way back"))
}

/// Voids what another process can't take from the document: what others did since.
async fn look_again(
    context: &Context,
    record: &mut RunRecord,
    (course, version): (&Course, &Version),
) -> Result<()> {
    let why = "another process goes on: it looks again";
    if !has_evidence(&record.steps, &Step::Up) {
        // Somebody may have started a job since, or something else writes.
        void(record, &[Step::StopJobs, Step::Quiet], why);
    } else if !has_evidence(&record.steps, &Step::EndMaintenance) {
        let stands = runs::application(&context.target, version).await?;
        if stands.is_some_and(|application| application.is_completed()) {
            void(record, &[Step::Verify], why);
        } else {
            let first = [Step::BeginMaintenance, Step::Up];
            let again = course.steps().iter().skip_while(|step| !first.contains(step));
            let again: Vec<Step> = again.cloned().collect();
            void(record, &again, "what was applied does not stand any more");
        }
    }
    Ok(())
}

fn without_evidence(from: &str, missing: &Step) -> Failure {
    Failure::refused(format!("--from {from}: there is no evidence that `{missing}` was done"))
        .hint("without --from the run goes on with the first step that has none")
}

/// Evidence of these steps does not count any more.
pub(super) fn void(record: &mut RunRecord, steps: &[Step], why: &str) {
    for step in steps {
        if !has_evidence(&record.steps, step) {
            continue;
        }
        if let Some(former) = last(&record.steps, step).cloned() {
            let ended = Some(DateTime::now());
            let evidence = format!("does not count any more: {why}");
            let voided = StepRecord {
                state: StepState::Void,
                ended,
                evidence,
                began: DateTime::now(),
                warnings: Vec::new(),
                ..former
            };
            record.steps.push(voided);
        }
    }
}

/// For the question to the person.
fn what(
    record: &RunRecord,
    migration: &Migration,
    (course, options): (&Course, &RunOptions),
) -> String {
    let version = &migration.version;
    if record.goes_back() {
        return format!(
            "the way back of run {}: roll {version} back, and let people in",
            record.id
        );
    }
    let Some(next) = course.next(&record.steps) else {
        return format!("the end of run {}", record.id);
    };
    let (number, of) = course.number(next);
    let to = options.to.as_ref().map_or_else(String::new, |to| format!(", up to {to}"));
    if record.steps.is_empty() {
        format!("the plan of {version}, {of} steps{to}: {}", migration.title)
    } else {
        format!(
            "run {} of the plan of {version}, from step {number} of {of} ({next}){to}",
            record.id
        )
    }
}

/// The record as it is once it is our turn: somebody may have gone on with it meanwhile.
async fn settled(
    context: &Context,
    begun: RunRecord,
    (seen, turn): (Option<&RunRecord>, &Turn),
) -> Result<RunRecord> {
    let version =
        begun.version.parse().map_err(|_| Failure::unexpected("a run without a version"))?;
    let now = kept::latest(&context.target, &version).await?;
    let same = match (&now, seen) {
        (None, None) => true,
        (Some(now), Some(seen)) => {
            now.id == seen.id && now.status == seen.status && now.steps == seen.steps
        }
        (None, Some(_)) | (Some(_), None) => false,
    };
    if !same {
        return Err(Failure::refused("another runner worked on this plan just now")
            .hint("look with `causeway status`, then give the command again"));
    }
    if now.is_some_and(|now| now.id == begun.id) {
        let running = RunRecord {
            status: Status::Running.word().to_owned(),
            ended_at: None,
            exit_code: None,
            ..begun
        };
        kept::take_over(&context.target, &running, turn.epoch).await?;
        kept::save(&context.target, &running, turn.epoch).await?;
        return Ok(running);
    }
    kept::insert(&context.target, &begun, turn.epoch).await?;
    Ok(begun)
}

/// Says which run goes on, before anything else of it is said.
pub(super) fn says_which(context: &Context, record: &RunRecord) {
    context.reporter.emit(Event::RunStarted {
        run: record.id.clone(),
        command: Direction::Run.word(),
        resumed: !record.steps.is_empty(),
        folder: record.folder.clone(),
    });
}
