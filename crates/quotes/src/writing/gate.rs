//! Maintenance seen from inside of a write of quotes.

use futures_util::future::BoxFuture;
use mongodb::ClientSession;

use super::present::QUOTES;
use crate::{
    app::App,
    failure::Failure,
    maintenance,
    store::{REFUSED_BY_VALIDATOR, author::Author},
};

/// Whether quotes may be written at this moment: looked at right before the commit.
///
/// # Errors
///
/// That they may not.
pub(super) fn stay_open(app: &App, author: &Author) -> Result<(), Failure> {
    maintenance::stay_open(&app.maintenance, &author.principal, QUOTES)
}

/// Does `work` in one transaction. What fails, fails with what it was.
///
/// # Errors
///
/// What `work` failed with, or that the database did not take it.
pub(super) async fn transaction<T, F>(app: &App, what: &'static str, work: F) -> Result<T, Failure>
where
    F: for<'s> FnMut(&'s mut ClientSession) -> BoxFuture<'s, Result<T, Failure>>,
{
    match app.store.transaction(what, work).await {
        Ok(value) => Ok(value),
        Err(failure) => Err(explain(app, failure).await),
    }
}

/// What a write really failed with.
pub(super) async fn explain(app: &App, failure: Failure) -> Failure {
    let mut failure = maintenance::explain(&app.store, QUOTES, failure).await;
    if failure.code == REFUSED_BY_VALIDATOR {
        // Rules that know nothing of events yet, most likely.
        if let Some(missing) = app.needs.missing().first() {
            let version = &missing.version;
            let reason = format!("; migration {version} ({}) is not applied yet", missing.title);
            failure.message.push_str(&reason);
        }
    }
    failure
}
