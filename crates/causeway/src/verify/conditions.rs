//! What verification asks of indexes, validators, records and counts.

use std::collections::BTreeMap;

use bson::RawDocumentBuf;
use causeway_core::event::Condition;
use causeway_core::index::IndexFinding;
use causeway_core::inventory::RecordStatus;
use causeway_core::migration::Step;
use causeway_core::validator::{EnumChange, extend_enum};
use causeway_core::verdict::{Expected, Verdict};

use super::Job;
use crate::failure::{Attempt, Result};
use crate::pass::Seen;
use crate::records;
use crate::steps::computed::pending;
use crate::steps::index::{WasThere, list, was_there};
use crate::steps::validator;

/// What is asked of the record in `migrations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordMust {
    /// It says that the state asked for was reached.
    Exist,
    /// It is written after this verification has passed.
    Follow,
}

/// Numbers that have to agree whatever the documents hold: those after the run are those before,
/// without the ones that are gone, with the ones that are new.
pub(super) fn counts(
    collection: &str,
    seen: &Seen,
    counts: &BTreeMap<Verdict, u64>,
) -> Option<Condition> {
    if counts.is_empty() {
        return None;
    }
    let gone = [Verdict::DeletedByApplication, Verdict::Missing];
    let present: u64 =
        counts.iter().filter(|(verdict, _)| !gone.contains(verdict)).map(|(_, count)| count).sum();
    // Where causes are lost, gone and new documents can't be told apart by verdict.
    let unknown = counts.get(&Verdict::CauseUnknown).copied().unwrap_or_default();
    let holds = present == seen.documents || unknown > 0;
    Some(Condition { holds, text: format!("the counts of {collection} agree") })
}

pub(super) async fn of_steps(job: &Job<'_>) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    for step in &job.migration.steps {
        conditions.extend(of_step(job, step).await?);
    }
    Ok(conditions)
}

async fn of_step(job: &Job<'_>, step: &Step) -> Result<Option<Condition>> {
    let target = &job.context.target;
    let collection = step.collection().as_str();
    let applied = job.state == Expected::Applied;
    Ok(match step {
        Step::AddField(_) | Step::RemoveField(_) | Step::RenameField(_) => None,
        Step::SetComputed(step) if applied => {
            let found = target
                .database
                .collection::<RawDocumentBuf>(collection)
                .find_one(
                    bson::Document::try_from(&pending(step))
                        .attempt(|| "read the condition of a computed field".to_owned())?,
                )
                .await
                .attempt(|| format!("look for documents of {collection} that are not computed"))?;
            Some(Condition {
                holds: found.is_none(),
                text: format!("every document of {collection} that is meant is computed"),
            })
        }
        Step::SetComputed(_) => None,
        Step::CreateIndex(step) => {
            let present = list(target, collection).await?;
            let finding = causeway_core::index::classify(&step.index, &present);
            let there = finding == IndexFinding::Present;
            let name = &step.index.name;
            let definition = step.index.describe();
            if applied {
                let how = if there { "is there" } else { "is not there" };
                Some(Condition { holds: there, text: format!("index {name} {definition} {how}") })
            } else {
                // What other scripts made was there when causeway first looked, and goes.
                let recorded = job.application.filter(|application| !application.is_unrecorded());
                let before = recorded.and_then(|application| application.before());
                let kept = before.map(|before| was_there(before, collection, &step.index));
                let wanted = kept == Some(WasThere::Yes);
                let how = if there { "is there" } else { "is gone" };
                Some(Condition { holds: there == wanted, text: format!("index {name} {how}") })
            }
        }
        Step::DropIndex(step) => {
            let there = list(target, collection).await?.iter().any(|it| it.name == step.name);
            let how = if there { "is there" } else { "is gone" };
            let wanted = !applied && was_dropped(job, &step.name);
            (applied || wanted).then(|| Condition {
                holds: there == wanted,
                text: format!("index {} {how}", step.name),
            })
        }
        Step::ExtendEnum(step) if applied => {
            let options = validator::options(target, collection).await?.unwrap_or_default();
            let present = options.get_document("validator").ok();
            let raw = present.and_then(|present| RawDocumentBuf::try_from(present).ok());
            let open = match raw.map(|raw| extend_enum(&raw, &step.path, &step.values)) {
                None | Some(EnumChange::NoEnum | EnumChange::AlreadyThere) => true,
                Some(EnumChange::Extended { .. } | EnumChange::NotUnderstood { .. }) => false,
            };
            let how = if open { "allows" } else { "does not allow" };
            Some(Condition {
                holds: open,
                text: format!(
                    "the validator of {collection} {how} the new values of {}",
                    step.path
                ),
            })
        }
        Step::ExtendEnum(_) => None,
    })
}

/// Whether the index was there when the application began.
fn was_dropped(job: &Job<'_>, name: &str) -> bool {
    let dropped = job.application.and_then(|it| it.document.get_array("dropped_indexes").ok());
    dropped
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_document())
        .any(|it| it.get_str("name").is_ok_and(|it| it == name))
}

pub(super) async fn of_record(job: &Job<'_>) -> Result<Option<Condition>> {
    if job.record == RecordMust::Follow {
        return Ok(None);
    }
    let version = &job.migration.version;
    let record = records::raw(&job.context.target, version).await?.map(|raw| records::facts(&raw));
    let status = record.as_ref().map(|record| record.status.clone());
    let holds = match (job.state, &status) {
        (Expected::Applied, Some(status)) => *status == RecordStatus::Completed,
        (Expected::RolledBack, Some(status)) => *status == RecordStatus::RolledBack,
        // Never applied is a way of being rolled back.
        (Expected::RolledBack, None) => true,
        (Expected::Applied, None) => false,
    };
    let text = match &record {
        None => format!("there is no record of {version}"),
        Some(record) => {
            let by = if record.foreign { ", written by other scripts" } else { "" };
            format!("the record of {version} says {}{by}", record.status.word())
        }
    };
    Ok(Some(Condition { holds, text }))
}
