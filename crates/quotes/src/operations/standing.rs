//! Who works on the database at present, and what stands in the way of whom.

use bson::{DateTime, Document, deserialize_from_document, doc};
use causeway_core::{
    lease::{COLLECTION as LOCKS, FENCE_ID, LEASE_ID, TURN_ID, held, run_of},
    live::{self, Live},
    maintenance::{COLLECTION as STATES, ID as MAINTENANCE_ID, Maintenance},
    requests,
    runbook::RunRecord,
};

use super::{one, runs};
use crate::{failure::Failure, store::Store};

/// News of a run that are older than this are none: its process died, or lost the database.
const NEWS_MILLIS_MAX: i64 = 15_000;

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// What may not be written, and what people are told.
    pub maintenance: Maintenance,
    /// Why maintenance can't be switched off by whoever looks.
    pub needs_maintenance: Option<String>,
    /// The run that changes documents now.
    pub lease: Option<String>,
    /// Whether somebody asked it to wait.
    pub asked_to_wait: bool,
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
        let (maintenance, lease, turn, fence, live, run) = futures_util::try_join!(
            maintenance(store),
            holder(store, LEASE_ID),
            holder(store, TURN_ID),
            fence(store),
            live(store),
            runs::latest_of_the_plan(store),
        )?;
        let needed = Self { maintenance, lease, turn, fence, live, run, ..Self::default() };
        let (asked_to_wait, needs_maintenance) =
            futures_util::try_join!(needed.asked_to_wait(store), needed.need(store))?;
        Ok(Self { asked_to_wait, needs_maintenance, ..needed })
    }

    /// Whether this run works on the database, by itself or by the `up` or `down` that it began.
    #[must_use]
    pub fn is_at_work(&self, run: &RunRecord) -> bool {
        let parts = [Some(&run.id), run.up.as_ref(), run.down.as_ref()];
        self.turn.as_ref() == Some(&run.id)
            || self.lease.as_ref().is_some_and(|lease| parts.contains(&Some(lease)))
    }

    async fn asked_to_wait(&self, store: &Store) -> Result<bool, Failure> {
        let Some(run) = &self.lease else { return Ok(false) };
        let asked = (requests::COLLECTION, doc! { "_id": requests::id(run) });
        let found = one(store, asked, "read what is asked of the run").await?;
        Ok(found.is_some_and(|found| found.get_bool("paused").unwrap_or_default()))
    }

    /// Maintenance that a run switched on is the run's, until that has come to its end.
    async fn need(&self, store: &Store) -> Result<Option<String>, Failure> {
        if !self.maintenance.on {
            return Ok(None);
        }
        if let Some(run) = &self.maintenance.run
            && !runs::is_completed(store, run).await?
        {
            let works = self.turn.as_ref() == Some(run) || self.lease.is_some();
            return Ok(Some(match works {
                true => format!("run {run} needs it, and switches it off when it is done"),
                false => format!(
                    "run {run} stopped half-way and needs it: whoever operates the database goes on \
                     with it, or goes back, and that switches it off"
                ),
            }));
        }
        Ok(self.fence.as_ref().map(|fence| {
            let what = fence.collections.join(", ");
            format!(
                "the database itself refuses changes of {what}: `causeway maintenance off` lifts that, \
                 and lets people in"
            )
        }))
    }
}

/// Of a document that somebody wrote by hand and got wrong, it counts whether it is on.
async fn maintenance(store: &Store) -> Result<Maintenance, Failure> {
    let asked = (STATES, doc! { "_id": MAINTENANCE_ID });
    let found = one(store, asked, "read the state of maintenance").await?;
    Ok(found.map(crate::maintenance::state).unwrap_or_default())
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

/// The age is judged by the server, whose clock wrote it.
async fn live(store: &Store) -> Result<Option<Live>, Failure> {
    let oldest = doc! { "$subtract": ["$$NOW", NEWS_MILLIS_MAX] };
    let recent = doc! { "_id": live::ID, "ended": false, "$expr": { "$gt": ["$at", oldest] } };
    let found = one(store, (live::COLLECTION, recent), "read how far the run is").await?;
    Ok(found.and_then(|found| deserialize_from_document(found).ok()))
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, doc};

    use super::read_fence;

    #[test]
    fn a_fence_that_was_lifted_is_none() {
        let since = DateTime::from_millis(1_000);
        let fence = doc! { "since": since, "collections": [{ "name": "quotes", "uuid": "" }] };
        let read = read_fence(&fence).unwrap();
        assert_eq!((read.since, read.collections), (Some(since), vec!["quotes".to_owned()]));
        assert_eq!(read_fence(&doc! { "since": since, "collections": [] }), None);
    }
}
