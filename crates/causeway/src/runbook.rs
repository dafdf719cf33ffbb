//! Carries the whole plan through, from the announcement to the watch: `causeway run`.
//!
//! Which steps there are and what may follow what is decided in [`causeway_core::runbook`]; here they
//! are done. Each is the same code as the command of its name, leaves evidence in the run's document
//! and in its journal, and can be done again after a kill.

use std::path::PathBuf;

use causeway_core::migration::Version;
use jiff::Timestamp;

use crate::notices::window::Minutes;
use crate::up::UpOptions;

mod begin;
mod conductor;
mod fault;
mod heard;
mod kept;
mod loose_ends;
mod outlook;
mod person;
mod preflight;
mod shape;
mod standing;
mod trying;

mod telling;

mod preparing;

mod window;

mod jobs;
mod maintaining;
mod quiet;

mod applying;

mod removing;
mod smoke;

mod own_steps;
mod process;

mod back;
mod watching;

pub(crate) use begin::run;

/// How to carry a plan through.
#[derive(Debug, Clone)]
pub(crate) struct RunOptions {
    /// Version of the migration.
    pub(crate) version: Version,
    /// When the window begins; none for now, or for what was said before.
    pub(crate) start: Option<Timestamp>,
    /// How long it is.
    pub(crate) minutes: Option<Minutes>,
    /// Stop after this step.
    pub(crate) to: Option<String>,
    /// Begin again at this step.
    pub(crate) from: Option<String>,
    /// Steps to do without, and why.
    pub(crate) skip: Vec<(String, String)>,
    /// Manual steps that are confirmed on the command line.
    pub(crate) confirmed: Vec<String>,
    /// How it goes.
    pub(crate) manner: Manner,
    /// How `up` goes.
    pub(crate) up: UpOptions,
    /// Folder in which the backup is made.
    pub(crate) backups: PathBuf,
}

/// How a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Step by step.
    Plain,
    /// Nothing is done; it says what would be.
    Noop,
    /// A person is asked before each step.
    Paranoid,
    /// Back to what was before.
    Back,
}
