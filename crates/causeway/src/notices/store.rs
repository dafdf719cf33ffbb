//! `causeway_notices`: notices as documents, each with all its deliveries.
//!
//! A delivery's state is written with the state that it was read in as a condition, so that of two
//! processes that send the same notice one makes each attempt.

use bson::{DateTime, Document, doc};
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::error::{ErrorKind, WriteFailure};

use super::delivery::{Delivery, Holder, State};
use super::{Notice, moment::Channel};
use crate::confirm::Permission;
use crate::failure::{Attempt, Failure, Result};
use crate::target::Target;

/// The collection.
pub const COLLECTION: &str = "causeway_notices";
/// Server error: there is a document with this `_id` already.
const DUPLICATE_KEY: i32 = 11_000;

pub(super) fn documents(target: &Target) -> Collection<Document> {
    target.database.collection(COLLECTION)
}

fn notices(target: &Target) -> Collection<Notice> {
    target.database.collection(COLLECTION)
}

/// The latest notices, newest first.
///
/// # Errors
/// When the server can't be read, or a document there is no notice.
pub async fn latest(target: &Target, notices_max: u32) -> Result<Vec<Notice>> {
    found(target, doc! {}, doc! { "created_at": -1, "_id": -1 }, notices_max.into()).await
}

/// The latest notices that go through a channel, newest first.
///
/// # Errors
/// When the server can't be read, or a document there is no notice.
pub(super) async fn latest_through(
    target: &Target,
    channel: Channel,
    notices_max: u32,
) -> Result<Vec<Notice>> {
    let through = doc! { "channels": channel.word() };
    found(target, through, doc! { "created_at": -1, "_id": -1 }, notices_max.into()).await
}

/// All notices of the maintenance that people were told of last, in their order. Empty where nobody
/// was told anything yet.
///
/// # Errors
/// When the server can't be read, or a document there is no notice.
pub async fn of_latest_maintenance(target: &Target) -> Result<Vec<Notice>> {
    let last = latest(target, 1).await?;
    let Some(last) = last.first() else { return Ok(Vec::new()) };
    found(target, doc! { "maintenance": &last.maintenance }, doc! { "seq": 1 }, 0).await
}

/// Whether there is a maintenance of this name.
///
/// # Errors
/// When the server can't be read.
pub async fn is_maintenance(target: &Target, name: &str) -> Result<bool> {
    let found = documents(target).find_one(doc! { "maintenance": name }).await;
    Ok(found.attempt(|| reading(target))?.is_some())
}

async fn found(target: &Target, filter: Document, sort: Document, max: i64) -> Result<Vec<Notice>> {
    let cursor = notices(target).find(filter).sort(sort).limit(max).await;
    cursor.attempt(|| reading(target))?.try_collect().await.attempt(|| reading(target))
}

fn reading(target: &Target) -> String {
    format!("read {COLLECTION} in {}", target.name())
}

/// Stores a new notice, before anything of it is sent.
///
/// # Errors
/// Refused when another process stored it in between.
pub async fn insert(target: &Target, _permission: &Permission, notice: &Notice) -> Result<()> {
    match notices(target).insert_one(notice).await {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => {
            Err(Failure::refused(format!("somebody else is sending notice {} now", notice.id))
                .hint("`causeway notice list` shows how far it is"))
        }
        Err(error) => Err(error).attempt(|| format!("store notice {}", notice.id)),
    }
}

fn is_duplicate(error: &mongodb::error::Error) -> bool {
    matches!(error.kind.as_ref(),
        ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY)
}

/// Adds deliveries to a notice that was stored without them.
///
/// # Errors
/// When the server refuses.
pub async fn add(
    target: &Target,
    _permission: &Permission,
    (id, added): (&str, &[Delivery]),
) -> Result<()> {
    let adding = || format!("add recipients to notice {id}");
    for delivery in added {
        let document = bson::serialize_to_bson(delivery).attempt(adding)?;
        let is_new = doc! { "_id": id, "deliveries": { "$not": { "$elemMatch": same(delivery) } } };
        let push = doc! { "$push": { "deliveries": document },
        "$addToSet": { "channels": delivery.channel.word() } };
        documents(target).update_one(is_new, push).await.attempt(adding)?;
    }
    Ok(())
}

fn same(delivery: &Delivery) -> Document {
    doc! { "channel": delivery.channel.word(), "recipient": &delivery.recipient }
}

/// What is written of a delivery.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) notice: &'a str,
    /// As it was read, or written last.
    pub(super) delivery: &'a Delivery,
    pub(super) holder: &'a Holder,
}

impl Entry<'_> {
    /// Writes the next state of a delivery. None when another process wrote one first.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn write(&self, target: &Target, next: Next) -> Result<Option<Delivery>> {
        let Next { state, attempts, answer, message_id } = next;
        let at = DateTime::now();
        let written = Delivery {
            state,
            attempts: self.delivery.attempts + attempts,
            at,
            holder: Some(self.holder.clone()),
            message_id: message_id.or_else(|| self.delivery.message_id.clone()),
            answer: answer.or_else(|| self.delivery.answer.clone()),
            ..self.delivery.clone()
        };
        let writing =
            || format!("write that {} to {} is {}", self.notice, written.recipient, state.word());
        let document = bson::serialize_to_bson(&written).attempt(writing)?;
        let mut as_read = same(self.delivery);
        as_read.insert("state", self.delivery.state.word());
        as_read.insert("at", self.delivery.at);
        let filter = doc! { "_id": self.notice, "deliveries": { "$elemMatch": as_read } };
        let set = doc! { "$set": { "deliveries.$": document } };
        let done = documents(target).update_one(filter, set).await.attempt(writing)?;
        Ok((done.matched_count == 1).then_some(written))
    }
}

/// The next state of a delivery.
#[derive(Debug, Default)]
pub(super) struct Next {
    pub(super) state: State,
    /// Attempts since it was written last.
    pub(super) attempts: i64,
    pub(super) answer: Option<String>,
    pub(super) message_id: Option<String>,
}
