//! Whether the fields that the migration owns are of the types that it expects.

use causeway_core::answer::Answer;
use causeway_core::inventory::{Census, Depth, TypeCount};
use causeway_core::migration::{AddField, BsonType, Malformed, RenameField, Step};

use super::Facts;
use super::amounts::documents;
use super::findings::Findings;
use crate::clock::thousands;

pub(super) fn types(facts: &Facts<'_>) -> Answer {
    let mut findings = Findings::new("field types", "are its fields of the types that it expects?");
    if facts.inventory.depth == Depth::Quick {
        findings.ok("not counted here; up reads every document before it writes");
        return findings.answer();
    }
    for (number, step) in facts.migration.steps.iter().enumerate() {
        let found = facts.inventory.collection(step.collection());
        let Some(census) = found.and_then(|found| found.census.get(&number)) else { continue };
        match step {
            Step::AddField(step) => added(step, census, &mut findings),
            Step::RenameField(step) => renamed(step, census, &mut findings),
            Step::RemoveField(_) | Step::SetComputed(_) => {
                findings.ok(format!("{}: {} to change", step.title(), documents(census.to_change)));
            }
            Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => {}
        }
    }
    findings.answer()
}

fn added(step: &AddField, census: &Census, findings: &mut Findings) {
    let wrong: Vec<(&str, &TypeCount)> =
        census.present().filter(|(found, _)| !step.bson_type.matches_name(found)).collect();
    if wrong.is_empty() {
        findings.ok(format!(
            "{}: {} without it, {} have it as {}",
            step.field,
            documents(census.missing()),
            documents(census.done),
            step.bson_type
        ));
        return;
    }
    let total: u64 = wrong.iter().map(|(_, count)| count.documents).sum();
    let each: Vec<String> = wrong.iter().map(|(found, count)| counted(found, count)).collect();
    let evidence = format!(
        "{} is not {} in {} of {}: {}",
        step.field,
        step.bson_type,
        documents(total),
        step.collection,
        each.join(", ")
    );
    let query = format!(
        "look at them: db.getCollection({:?}).find({{ $expr: {{ $not: [{{ $in: [{{ $type: \"${}\" }}, {:?}] }}] }} }})",
        step.collection.as_str(),
        step.field,
        accepted(step.bson_type)
    );
    match step.malformed {
        Malformed::Archive => findings.warn(
            format!(
                "{evidence}; the values go to the archive and are replaced; down puts them back"
            ),
            query,
        ),
        Malformed::Refuse => findings.refuse(
            evidence,
            format!(
                "{query}; mend them, or let them be kept: malformed = \"archive\" in the migration"
            ),
        ),
    }
}

/// `103 null (e.g. {"$oid":"…"}, …)`: more would make the line unreadable, and the query finds them all.
fn counted(found: &str, count: &TypeCount) -> String {
    const SHOWN: usize = 2;
    let samples: Vec<&str> = count.samples.iter().take(SHOWN).map(String::as_str).collect();
    format!("{} {found} (e.g. {})", thousands(count.documents), samples.join(", "))
}

/// The names that the server has for what is wanted, and for no value at all.
fn accepted(wanted: BsonType) -> Vec<&'static str> {
    BsonType::names().filter(|name| wanted.matches_name(name)).chain(["missing"]).collect()
}

fn renamed(step: &RenameField, census: &Census, findings: &mut Findings) {
    if census.conflicts == 0 {
        findings.ok(format!("{}: {} to rename", step.from, documents(census.to_change)));
        return;
    }
    findings.refuse(
        format!(
            "{} of {} have both {} and {} (e.g. {})",
            documents(census.conflicts),
            step.collection,
            step.from,
            step.to,
            census.conflict_samples.join(", ")
        ),
        format!(
            "look at them, and decide which value counts: db.getCollection({:?}).find({{ {:?}: {{ $exists: \
             true }}, {:?}: {{ $exists: true }} }})",
            step.collection.as_str(),
            step.from.as_str(),
            step.to.as_str()
        ),
    );
}
