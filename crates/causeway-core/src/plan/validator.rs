//! What the steps would do to validators, and what validators would say to the steps.

use super::state::State;
use super::{Action, StepPlan};
use crate::migration::{ExtendEnum, Step};
use crate::validator::{EnumChange, extend_enum, objections};

impl State<'_> {
    pub(super) fn extend_enum(&mut self, step: &ExtendEnum, planned: &mut StepPlan) {
        let Some(validator) = self.validators.get_mut(step.collection.as_str()) else {
            planned.action = Action::EnumNotRestricted;
            return;
        };
        planned.action = match extend_enum(validator, &step.path, &step.values) {
            EnumChange::NoEnum => Action::EnumNotRestricted,
            EnumChange::AlreadyThere => Action::EnumAlready,
            EnumChange::Extended { validator: extended, added } => {
                *validator = extended;
                let added = added.into_iter().map(shown).collect();
                Action::ExtendEnum { added }
            }
            EnumChange::NotUnderstood { reason } => {
                self.refuse(format!(
                    "the validator of {} restricts {} in a way that can't be changed with certainty: {reason}",
                    step.collection, step.path
                ));
                Action::EnumNotUnderstood { reason }
            }
        };
    }

    /// What the validator, as it will be in the end, objects to in a step's result. A refusal when
    /// the server enforces it: Causeway passes it by, but the application's next save would fail.
    pub(super) fn validator_objections(&mut self, step: &Step) -> Vec<String> {
        let name = step.collection().as_str();
        let Some(validator) = self.validators.get(name) else { return Vec::new() };
        let found = objections(validator, step);
        let enforced =
            self.inventory.collection(name).is_some_and(|facts| facts.validator_enforced());
        for objection in found.iter().filter(|_| enforced) {
            self.refuse(format!("the validator of {name} objects to the result: {objection}"));
        }
        found
    }
}

fn shown(value: bson::RawBson) -> String {
    match bson::Bson::try_from(value) {
        Ok(value) => value.into_relaxed_extjson().to_string(),
        Err(error) => format!("<{error}>"),
    }
}
