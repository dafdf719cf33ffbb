//! The workers' slots, raised by whoever takes the lease, and the sessions of whoever held it.

use bson::{Bson, Document, doc};
use mongodb::Collection;
use mongodb::error::{Error, ErrorKind};

use super::{COLLECTION, DUPLICATE_KEY, WORKERS, slot_id};
use crate::failure::{Attempt, Failure, Result};
use crate::reporter::Reporter;
use crate::runs;
use crate::target::Target;

/// How long one try to raise a slot may wait for an open transaction.
const SLOT_WAIT_MS: i64 = 5_000;
/// A transaction dies after a minute on the server; past that nothing can hold a slot.
const SLOT_TRIES_MAX: u32 = 18;
const MAX_TIME_EXPIRED: i32 = 50;

/// Ends the session in which a holder that is gone wrote under its lease. While a transaction is
/// open in it, the lock document can't be written.
pub(super) async fn end_session_of_holder(locks: &Collection<Document>, gone: Document) {
    let Ok(Some(present)) = locks.find_one(gone).await else { return };
    if let Ok(session) = present.get_document("session") {
        let ending = doc! { "killSessions": [session.clone()] };
        let _ = locks.client().database("admin").run_command(ending).await;
    }
}

/// Ends the sessions of runs that did not end themselves. A transaction that a killed runner left
/// open would hold its slot until the server gives it up, for a minute. Where this is not allowed,
/// raising the slots waits for that.
pub(super) async fn end_former_sessions(target: &Target) {
    let unfinished = doc! { "status": runs::Status::Running.word() };
    let Ok(ids) = runs::collection(target).distinct("sessions", unfinished).await else { return };
    let sessions: Vec<Document> = ids.into_iter().map(|id| doc! { "id": id }).collect();
    if !sessions.is_empty() {
        let _ = target.admin().run_command(doc! { "killSessions": sessions }).await;
    }
}

/// Raises every slot to `epoch`. An open transaction of the former holder has written its slot: the
/// update waits for it, so afterwards everything the former holder did is done or void.
pub(super) async fn raise_slots(
    locks: &Collection<Document>,
    epoch: i64,
    reporter: &Reporter,
) -> Result<()> {
    let mut slots: Vec<String> = (0..WORKERS).map(slot_id).collect();
    let present = locks
        .distinct("_id", doc! { "_id": { "$regex": "^slot-" } })
        .await
        .attempt(|| "list the slots of the lease".to_owned())?;
    for id in present.iter().filter_map(Bson::as_str) {
        if !slots.iter().any(|slot| slot == id) {
            slots.push(id.to_owned());
        }
    }
    for slot in slots {
        raise_slot(locks, &slot, epoch, reporter).await?;
    }
    Ok(())
}

async fn raise_slot(
    locks: &Collection<Document>,
    slot: &str,
    epoch: i64,
    reporter: &Reporter,
) -> Result<()> {
    for attempt in 1..=SLOT_TRIES_MAX {
        // A command of its own, because the driver's update takes no time limit.
        let raised = locks
            .client()
            .database(&locks.namespace().db)
            .run_command(doc! {
                "update": COLLECTION,
                // Never lower a slot: a still later runner may have raised it.
                "updates": [{ "q": { "_id": slot, "$or": [
                        { "epoch": { "$lt": epoch } }, { "epoch": { "$exists": false } } ] },
                    "u": { "$set": { "epoch": epoch } }, "upsert": true }],
                "maxTimeMS": SLOT_WAIT_MS,
                "writeConcern": { "w": "majority" },
            })
            .await;
        match raised.and_then(|reply| first_error(&reply)) {
            Ok(()) => return Ok(()),
            Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => return Ok(()),
            Err(error) if code_of(&error) == Some(MAX_TIME_EXPIRED) && attempt < SLOT_TRIES_MAX => {
                reporter.warning(format!(
                    "waiting for an open transaction of the former runner ({slot}, {} s)",
                    i64::from(attempt) * SLOT_WAIT_MS / 1000
                ));
            }
            Err(error) => return Err(error).attempt(|| format!("raise {slot} to epoch {epoch}")),
        }
    }
    Err(Failure::unexpected(format!("failed to raise {slot}: a transaction stays open")))
}

/// Write errors come inside a successful reply when a command is run by hand.
fn first_error(reply: &Document) -> Result<(), Error> {
    let Ok(errors) = reply.get_array("writeErrors") else { return Ok(()) };
    let first = errors.first().and_then(Bson::as_document);
    let code = first.and_then(|error| error.get_i32("code").ok()).unwrap_or_default();
    let text = first.and_then(|error| error.get_str("errmsg").ok()).unwrap_or("write error");
    Err(Error::custom(SlotError { code, text: text.to_owned() }))
}

#[derive(Debug, thiserror::Error)]
#[error("{text} ({code})")]
struct SlotError {
    code: i32,
    text: String,
}

fn code_of(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Custom(custom) => custom.downcast_ref::<SlotError>().map(|error| error.code),
        _ => None,
    }
}
