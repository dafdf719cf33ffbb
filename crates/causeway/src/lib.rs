//! Carries a MongoDB migration through: checks, plan, up, verification, rollback.
//!
//! A module is a phase of a migration or a thing it needs, named for it. Read from top to bottom,
//! the list is the runbook.

pub mod failure;
pub mod reporter;
pub mod target;
