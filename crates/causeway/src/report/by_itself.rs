//! A run of `up` or `down` that was no part of a run of the whole plan: what its document and its
//! journal tell, in the form of one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bson::{DateTime, Document};
use causeway_core::journal::{Deed, Entry, Said};
use causeway_core::runbook::{RunRecord, StepRecord, StepState};

use super::inputs::Progressed;
use super::moments;
use crate::journal;

/// The run; its steps are the deeds of its journal.
pub(super) fn run(document: &Document, folder: &Path) -> RunRecord {
    let text = |key: &str| document.get_str(key).unwrap_or_default().to_owned();
    let at = |key: &str| document.get_datetime(key).ok().copied();
    let direction = text("direction");
    let id = text("_id");
    let itself = |wanted: &str| (direction == wanted).then(|| id.clone());
    RunRecord {
        application: text("application"),
        version: text("version"),
        title: String::new(),
        migration_sha256: text("migration_sha256"),
        status: text("status"),
        exit_code: None,
        command: text("command"),
        operator: text("operator"),
        host: text("host"),
        folder: folder.display().to_string(),
        started_at: at("started_at").unwrap_or(DateTime::from_millis(0)),
        ended_at: at("ended_at"),
        window: None,
        maintenance: false,
        without_backup: false,
        backup: document.get_str("proven_backup").ok().map(str::to_owned),
        up: itself("up"),
        down: itself("down"),
        steps: steps(&entries(folder)),
        jobs: Vec::new(),
        left_behind: Vec::new(),
        failing: None,
        // Written by `report` itself, into the run's own document.
        notes: document
            .get("notes")
            .and_then(|notes| bson::deserialize_from_bson(notes.clone()).ok())
            .unwrap_or_default(),
        direction,
        id,
    }
}

/// Lines of a journal; what can't be read is left out.
pub(super) fn entries(folder: &Path) -> Vec<Entry> {
    let text = fs::read(folder.join(journal::FILE)).unwrap_or_default();
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// How many documents each step of the migration had done, batch by batch.
pub(super) fn progress(entries: &[Entry]) -> Vec<Progressed> {
    let mut done_of: BTreeMap<usize, u64> = BTreeMap::new();
    let mut progress = Vec::new();
    for entry in entries {
        let (step, documents) = match &entry.said {
            Said::Intent(Deed::Step { step }) => (*step, 0),
            Said::Done { deed: Deed::Batch { step, documents, .. }, .. } => (*step, *documents),
            _ => continue,
        };
        let done = done_of.entry(step).or_default();
        *done += documents;
        if let Some(at) = moments::read(&entry.at) {
            progress.push(Progressed { at, phase: format!("step {}", step + 1), done: *done });
        }
    }
    // A step without batches is an index or a validator.
    let with_batches: Vec<String> = done_of
        .iter()
        .filter(|(_, done)| **done > 0)
        .map(|(step, _)| format!("step {}", step + 1))
        .collect();
    progress.retain(|it| with_batches.contains(&it.phase));
    progress
}

fn steps(entries: &[Entry]) -> Vec<StepRecord> {
    let (mut by, mut host) = (String::new(), String::new());
    let mut steps: Vec<(Deed, StepRecord)> = Vec::new();
    for entry in entries {
        let at = moments::read(&entry.at)
            .map_or(DateTime::from_millis(0), |at| DateTime::from_millis(at.as_millisecond()));
        match &entry.said {
            Said::Started { operator, host: on, .. } | Said::Resumed { operator, host: on } => {
                (by, host) = (operator.clone(), on.clone());
            }
            Said::Intent(deed) => {
                if let Some((step, title)) = words(deed) {
                    steps.push((deed.clone(), begun(step, title, at, (&by, &host))));
                }
            }
            Said::Done { deed, result } => end(&mut steps, deed, (StepState::Done, result), at),
            Said::NotDone { deed, reason } => {
                end(&mut steps, deed, (StepState::Failed, reason), at);
            }
            Said::Note { .. } | Said::Ended { .. } => {}
        }
    }
    steps.into_iter().map(|(_, step)| step).collect()
}

fn begun(step: String, title: String, began: DateTime, (by, host): (&str, &str)) -> StepRecord {
    StepRecord {
        step,
        title,
        state: StepState::Open,
        began,
        ended: None,
        evidence: String::new(),
        warnings: Vec::new(),
        by: by.to_owned(),
        host: host.to_owned(),
    }
}

fn end(
    steps: &mut [(Deed, StepRecord)],
    deed: &Deed,
    (state, evidence): (StepState, &str),
    at: DateTime,
) {
    if let Some((_, step)) = steps.iter_mut().rev().find(|(begun, _)| begun == deed) {
        (step.state, step.ended) = (state, Some(at));
        evidence.clone_into(&mut step.evidence);
    }
}

/// Deeds that are worth a line; batches are too many.
fn words(deed: &Deed) -> Option<(String, String)> {
    let (id, title) = match deed {
        Deed::Survey { collection } => (
            "survey".to_owned(),
            format!("read every document of {collection} before the first write"),
        ),
        Deed::KeepBefore => ("keep".to_owned(), "keep what a rollback needs".to_owned()),
        Deed::Step { step } => (format!("step {}", step + 1), "a step of the migration".to_owned()),
        Deed::BackUp => ("back up".to_owned(), "back up what is there".to_owned()),
        Deed::Fill { collection } => {
            ("fill".to_owned(), format!("fill {collection} from the backup"))
        }
        Deed::Replace { collection } => ("replace".to_owned(), format!("replace {collection}")),
        Deed::Part { step } => (step.clone(), "a step of the plan".to_owned()),
        Deed::Verify => ("verify".to_owned(), "compare every document with what it was".to_owned()),
        Deed::Record => ("record".to_owned(), "write the record".to_owned()),
        Deed::OpenRun | Deed::Batch { .. } | Deed::Index { .. } | Deed::Validator { .. } => {
            return None;
        }
    };
    Some((id, title))
}
