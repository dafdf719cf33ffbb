//! Everything a report is made of. What could not be had is none, and `missing` says so.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bson::Document;
use causeway_core::backup::Manifest;
use causeway_core::maintenance::Maintenance;
use causeway_core::migration::Migration;
use causeway_core::runbook::RunRecord;
use causeway_core::sample::Sample;
use causeway_core::verdict::Verdict;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::backup::proof::Proof;
use crate::maintenance::period::Period;
use crate::notices::Notice;
use crate::rehearse::rehearsal::Rehearsal;

/// What was found of a run.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    /// The run; of an `up` or `down` by itself, what its document and journal tell.
    pub(super) run: RunRecord,
    /// Who has the report made, when, and in which zone people read it.
    pub(super) made: Made,
    /// Which database.
    pub(super) place: Place,
    /// The migration, when its file is at hand.
    pub(super) migration: Option<Migration>,
    /// The application's own document, of the first `up`.
    pub(super) application: Option<Document>,
    /// The record in `migrations`.
    pub(super) record: Option<Document>,
    /// Documents that the run changed, by the entries that were committed with the data.
    pub(super) committed: Option<u64>,
    /// What the events tell.
    pub(super) told: Told,
    /// Looks at server and application, in order.
    pub(super) samples: Vec<Sample>,
    /// Periods of maintenance that were the run's, or in its time.
    pub(super) periods: Vec<Period>,
    /// Maintenance at present.
    pub(super) maintenance: Maintenance,
    /// What people were told.
    pub(super) notices: Vec<Notice>,
    /// The last rehearsal of the same file.
    pub(super) rehearsal: Option<Rehearsal>,
    /// The backup behind it.
    pub(super) backup: Option<Backup>,
    /// What was asked and answered meanwhile.
    pub(super) approvals: Vec<Approval>,
    /// How the new fields are used by now.
    pub(super) adoption: Vec<Adoption>,
    /// Values of an earlier rollback that wait for a decision.
    pub(super) conflicts_open: u64,
    /// Days after the end at which the review is due.
    pub(super) review_days: u32,
    /// What was looked for and not found.
    pub(super) missing: Vec<String>,
}

/// The making of the report itself.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) at: Timestamp,
    pub(super) by: String,
    pub(super) host: String,
    pub(super) zone: TimeZone,
}

/// Which database it is about.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) database: String,
    pub(super) host: String,
    pub(super) server: String,
}

/// What the events of a run tell.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) verifications: Vec<Verified>,
    pub(super) pauses: Vec<Pause>,
    pub(super) progress: Vec<Progressed>,
    pub(super) warnings: Vec<Warned>,
}

/// A verification, as far as the report needs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Verified {
    pub(super) at: Option<Timestamp>,
    pub(super) rolled_back: bool,
    pub(super) passed: bool,
    pub(super) collections: BTreeMap<String, BTreeMap<Verdict, u64>>,
    pub(super) conditions: Vec<(bool, String)>,
    pub(super) list_file: Option<String>,
    pub(super) proof: String,
    pub(super) seconds: Option<f64>,
}

/// Work that waited; without an end it waits still, or its process is gone.
#[derive(Debug, Clone)]
pub(super) struct Pause {
    pub(super) from: Timestamp,
    pub(super) until: Option<Timestamp>,
    pub(super) reason: String,
}

/// How far a phase was.
#[derive(Debug, Clone)]
pub(super) struct Progressed {
    pub(super) at: Timestamp,
    pub(super) phase: String,
    pub(super) done: u64,
}

/// A warning, and when it came first.
#[derive(Debug, Clone)]
pub(super) struct Warned {
    pub(super) at: Option<Timestamp>,
    pub(super) text: String,
}

/// A backup, as far as it is on this machine.
#[derive(Debug, Clone)]
pub(super) struct Backup {
    pub(super) folder: PathBuf,
    pub(super) manifest: Option<Manifest>,
    pub(super) proof: Option<Proof>,
}

/// Something that was asked before it was done.
#[derive(Debug, Clone)]
pub(super) struct Approval {
    pub(super) at: Timestamp,
    pub(super) operator: String,
    pub(super) host: String,
    pub(super) what: String,
    pub(super) how: String,
}

/// How a field that the migration added is used.
#[derive(Debug, Clone)]
pub(super) struct Adoption {
    pub(super) collection: String,
    pub(super) field: String,
    /// Documents whose list holds something; none when counting took too long.
    pub(super) used: Option<u64>,
    /// Documents there are, about.
    pub(super) documents: Option<u64>,
}
