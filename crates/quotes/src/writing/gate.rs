//! Maintenance seen from inside of a write: it may begin between the first look and the commit.

use bson::{DateTime, deserialize_from_document, doc};
use causeway_core::maintenance::{COLLECTION, ID, Maintenance};

use super::present::QUOTES;
use crate::{
    app::App,
    failure::Failure,
    maintenance::refusal,
    store::{REFUSED_BY_VALIDATOR, author::Author},
};

/// Whether quotes may be written at this moment: looked at right before the commit.
///
/// # Errors
///
/// That they may not.
pub(super) fn stay_open(app: &App, author: &Author) -> Result<(), Failure> {
    if app.maintenance.covers(QUOTES) && !author.principal.passes_maintenance() {
        return Err(refusal(&app.maintenance.now(), DateTime::now()));
    }
    Ok(())
}

/// What a write really failed with: a refusal by the database is maintenance while it is fenced.
pub(super) async fn explain(app: &App, failure: Failure) -> Failure {
    if failure.code != REFUSED_BY_VALIDATOR {
        return failure;
    }
    let states = app.store.collection(COLLECTION);
    let find = states.find_one(doc! { "_id": ID });
    let Ok(found) = app.store.call("read the state of maintenance", find.into_future()).await
    else {
        return failure;
    };
    let state: Option<Maintenance> = found.and_then(|it| deserialize_from_document(it).ok());
    match state.filter(|state| state.covers(QUOTES)) {
        Some(state) => refusal(&state, DateTime::now()),
        // A rule that no field can meet is a fence, whether or not somebody says so already.
        None if failure.details.is_empty() => refusal(&Maintenance::default(), DateTime::now()),
        None => failure,
    }
}
