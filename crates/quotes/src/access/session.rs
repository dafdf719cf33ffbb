//! Sessions: who signed in stays so for a while. `docs/decisions/0012` says why they are made here.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use bson::{DateTime, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::ClientSession;

use super::{Fingerprint, OpenSession};
use crate::{failure::Failure, store::Store};

/// Nobody stays signed in for longer.
pub const LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Nor without asking for anything.
const IDLE: Duration = Duration::from_secs(12 * 3_600);
/// That somebody asked is written down at most that often.
const WRITTEN: Duration = Duration::from_secs(60);
/// Nobody is shown more.
const SHOWN_MAX: i64 = 100;

/// The collection `sessions`. `_id` is the fingerprint of what the cookie holds.
#[derive(Debug, Clone)]
pub(super) struct Sessions {
    store: Store,
}

impl Sessions {
    pub(super) fn of(store: Store) -> Self {
        Self { store }
    }

    /// Begins one for somebody who is somewhere.
    pub(super) async fn begin(
        &self,
        id: Fingerprint,
        (user, ip, browser): (ObjectId, IpAddr, Option<String>),
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let now = DateTime::now();
        let document = doc! {
            "_id": id.stored(),
            "userId": user,
            "createdAt": now,
            "lastSeenAt": now,
            "expiresAt": later(now, IDLE),
            "ip": ip.to_string(),
            "browser": browser,
        };
        let sessions = self.store.collection("sessions");
        let write = sessions.insert_one(document).session(session).into_future();
        self.store.call("begin a session", write).await?;
        Ok(())
    }

    /// Whose session it is, as long as it lasts. MongoDB removes what has expired within a minute or
    /// so, which is too late to rely on.
    pub(super) async fn user(
        &self,
        id: Fingerprint,
        by_hand: bool,
    ) -> Result<Option<ObjectId>, Failure> {
        let sessions = self.store.collection("sessions");
        let find = sessions.find_one(doc! { "_id": id.stored() }).into_future();
        let Some(found) = self.store.call("read a session", find).await? else { return Ok(None) };
        let Some(read) = Times::read(&found) else { return Ok(None) };
        let now = DateTime::now();
        if !read.last(now) {
            return Ok(None);
        }
        if by_hand && now >= later(read.seen, WRITTEN) {
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

    /// All of somebody's that go on, the latest first.
    pub(super) async fn open(
        &self,
        user: ObjectId,
        this: Option<Fingerprint>,
    ) -> Result<Vec<OpenSession>, Failure> {
        let sessions = self.store.collection("sessions");
        let find = async {
            let found = sessions.find(doc! { "userId": user }).sort(doc! { "lastSeenAt": -1 });
            found.limit(SHOWN_MAX).await?.try_collect::<Vec<Document>>().await
        };
        let found = self.store.call("list sessions", find).await?;
        let (now, this) = (DateTime::now(), this.map(Fingerprint::stored));
        let open = found.iter().filter_map(|session| {
            let read = Times::read(session).filter(|read| read.last(now))?;
            Some(OpenSession {
                began: read.created,
                seen: read.seen,
                address: session.get_str("ip").ok().map(str::to_owned),
                browser: session.get_str("browser").ok().map(str::to_owned),
                is_this: this.as_ref().is_some_and(|this| session.get("_id") == Some(this)),
            })
        });
        Ok(open.collect())
    }

    /// When people were seen last who have a session that goes on.
    pub(super) async fn last_seen(
        &self,
        people: &[ObjectId],
    ) -> Result<HashMap<ObjectId, DateTime>, Failure> {
        let sessions = self.store.collection("sessions");
        let latest = [
            doc! { "$match": { "userId": { "$in": people }, "expiresAt": { "$gt": DateTime::now() } } },
            doc! { "$group": { "_id": "$userId", "seen": { "$max": "$lastSeenAt" } } },
        ];
        let read = async { sessions.aggregate(latest).await?.try_collect::<Vec<Document>>().await };
        let found = self.store.call("look who is signed in", read).await?;
        let seen =
            |it: &Document| Some((it.get_object_id("_id").ok()?, *it.get_datetime("seen").ok()?));
        Ok(found.iter().filter_map(seen).collect())
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

    /// Whether it goes on.
    fn last(&self, now: DateTime) -> bool {
        now < self.expires && now < later(self.created, LIFE)
    }
}

fn later(time: DateTime, by: Duration) -> DateTime {
    let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    DateTime::from_millis(time.timestamp_millis().saturating_add(millis))
}
