//! Everything the engine tells the person who runs it.
//!
//! One enum feeds the terminal, JSON Lines, and later the report and metrics. The engine emits;
//! only the command prints.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::answer::{Answer, Tally};
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::runbook::StepState;
use crate::verdict::{Expected, Verdict};

/// Something that happened and that a person or a script wants to know.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Which database this is about; first event of every command that connects.
    Target(TargetShown),
    /// Which migration this is about.
    Migration {
        /// Version.
        version: String,
        /// Title.
        title: String,
        /// File name.
        file: String,
    },
    /// A check answered.
    Answer(Answer),
    /// All checks answered.
    Checked {
        /// Version.
        version: String,
        /// How many of each kind.
        tally: Tally,
    },
    /// What applying would do.
    Plan(Box<Plan>),
    /// A run starts or goes on.
    RunStarted {
        /// Run id.
        run: String,
        /// `up` or `down`.
        command: &'static str,
        /// Whether an earlier process began it.
        resumed: bool,
        /// Folder with its journal and digests.
        folder: String,
    },
    /// A step of a run of the whole plan begins or ends.
    Step {
        /// Its number, from 1; 0 on the way back.
        number: usize,
        /// How many there are.
        of: usize,
        /// Which one: `backup`, `back:down`.
        step: String,
        /// What it does when it begins; its evidence when it ended.
        text: String,
        /// How it stands.
        state: StepState,
        /// Seconds it took, when it ended.
        seconds: Option<f64>,
    },
    /// A part of a run starts.
    PhaseStarted {
        /// What is being done, as a person says it: `quotes  add selectedEvents`.
        phase: String,
        /// Units to be done, when known.
        total: Option<u64>,
        /// Unit of progress: `documents`.
        unit: &'static str,
    },
    /// How far it is. At most ten a second.
    Progress {
        /// The phase.
        phase: String,
        /// Units done.
        done: u64,
        /// Units to be done, when known.
        total: Option<u64>,
        /// Units a second, over the last seconds.
        per_second: f64,
        /// Seconds left, when known.
        eta_seconds: Option<f64>,
        /// Replication lag of the slowest member in seconds, when measured.
        lag_seconds: Option<f64>,
    },
    /// A part of a run ended.
    PhaseFinished {
        /// The phase.
        phase: String,
        /// Result in words and numbers.
        result: String,
        /// Seconds it took.
        seconds: f64,
    },
    /// Work waits.
    Paused {
        /// Why, with value and limit.
        reason: String,
    },
    /// Work goes on.
    Unpaused {
        /// Seconds it waited.
        seconds: f64,
    },
    /// A fact worth a line: key on the left, sentence on the right.
    Fact {
        /// Left column: `recorded`, `archive`.
        key: &'static str,
        /// Right column.
        text: String,
    },
    /// Something a person should look at; the run goes on.
    Warning {
        /// What.
        text: String,
    },
    /// A verification's result.
    Verified(Box<Verification>),
    /// A row of a listing (`status`, `history`, `logs`), by column name.
    Row(BTreeMap<&'static str, serde_json::Value>),
    /// The command failed.
    Failure {
        /// What was attempted, and on what.
        message: String,
        /// The chain of causes, outermost first.
        causes: Vec<String>,
        /// What to do.
        hint: Option<String>,
    },
    /// What to do next: commands or sentences.
    Next {
        /// In order.
        commands: Vec<String>,
    },
    /// Last event of every command.
    Finished {
        /// How it ended.
        outcome: Outcome,
        /// Exit code of the process.
        exit_code: u8,
        /// State of the database, in words.
        database: String,
    },
}

/// The target as every command shows it first. Holds no secret.
#[derive(Debug, Clone, Serialize)]
pub struct TargetShown {
    /// Database name.
    pub database: String,
    /// Host and port of the primary, or of the member connected to.
    pub host: String,
    /// URI with user and password replaced.
    pub uri: String,
    /// Server version.
    pub version: String,
    /// Topology in words: `replica set rs0, 3 members`.
    pub topology: String,
    /// Where the URI came from: `--uri`, `MONGODB_URI`, `--env-file PATH`.
    pub source: String,
}

/// What a verification found.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// Version.
    pub version: String,
    /// What was asked for.
    pub state: Expected,
    /// Whether nothing is wrong.
    pub passed: bool,
    /// Documents read.
    pub documents: u64,
    /// Of each collection, how many documents of each verdict.
    pub collections: BTreeMap<String, BTreeMap<Verdict, u64>>,
    /// Of each collection that has some: documents that are not in the state asked for, and that
    /// another `up` would heal.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lacking: BTreeMap<String, u64>,
    /// What is asked of indexes, validators and the record, and whether it holds.
    pub conditions: Vec<Condition>,
    /// First hundred documents of each kind of difference, as relaxed extended JSON of `_id`.
    pub samples: BTreeMap<String, BTreeMap<Verdict, Vec<String>>>,
    /// File with all of them, when there is a difference.
    pub list_file: Option<String>,
    /// What the proof rests on: `digests of run …`, or why there are none.
    pub proof: String,
    /// Seconds it took.
    pub seconds: f64,
}

/// Something other than documents that verification asks for.
#[derive(Debug, Clone, Serialize)]
pub struct Condition {
    /// Whether it holds.
    pub holds: bool,
    /// What, in words with evidence.
    pub text: String,
}
