//! What every command works with once its arguments are read.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use causeway_core::migration::MigrationSet;

use crate::confirm::Confirmation;
use crate::reporter::Reporter;
use crate::target::Target;

/// Database, migrations, state folder, and the people around them.
#[derive(Debug, Clone)]
pub struct Context {
    /// The database.
    pub target: Target,
    /// The migration files.
    pub migrations: MigrationSet,
    /// `.causeway`: runs, digests, journals.
    pub state_dir: PathBuf,
    /// Who listens.
    pub reporter: Reporter,
    /// Who runs the command, and where.
    pub operator: Operator,
    /// How permission to write is asked for.
    pub confirmation: Confirmation,
    /// Whether the person asked to stop.
    pub interrupt: Interrupt,
    /// How long the lease lives without renewal.
    pub lease_life: Duration,
}

/// Who runs a command, and where: kept in journals and records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// `--operator`, or the system's user.
    pub name: String,
    /// Host name.
    pub host: String,
    /// Command line without secrets.
    pub command: String,
}

/// Set by Ctrl-C, SIGTERM or a cancel request; read between batches.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks the work to stop after the batch in hand.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
