//! Who works on the database, as the lock documents say it.

use bson::{Document, doc};

/// Collection of the lock documents and the slots.
pub const COLLECTION: &str = "causeway_lock";
/// `_id` of the document that says who may write.
pub const LEASE_ID: &str = "lease";
/// `_id` of the document that says whose turn it is to carry a plan through.
pub const TURN_ID: &str = "turn";
/// `_id` of the document that keeps what the fence replaced.
pub const FENCE_ID: &str = "fence";

/// Matches a lock document that somebody holds, on the server's clock.
#[must_use]
pub fn held(id: &str) -> Document {
    doc! { "_id": id, "released": false, "$expr": { "$gt": ["$expires_at", "$$NOW"] } }
}

/// The run whose runner holds a lock document.
#[must_use]
pub fn run_of(lock: &Document) -> Option<&str> {
    lock.get_document("holder").ok()?.get_str("run").ok()
}
