//! The review of a run: what happened, whether anything was lost, how long people could not work, and
//! what is left to do. Written as a page, as Markdown and as JSON into the run's folder.
//!
//! Gathering looks at the database and the folder; what is made of it is pure. Nothing that is missing
//! keeps a report from being made: it says what is missing. `docs/report.md` is the page for operators.

use std::path::Path;

use serde::Serialize;

use crate::context::Context;
use crate::failure::Result;

mod by_itself;
mod gather;
mod inputs;
mod moments;
mod samples;
mod stored;
mod told;

mod phase;

mod outcome;

mod downtime;
mod figures;
mod performance;

mod timeline;

mod charts;

mod proof;

mod criteria;

mod people;

mod notes;
mod open_items;

mod files;
mod markdown;
mod page;
mod published;
mod words;

pub use files::Written;
pub use notes::NewNote;
pub use published::{publish, republish};

use inputs::Inputs;

/// Version of the form of the JSON; another number has another meaning.
const FORMAT: u32 = 1;
/// Days after the end at which the plan wants the review, when nobody says otherwise.
const REVIEW_DAYS: u32 = 7;

/// How a report is made.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// Days after the end of the run at which the review is due.
    pub review_days: u32,
    /// What is written about the run before the report is made.
    pub notes: Vec<NewNote>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { review_days: REVIEW_DAYS, notes: Vec::new() }
    }
}

/// Everything a report says. This is the JSON; page and Markdown are made of it.
#[derive(Debug, Clone, Serialize)]
struct Report {
    format: u32,
    /// When it was made, RFC 3339 with the offset of the zone that all its times are in.
    made_at: String,
    made_by: String,
    zone: String,
    about: About,
    verdict: outcome::Verdict,
    figures: figures::Figures,
    timeline: Vec<timeline::Row>,
    charts: Vec<charts::Chart>,
    proof: proof::Proof,
    criteria: Vec<criteria::Criterion>,
    warnings: Vec<Warning>,
    people: people::People,
    review: open_items::Review,
    notes: Vec<notes::Notes>,
    /// What was looked for and not found.
    missing: Vec<String>,
}

/// Which run it is about.
#[derive(Debug, Clone, Serialize)]
struct About {
    run: String,
    /// `run`, `up`, `down`.
    direction: String,
    version: String,
    title: String,
    database: String,
    host: String,
    server: String,
    status: String,
    exit_code: Option<i32>,
    command: String,
    operator: String,
    machine: String,
    folder: String,
    began: String,
    ended: Option<String>,
    up: Option<String>,
    down: Option<String>,
    sha256: String,
}

/// A warning, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Warning {
    from: String,
    at: Option<String>,
    text: String,
}

/// Makes the report of a run and writes it into `folder`, or into the run's own. `run` may be one of
/// the whole plan, the `up` or `down` that it began, or one by itself.
///
/// # Errors
/// Usage when there is no such run; refused when there are notes to be written and nobody permits it;
/// when the database can't be read or the files can't be written.
pub async fn write(
    context: &Context,
    run: &str,
    folder: Option<&Path>,
    options: &ReportOptions,
) -> Result<Written> {
    let mut found = gather::find(context, run).await?;
    notes::add(context, &mut found.run, &options.notes).await?;
    let folder = folder.map_or_else(|| found.folder.clone(), Path::to_owned);
    let inputs = gather::gather(context, found, options).await;
    files::write(&folder, &of(&inputs))
}

/// The report of what was found.
fn of(inputs: &Inputs) -> Report {
    let zone = &inputs.made.zone;
    let proof = proof::of(inputs);
    let figures = figures::of(inputs, (downtime::of(inputs), &proof));
    let timeline = timeline::of(inputs);
    let people = people::of(inputs);
    Report {
        format: FORMAT,
        made_at: moments::text(inputs.made.at, zone),
        made_by: format!("{} on {}", inputs.made.by, inputs.made.host),
        zone: words::zone_words(zone, inputs.made.at),
        about: About::of(inputs),
        verdict: outcome::of(inputs, &proof),
        charts: charts::of(inputs),
        criteria: criteria::of(inputs, (&figures, &proof)),
        warnings: warnings(inputs),
        review: open_items::of(inputs, &timeline, (&figures, &proof, &people)),
        notes: notes::of(inputs),
        missing: inputs.missing.clone(),
        figures,
        timeline,
        proof,
        people,
    }
}

impl About {
    fn of(inputs: &Inputs) -> Self {
        let (run, place, zone) = (&inputs.run, &inputs.place, &inputs.made.zone);
        Self {
            run: run.id.clone(),
            direction: run.direction.clone(),
            version: run.version.clone(),
            title: run.title.clone(),
            database: place.database.clone(),
            host: place.host.clone(),
            server: place.server.clone(),
            status: run.status.clone(),
            exit_code: run.exit_code,
            command: run.command.clone(),
            operator: run.operator.clone(),
            machine: run.host.clone(),
            folder: run.folder.clone(),
            began: moments::stored(run.started_at, zone),
            ended: run.ended_at.map(|ended| moments::stored(ended, zone)),
            up: run.up.clone(),
            down: run.down.clone(),
            sha256: run.migration_sha256.clone(),
        }
    }
}

/// Of steps, of events and of the rehearsal; each once.
fn warnings(inputs: &Inputs) -> Vec<Warning> {
    let zone = &inputs.made.zone;
    let of_steps = inputs.run.steps.iter().flat_map(|step| {
        step.warnings.iter().map(|text| Warning {
            from: format!("step {}", step.step),
            at: Some(moments::stored(step.began, zone)),
            text: text.clone(),
        })
    });
    let told = inputs.told.warnings.iter().map(|warned| Warning {
        from: "run".to_owned(),
        at: warned.at.map(|at| moments::text(at, zone)),
        text: warned.text.clone(),
    });
    let rehearsed = inputs.rehearsal.iter().flat_map(|rehearsal| {
        rehearsal.warnings.iter().map(|text| Warning {
            from: "rehearsal".to_owned(),
            at: None,
            text: text.clone(),
        })
    });
    let mut warnings: Vec<Warning> = Vec::new();
    for warning in of_steps.chain(told).chain(rehearsed) {
        if !warnings.iter().any(|known| known.text == warning.text) {
            warnings.push(warning);
        }
    }
    warnings
}
