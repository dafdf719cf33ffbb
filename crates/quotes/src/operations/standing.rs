//! Who works on the database at present, and what stands in the way of whom.

use bson::{DateTime, Document, deserialize_from_document, doc};
use causeway_core::{
    lease::{COLLECTION as LOCKS, FENCE_ID, LEASE_ID, TURN_ID, held, run_of},
    live::{self, Live},
    runbook::RunRecord,
};

use super::{one, runs};
use crate::{failure::Failure, store::Store};

/// News of a run that are older than this are none: its process died, or lost the database.
const NEWS_SECONDS_MAX: i64 = 15;

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// The run that changes documents now.
    pub lease: Option<String>,
    /// The run that carries the plan through now.
    pub turn: Option<String>,
    /// The database refuses writers.
    pub fence: Option<Fence>,
    /// How far a run is, if one is under way.
    pub live: Option<Live>,
    /// The latest run of the whole plan.
    pub run: Option<RunRecord>,
}

/// What the database itself refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// Since when.
    pub since: Option<DateTime>,
    /// Inserts and updates of these collections.
    pub collections: Vec<String>,
}

impl Standing {
    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn read(store: &Store) -> Result<Self, Failure> {
        let (lease, turn, fence, live, run) = futures_util::try_join!(
            holder(store, LEASE_ID),
            holder(store, TURN_ID),
            fence(store),
            live(store),
            runs::latest_of_the_plan(store),
        )?;
        let works = |live: &Live| is_recent(live) && !live.ended;
        Ok(Self { lease, turn, fence, live: live.filter(works), run })
    }

    /// Whether somebody works on the database.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.lease.is_some() || self.turn.is_some()
    }
}

async fn holder(store: &Store, id: &str) -> Result<Option<String>, Failure> {
    let lock = one(store, (LOCKS, held(id)), "look who works on the database").await?;
    Ok(lock.as_ref().and_then(run_of).map(str::to_owned))
}

async fn fence(store: &Store) -> Result<Option<Fence>, Failure> {
    let found = one(store, (LOCKS, doc! { "_id": FENCE_ID }), "look for the fence").await?;
    Ok(found.as_ref().and_then(read_fence))
}

fn read_fence(found: &Document) -> Option<Fence> {
    let collections = found.get_array("collections").ok()?.iter();
    let name = |it: &bson::Bson| Some(it.as_document()?.get_str("name").ok()?.to_owned());
    let collections: Vec<String> = collections.filter_map(name).collect();
    let since = found.get_datetime("since").ok().copied();
    (!collections.is_empty()).then_some(Fence { since, collections })
}

async fn live(store: &Store) -> Result<Option<Live>, Failure> {
    let asked = (live::COLLECTION, doc! { "_id": live::ID });
    let found = one(store, asked, "read how far the run is").await?;
    Ok(found.and_then(|found| deserialize_from_document(found).ok()))
}

fn is_recent(live: &Live) -> bool {
    let now = DateTime::now().timestamp_millis();
    let age = live.at.map(|at| now.saturating_sub(at.timestamp_millis()));
    age.is_some_and(|age| age < NEWS_SECONDS_MAX * 1_000)
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, doc};
    use causeway_core::live::Live;

    use super::{is_recent, read_fence};

    #[test]
    fn a_fence_that_was_lifted_is_none() {
        let since = DateTime::from_millis(1_000);
        let fence = doc! { "since": since, "collections": [{ "name": "quotes", "uuid": "" }] };
        let read = read_fence(&fence).unwrap();
        assert_eq!((read.since, read.collections), (Some(since), vec!["quotes".to_owned()]));
        assert_eq!(read_fence(&doc! { "since": since, "collections": [] }), None);
    }

    #[test]
    fn old_news_are_none() {
        let at = |millis| Live { at: Some(DateTime::from_millis(millis)), ..Live::default() };
        let now = DateTime::now().timestamp_millis();
        assert!(is_recent(&at(now - 1_000)));
        assert!(!is_recent(&at(now - 60_000)) && !is_recent(&Live::default()));
    }
}
