//! What an error of the driver means, by code and label, never by text.

use std::sync::Arc;

use axum::http::StatusCode;
use bson::{Bson, Document};
use mongodb::error::{
    Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure,
};

use crate::failure::{Detail, Failure};

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

    /// The fields that a validator did not like, by what the server says of it.
    fn refused_fields(&self) -> Vec<String> {
        let details = match self.0.kind.as_ref() {
            ErrorKind::Write(WriteFailure::WriteError(error)) => error.details.clone(),
            ErrorKind::InsertMany(many) => {
                let first = many.write_errors.as_ref().and_then(|errors| errors.first());
                first.and_then(|error| error.details.clone())
            }
            ErrorKind::Command(_) => self.information(),
            _ => None,
        };
        let rules = details
            .as_ref()
            .and_then(|details| details.get_document("details").ok())
            .and_then(|details| details.get_array("schemaRulesNotSatisfied").ok());
        let rules = rules.into_iter().flatten().filter_map(Bson::as_document);
        rules.flat_map(names_in_rule).collect()
    }

    /// What a command that is no plain write says of its error.
    fn information(&self) -> Option<Document> {
        let said = self.0.server_response()?.get_document("errInfo").ok()?;
        Document::try_from(said).ok()
    }

    /// What goes to the log: the server's messages quote what people entered, so no message of it.
    fn words(&self) -> String {
        match self.0.kind.as_ref() {
            ErrorKind::Command(error) => format!("error {} {}", error.code, error.code_name),
            ErrorKind::Write(_) | ErrorKind::InsertMany(_) | ErrorKind::BulkWrite(_) => {
                format!("error {} of a write", self.code().unwrap_or_default())
            }
            kind => kind.to_string(),
        }
    }

    /// What the client is told. `what` completes "failed to …" in the log.
    #[must_use]
    pub fn failure(self, what: &str) -> Failure {
        let transient = self.is_transient();
        let refused = self.is_refused_by_validator().then(|| self.refused_fields());
        let away = self.is_away() || self.is_out_of_time() || transient;
        let cause = anyhow::anyhow!(self.words()).context(format!("failed to {what}"));
        let mut failure = if let Some(fields) = refused {
            refused_by_validator(fields, cause)
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

/// A rule is about fields that are wrong, or about fields that are missing.
fn names_in_rule(rule: &Document) -> Vec<String> {
    let wrong = rule.get_array("propertiesNotSatisfied").into_iter().flatten();
    let wrong = wrong.filter_map(|it| it.as_document()?.get_str("propertyName").ok());
    let missing = rule.get_array("missingProperties").into_iter().flatten();
    wrong.chain(missing.filter_map(Bson::as_str)).map(str::to_owned).collect()
}

/// The operator's validator is stricter than the application, or a field that nobody edited is as it
/// may not be. Without a field to blame everything is refused.
fn refused_by_validator(fields: Vec<String>, cause: anyhow::Error) -> Failure {
    let message = "the database's own rules refuse this as it would be; nothing was changed";
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut failure = Failure::new(status, REFUSED_BY_VALIDATOR, message);
    failure.details = fields
        .into_iter()
        .map(|field| Detail {
            message: format!("the database's own rules refuse this value of {field}"),
            code: "refused_by_database".to_owned(),
            field,
        })
        .collect();
    failure.cause = Some(Arc::new(cause));
    failure
}
