//! Maintenance seen from inside of a write: it may begin between the first look and the commit.

use bson::{DateTime, deserialize_from_document, doc};
use causeway_core::maintenance::{COLLECTION, ID, Maintenance};

use super::{Follower, refusal};
use crate::{
    access::Principal,
    failure::Failure,
    store::{REFUSED_BY_VALIDATOR, Store},
};

/// Whether somebody may write a collection at this moment: looked at right before the commit.
///
/// # Errors
///
/// That they may not.
pub(crate) fn stay_open(
    maintenance: &Follower,
    principal: &Principal,
    collection: &str,
) -> Result<(), Failure> {
    if maintenance.covers(collection) && !principal.passes_maintenance() {
        return Err(refusal(&maintenance.now(), DateTime::now()));
    }
    Ok(())
}

/// What a write of a collection really failed with: a refusal by the database is maintenance while it is
/// fenced.
pub(crate) async fn explain(store: &Store, collection: &str, failure: Failure) -> Failure {
    if failure.code != REFUSED_BY_VALIDATOR {
        return failure;
    }
    let states = store.collection(COLLECTION);
    let find = states.find_one(doc! { "_id": ID });
    let Ok(found) = store.call("read the state of maintenance", find.into_future()).await else {
        return failure;
    };
    let state: Option<Maintenance> = found.and_then(|it| deserialize_from_document(it).ok());
    match state.filter(|state| state.covers(collection)) {
        Some(state) => refusal(&state, DateTime::now()),
        // A rule that no field can meet is a fence, whether or not somebody says so already.
        None if failure.details.is_empty() => refusal(&Maintenance::default(), DateTime::now()),
        None => failure,
    }
}
