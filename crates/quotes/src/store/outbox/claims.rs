//! Whose turn it is to send a mail: servers take turns by the database's clock, whatever theirs say.
//!
//! A claim is taken by one atomic update and has an id of its own. It counts until its time is over or
//! another one stands in its place, and it is looked at once more before the text goes out. So a server
//! that stood still for a while finds out that another one took over, before it sends anything.

use std::time::Duration;

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use mongodb::options::ReturnDocument;

use super::{COLLECTION, State};
use crate::{failure::Failure, store::Store};

/// As long as it takes at most until the text goes out, and some more.
const OFFERING_SECONDS_MAX: u64 = 90;
/// As long as it takes at most until the text was answered and the answer written down, and some more.
const HANDING_OVER_SECONDS_MAX: u64 = post::TEXT_SECONDS_MAX + 60;
const DIED: &str = "the server that handed it over did not live to hear the answer";

/// A mail that is ours to send, until our time is over.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// `_id` of the mail.
    pub id: ObjectId,
    /// Of this very claim.
    pub claim: ObjectId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// All of the mail.
    pub mail: Document,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The mail server has it, and said this.
    Sent(String),
    /// It does not take it, and said this.
    Failed(String),
    /// It may have it.
    Unclear(String),
    /// It may go after this time.
    Again(Duration, String),
    /// It was not tried at all.
    Untried,
}

impl Ended {
    /// For metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Sent(_) => "sent",
            Self::Failed(_) => "failed",
            Self::Unclear(_) => "unclear",
            Self::Again(..) => "deferred",
            Self::Untried => "untried",
        }
    }
}

impl Store {
    /// Claims the mail that waits longest, if one is due. Also one whose server did not come so far that
    /// the text went out.
    ///
    /// # Errors
    ///
    /// When the database does not answer. Then it may be claimed all the same, until the time is over.
    pub async fn claim_mail(&self) -> Result<Option<Claimed>, Failure> {
        let claim = ObjectId::new();
        let take = vec![doc! { "$set": {
            "state": State::Sending.word(),
            "claim": claim,
            "attempts": { "$add": [{ "$ifNull": ["$attempts", 0] }, 1] },
            "nextAttemptAt": after(Duration::from_secs(OFFERING_SECONDS_MAX)),
        } }];
        let outbox = self.collection(COLLECTION);
        let claiming = outbox
            .find_one_and_update(due(&[State::Queued, State::Sending]), take)
            .sort(doc! { "nextAttemptAt": 1 })
            .return_document(ReturnDocument::After);
        let Some(mail) = self.call("claim a mail", claiming.into_future()).await? else {
            return Ok(None);
        };
        let attempt = mail.get("attempts").and_then(Bson::as_i32).unwrap_or(1);
        let attempt = u32::try_from(attempt).unwrap_or(1);
        Ok(mail.get_object_id("_id").ok().map(|id| Claimed { id, claim, attempt, mail }))
    }

    /// Writes down that the text goes out now. False when the claim is over: then it must not.
    ///
    /// # Errors
    ///
    /// When the database does not answer: then the text must not go out either.
    pub async fn hand_mail_over(&self, claimed: &Claimed) -> Result<bool, Failure> {
        let mut still = this(claimed, &[State::Sending]);
        still.insert("$expr", doc! { "$gt": ["$nextAttemptAt", "$$NOW"] });
        let next = vec![doc! { "$set": {
            "state": State::HandedOver.word(),
            "nextAttemptAt": after(Duration::from_secs(HANDING_OVER_SECONDS_MAX)),
        } }];
        let outbox = self.collection(COLLECTION);
        let write = outbox.update_one(still, next).into_future();
        Ok(self.call("write down that a mail goes out", write).await?.matched_count == 1)
    }

    /// Writes down how an attempt ended. False when somebody else decided meanwhile what becomes of the
    /// mail.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn settle_mail(&self, claimed: &Claimed, ended: &Ended) -> Result<bool, Failure> {
        // An answer that came after all is better than none: also what was given up as unclear.
        let ours = [State::Sending, State::HandedOver, State::Unclear];
        let mut set = Document::new();
        // Words of others are no expressions, whatever they begin with.
        let literal = |words: &str| doc! { "$literal": words };
        let state = match ended {
            Ended::Sent(words) => {
                set.insert("serverSaid", literal(words));
                set.insert("sentAt", "$$NOW");
                State::Sent
            }
            Ended::Failed(words) => {
                set.insert("serverSaid", literal(words));
                State::Failed
            }
            Ended::Unclear(words) => {
                set.insert("serverSaid", literal(words));
                State::Unclear
            }
            Ended::Again(_, words) => {
                set.insert("serverSaid", literal(words));
                State::Queued
            }
            Ended::Untried => {
                set.insert("attempts", claimed.attempt.saturating_sub(1));
                State::Queued
            }
        };
        set.insert("state", state.word());
        set.insert(
            "nextAttemptAt",
            match ended {
                Ended::Again(pause, _) => after(*pause),
                Ended::Unclear(_) => "$$REMOVE".into(),
                // At once: what ended is told to its quote, what was not tried is for another server.
                Ended::Sent(_) | Ended::Failed(_) | Ended::Untried => "$$NOW".into(),
            },
        );
        let outbox = self.collection(COLLECTION);
        let write = outbox.update_one(this(claimed, &ours), vec![doc! { "$set": set }]);
        let written = self.call("write down how a mail went", write.into_future()).await?;
        Ok(written.matched_count == 1)
    }

    /// Gives up on mails whose server died while their text went out: they may have arrived. Returns how
    /// many.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn give_up_on_mails(&self) -> Result<u64, Failure> {
        let next = vec![doc! { "$set": {
            "state": State::Unclear.word(),
            "serverSaid": DIED,
            "nextAttemptAt": "$$REMOVE",
        } }];
        let outbox = self.collection(COLLECTION);
        let write = outbox.update_many(due(&[State::HandedOver]), next).into_future();
        Ok(self.call("look for mails that nobody has in hand", write).await?.modified_count)
    }
}

/// Those in one of these states whose time has come, by the index on both.
pub(super) fn due(states: &[State]) -> Document {
    let words: Vec<&str> = states.iter().map(|state| state.word()).collect();
    doc! {
        "state": { "$in": words },
        // Without a time it is nobody's turn.
        "nextAttemptAt": { "$gte": DateTime::from_millis(0) },
        "$expr": { "$lte": ["$nextAttemptAt", "$$NOW"] },
    }
}

fn this(claimed: &Claimed, states: &[State]) -> Document {
    let words: Vec<&str> = states.iter().map(|state| state.word()).collect();
    doc! { "_id": claimed.id, "claim": claimed.claim, "state": { "$in": words } }
}

/// By the database's clock.
fn after(time: Duration) -> Bson {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    doc! { "$add": ["$$NOW", millis] }.into()
}
