//! What an error of the driver means, by code and label, never by text.

use mongodb::error::{
    Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure,
};

use crate::failure::Failure;

const DUPLICATE_KEY: i32 = 11_000;
const DOCUMENT_VALIDATION_FAILURE: i32 = 121;
const MAX_TIME_EXPIRED: i32 = 50;

/// The server ends, has stepped down, or lost its network: the specification of the drivers lists
/// these as retryable.
const NOT_AT_PRESENT: &[i32] =
    &[6, 7, 89, 91, 189, 262, 9001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436];

/// An error of the driver.
#[derive(Debug)]
pub struct Fault(Error);

impl Fault {
    /// Of this error.
    #[must_use]
    pub fn of(error: Error) -> Self {
        Self(error)
    }

    /// Whether a unique index refused it.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.code() == Some(DUPLICATE_KEY)
    }

    /// Whether a validator refused it: Causeway's fence is one.
    #[must_use]
    pub fn is_refused_by_validator(&self) -> bool {
        self.code() == Some(DOCUMENT_VALIDATION_FAILURE)
    }

    /// Whether the server's own time limit ended it.
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        self.code() == Some(MAX_TIME_EXPIRED)
    }

    /// Whether the whole transaction may be tried again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.contains_label(TRANSIENT_TRANSACTION_ERROR)
    }

    /// Whether it is unknown what became of a commit: committing again settles it.
    #[must_use]
    pub fn is_unknown_commit(&self) -> bool {
        self.0.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
    }

    /// Whether no server could be asked, or the connection broke.
    #[must_use]
    pub fn is_away(&self) -> bool {
        let unreached = matches!(
            self.0.kind.as_ref(),
            ErrorKind::ServerSelection { .. }
                | ErrorKind::Io(_)
                | ErrorKind::ConnectionPoolCleared { .. }
                | ErrorKind::DnsResolve { .. }
        );
        unreached
            || self.0.contains_label("RetryableWriteError")
            || self.code().is_some_and(|code| NOT_AT_PRESENT.contains(&code))
    }

    /// The server's code.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        match self.0.kind.as_ref() {
            ErrorKind::Command(command) => Some(command.code),
            ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
            ErrorKind::Write(WriteFailure::WriteConcernError(error)) => Some(error.code),
            ErrorKind::InsertMany(many) => {
                many.write_errors.as_ref().and_then(|errors| errors.first()).map(|error| error.code)
            }
            ErrorKind::BulkWrite(bulk) => bulk.write_errors.values().next().map(|error| error.code),
            _ => None,
        }
    }

    /// What the client is told. `what` completes "failed to …" in the log.
    #[must_use]
    pub fn failure(self, what: &str) -> Failure {
        let transient = self.is_transient();
        let refused = self.is_refused_by_validator();
        let away = self.is_away() || self.is_out_of_time() || transient;
        let cause = anyhow::Error::new(self.0).context(format!("failed to {what}"));
        let mut failure = if refused {
            let mut failure = Failure::unexpected(cause);
            failure.code = REFUSED_BY_VALIDATOR;
            failure
        } else if away {
            Failure::database_away(cause)
        } else {
            Failure::unexpected(cause)
        };
        failure.transient = transient;
        failure
    }
}

/// The database itself refused a document. While it is fenced that is maintenance.
pub const REFUSED_BY_VALIDATOR: &str = "REFUSED_BY_DATABASE";
