//! The last lines of a run, whatever happened: state of the database, of maintenance, fence and jobs,
//! whom to call, what to do.

use std::path::PathBuf;

use bson::DateTime;
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use causeway_core::plan::ReplaceIndex;
use causeway_core::runbook::{
    Back, JobState, Kind, Step, StepState, has_evidence, has_touched, last, was_begun,
};
use serde_json::json;

use super::conductor::Conductor;
use crate::backup::quoted;
use crate::maintenance::{self, fence};
use crate::records;
use crate::terminal::rows::Row;

/// Says how everything stands. Never fails: what can't be read is said to be unknown.
pub(super) async fn show(conductor: &Conductor<'_>, outcome: Outcome, report: Option<PathBuf>) {
    let (reporter, target) = (&conductor.outside.reporter, &conductor.context.target);
    let now = DateTime::now();
    let maintenance = match maintenance::read(target).await {
        Ok(present) => maintenance::words(&present, now),
        Err(failure) => format!("unknown: {failure}"),
    };
    let fence = match fence::read(target).await {
        Ok(None) => "none".to_owned(),
        Ok(Some(fence)) => fence.words(now),
        Err(failure) => format!("unknown: {failure}"),
    };
    let mut row = Row::from([
        ("row", json!("standing")),
        ("run", json!(conductor.record.id)),
        ("version", json!(conductor.record.version)),
        ("database", json!(database(conductor).await)),
        ("maintenance", json!(maintenance)),
        ("fence", json!(fence)),
        ("jobs", json!(jobs(conductor))),
    ]);
    if let Some(report) = report {
        row.insert("report", json!(report.display().to_string()));
    }
    if outcome.exit_code() != 0
        && let Some(contact) = contact(conductor, outcome)
    {
        row.insert("call", json!(contact));
    }
    reporter.emit(Event::Row(row));
    reporter.emit(Event::Next { commands: next(conductor, outcome) });
}

async fn database(conductor: &Conductor<'_>) -> String {
    let (record, version) = (&conductor.record, &conductor.options.version);
    let status = match records::read(&conductor.context.target).await {
        Ok(records) => {
            let of = records.iter().find(|record| record.is_of(version));
            of.map_or("not applied", |record| record.status.word()).replace('_', " ")
        }
        Err(failure) => format!("unknown: {failure}"),
    };
    let done = |step: &Step| has_evidence(&record.steps, step);
    let compared =
        |step: &Step| last(&record.steps, step).is_some_and(|tried| tried.state == StepState::Done);
    let looked = if done(&Step::Back(Back::Restore)) {
        ": the backup was restored, and compared"
    } else if compared(&Step::Back(Back::Verify)) {
        ", and compared: as before, but for what the application did"
    } else if done(&Step::Back(Back::Verify)) {
        "; this run wrote nothing to the documents"
    } else if conductor.record.goes_back() {
        ", on its way back"
    } else if done(&Step::Verify) {
        ", and compared: nothing was lost"
    } else if was_begun(&record.steps, &Step::Up) {
        ", not compared yet"
    } else {
        "; this run wrote nothing to the documents"
    };
    format!("{version} {status}{looked}")
}

fn jobs(conductor: &Conductor<'_>) -> String {
    let jobs = &conductor.record.jobs;
    if jobs.is_empty() {
        return "none was touched".to_owned();
    }
    let words = jobs.iter().map(|job| {
        let state = match job.state {
            JobState::Stopping => "may be stopped",
            JobState::Stopped => "stopped",
            JobState::Starting => "may be started",
            JobState::Started => "started again",
        };
        format!("{} {state}", job.name)
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Whom to call for what went wrong.
pub(super) fn contact(conductor: &Conductor<'_>, outcome: Outcome) -> Option<String> {
    let config = &conductor.session.config;
    let named = conductor.record.failing.as_ref().map(|failing| failing.kind.as_str());
    let of_failure = Kind::ALL.into_iter().find(|kind| Some(kind.word()) == named);
    // People are kept out, and the tool can't mend it.
    let kind = if outcome == Outcome::RollbackFailed { Some(Kind::Outage) } else { of_failure };
    config.contact(kind?)
}

/// The manual step that somebody has to say is done.
fn waits_for(conductor: &Conductor<'_>) -> Option<String> {
    let last = conductor.record.steps.last()?;
    let name = last.step.strip_prefix("manual:")?;
    (last.state == StepState::Failed).then(|| name.to_owned())
}

/// The command that goes on: with what a person left to the plan, which stands nowhere else.
fn again(conductor: &Conductor<'_>) -> String {
    let up = &conductor.options.up;
    let mut command = format!("causeway run {}", conductor.record.version);
    if up.replace_index == ReplaceIndex::Allow {
        command.push_str(" --replace-index");
    }
    for (version, reason) in &up.assume_applied {
        command.push_str(&format!(" --assume-applied {version} --reason {}", quoted(reason)));
    }
    command
}

fn next(conductor: &Conductor<'_>, outcome: Outcome) -> Vec<String> {
    let (version, again) = (&conductor.record.version, again(conductor));
    let report = format!("causeway report {}", conductor.record.id);
    match outcome {
        Outcome::Done | Outcome::NothingToDo
            if conductor.course.next(&conductor.record.steps).is_none() =>
        {
            vec![format!("causeway watch {version} --for 24h"), report]
        }
        Outcome::VerificationFailed if conductor.course.next(&conductor.record.steps).is_none() => {
            vec![
                format!("causeway run {version} --roll-back"),
                format!("causeway watch {version} --for 24h"),
                report,
            ]
        }
        Outcome::Done | Outcome::NothingToDo => vec![again.clone()],
        Outcome::RolledBack => vec![report, "causeway doctor".to_owned()],
        Outcome::RollbackFailed => {
            let mut commands = vec![again.clone(), "causeway doctor".to_owned()];
            if let Some(backup) = &conductor.record.backup {
                commands.push(format!("causeway backup restore {backup}"));
            }
            commands.push("causeway maintenance off".to_owned());
            commands
        }
        _ if waits_for(conductor).is_some() => {
            let name = quoted(&waits_for(conductor).unwrap_or_default());
            vec![format!("{again} --confirm {name}"), format!("causeway run {version} --roll-back")]
        }
        _ if conductor.record.goes_back() => vec![again.clone()],
        _ if has_touched(&conductor.record) => {
            vec![again.clone(), format!("causeway run {version} --roll-back")]
        }
        _ => vec![again.clone()],
    }
}
