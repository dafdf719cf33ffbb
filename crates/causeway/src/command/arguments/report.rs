//! `causeway report`: the review of a run.

use std::path::PathBuf;

use clap::Args;

use super::run_id::RunId;

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Id of the run, as `causeway history` shows it
    pub run: RunId,
    /// Write the files into this folder, instead of the run's own
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Keep a note with the run; repeatable
    #[arg(long, value_name = "TEXT")]
    pub note: Vec<String>,
    /// Keep a lesson that was learned; repeatable
    #[arg(long, value_name = "TEXT")]
    pub lesson: Vec<String>,
    /// Keep a change that the runbook needs; repeatable
    #[arg(long, value_name = "TEXT")]
    pub runbook: Vec<String>,
    /// Keep what users reported; repeatable
    #[arg(long, value_name = "TEXT")]
    pub feedback: Vec<String>,
}
