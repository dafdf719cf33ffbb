//! Causeway against a real server.

mod checks;
mod inventory;
mod plan;
mod shop;
