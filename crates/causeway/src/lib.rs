//! Carries a MongoDB migration through: checks, plan, up, verification, rollback.
//!
//! A module is a phase of a migration or a thing it needs, named for it. Read from top to bottom,
//! the list is the runbook.

pub mod command;
mod config;

mod runbook;

pub mod check;
pub mod inventory;
pub mod permitted;

pub mod backup;

pub mod up;

pub mod survey;

pub mod steps;

pub mod verify;

pub mod doctor;

pub mod conflicts;
pub mod down;
pub mod lost_values;

pub mod maintenance;

pub mod governor;
pub mod live;
pub mod monitor;
pub mod requests;

pub mod watch;

pub mod notices;

pub mod report;

pub mod archive;
pub mod audit;
pub mod causes;
pub mod digest_file;
pub mod had_before;
pub mod journal;
pub mod lease;
pub mod pass;
pub mod records;
pub mod rehearse;
pub mod runs;
pub mod scan;
pub mod transaction;
pub mod wire;

pub mod clock;
pub mod confirm;
pub mod context;
pub mod failure;
pub mod progress;
pub mod reporter;
pub mod target;
pub mod terminal;
