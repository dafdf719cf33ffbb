//! The command line as clap reads it. `docs/commands.md` is its page; a test compares the two.

use std::path::PathBuf;

use causeway_core::backup::manifest::Compression;
use causeway_core::migration::Version;
use causeway_core::verdict::Expected;
use clap::{Args, Parser, Subcommand, ValueEnum};

mod global;
mod limits;
mod run_id;

pub use global::{Global, OutputForm};
pub use limits::{Amount, Limit, LimitArguments};
pub use run_id::RunId;

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
    /// Apply a migration; the same command resumes after any interruption
    Up(UpArguments),
    /// Compare every document with what it was before
    Verify(VerifyArguments),
    /// Roll a migration back
    Down(DownArguments),
    /// List selections that could not be put back after a rollback, and apply them
    Conflicts(ConflictsArguments),
    /// Let a run wait after the batch in hand
    Pause(RunArguments),
    /// Let a paused run go on
    Resume(RunArguments),
    /// Stop a run after the batch in hand
    Cancel(RunArguments),
    /// Slow a run down
    Throttle(ThrottleArguments),
    /// Show the runs there were, newest first, and the records
    History(HistoryArguments),
    /// Show the journal of a run
    Logs(LogsArguments),
    /// Take the lease from a runner that is gone
    Unlock(UnlockArguments),
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

/// `backup`.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Back the whole database up, as it is at one moment, into a folder that mongorestore accepts
    Create(BackupCreateArguments),
    /// Read every byte of a backup and compare it with its manifest; needs no database
    Verify(BackupVerifyArguments),
    /// Restore a backup into a scratch place, compare everything, remove it, and leave a proof
    Prove(BackupProveArguments),
    /// Put a backup in the place of what is there, or into another database; resumes
    Restore(BackupRestoreArguments),
    /// List the backups there are: where, when, of what, how large, verified, proved
    List(BackupListArguments),
}

/// `backup create`.
#[derive(Debug, Args)]
pub struct BackupCreateArguments {
    /// Make the backup's folder in this one [default: backups in the state folder]
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Compress the files, for mongorestore --gzip
    #[arg(long, value_name = "HOW", default_value = "none")]
    pub compress: Compress,
}

/// How the files of a backup are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Compress {
    /// Not at all: fastest
    None,
    /// Each file by itself
    Gzip,
}

impl From<Compress> for Compression {
    fn from(compress: Compress) -> Self {
        match compress {
            Compress::None => Self::None,
            Compress::Gzip => Self::Gzip,
        }
    }
}

/// `backup verify`.
#[derive(Debug, Args)]
pub struct BackupVerifyArguments {
    /// Folder of the backup
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `backup prove`.
#[derive(Debug, Args)]
pub struct BackupProveArguments {
    /// Folder of the backup
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Where the copy is made.
    #[command(flatten)]
    pub place: ScratchPlace,
    /// Limits that a server is kept under.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// Where a copy is made that goes again; by itself on a private mongod of this machine.
#[derive(Debug, Args)]
pub struct ScratchPlace {
    /// Make the copy in a scratch database of this server, instead of on a private mongod
    #[arg(long, value_name = "URI")]
    pub on: Option<String>,
    /// Make the copy in a scratch database beside the real one: costs its server cache and disk
    #[arg(long, conflicts_with = "on")]
    pub here: bool,
}

/// `backup restore`.
#[derive(Debug, Args)]
pub struct BackupRestoreArguments {
    /// Folder of the backup, or one that mongodump wrote
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Restore this database of a dump that holds several
    #[arg(long, value_name = "DATABASE")]
    pub of: Option<String>,
    /// Restore this collection only; repeatable
    #[arg(long = "collection", value_name = "NAME")]
    pub collections: Vec<String>,
    /// Do not back up what is there first: it is lost
    #[arg(long)]
    pub without_backup: bool,
    /// Leave out the operations that mongodump --oplog wrote beside the documents, which then show
    /// several moments
    #[arg(long)]
    pub without_oplog: bool,
    /// Limits that the server is kept under.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// `backup list`.
#[derive(Debug, Args)]
pub struct BackupListArguments {
    /// Look for backups in this folder [default: backups in the state folder]
    #[arg(long = "in", value_name = "DIR")]
    pub home: Option<PathBuf>,
}

/// `up`.
#[derive(Debug, Args)]
pub struct UpArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// Insist on the plan with this hash, as `causeway plan` printed it
    #[arg(long, value_name = "HASH")]
    pub plan: Option<String>,
    /// What is left to the plan.
    #[command(flatten)]
    pub choices: PlanChoices,
    /// Required versions without a record.
    #[command(flatten)]
    pub assumed: Assumed,
    /// Limits of the run.
    #[command(flatten)]
    pub limits: LimitArguments,
    /// Digests.
    #[command(flatten)]
    pub digests: DigestChoice,
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
