//! Sample data for a try-out: an agency's catalogue, what it was asked for, and its quotes, made by the
//! same rules as any other quote.

mod catalogue;
mod enquiries;
mod packages;
mod quotes;

use anyhow::{Context as _, Result};
use bson::{Document, oid::ObjectId};
use jiff::Timestamp;

use crate::store::Store;

/// Whose it is, and from when on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Who made all of it.
    pub(super) author: ObjectId,
    /// The present.
    pub(super) now: Timestamp,
}

/// Puts all of it into an empty database, and says how many quotes there are.
pub(super) async fn fill(store: &Store, sample: Sample) -> Result<usize> {
    let categories = catalogue::categories(sample);
    let events = catalogue::events(sample, &categories)?;
    let mut enquiries = enquiries::enquiries(sample);
    let quotes = quotes::quotes(sample, &mut enquiries, &events)?;
    for (collection, documents) in [
        ("categories", categories),
        ("events", events),
        ("super_offer_packages", packages::packages(sample)),
        ("enquiries", enquiries),
        ("quotes", quotes.documents.clone()),
        ("quote_versions", quotes.versions),
    ] {
        insert(store, collection, documents).await?;
    }
    Ok(quotes.documents.len())
}

async fn insert(store: &Store, name: &str, documents: Vec<Document>) -> Result<()> {
    let collection = store.collection(name);
    collection.insert_many(documents).await.with_context(|| format!("fill {name}"))?;
    Ok(())
}

/// `of` by number, again from the start when they are through.
fn pick<T: Copy>(of: &[T], number: usize) -> T {
    of[number % of.len()]
}
