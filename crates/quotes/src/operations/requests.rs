//! What a person asks of a run from a page: the same as `causeway pause` and `causeway resume`.

use bson::{Document, doc};
use causeway_core::{
    lease::{COLLECTION as LOCKS, LEASE_ID, held, run_of},
    requests,
};
use futures_util::FutureExt as _;

use super::one;
use crate::{
    failure::Failure,
    store::{Store, audit::Line, author::Author},
};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// To wait after the batch in hand.
    Pause,
    /// To go on.
    Resume,
}

impl Request {
    /// As it is written down, and as an address ends.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }

    fn fields(self) -> Document {
        match self {
            Self::Pause => requests::pause(),
            Self::Resume => requests::resume(),
        }
    }

    /// Asks it of this run, if it is the one that changes documents now.
    ///
    /// # Errors
    ///
    /// When it is not, or the database does not answer.
    pub async fn ask(self, store: &Store, author: &Author, run: &str) -> Result<(), Failure> {
        let lease = one(store, (LOCKS, held(LEASE_ID)), "look who works on the database").await?;
        if lease.as_ref().and_then(run_of) != Some(run) {
            let message = "this run does not change documents any more: nothing was asked of it";
            return Err(Failure::conflict("RUN_NOT_WORKING", message));
        }
        let (owner, author, run) = (store.clone(), author.clone(), run.to_owned());
        let asked = store.transaction("ask the run", move |session| {
            let (store, author, run) = (owner.clone(), author.clone(), run.clone());
            async move {
                let documents = store.collection(requests::COLLECTION);
                let fields = vec![doc! { "$set": self.fields() }];
                let write =
                    documents.update_one(doc! { "_id": requests::id(&run) }, fields).upsert(true);
                let write = write.session(&mut *session).into_future();
                store.call("ask the run", write).await?;
                let action = format!("run.{}", self.word());
                let line = Line::now(&action, doc! { "run": run });
                store.write_line(session, &author, line).await
            }
            .boxed()
        });
        asked.await
    }
}
