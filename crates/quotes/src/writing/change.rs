//! The one way in which a quote's document changes: what differs, in the transaction that read it.

use bson::{Document, doc};
use mongodb::{ClientSession, options::ReturnDocument};
use quotes_core::{document, quote::Quote};

use super::{Present, present::QUOTES};
use crate::{failure::Failure, store::Store};

/// Makes a quote say what it says after, and nothing else. Returns it as it is stored then.
pub(super) async fn change(
    store: &Store,
    session: &mut ClientSession,
    present: Present,
    after: &Quote,
) -> Result<Present, Failure> {
    let update = document::update(&present.raw, &present.quote, after);
    if update.is_empty() {
        return Ok(present);
    }
    let quotes = store.raw(QUOTES);
    let change = quotes
        .find_one_and_update(this(&present), update)
        .return_document(ReturnDocument::After)
        .session(session);
    let changed = store.call("change the quote", change.into_future()).await?;
    // It was read in this very transaction.
    let gone = || Failure::unexpected(anyhow::anyhow!("the quote went away in its transaction"));
    changed.map(Present::from).ok_or_else(gone)
}

/// `$eq`, because some ids are documents, which could be read as operators.
pub(super) fn this(present: &Present) -> Document {
    doc! { "_id": { "$eq": present.quote.id.as_bson() } }
}
