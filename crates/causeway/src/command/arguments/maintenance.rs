//! The command line of `causeway maintenance`.

use bson::DateTime;
use clap::{Args, Subcommand};

use crate::clock::moment_from;

/// `maintenance`.
#[derive(Debug, Subcommand)]
pub enum MaintenanceCommand {
    /// Have collections only be read from now on, or change what is said of it
    On(MaintenanceOnArguments),
    /// Let them be written again, and lift the fence
    Off,
    /// Show whether maintenance is on, whether a fence stands, and how long the last ones took
    Status,
}

/// `maintenance on`.
#[derive(Debug, Args)]
pub struct MaintenanceOnArguments {
    /// When it is expected to end: 02:30, 2026-12-01 02:30, 45m from now, or a time with its zone
    #[arg(long, value_name = "TIME", value_parser = moment_from)]
    pub until: Option<DateTime>,
    /// What people are told, instead of what causeway.toml says
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    /// A collection that may only be read; repeatable
    #[arg(long = "scope", value_name = "COLLECTION")]
    pub scope: Vec<String>,
    /// Have the database itself refuse inserts and updates of these collections
    #[arg(long, conflicts_with = "without_fence")]
    pub fence: bool,
    /// Raise no fence, although causeway.toml asks for one
    #[arg(long)]
    pub without_fence: bool,
}
