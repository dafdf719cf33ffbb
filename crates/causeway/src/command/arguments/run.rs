//! `causeway run`: the whole plan.

use causeway_core::migration::Version;
use clap::Args;

use super::UpChoices;
use crate::notices::window::Minutes;

/// `run`.
#[derive(Debug, Args)]
pub struct PlanRunArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// Print every step with its real names; write nothing, send nothing
    #[arg(long, conflicts_with_all = ["paranoid", "roll_back"])]
    pub noop: bool,
    /// Ask before each step
    #[arg(long, conflicts_with = "roll_back")]
    pub paranoid: bool,
    /// When the maintenance begins: "2026-11-26 02:00" in the zone of the notices, or with an offset
    /// [default: window.start of the configuration, else at once]
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// How long it takes: 30, or 15-30
    #[arg(long, value_name = "N")]
    pub minutes: Option<Minutes>,
    /// Stop after this step: `--to announce` the day before; the same command without it goes on
    #[arg(long, value_name = "STEP")]
    pub to: Option<String>,
    /// Begin again at this step; refused when one before it left no evidence
    #[arg(long, value_name = "STEP")]
    pub from: Option<String>,
    /// Do without this step; repeatable, with --because
    #[arg(long, value_name = "STEP", requires = "skip_reason")]
    pub skip: Vec<String>,
    /// Why; one for each --skip, in their order
    #[arg(long = "because", value_name = "TEXT", requires = "skip")]
    pub skip_reason: Vec<String>,
    /// Say that this manual step is done; repeatable
    #[arg(long, value_name = "NAME")]
    pub confirm: Vec<String>,
    /// Go back: roll back what was applied, lift the fence, start jobs, let people in, tell them
    #[arg(long, conflicts_with_all = ["to", "from", "skip", "start", "minutes"])]
    pub roll_back: bool,
    /// How `up` goes.
    #[command(flatten)]
    pub up: UpChoices,
}
