//! What applying a migration to one database would do, in numbers, with a hash.
//!
//! [`plan`] is pure: the same migration and the same inventory give the same plan, and what is
//! carried out leaves no choices open.

use serde::Serialize;

use crate::inventory::{CollectionFacts, CollectionKind, Depth, Inventory};
use crate::migration::Migration;

mod action;
mod data;
mod fingerprint;
mod index;
mod prediction;
mod state;
mod validator;

pub use action::Action;
pub use prediction::{
    CHANGED_DOCUMENTS_PER_SECOND, INDEXED_DOCUMENTS_PER_SECOND, OPLOG_BYTES_PER_CHANGE,
    Predictions, READ_BYTES_PER_SECOND, growth_bytes,
};

use state::State;

/// What the person who asks leaves to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanOptions {
    /// Whether an index that stands in the way, and is another one, may go.
    pub replace_index: ReplaceIndex,
}

/// What to do about an index of another definition that stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReplaceIndex {
    /// Refuse, and say in which way it differs.
    #[default]
    Refuse,
    /// Replace it; undo makes it again.
    Allow,
}

/// What applying a migration would do.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Version.
    pub version: String,
    /// Title.
    pub title: String,
    /// Which database.
    pub target: PlanTarget,
    /// Whether documents were counted.
    pub depth: Depth,
    /// What each step would do, in the order of the file.
    pub steps: Vec<StepPlan>,
    /// Why it can not be carried out; empty when it can.
    pub refusals: Vec<String>,
    /// Time and space it takes.
    pub predictions: Predictions,
    /// Twelve hex digits; see [`Plan::is_approved_by`].
    pub hash: String,
    #[serde(skip)]
    fingerprint: fingerprint::Fingerprint,
}

/// The database that a plan is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanTarget {
    /// Host and port of the primary when it was planned.
    pub host: String,
    /// Replica set.
    pub replica_set: Option<String>,
    /// Database.
    pub database: String,
}

/// What one step would do.
#[derive(Debug, Clone, Serialize)]
pub struct StepPlan {
    /// Position in the file, from 0.
    pub step: usize,
    /// The step's key in the file.
    pub kind: &'static str,
    /// Collection.
    pub collection: String,
    /// What it does, as a short phrase.
    pub title: String,
    /// What it would do here.
    pub action: Action,
    /// Documents it would change; none when they were not counted or the step changes none.
    pub documents: Option<u64>,
    /// These by why they would be changed: `selectedEvents is null`.
    pub by_reason: Vec<(String, u64)>,
    /// Documents of which a value would go to the archive.
    pub archived_documents: u64,
    /// Bytes of these values.
    pub archived_bytes: u64,
    /// What the validator, as it will be in the end, objects to in the result. A refusal only when
    /// the server enforces it.
    pub objections: Vec<String>,
    /// Whatever else somebody should know.
    pub notes: Vec<String>,
}

/// Works out what applying `migration` to a database that looks like `inventory` would do.
#[must_use]
pub fn plan(migration: &Migration, inventory: &Inventory, options: &PlanOptions) -> Plan {
    let mut state = State::new(inventory, *options);
    let mut steps: Vec<StepPlan> =
        migration.steps.iter().enumerate().map(|(number, step)| state.step(number, step)).collect();
    // After the last step, because an enum that is extended late counts for a field added early.
    for (number, step) in migration.steps.iter().enumerate() {
        steps[number].objections = state.validator_objections(step);
    }
    let predictions = prediction::predict(migration, inventory, &steps);
    let fingerprint = fingerprint::take(migration, inventory, &steps);
    Plan {
        version: migration.version.to_string(),
        title: migration.title.clone(),
        target: PlanTarget {
            host: inventory.host.clone(),
            replica_set: inventory.replica_set.clone(),
            database: inventory.database.clone(),
        },
        depth: inventory.depth,
        steps,
        refusals: state.into_refusals(),
        predictions,
        hash: fingerprint.hash(),
        fingerprint,
    }
}

impl Plan {
    /// Whether `hash` was the hash of this plan, but for the number of documents to be changed,
    /// which may have moved by ten to twenty per cent: the database is in use.
    #[must_use]
    pub fn is_approved_by(&self, hash: &str) -> bool {
        self.fingerprint.is_near(hash)
    }

    /// Documents that would be changed; none when they were not counted.
    #[must_use]
    pub fn documents(&self) -> Option<u64> {
        match self.depth {
            Depth::Quick => None,
            Depth::Full => Some(self.steps.iter().filter_map(|step| step.documents).sum()),
        }
    }

    /// Whether there is nothing to do at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action.is_nothing())
    }
}

/// Why a migration can not work on such a thing; none when it can.
fn unsuitable(facts: &CollectionFacts) -> Option<&'static str> {
    match facts.kind {
        CollectionKind::View => Some("it is a view, which has no documents of its own"),
        CollectionKind::TimeSeries => {
            Some("it is a time-series collection, whose documents can not be updated one by one")
        }
        CollectionKind::Clustered => {
            Some("it is clustered: it has no index on _id, by which documents are read and changed")
        }
        CollectionKind::Collection if facts.capped => {
            Some("it is capped: its documents can not grow, and the oldest are forgotten")
        }
        CollectionKind::Collection | CollectionKind::Missing => None,
    }
}

#[cfg(test)]
mod tests;
