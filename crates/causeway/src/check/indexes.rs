//! What the indexes to be created meet.

use causeway_core::answer::Answer;
use causeway_core::plan::{Action, StepPlan};

use super::Facts;
use super::findings::Findings;

pub(super) fn in_conflict(facts: &Facts<'_>) -> Answer {
    let mut findings = Findings::new("rival index", "does an index stand in the way?");
    for planned in &facts.plan.steps {
        judge(planned, facts, &mut findings);
    }
    findings.ok("none in the way");
    findings.answer()
}

fn judge(planned: &StepPlan, facts: &Facts<'_>, findings: &mut Findings) {
    let collection = &planned.collection;
    match &planned.action {
        Action::ReplaceIndex { .. } => {
            for note in &planned.notes {
                findings.warn(
                    format!("{collection}: {note}"),
                    "nothing to do; if the application makes it again at its start, deploy the new \
                     code first",
                );
            }
        }
        Action::ReplaceIndexRefused { difference } => {
            let name = difference.split(':').next().unwrap_or_default();
            findings.refuse(
                format!("{}: {difference}", planned.title),
                format!(
                    "drop it by hand: db.getCollection({collection:?}).dropIndex({name:?}); or let it \
                     be replaced: causeway up {} --replace-index",
                    facts.migration.version
                ),
            );
        }
        Action::IndexPresent => findings.ok(format!("{}: it is there already", planned.title)),
        _ => {}
    }
}
