//! Whether what must have been applied before is recorded, and what the migration's own record says.

use causeway_core::answer::Answer;
use causeway_core::inventory::{RecordFacts, RecordStatus};
use causeway_core::migration::Version;

use super::Facts;
use super::amounts::documents;
use super::findings::Findings;

pub(super) fn required(facts: &Facts<'_>) -> Answer {
    let mut findings =
        Findings::new("required version", "are the versions that it requires applied?");
    for required in &facts.migration.requires {
        let record = latest(facts, required);
        if let Some(record) = record.filter(|record| record.status == RecordStatus::Completed) {
            findings.ok(format!("{required} completed{}", when_and_by_whom(record)));
            continue;
        }
        let evidence = match record {
            None => format!("{required} has no completed record in migrations"),
            Some(record) => {
                format!("{required} is recorded as {:?}, not as completed", record.status.word())
            }
        };
        let assumed = facts.settings.assume_applied.iter().find(|(version, _)| version == required);
        match assumed {
            Some((_, reason)) => findings.warn(
                format!("{evidence}; assumed: {reason}"),
                "the assumption and its reason go into the record",
            ),
            None => findings.refuse(evidence, recipe(facts, required)),
        }
    }
    if facts.migration.requires.is_empty() {
        findings.ok("it requires none");
    }
    findings.answer()
}

fn recipe(facts: &Facts<'_>, required: &Version) -> String {
    let apply = match facts.set.get(required) {
        Some(_) => format!("apply it first (causeway up {required})"),
        None => "apply it first".to_owned(),
    };
    format!(
        "{apply}, or record it: causeway up {} --assume-applied {required} --reason \"…\"",
        facts.migration.version
    )
}

pub(super) fn own_record(facts: &Facts<'_>) -> Answer {
    let mut findings = Findings::new("this version", "has it been applied already?");
    let version = &facts.migration.version;
    let changed = facts.application.as_ref().map(|it| it.require_same_file(facts.migration));
    if let Some(Err(failure)) = changed {
        findings.refuse(failure.message, failure.hint.unwrap_or_default());
        return findings.answer();
    }
    match latest(facts, version) {
        None => findings.ok("not applied yet"),
        Some(record) => match &record.status {
            RecordStatus::RolledBack => {
                findings.ok(format!(
                    "rolled back{}; it can be applied again",
                    when_and_by_whom(record)
                ));
            }
            RecordStatus::Completed => {
                let heal = match facts.plan.documents() {
                    Some(number) => format!("up would heal {}", documents(number)),
                    None => "up would heal what does not have it".to_owned(),
                };
                findings.ok(format!("applied{}; {heal}", when_and_by_whom(record)));
            }
            status @ (RecordStatus::Running | RecordStatus::Failed | RecordStatus::Other(_)) => {
                let because = record.error.as_ref().map(|error| format!(": {error}"));
                findings.warn(
                    format!(
                        "recorded as {:?}{}{}",
                        status.word(),
                        when_and_by_whom(record),
                        because.unwrap_or_default()
                    ),
                    format!(
                        "causeway up {version} goes on with it; causeway down {version} undoes it"
                    ),
                );
            }
        },
    }
    findings.answer()
}

fn latest<'a>(facts: &'a Facts<'_>, version: &Version) -> Option<&'a RecordFacts> {
    facts.inventory.records.iter().rfind(|record| record.is_of(version))
}

fn when_and_by_whom(record: &RecordFacts) -> String {
    let when = record.applied_at_shown().map(|at| format!(" at {at}")).unwrap_or_default();
    match &record.run {
        Some(run) => format!("{when} by run {run}"),
        None => format!("{when} by the old scripts"),
    }
}
