//! Sessions: who signed in stays so for a while. `docs/decisions/0012` says why they are made here.

use std::time::Duration;

use bson::{DateTime, Document, doc, oid::ObjectId};
use mongodb::ClientSession;

use super::Fingerprint;
use crate::{failure::Failure, store::Store};

/// Nobody stays signed in for longer.
pub const LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Nor without asking for anything.
const IDLE: Duration = Duration::from_secs(12 * 3_600);
/// That somebody asked is written down at most that often.
const WRITTEN: Duration = Duration::from_secs(60);

/// The collection `sessions`. `_id` is the fingerprint of what the cookie holds.
#[derive(Debug, Clone)]
pub(super) struct Sessions {
    store: Store,
}

impl Sessions {
    pub(super) fn of(store: Store) -> Self {
        Self { store }
    }

    /// Begins one.
    pub(super) async fn begin(
        &self,
        id: Fingerprint,
        user: ObjectId,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let now = DateTime::now();
        let document = doc! {
            "_id": id.stored(),
            "userId": user,
            "createdAt": now,
            "lastSeenAt": now,
            "expiresAt": later(now, IDLE),
        };
        let sessions = self.store.collection("sessions");
        let write = sessions.insert_one(document).session(session).into_future();
        self.store.call("begin a session", write).await?;
        Ok(())
    }

    /// Whose session it is, as long as it lasts. MongoDB removes what has expired within a minute or
    /// so, which is too late to rely on.
    pub(super) async fn user(&self, id: Fingerprint) -> Result<Option<ObjectId>, Failure> {
        let sessions = self.store.collection("sessions");
        let find = sessions.find_one(doc! { "_id": id.stored() }).into_future();
        let Some(found) = self.store.call("read a session", find).await? else { return Ok(None) };
        let Some(read) = Times::read(&found) else { return Ok(None) };
        let now = DateTime::now();
        if now >= read.expires || now >= later(read.created, LIFE) {
            return Ok(None);
        }
        if now >= later(read.seen, WRITTEN) {
            self.seen(id, &read, now).await?;
        }
        Ok(found.get_object_id("userId").ok())
    }

    async fn seen(&self, id: Fingerprint, read: &Times, now: DateTime) -> Result<(), Failure> {
        // Of those who look at the same time, the first one writes.
        let filter = doc! { "_id": id.stored(), "lastSeenAt": read.seen };
        let expires = later(now, IDLE).min(later(read.created, LIFE));
        let set = doc! { "$set": { "lastSeenAt": now, "expiresAt": expires } };
        let sessions = self.store.collection("sessions");
        self.store
            .call("prolong a session", sessions.update_one(filter, set).into_future())
            .await?;
        Ok(())
    }

    /// Ends one.
    pub(super) async fn end(&self, id: Fingerprint) -> Result<(), Failure> {
        let sessions = self.store.collection("sessions");
        let write = sessions.delete_one(doc! { "_id": id.stored() }).into_future();
        self.store.call("end a session", write).await?;
        Ok(())
    }

    /// Ends all of somebody's, but for one that goes on.
    pub(super) async fn end_all(
        &self,
        user: ObjectId,
        but: Option<Fingerprint>,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let mut filter = doc! { "userId": user };
        if let Some(but) = but {
            filter.insert("_id", doc! { "$ne": but.stored() });
        }
        let sessions = self.store.collection("sessions");
        let write = sessions.delete_many(filter).session(session).into_future();
        self.store.call("end sessions", write).await?;
        Ok(())
    }
}

struct Times {
    created: DateTime,
    seen: DateTime,
    expires: DateTime,
}

impl Times {
    fn read(session: &Document) -> Option<Self> {
        let time = |field| session.get_datetime(field).ok().copied();
        Some(Self {
            created: time("createdAt")?,
            seen: time("lastSeenAt")?,
            expires: time("expiresAt")?,
        })
    }
}

fn later(time: DateTime, by: Duration) -> DateTime {
    let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    DateTime::from_millis(time.timestamp_millis().saturating_add(millis))
}
