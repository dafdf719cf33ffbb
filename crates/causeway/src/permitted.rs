//! Commands that only look, and that not everybody may give: what may not be read is unknown, with
//! the privilege named, and never an error.

use bson::{Document, doc};
use causeway_core::inventory::Known;
use causeway_core::outcome::Outcome;
use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::error::{Error, ErrorKind};

use crate::failure::{Failure, Result, UNAUTHORIZED};

/// Server errors that say: not the primary, or not for long any more.
const NO_PRIMARY: [i32; 6] = [91, 189, 10107, 11600, 11602, 13435];
/// The server's limit on a reply is 16 MB, whatever the number of documents.
const REPLY_DOCUMENTS_MAX: i32 = 100_000;

/// What somebody needs to be able to look at something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The action that the server asks for.
    pub privilege: &'static str,
    /// The built-in role that has it.
    pub role: &'static str,
}

impl Need {
    /// `privilege`, which the role `clusterMonitor` has.
    #[must_use]
    pub const fn cluster_monitor(privilege: &'static str) -> Self {
        Self { privilege, role: "clusterMonitor" }
    }

    /// `privilege`, which the role `read` on the database has.
    #[must_use]
    pub const fn read(privilege: &'static str) -> Self {
        Self { privilege, role: "read" }
    }

    fn unknown<T>(self) -> Known<T> {
        Known::unknown(format!("needs the privilege {} (role {})", self.privilege, self.role))
    }
}

/// Runs a command that only looks.
///
/// # Errors
/// When the server can't be reached or has no primary. What it refuses is [`Known::Unknown`].
pub async fn look(database: &Database, command: Document, need: Need) -> Result<Known<Document>> {
    let name = command.keys().next().cloned().unwrap_or_default();
    settle(database.run_command(command).await, &name, need)
}

/// Runs a read-only aggregation with local read concern, as those about the server itself want it,
/// and returns its first reply. `source` is a collection's name, or 1.
///
/// # Errors
/// As [`look`].
pub async fn aggregate(
    database: &Database,
    source: impl Into<bson::Bson>,
    pipeline: Vec<Document>,
    need: Need,
) -> Result<Known<Vec<Document>>> {
    let command = doc! {
        "aggregate": source, "pipeline": pipeline, "cursor": { "batchSize": REPLY_DOCUMENTS_MAX },
        "allowDiskUse": true, "comment": "causeway: looking",
    };
    let replied = match database.run_cursor_command(command).await {
        Ok(cursor) => cursor.try_collect().await,
        Err(error) => Err(error),
    };
    settle(replied, "aggregate", need)
}

fn settle<T>(replied: Result<T, Error>, name: &str, need: Need) -> Result<Known<T>> {
    match replied {
        Ok(reply) => Ok(Known::Known(reply)),
        Err(error) => match error.kind.as_ref() {
            ErrorKind::Command(command) if command.code == UNAUTHORIZED => Ok(need.unknown()),
            ErrorKind::Command(command) if !NO_PRIMARY.contains(&command.code) => {
                Ok(Known::unknown(format!("{name}: {}", command.message)))
            }
            _ => Err(away(name, error)),
        },
    }
}

/// Names who may not do what, and the roles it takes. Where no run had begun, nothing was written.
/// Every other failure stays as it is.
pub(crate) fn forbidden(mut failure: Failure, who: &str, database: &str) -> Failure {
    if !failure.driver_error().is_some_and(is_unauthorized) {
        return failure;
    }
    let roles = format!(
        "roles to look: `read` on {database} and `clusterMonitor` on admin; to work: `readWrite` and \
         `dbAdmin` on {database} and `clusterMonitor` on admin"
    );
    failure.message = match failure.message.strip_prefix("failed to ") {
        Some(attempted) => format!("{who} may not {attempted}"),
        None => format!("{who} may not do this: {}", failure.message),
    };
    // Who failed may know better which role it takes.
    let roles = failure.hint.take().unwrap_or(roles);
    if failure.is_in_a_run() {
        return failure.hint(format!("{roles}; with them the same command resumes"));
    }
    failure.ending(Outcome::Refused).hint(roles)
}

/// Whether the server says that the user may not.
pub(crate) fn is_unauthorized(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(command) if command.code == UNAUTHORIZED)
}

/// The failure of something that only looked.
pub(crate) fn away(looking_at: &str, error: Error) -> Failure {
    if is_unauthorized(&error) {
        return Failure::unexpected(format!("failed to look at the database ({looking_at})"))
            .because(error);
    }
    Failure::refused(format!("failed to look at the database ({looking_at}): it has no primary, or can't be reached"))
        .because(error)
        .hint("nothing was written; see the members with rs.status(), and run the same command when there is a primary")
}
