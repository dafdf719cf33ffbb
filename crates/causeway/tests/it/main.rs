//! Causeway against a real server.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod checks;
mod commands;
mod inventory;
mod plan;
mod shop;
mod terminal;
