//! Causeway against a real server.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod applying;
mod backups;
mod checks;
mod commands;
mod conflicts;
mod doctor;
mod failovers;
mod healing;
mod inventory;
mod journals;
mod kills;
mod leases;
mod limits_while_running;
mod maintenance;
mod networks;
mod nothing_left_out;
mod notices;
mod plan;
mod relying;
mod reports;
mod requests;
mod rolling_back;
mod running;
mod scene;
mod server_errors;
mod shapes;
mod shop;
mod showing;
mod step_kinds;
mod telling_apart;
mod terminal;
mod trial;
mod watching;
