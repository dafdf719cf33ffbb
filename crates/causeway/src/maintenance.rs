//! Maintenance mode: what may not be written, until when, and what people are told meanwhile.
//!
//! It is one document, which applications follow. It survives restarts and never ends by itself. With
//! a [`fence`] the database refuses writers too that know nothing of it.

use bson::{DateTime, Document, doc};
use causeway_core::maintenance::{COLLECTION, ID, Maintenance};
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::options::ReturnDocument;

use crate::confirm::Permission;
use crate::context::Operator;
use crate::failure::{Attempt, Result};
use crate::reporter::Reporter;
use crate::runs;
use crate::target::Target;

pub mod fence;
pub mod period;
pub mod switching;
mod words;

pub use causeway_core::maintenance::Switch;
pub use words::{since_words, words};

fn collection(target: &Target) -> Collection<Document> {
    target.database.collection(COLLECTION)
}

/// How it stands.
///
/// # Errors
/// When the database can't be read.
pub async fn read(target: &Target) -> Result<Maintenance> {
    let reading = || "read the state of maintenance".to_owned();
    let found = collection(target).find_one(doc! { "_id": ID }).await.attempt(reading)?;
    bson::deserialize_from_document(found.unwrap_or_default()).attempt(reading)
}

/// Switches it on, or changes what is said of it while it is on.
///
/// # Errors
/// When the server refuses.
pub async fn on(
    target: &Target,
    operator: &Operator,
    (permission, switch): (&Permission, &Switch),
) -> Result<Maintenance> {
    assert_eq!(permission.database(), target.name(), "permission was asked for another database");
    let fields = switch.fields((&operator.name, &operator.host));
    let switching = || "switch maintenance on".to_owned();
    let now = collection(target)
        .find_one_and_update(doc! { "_id": ID }, vec![doc! { "$set": fields }])
        .upsert(true)
        .return_document(ReturnDocument::After)
        .await
        .attempt(switching)?;
    bson::deserialize_from_document(now.unwrap_or_default()).attempt(switching)
}

/// Switches it off; returns the period that ended, none when it was off already.
///
/// # Errors
/// When the server refuses.
pub async fn off(target: &Target, operator: &Operator) -> Result<Option<period::Period>> {
    let present = read(target).await?;
    if !present.on {
        return Ok(None);
    }
    // First: killed in between, the next one finds maintenance on, and writes the period once more.
    let ended = period::end(target, &present, operator).await?;
    collection(target)
        .update_one(
            doc! { "_id": ID, "since": present.since },
            doc! { "$set": { "on": false, "fence": false } },
        )
        .await
        .attempt(|| "switch maintenance off".to_owned())?;
    Ok(Some(ended))
}

/// Says to applications that the database lets writers in again.
pub(super) async fn unfenced(target: &Target) -> Result<()> {
    collection(target)
        .update_one(
            doc! { "_id": ID, "fence": true },
            doc! { "$set": { "fence": false, "was_fenced": true } },
        )
        .await
        .attempt(|| "write that the fence is lifted".to_owned())
        .map(drop)
}

/// Says what stands in the way of writers, so that nobody forgets it. Who may not look is told nothing.
pub async fn remind(target: &Target, reporter: &Reporter) {
    let now = DateTime::now();
    if let Ok(present) = read(target).await.as_ref()
        && present.on
    {
        let text = words(present, now);
        if present.is_overdue(now) {
            reporter.warning(format!("{text}; `causeway maintenance off` ends it"));
        } else {
            reporter.fact("maintenance", text);
        }
    }
    if let Ok(Some(fence)) = fence::read(target).await {
        reporter.warning(format!("{}; `causeway maintenance off` lifts it", fence.words(now)));
    }
    for job in runs::jobs_left(target).await.unwrap_or_default() {
        reporter.warning(job);
    }
}

/// Whether a collection is the application's: behind a fence of its own, causeway could not even take
/// the lease to lift it.
pub(crate) fn may_be_covered(collection: &str) -> bool {
    let own = collection.starts_with("causeway_") || collection == crate::records::COLLECTION;
    !own && !collection.starts_with("system.")
}

/// Names of the collections that there are, for a scope to be compared with.
pub(crate) async fn unknown_in_scope(target: &Target, scope: &[String]) -> Result<Vec<String>> {
    let command = doc! { "listCollections": 1, "nameOnly": true, "cursor": {} };
    let listing = || "list the collections".to_owned();
    let cursor = target.database.run_cursor_command(command).await.attempt(listing)?;
    let listed: Vec<Document> = cursor.try_collect().await.attempt(listing)?;
    let is_there =
        |name: &str| listed.iter().any(|it| it.get_str("name").is_ok_and(|it| it == name));
    Ok(scope.iter().filter(|name| !is_there(name)).cloned().collect())
}
