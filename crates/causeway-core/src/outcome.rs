//! How a command can end, and the one place where that becomes an exit code.
//!
//! The codes are a contract with scripts: `docs/exit-codes.md` is their page.

use serde::Serialize;

/// How a command ended. Every command returns exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was asked for is done.
    Done,
    /// What was asked for was so already; nothing was written.
    NothingToDo,
    /// Something nobody foresaw; the journal tells how far the run came.
    Failed,
    /// The command line, a file or the configuration is wrong; nothing was touched.
    Usage,
    /// A check refused or the person at the prompt declined; nothing was touched.
    Refused,
    /// Another runner holds the lease; nothing was touched.
    LockHeld,
    /// Stopped part-way in a consistent state; the same command resumes.
    Stopped,
    /// Verification found something wrong; the list says what.
    VerificationFailed,
    /// Failed, and the database was rolled back to what it was.
    RolledBack,
    /// A rollback or restore failed; a person is needed.
    RollbackFailed,
    /// `status --check` found a pending migration.
    Pending,
}

impl Outcome {
    /// Every outcome, for tests and documentation.
    pub const ALL: [Self; 11] = [
        Self::Done,
        Self::NothingToDo,
        Self::Failed,
        Self::Usage,
        Self::Refused,
        Self::LockHeld,
        Self::Stopped,
        Self::VerificationFailed,
        Self::RolledBack,
        Self::RollbackFailed,
        Self::Pending,
    ];

    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Done | Self::NothingToDo => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::LockHeld => 4,
            Self::Stopped => 5,
            Self::VerificationFailed => 6,
            Self::RolledBack => 7,
            Self::RollbackFailed => 8,
            Self::Pending => 10,
        }
    }

    /// What the outcome says of the database, for the last line that is printed.
    #[must_use]
    pub const fn database_state(self) -> &'static str {
        match self {
            Self::Done => "as asked",
            Self::NothingToDo => "as asked already; nothing was written",
            Self::Failed => "see the journal: causeway logs",
            Self::Usage | Self::Refused | Self::LockHeld => "untouched",
            Self::Stopped => "consistent, part-way; the same command resumes",
            Self::VerificationFailed => "as it is; the list says what is wrong",
            Self::RolledBack => "as before",
            Self::RollbackFailed => "part-way back; a person is needed",
            Self::Pending => "untouched; something is pending",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn only_success_has_code_zero() {
        for outcome in Outcome::ALL {
            let success = matches!(outcome, Outcome::Done | Outcome::NothingToDo);
            assert_eq!(outcome.exit_code() == 0, success, "{outcome:?}");
        }
    }
}
