//! Who was allowed to write what: one document for each approval, added before the first write and
//! never changed.

use bson::{Document, doc};
use futures_util::TryStreamExt;
use mongodb::Collection;

use crate::confirm::{Approval, Permission};
use crate::context::Context;
use crate::failure::{Attempt, Result};
use crate::target::Target;

/// Collection of approvals.
pub const COLLECTION: &str = "causeway_audit";

/// The collection of approvals.
#[must_use]
pub fn collection(target: &Target) -> Collection<Document> {
    target.database.collection(COLLECTION)
}

impl Context {
    /// Asks for permission to write `what`, and writes down who gave it.
    ///
    /// # Errors
    /// Refused when it is not given; when the approval can't be written, and then nothing else is.
    pub async fn approve(&self, what: &str) -> Result<Permission> {
        let permission = self.confirmation.ask(what, self.target.name())?;
        keep(self, what, permission.approval()).await?;
        Ok(permission)
    }
}

/// Writes an approval down.
///
/// # Errors
/// When the server refuses.
pub async fn keep(context: &Context, what: &str, approval: Approval) -> Result<()> {
    let document = doc! {
        "at": bson::DateTime::now(),
        "operator": &context.operator.name,
        "host": &context.operator.host,
        "command": &context.operator.command,
        "approval": approval.word(),
        "what": what,
        "run": context.part_of.as_deref(),
    };
    collection(&context.target)
        .insert_one(document)
        .await
        .attempt(|| format!("write the approval into {COLLECTION}"))?;
    Ok(())
}

/// The last approvals, the latest first.
///
/// # Errors
/// When the database can't be read.
pub async fn last(target: &Target, count: i64) -> Result<Vec<Document>> {
    let reading = || format!("read {COLLECTION}");
    let approvals = collection(target);
    let found = approvals.find(doc! {}).sort(doc! { "at": -1, "_id": -1 }).limit(count);
    found.await.attempt(reading)?.try_collect().await.attempt(reading)
}
