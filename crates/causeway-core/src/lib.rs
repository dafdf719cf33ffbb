//! What a migration is: its file, its plan, its journal, the digests that prove it, its outcomes.
//!
//! Everything here is pure: no I/O, no clock, no database. The program that acts is `causeway`.

pub mod migration;

pub mod index;
pub mod validator;

pub mod inventory;

pub mod answer;
pub mod plan;

pub mod backup;

pub mod journal;
pub mod lease;
pub mod live;

pub mod digest;
pub mod element;
pub mod examine;
pub mod packed;
pub mod record;
pub mod requests;
pub mod splice;
pub mod verdict;

pub mod maintenance;
pub mod runbook;

pub mod chance;
pub mod sample;

pub mod event;
pub mod outcome;
