//! What every command works with once its arguments are read.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// The run of the whole plan that this is a step of.
    pub part_of: Option<String>,
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

/// Set by Ctrl-C, SIGTERM or a limit that was crossed; read between batches.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    stop: AtomicBool,
    /// Why work is to wait meanwhile.
    wait: Mutex<Option<String>>,
}

impl Interrupt {
    /// Asks the work to stop after the batch in hand.
    pub fn set(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }

    /// Asks the work to go on: what it was asked before has been seen to.
    pub fn clear(&self) {
        self.0.stop.store(false, Ordering::Relaxed);
    }

    /// Has the work wait before the next batch, for this reason; none lets it go on.
    pub fn hold(&self, reason: Option<String>) {
        *self.waiting() = reason;
    }

    /// Why the work is to wait.
    #[must_use]
    pub fn held(&self) -> Option<String> {
        self.waiting().clone()
    }

    fn waiting(&self) -> MutexGuard<'_, Option<String>> {
        // Nothing is done under the lock that could be left half done.
        self.0.wait.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
