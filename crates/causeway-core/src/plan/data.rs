//! What the steps that change documents would do.

use super::state::State;
use super::{Action, StepPlan};
use crate::inventory::{Census, CollectionFacts};
use crate::migration::{AddField, Malformed, RenameField};

impl State<'_> {
    pub(super) fn add_field(
        &mut self,
        step: &AddField,
        facts: &CollectionFacts,
        planned: &mut StepPlan,
    ) {
        let Some(census) = counted(facts, planned) else { return };
        let field = &step.field;
        push_reason(planned, format!("{field} missing"), census.missing());
        let mut wrong = Vec::new();
        for (found, count) in census.present() {
            if step.bson_type.matches_name(found) {
                continue;
            }
            push_reason(planned, format!("{field} is {found}"), count.documents);
            planned.archived_documents += count.documents;
            planned.archived_bytes += count.value_bytes;
            wrong.push(format!("{} {found}", count.documents));
        }
        if wrong.is_empty() {
            return;
        }
        let wrong = wrong.join(", ");
        match step.malformed {
            Malformed::Archive => planned.notes.push(format!(
                "{field} that is not {} ({wrong}) goes to the archive and is replaced; down puts it back",
                step.bson_type
            )),
            Malformed::Refuse => self.refuse(format!(
                "{field} of {} is not {} everywhere ({wrong}), and the migration says malformed = \"refuse\"",
                step.collection, step.bson_type
            )),
        }
    }

    pub(super) fn remove_field(&mut self, facts: &CollectionFacts, planned: &mut StepPlan) {
        let Some(census) = counted(facts, planned) else { return };
        for (found, count) in census.present() {
            push_reason(planned, format!("has it as {found}"), count.documents);
            planned.archived_documents += count.documents;
            planned.archived_bytes += count.value_bytes;
        }
        if planned.archived_bytes > 0 {
            planned.notes.push("every value goes to the archive; down puts it back".to_owned());
        }
    }

    pub(super) fn rename_field(
        &mut self,
        step: &RenameField,
        facts: &CollectionFacts,
        planned: &mut StepPlan,
    ) {
        let Some(census) = counted(facts, planned) else { return };
        push_reason(planned, format!("{} present", step.from), census.to_change);
        if census.conflicts > 0 {
            self.refuse(format!(
                "{} documents of {} have both {} and {}: e.g. {}",
                census.conflicts,
                step.collection,
                step.from,
                step.to,
                census.conflict_samples.join(", ")
            ));
        }
    }

    pub(super) fn set_computed(&mut self, facts: &CollectionFacts, planned: &mut StepPlan) {
        let Some(census) = counted(facts, planned) else { return };
        push_reason(planned, "matches the filter and is not done".to_owned(), census.to_change);
    }
}

/// The step's census, when there is one, with the action that its number of documents means.
fn counted<'a>(facts: &'a CollectionFacts, planned: &mut StepPlan) -> Option<&'a Census> {
    let census = facts.census.get(&planned.step);
    let to_change = census.map(|census| census.to_change);
    planned.documents = to_change;
    planned.action = if to_change == Some(0) { Action::Nothing } else { Action::ChangeDocuments };
    census
}

fn push_reason(planned: &mut StepPlan, reason: String, documents: u64) {
    if documents > 0 {
        planned.by_reason.push((reason, documents));
    }
}
