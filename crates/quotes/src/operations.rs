//! What operators do on the database, as Causeway keeps it there, and the few things that can be asked of
//! it from a page: to wait, to go on, to keep people from editing quotes.
//!
//! Everything is read as it stands. Where Causeway never ran there is nothing, and that is an answer.

mod adoption;
pub mod minutes;
mod notices;
mod requests;
mod runs;
mod standing;
mod switch;

use bson::Document;
use futures_util::TryStreamExt as _;

use crate::{failure::Failure, store::Store};

pub use adoption::Adoption;
pub(crate) use adoption::has_event;
pub use notices::{Announced, ByHand};
pub use requests::Request;
pub use runs::{Ran, Report};
pub use standing::{Fence, Standing};
pub use switch::Switched;

/// A document of a collection. `what` completes "failed to …".
async fn one(
    store: &Store,
    (collection, filter): (&str, Document),
    what: &'static str,
) -> Result<Option<Document>, Failure> {
    let documents = store.collection(collection);
    store.call(what, documents.find_one(filter).into_future()).await
}

/// The first documents of a collection, in this order.
async fn first(
    store: &Store,
    (collection, filter): (&str, Document),
    (order, count): (Document, i64),
    what: &'static str,
) -> Result<Vec<Document>, Failure> {
    let documents = store.collection(collection);
    let find = documents.find(filter).sort(order).limit(count);
    store.call(what, async { find.await?.try_collect().await }).await
}
