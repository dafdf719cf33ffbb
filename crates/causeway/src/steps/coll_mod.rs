//! `collMod`, which waits for operations on the collection and makes new ones wait: it gives up soon
//! and is tried again, and who holds it up is said.

use bson::{Document, RawDocumentBuf, rawdoc};
use mongodb::error::Error;

use super::index::{blockers, code_of};
use crate::failure::Result;
use crate::reporter::Reporter;
use crate::target::Target;

const WAIT_MS: i64 = 5_000;
const TRIES_MAX: u32 = 12;
const MAX_TIME_EXPIRED: i32 = 50;

/// What of a collection is to be changed.
pub(crate) struct Change<'a> {
    /// Its name.
    pub(crate) collection: &'a str,
    /// Fields of the command: `validator`, `validationLevel`, `validationAction`.
    pub(crate) fields: RawDocumentBuf,
    /// What it is, for people who wait.
    pub(crate) what: &'a str,
    /// Said with the command, to whoever looks at the server's operations.
    pub(crate) comment: String,
}

/// Changes it. Returns the server's error when it does not.
///
/// # Errors
/// Those of `may_go_on`, which is asked before each further try.
pub(crate) async fn coll_mod(
    (target, reporter): (&Target, &Reporter),
    change: Change<'_>,
    mut may_go_on: impl AsyncFnMut() -> Result<()>,
) -> Result<Option<Error>> {
    let mut command = rawdoc! { "collMod": change.collection };
    for (name, value) in change.fields.iter().flatten() {
        command.append(name, value);
    }
    command.append(bson::raw::cstr!("maxTimeMS"), WAIT_MS);
    command.append(bson::raw::cstr!("comment"), change.comment);
    command.append(bson::raw::cstr!("writeConcern"), rawdoc! { "w": "majority" });
    let mut attempt = 1;
    loop {
        let done = target.database.run_raw_command(command.clone()).await;
        let error = match done.map(|_: Document| ()) {
            Ok(()) => return Ok(None),
            Err(error) => error,
        };
        if code_of(&error) != Some(MAX_TIME_EXPIRED) || attempt == TRIES_MAX {
            return Ok(Some(error));
        }
        attempt += 1;
        reporter.warning(format!(
            "waiting to change {} of {}; {}",
            change.what,
            change.collection,
            blockers(target).await
        ));
        may_go_on().await?;
    }
}
