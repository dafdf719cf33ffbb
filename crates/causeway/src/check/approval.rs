//! Whether the plan is the one that somebody approved.

use causeway_core::answer::Answer;

use super::Facts;
use super::findings::Findings;

pub(super) fn same_plan(facts: &Facts<'_>, approved: &str) -> Answer {
    let mut findings = Findings::new("approved plan", "is it the plan that was approved?");
    if facts.plan.is_approved_by(approved) {
        findings.ok(format!("plan {approved}"));
    } else {
        findings.refuse(
            format!(
                "plan {approved} was approved, but it is {} now: the file, an index, a validator, or \
                 the number of documents has changed",
                facts.plan.hash
            ),
            format!(
                "look at it again, and approve it: causeway plan {0}, causeway up {0} --plan {1}",
                facts.migration.version, facts.plan.hash
            ),
        );
    }
    findings.answer()
}
