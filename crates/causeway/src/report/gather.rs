//! Finds everything that there is of a run. Nothing that is missing makes it fail, but the run itself.

use std::path::{Path, PathBuf};

use bson::{DateTime, Document, doc};
use causeway_core::backup::{Manifest, manifest};
use causeway_core::migration::Migration;
use causeway_core::runbook::{RunRecord, StepState};
use causeway_core::sample::Sample;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::inputs::{Backup, Inputs, Made, Place, Told};
use super::{ReportOptions, by_itself, samples, stored, told};
use crate::backup::proof::Proof;
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::maintenance::{self, period};
use crate::rehearse::rehearsal::Rehearsal;
use crate::{records, runs};

/// Periods of maintenance that are looked through.
const PERIODS_MAX: i64 = 500;

/// The run of a report, and where what it left is.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) run: RunRecord,
    pub(super) folder: PathBuf,
    /// What of the run itself was not to be had.
    pub(super) missing: Vec<String>,
}

/// The run: one of the whole plan, also when the `up` or `down` that it began is named; or an `up` or
/// `down` by itself.
///
/// # Errors
/// Usage when there is no such run; when the database can't be read.
pub(super) async fn find(context: &Context, id: &str) -> Result<Found> {
    let target = &context.target;
    let reading = || format!("read run {id} in {}", runs::COLLECTION);
    let found = runs::collection(target).find_one(doc! { "_id": id }).await.attempt(reading)?;
    let Some(document) = found else { return Err(unknown(id, target.name())) };
    if document.get_str("direction").is_ok_and(|did| did == "restore") {
        return Err(Failure::usage(format!("run {id} is a restore: there is no report of it"))
            .hint(format!("see `causeway logs {id}`")));
    }
    let whole = match document.get_str("direction") {
        Ok("run") => Some(document.clone()),
        _ => stored::whole_run_of(target, id).await.attempt(reading)?,
    };
    if let Some(whole) = whole {
        return Ok(whole_run(&context.state_dir, &whole));
    }
    let folder = runs::folder(&context.state_dir, id);
    Ok(Found { run: by_itself::run(&document, &folder), folder, missing: Vec::new() })
}

/// A run of the whole plan; of a document that another version wrote in another form, what every
/// document of a run has.
fn whole_run(state_dir: &Path, document: &Document) -> Found {
    match bson::deserialize_from_document::<RunRecord>(document.clone()) {
        Ok(mut run) => {
            // What was done again has its own try; that it was to be is no event of the night.
            run.steps.retain(|step| step.state != StepState::Void);
            let folder = folder_of(state_dir, &run);
            Found { run, folder, missing: Vec::new() }
        }
        Err(error) => {
            let folder = runs::folder(state_dir, document.get_str("_id").unwrap_or_default());
            let missing = vec![format!("the run's document has another form: {error}")];
            Found { run: by_itself::run(document, &folder), folder, missing }
        }
    }
}

/// The folder in this state folder; where it has none, the one that the run wrote down.
fn folder_of(state_dir: &Path, run: &RunRecord) -> PathBuf {
    let here = runs::folder(state_dir, &run.id);
    let named = Path::new(&run.folder);
    if !here.is_dir() && named.is_dir() { named.to_owned() } else { here }
}

fn unknown(id: &str, database: &str) -> Failure {
    Failure::usage(format!("there is no run {id} in {} of {database}", runs::COLLECTION))
        .hint("see `causeway history`")
}

/// Everything else of it.
pub(super) async fn gather(context: &Context, found: Found, options: &ReportOptions) -> Inputs {
    let Found { mut run, folder, mut missing } = found;
    let migration = migration(context, &run, &mut missing);
    if let (Some(migration), true) = (&migration, run.title.is_empty()) {
        run.title.clone_from(&migration.title);
    }
    let until = run.ended_at.unwrap_or_else(DateTime::now);
    let told = told(&folder, &run, &mut missing);
    let samples = looks(&folder, &mut missing);
    let mut inputs = Inputs {
        made: made(context),
        place: place(context),
        application: None,
        record: None,
        committed: None,
        told,
        samples,
        periods: Vec::new(),
        maintenance: maintenance::read(&context.target).await.unwrap_or_default(),
        notices: Vec::new(),
        rehearsal: migration
            .as_ref()
            .and_then(|it| Rehearsal::last(&context.state_dir, it, context.target.name())),
        backup: run.backup.as_deref().map(|folder| backup(Path::new(folder))),
        approvals: Vec::new(),
        adoption: Vec::new(),
        conflicts_open: 0,
        review_days: options.review_days,
        missing,
        migration,
        run,
    };
    from_database(context, &mut inputs, until).await;
    inputs
}

async fn from_database(context: &Context, inputs: &mut Inputs, until: DateTime) {
    let target = &context.target;
    let run = &inputs.run;
    let mut missing = std::mem::take(&mut inputs.missing);
    let mut or_missing = |what: &str| missing.push(format!("{what} can't be read"));
    match runs::collection(target).find_one(doc! { "_id": first_run(run) }).await {
        Ok(document) => inputs.application = document,
        Err(_) => or_missing("the document of the application"),
    }
    match run.version.parse() {
        Ok(version) => match records::raw(target, &version).await {
            Ok(record) => inputs.record = record,
            Err(_) => or_missing("the records of migrations"),
        },
        Err(_) => or_missing("the version"),
    }
    let changed_by = run.up.as_ref().or(run.down.as_ref());
    if let Some(changed_by) = changed_by {
        inputs.committed = stored::committed(target, changed_by).await.unwrap_or_default();
    }
    match period::last(target, PERIODS_MAX).await {
        Ok(periods) => inputs.periods = stored::of_run(periods, run, until),
        Err(_) => or_missing("the periods of maintenance"),
    }
    match stored::notices(target, run).await {
        Ok((notices, unread)) => {
            inputs.notices = notices;
            if unread > 0 {
                or_missing(&format!("{unread} of the notices"));
            }
        }
        Err(_) => or_missing("the notices"),
    }
    match stored::approvals(target, run, until).await {
        Ok(approvals) => inputs.approvals = approvals,
        Err(_) => or_missing("the approvals"),
    }
    match stored::conflicts_open(target, &run.version).await {
        Ok(open) => inputs.conflicts_open = open,
        Err(_) => or_missing("the conflicts in the archive"),
    }
    if let Some(migration) = &inputs.migration {
        inputs.adoption = stored::adoption(target, migration).await;
    }
    inputs.missing = missing;
}

fn first_run(run: &RunRecord) -> &str {
    run.up.as_deref().unwrap_or(&run.application)
}

fn migration(context: &Context, run: &RunRecord, missing: &mut Vec<String>) -> Option<Migration> {
    let version = run.version.parse().ok()?;
    let Some(migration) = context.migrations.get(&version) else {
        missing.push(format!("the file of migration {} is not at hand", run.version));
        return None;
    };
    if migration.sha256 != run.migration_sha256 {
        missing.push(format!("{} was changed since the run", migration.file));
    }
    Some(migration.clone())
}

fn told(folder: &Path, run: &RunRecord, missing: &mut Vec<String>) -> Told {
    let told = told::read(folder);
    if told.is_none() && run.direction == "run" {
        missing.push(format!("{} is not in {}", told::FILE, folder.display()));
    }
    let mut told = told.unwrap_or_default();
    if told.progress.is_empty() && run.direction != "run" {
        told.progress = by_itself::progress(&by_itself::entries(folder));
    }
    told
}

fn looks(folder: &Path, missing: &mut Vec<String>) -> Vec<Sample> {
    let mut looks = Vec::new();
    for file in samples::FILES {
        match samples::read(&folder.join(file)) {
            Some(read) => looks.extend(read),
            None => missing.push(format!("{file} is not in {}", folder.display())),
        }
    }
    looks
}

fn made(context: &Context) -> Made {
    Made {
        at: Timestamp::now(),
        by: context.operator.name.clone(),
        host: context.operator.host.clone(),
        zone: TimeZone::system(),
    }
}

fn place(context: &Context) -> Place {
    let shown = &context.target.shown;
    Place {
        database: shown.database.clone(),
        host: shown.host.clone(),
        server: format!("MongoDB {}, {}", shown.version, shown.topology),
    }
}

fn backup(folder: &Path) -> Backup {
    let bytes = std::fs::read(folder.join(manifest::FILE)).ok();
    let manifest = bytes.and_then(|bytes| Manifest::read(&bytes).ok());
    let proof = manifest.as_ref().and_then(|manifest| Proof::read(folder, manifest));
    Backup { folder: folder.to_owned(), manifest, proof }
}
