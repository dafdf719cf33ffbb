//! What a person asks of a run from a page: the same as `causeway pause` and `causeway resume`.

use bson::doc;
use causeway_core::{
    lease::{COLLECTION as LOCKS, LEASE_ID, held, run_of},
    requests,
};

use super::one;
use crate::{failure::Failure, store::Store};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// To wait after the batch in hand.
    Pause,
    /// To go on.
    Resume,
}

impl Request {
    /// Asks it of this run, if it is the one that changes documents now.
    ///
    /// # Errors
    ///
    /// When it is not, or the database does not answer.
    pub async fn ask(self, store: &Store, run: &str) -> Result<(), Failure> {
        let lease = one(store, (LOCKS, held(LEASE_ID)), "look who works on the database").await?;
        if lease.as_ref().and_then(run_of) != Some(run) {
            let message = "this run does not change documents any more: nothing was asked of it";
            return Err(Failure::conflict("RUN_NOT_WORKING", message));
        }
        let fields = match self {
            Self::Pause => requests::pause(),
            Self::Resume => requests::resume(),
        };
        let documents = store.collection(requests::COLLECTION);
        let write = documents
            .update_one(doc! { "_id": requests::id(run) }, vec![doc! { "$set": fields }])
            .upsert(true);
        store.call("ask the run", write.into_future()).await.map(drop)
    }
}
