//! The command line as clap reads it. `docs/commands.md` is its page; a test compares the two.

use std::path::PathBuf;

use causeway_core::migration::Version;
use causeway_core::verdict::Expected;
use clap::{Args, Parser, Subcommand, ValueEnum};

mod backup;
mod global;
mod length;
mod limits;
mod maintenance;
mod notice;
mod report;
mod run;
mod run_id;
mod watch;

pub use backup::{
    BackupCommand, BackupCreateArguments, BackupListArguments, BackupProveArguments,
    BackupPruneArguments, BackupRestoreArguments, BackupVerifyArguments, Compress, ScratchPlace,
};
pub use global::{Global, OutputForm};
pub use length::Length;
pub use limits::{Amount, Limit, LimitArguments};
pub use maintenance::{MaintenanceCommand, MaintenanceOnArguments};
pub use notice::{
    NoticeCancelArguments, NoticeCommand, NoticeListArguments, NoticeManner, NoticeSendArguments,
    NoticeWords,
};
pub use report::ReportArguments;
pub use run::PlanRunArguments;
pub use run_id::RunId;
pub use watch::WatchArguments;

/// Carries a MongoDB migration through: check, plan, up, verify, down, with proof that nothing
/// was lost.
#[derive(Debug, Parser)]
#[command(
    name = "causeway",
    version,
    about,
    disable_help_subcommand = true,
    disable_help_flag = true,
    max_term_width = 100,
    after_help = "Exit codes are a contract with scripts: see docs/exit-codes.md."
)]
pub struct Arguments {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print this help
    #[arg(short, long, global = true, action = clap::ArgAction::HelpShort)]
    help: Option<bool>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write causeway.toml and migrations/ for a new project; overwrites nothing
    Init,
    /// Show every version: applied, pending, running, failed, rolled back; and who holds the lease
    Status(StatusArguments),
    /// Ask every question that must be answered before a migration; writes nothing
    Check(CheckArguments),
    /// Show what applying would do, in numbers, with a hash to approve it by; writes nothing
    Plan(PlanArguments),
    /// Make a backup of the database, test it, list what there is
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Try a migration on a copy from a proven backup: up, verify, down, verify, up; forecast the run
    Rehearse(RehearseArguments),
    /// Apply a migration; the same command resumes after any interruption
    Up(UpArguments),
    /// Compare every document with what it was before
    Verify(VerifyArguments),
    /// Roll a migration back
    Down(DownArguments),
    /// List selections that could not be put back after a rollback, and apply them
    Conflicts(ConflictsArguments),
    /// Carry the whole plan through, from the announcement to the watch; the same command goes on
    Run(PlanRunArguments),
    /// Have the application, and the database, refuse writes for a time
    #[command(subcommand)]
    Maintenance(MaintenanceCommand),
    /// Let a run wait after the batch in hand
    Pause(RunArguments),
    /// Let a paused run go on
    Resume(RunArguments),
    /// Stop a run after the batch in hand
    Cancel(RunArguments),
    /// Slow a run down
    Throttle(ThrottleArguments),
    /// Look at application and server in the day after a migration; say what is worse than before
    Watch(WatchArguments),
    /// Look for the troubles that migrations are known to have; say what cures them
    Doctor(DoctorArguments),
    /// Tell people of a maintenance: before, during and after it
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Write the review of a run: a page with charts, Markdown and data
    Report(ReportArguments),
    /// Show the runs there were, newest first, the records, and who allowed what
    History(HistoryArguments),
    /// Show the journal of a run
    Logs(LogsArguments),
    /// Take the lease from a runner that is gone
    Unlock(UnlockArguments),
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Mend what is safe to mend: a fence that nobody lifted, requests to runs that have ended
    #[arg(long)]
    pub fix: bool,
    /// Limits that a run would have.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Exit with 10 when a migration file is not applied
    #[arg(long)]
    pub check: bool,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// What would be left to the plan.
    #[command(flatten)]
    pub plan: PlanChoices,
    /// Required versions without a record.
    #[command(flatten)]
    pub assumed: Assumed,
    /// The backup behind a run.
    #[command(flatten)]
    pub backup: BackupChoice,
    /// Limits that a run would have.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// What is left to the plan.
    #[command(flatten)]
    pub plan: PlanChoices,
}

/// `rehearse`.
#[derive(Debug, Args)]
pub struct RehearseArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// Copy this backup, instead of the latest that was proved
    #[arg(long, value_name = "DIR")]
    pub backup: Option<PathBuf>,
    /// Where the copy is made.
    #[command(flatten)]
    pub place: ScratchPlace,
    /// What is left to the plan.
    #[command(flatten)]
    pub choices: PlanChoices,
    /// Required versions without a record.
    #[command(flatten)]
    pub assumed: Assumed,
    /// Limits of the runs.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// `up`.
#[derive(Debug, Args)]
pub struct UpArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// How it goes.
    #[command(flatten)]
    pub how: UpChoices,
}

/// What `up` goes by, by itself and as a step of a run.
#[derive(Debug, Args)]
pub struct UpChoices {
    /// Insist on the plan with this hash, as `causeway plan` printed it
    #[arg(long, value_name = "HASH")]
    pub plan: Option<String>,
    /// What is left to the plan.
    #[command(flatten)]
    pub choices: PlanChoices,
    /// Required versions without a record.
    #[command(flatten)]
    pub assumed: Assumed,
    /// The backup behind it.
    #[command(flatten)]
    pub backup: BackupChoice,
    /// Limits of the run.
    #[command(flatten)]
    pub limits: LimitArguments,
    /// Digests.
    #[command(flatten)]
    pub digests: DigestChoice,
}

/// The backup that a run in production needs.
#[derive(Debug, Args)]
pub struct BackupChoice {
    /// Rely on this backup, instead of the latest that was proved
    #[arg(long, value_name = "DIR", conflicts_with = "without_backup")]
    pub backup: Option<PathBuf>,
    /// Begin without a proven backup, although the environment is production; the journal keeps it
    #[arg(long)]
    pub without_backup: bool,
}

/// `down`.
#[derive(Debug, Args)]
pub struct DownArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// Roll back what other scripts applied: there is no list of what was there before, so every
    /// value goes to the archive
    #[arg(long)]
    pub unrecorded: bool,
    /// Limits of the run.
    #[command(flatten)]
    pub limits: LimitArguments,
    /// Digests.
    #[command(flatten)]
    pub digests: DigestChoice,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// What the database should look like
    #[arg(long, value_name = "STATE")]
    pub state: State,
    /// Digests.
    #[command(flatten)]
    pub digests: DigestChoice,
}

/// What a verification expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// The migration is applied; every other byte is as before it
    Applied,
    /// Every byte is as before the migration, but for what the application did
    RolledBack,
}

impl From<State> for Expected {
    fn from(state: State) -> Self {
        match state {
            State::Applied => Self::Applied,
            State::RolledBack => Self::RolledBack,
        }
    }
}

/// `conflicts`.
#[derive(Debug, Args)]
pub struct ConflictsArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// Put back what was archived of these documents, over what is there now
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with = "apply_all")]
    pub apply: Vec<String>,
    /// Put back what was archived of every document listed
    #[arg(long)]
    pub apply_all: bool,
}

/// `pause`, `resume`, `cancel`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Id of the run, as `causeway history` shows it
    pub run: RunId,
}

/// `throttle`.
#[derive(Debug, Args)]
pub struct ThrottleArguments {
    /// Id of the run, as `causeway history` shows it
    pub run: RunId,
    /// Documents a second the run may change at most
    #[arg(long, value_name = "N|off")]
    pub documents_per_second: Limit<u64>,
}

/// `history`.
#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// Show at most so many runs
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub runs_max: u32,
}

/// `logs`.
#[derive(Debug, Args)]
pub struct LogsArguments {
    /// Id of the run, as `causeway history` shows it
    pub run: RunId,
    /// Go on showing what is added, until the run ends or Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
}

/// `unlock`.
#[derive(Debug, Args)]
pub struct UnlockArguments {
    /// Take it even from a runner that renewed it within its life: that runner stops
    #[arg(long)]
    pub force: bool,
}

/// What the person who asks leaves to the plan.
#[derive(Debug, Args)]
pub struct PlanChoices {
    /// Replace an index that stands in the way and has another definition; down makes it again
    #[arg(long)]
    pub replace_index: bool,
}

/// Required versions that count as applied without a record.
#[derive(Debug, Args)]
pub struct Assumed {
    /// Take a required version for applied although it has no record; repeatable, with --reason
    #[arg(long, value_name = "V", requires = "reason")]
    pub assume_applied: Vec<Version>,
    /// Why that version is known to be applied; one for each --assume-applied, in their order
    #[arg(long, value_name = "TEXT", requires = "assume_applied")]
    pub reason: Vec<String>,
}

/// Whether a run can do without digests.
#[derive(Debug, Args)]
pub struct DigestChoice {
    /// Do without digests: nothing can then prove that no byte was lost
    #[arg(long)]
    pub without_digests: bool,
}
