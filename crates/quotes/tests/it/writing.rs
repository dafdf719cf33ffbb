//! What is written: together or not at all, once, by somebody.

pub(crate) mod desk;

mod creating;
mod creations;
mod editing;
mod editors;
mod events_of_quotes;
mod lives;
mod sending;

mod fenced;
mod once;
mod runs;
mod together;
