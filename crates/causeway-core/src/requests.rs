//! What is asked of a run while it works: a document in the collection that applications may write.
//!
//! The run reads it four times a second. Whoever asks looks first whether the run holds the lease: who
//! resumes it much later would find it paused and not know why.

use bson::{Document, doc};

/// Collection of the requests.
pub const COLLECTION: &str = crate::maintenance::COLLECTION;

/// `_id` of the requests to `run`.
#[must_use]
pub fn id(run: &str) -> String {
    format!("run:{run}")
}

/// Fields, for an update with a pipeline, that ask a run to wait after the batch in hand. The time is that
/// of the clock that the lease goes by.
#[must_use]
pub fn pause() -> Document {
    doc! { "paused": true, "paused_at": "$$NOW" }
}

/// Fields that ask it to go on.
#[must_use]
pub fn resume() -> Document {
    doc! { "paused": false }
}
