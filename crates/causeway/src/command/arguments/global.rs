//! What every command understands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const TARGET: &str = "Database";
const PLACES: &str = "Places";
const TALK: &str = "Output and answers";

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// MongoDB URI; without it MONGODB_URI of the environment. A password given here is hidden
    /// from process listings, but stays in the shell's history
    #[arg(long, global = true, value_name = "URI", help_heading = TARGET)]
    pub uri: Option<String>,
    /// Read MONGODB_URI from this file; no such file is ever picked up by itself
    #[arg(long, global = true, value_name = "FILE", help_heading = TARGET)]
    pub env_file: Option<PathBuf>,
    /// Database, instead of the one in the URI
    #[arg(long, global = true, value_name = "NAME", help_heading = TARGET)]
    pub database: Option<String>,

    /// Folder of the migration files
    #[arg(long, global = true, value_name = "DIR", default_value = "./migrations", help_heading = PLACES)]
    pub migrations: PathBuf,
    /// Folder for runs: journals, digests, reports
    #[arg(long, global = true, value_name = "DIR", default_value = "./.causeway", help_heading = PLACES)]
    pub state_dir: PathBuf,
    /// Configuration; without it ./causeway.toml, where there is one
    #[arg(long, global = true, value_name = "FILE", help_heading = PLACES)]
    pub config: Option<PathBuf>,

    /// Form of the output: for people, or one JSON event a line on standard output
    #[arg(long, global = true, value_name = "FORM", default_value = "text", help_heading = TALK)]
    pub output: OutputForm,
    /// Print data, warnings and failures only
    #[arg(long, global = true, help_heading = TALK)]
    pub quiet: bool,
    /// Name kept in journals and records; without it the system's user
    #[arg(long, global = true, value_name = "NAME", help_heading = TALK)]
    pub operator: Option<String>,
    /// Confirm a write by the database's name, instead of being asked
    #[arg(long, global = true, value_name = "NAME", help_heading = TALK)]
    pub yes: Option<String>,
}

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// For people
    Text,
    /// JSON Lines: one event a line, the last one `finished`
    Json,
}
