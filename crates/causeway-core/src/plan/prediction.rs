//! How long a plan takes and how much room it needs.
//!
//! The rates come from measurements on two cores with MongoDB 6.0.5 and 1,000,000 quotes of 0.9 KB;
//! a rehearsal on the target's own hardware knows better.

use serde::Serialize;

use super::{Action, StepPlan};
use crate::inventory::{CollectionFacts, Inventory};
use crate::migration::{Migration, Step};

/// Documents that are changed per second, in transactions of about a thousand.
pub const CHANGED_DOCUMENTS_PER_SECOND: f64 = 65_000.0;
/// Documents that an index build reads per second.
pub const INDEXED_DOCUMENTS_PER_SECOND: f64 = 400_000.0;
/// Bytes of documents read and hashed per second; each document is read before and after.
pub const READ_BYTES_PER_SECOND: f64 = 160_000_000.0;
/// Bytes of an oplog entry for one changed document, without the value.
pub const OPLOG_BYTES_PER_CHANGE: u64 = 150;
/// Bytes that an archived value takes besides itself.
const ARCHIVE_BYTES_PER_VALUE: u64 = 120;
/// Bytes of an index entry besides its keys.
const INDEX_BYTES_PER_ENTRY: u64 = 40;

/// What a plan takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Predictions {
    /// Seconds, reading before and after included.
    pub seconds: f64,
    /// Bytes of oplog entries.
    pub oplog_bytes: u64,
    /// Bytes by which documents grow.
    pub growth_bytes: u64,
    /// Bytes of archived values.
    pub archive_bytes: u64,
    /// Bytes of new indexes.
    pub index_bytes: u64,
    /// All of these together: what the disk must have free.
    pub disk_bytes: u64,
    /// What the numbers rest on.
    pub basis: String,
}

/// Adds up the steps.
pub(super) fn predict(
    migration: &Migration,
    inventory: &Inventory,
    steps: &[StepPlan],
) -> Predictions {
    let mut sum = Sum::default();
    for (step, planned) in migration.steps.iter().zip(steps) {
        if let Some(facts) = inventory.collection(&planned.collection) {
            sum.add(step, planned, facts);
        }
    }
    let read_bytes: u64 = inventory.collections.values().map(|facts| facts.bytes).sum();
    let seconds = sum.seconds + 2.0 * read_bytes as f64 / READ_BYTES_PER_SECOND;
    let counted =
        if sum.estimated { "documents not counted, so at most" } else { "documents counted" };
    Predictions {
        seconds,
        oplog_bytes: sum.oplog,
        growth_bytes: sum.growth,
        archive_bytes: sum.archive,
        index_bytes: sum.index,
        disk_bytes: sum.oplog + sum.growth + sum.archive + sum.index,
        basis: format!(
            "{counted}; {:.0} thousand changed per second, as on two cores: a rehearsal knows better",
            CHANGED_DOCUMENTS_PER_SECOND / 1e3
        ),
    }
}

#[derive(Default)]
struct Sum {
    seconds: f64,
    oplog: u64,
    growth: u64,
    archive: u64,
    index: u64,
    estimated: bool,
}

impl Sum {
    fn add(&mut self, step: &Step, planned: &StepPlan, facts: &CollectionFacts) {
        match &planned.action {
            Action::ChangeDocuments => self.change(step, planned, facts),
            Action::CreateIndex | Action::ReplaceIndex { .. } => self.index(step, facts),
            Action::Nothing
            | Action::IndexPresent
            | Action::ReplaceIndexRefused { .. }
            | Action::DropIndex
            | Action::IndexAbsent
            | Action::ExtendEnum { .. }
            | Action::EnumNotRestricted
            | Action::EnumAlready
            | Action::EnumNotUnderstood { .. }
            | Action::CollectionMissing
            | Action::CollectionUnsuitable { .. } => {}
        }
    }

    fn change(&mut self, step: &Step, planned: &StepPlan, facts: &CollectionFacts) {
        self.estimated |= planned.documents.is_none();
        let documents = planned.documents.unwrap_or(facts.documents);
        let value = value_bytes(step, facts);
        self.seconds += documents as f64 / CHANGED_DOCUMENTS_PER_SECOND;
        self.oplog += documents * (OPLOG_BYTES_PER_CHANGE + value);
        self.growth += documents * growth_bytes(step, facts);
        // What goes to the archive goes through the oplog, too.
        let archived =
            planned.archived_bytes + planned.archived_documents * ARCHIVE_BYTES_PER_VALUE;
        self.archive += archived;
        self.oplog += archived;
    }

    fn index(&mut self, step: &Step, facts: &CollectionFacts) {
        let Step::CreateIndex(step) = step else { return };
        self.seconds += facts.documents as f64 / INDEXED_DOCUMENTS_PER_SECOND;
        let keys = step.index.keys.iter().count() as u64;
        let option = |name: &str| step.index.options.get_bool(name).unwrap_or(false);
        // Nobody knows how many entries a sparse or partial index will have; on a field that this
        // very migration adds it has none.
        let entries = if option("sparse") { 0 } else { facts.documents };
        self.index += entries * (INDEX_BYTES_PER_ENTRY + 16 * keys);
    }
}

/// Bytes by which a step makes a document larger, at most; estimated for computed values.
#[must_use]
pub fn growth_bytes(step: &Step, facts: &CollectionFacts) -> u64 {
    match step {
        Step::AddField(_) | Step::SetComputed(_) => value_bytes(step, facts),
        Step::RenameField(step) => (step.to.len()).saturating_sub(step.from.len()) as u64,
        Step::RemoveField(_) | Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => 0,
    }
}

/// Bytes that a step writes into one document.
fn value_bytes(step: &Step, facts: &CollectionFacts) -> u64 {
    let element = |name: &str, value: usize| (name.len() + value + 2) as u64;
    match step {
        Step::AddField(step) => element(&step.field, encoded_bytes(&step.value)),
        Step::SetComputed(step) => step.fields.iter().map(|field| element(field, 16)).sum(),
        Step::RenameField(step) => element(&step.to, 16).min(facts.average_bytes()),
        Step::RemoveField(_) | Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => 0,
    }
}

/// Bytes of a value in a document, without its type and name.
fn encoded_bytes(value: &bson::RawBson) -> usize {
    // An empty document takes five bytes, an element's type and the end of its empty name two.
    let document =
        bson::RawDocumentBuf::from_iter([(bson::raw::cstr!(""), value.as_raw_bson_ref())]);
    document.as_bytes().len().saturating_sub(7)
}
