//! The database as it will be while the steps are carried out one after the other: a step may meet
//! what an earlier one left.

use std::collections::BTreeMap;

use bson::RawDocumentBuf;

use super::{Action, PlanOptions, StepPlan, unsuitable};
use crate::index::IndexDefinition;
use crate::inventory::{CollectionFacts, CollectionKind, Inventory};
use crate::migration::Step;

/// What planning has come to so far.
pub(super) struct State<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) options: PlanOptions,
    pub(super) indexes: BTreeMap<&'a str, Vec<IndexDefinition>>,
    pub(super) validators: BTreeMap<&'a str, RawDocumentBuf>,
    refusals: Vec<String>,
}

impl<'a> State<'a> {
    pub(super) fn new(inventory: &'a Inventory, options: PlanOptions) -> Self {
        let collections = || inventory.collections.iter();
        Self {
            inventory,
            options,
            indexes: collections()
                .map(|(name, facts)| (name.as_str(), facts.indexes.clone()))
                .collect(),
            validators: collections()
                .filter_map(|(name, facts)| Some((name.as_str(), facts.validator.clone()?)))
                .collect(),
            refusals: Vec::new(),
        }
    }

    /// Plans a step, and leaves the state as the step will leave the database.
    pub(super) fn step(&mut self, number: usize, step: &Step) -> StepPlan {
        let mut planned = StepPlan {
            step: number,
            kind: step.kind(),
            collection: step.collection().to_string(),
            title: step.title(),
            action: Action::CollectionMissing,
            documents: None,
            by_reason: Vec::new(),
            archived_documents: 0,
            archived_bytes: 0,
            objections: Vec::new(),
            notes: Vec::new(),
        };
        let Some(facts) = self.usable(step, &mut planned) else { return planned };
        match step {
            Step::AddField(step) => self.add_field(step, facts, &mut planned),
            Step::RemoveField(_) => self.remove_field(facts, &mut planned),
            Step::RenameField(step) => self.rename_field(step, facts, &mut planned),
            Step::SetComputed(_) => self.set_computed(facts, &mut planned),
            Step::CreateIndex(step) => self.create_index(step, &mut planned),
            Step::DropIndex(step) => self.drop_index(step, &mut planned),
            Step::ExtendEnum(step) => self.extend_enum(step, &mut planned),
        }
        planned
    }

    /// The collection of a step when the step can work on it; else why not is noted.
    fn usable(&mut self, step: &Step, planned: &mut StepPlan) -> Option<&'a CollectionFacts> {
        let name = step.collection().as_str();
        let facts = self.inventory.collection(name);
        match facts {
            Some(facts) if facts.kind != CollectionKind::Missing => match unsuitable(facts) {
                None => return Some(facts),
                Some(reason) => {
                    planned.action = Action::CollectionUnsuitable { reason: reason.to_owned() };
                    self.refuse(format!("{name} can not be migrated: {reason}"));
                }
            },
            _ => self.refuse(format!("there is no collection {name} in the database")),
        }
        None
    }

    /// Notes why the plan can not be carried out; once, however many steps find it.
    pub(super) fn refuse(&mut self, reason: String) {
        if !self.refusals.contains(&reason) {
            self.refusals.push(reason);
        }
    }

    pub(super) fn into_refusals(self) -> Vec<String> {
        self.refusals
    }
}
