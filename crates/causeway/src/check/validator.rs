//! Whether the validators agree with the result: Causeway's own writes pass them by, but the
//! application's next save does not.

use causeway_core::answer::Answer;
use causeway_core::plan::Action;

use super::Facts;
use super::findings::Findings;

pub(super) fn agrees(facts: &Facts<'_>) -> Answer {
    let mut findings = Findings::new("validator", "do the validators agree with the result?");
    for (name, found) in &facts.inventory.collections {
        match (&found.validator, found.validator_enforced()) {
            (None, _) => findings.ok(format!("{name} has none")),
            (Some(_), true) => findings.ok(format!("that of {name} has no objection")),
            (Some(_), false) => findings.ok(format!("that of {name} is not enforced")),
        }
    }
    for planned in &facts.plan.steps {
        let name = &planned.collection;
        let enforced =
            facts.inventory.collection(name).is_some_and(|found| found.validator_enforced());
        for objection in &planned.objections {
            let evidence = format!("{name}: {objection}");
            let recipe = format!(
                "change the validator first: db.runCommand({{ collMod: {name:?}, validator: … }}); \
                 for values of an enum, a step extend_enum does it"
            );
            if enforced {
                findings.refuse(evidence, recipe);
            } else {
                findings.warn(format!("{evidence} (it is not enforced)"), recipe);
            }
        }
        match &planned.action {
            Action::EnumNotUnderstood { reason } => findings.refuse(
                format!("{name} restricts values in a way that can't be changed with certainty: {reason}"),
                format!(
                    "change it by hand: db.runCommand({{ collMod: {name:?}, validator: … }}); the step \
                     then finds its values there"
                ),
            ),
            Action::ExtendEnum { added } => {
                findings.ok(format!("that of {name} will allow {} too", added.join(", ")));
            }
            _ => {}
        }
    }
    findings.answer()
}
