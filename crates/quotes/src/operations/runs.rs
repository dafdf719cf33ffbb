//! Runs of Causeway, as `causeway_runs` has them, and their reports.

use bson::{DateTime, Document, deserialize_from_document, doc};
use causeway_core::runbook::RunRecord;

use super::{first, one};
use crate::{failure::Failure, store::Store};

const COLLECTION: &str = "causeway_runs";
const REPORTS: &str = "causeway_reports";
const RUNS_MAX: i64 = 10;

/// A run in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its id.
    pub id: String,
    /// `run`, `up`, `down` or `restore`.
    pub direction: String,
    /// Version of the migration; none of a restore.
    pub version: Option<String>,
    /// `running`, `stopped`, `completed`, `failed`, `superseded`.
    pub status: String,
    /// Whether it went back to what was before, or is about to, or could not.
    pub goes_back: bool,
    /// When it began.
    pub began: Option<DateTime>,
    /// When it ended.
    pub ended: Option<DateTime>,
    /// Whether its report can be read here.
    pub has_report: bool,
}

/// The review of a run, as a page of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The page.
    pub html: String,
}

impl Ran {
    /// The latest ones that a person began, the newest first.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn latest(store: &Store) -> Result<Vec<Self>, Failure> {
        let begun = doc! { "part_of": null };
        let newest = (doc! { "started_at": -1 }, RUNS_MAX);
        let found = first(store, (COLLECTION, begun), newest, "list the runs").await?;
        let ids: Vec<&str> = found.iter().filter_map(|run| run.get_str("_id").ok()).collect();
        let reports = store.collection(REPORTS);
        let made = reports.distinct("_id", doc! { "_id": { "$in": &ids } }).into_future();
        let reports = store.call("look for reports", made).await?;
        let has_report = |id: &str| reports.iter().any(|it| it.as_str() == Some(id));
        Ok(found.iter().filter_map(|run| Self::of(run, has_report)).collect())
    }

    fn of(run: &Document, has_report: impl Fn(&str) -> bool) -> Option<Self> {
        let word = |key| run.get_str(key).ok().map(str::to_owned);
        let time = |key| run.get_datetime(key).ok().copied();
        let failing = run.get_document("failing").ok();
        let id = word("_id")?;
        Some(Self {
            has_report: has_report(&id),
            id,
            direction: word("direction").unwrap_or_default(),
            version: word("version"),
            status: word("status").unwrap_or_default(),
            goes_back: failing.is_some_and(|it| it.get_bool("rolls_back").unwrap_or_default()),
            began: time("started_at"),
            ended: time("ended_at"),
        })
    }
}

impl Report {
    /// The one of a run.
    ///
    /// # Errors
    ///
    /// When there is none, or the database does not answer.
    pub async fn of(store: &Store, run: &str) -> Result<Self, Failure> {
        let found = one(store, (REPORTS, doc! { "_id": run }), "read the report").await?;
        let html = found.and_then(|found| found.get_str("html").ok().map(str::to_owned));
        html.map(|html| Self { html }).ok_or_else(|| {
            let message =
                "there is no report of this run here: `causeway run` leaves one at its end";
            Failure::not_found("REPORT_NOT_FOUND", message)
        })
    }
}

/// Whether a run has come to its end, forwards or back; also when nobody knows it any more.
pub(super) async fn is_completed(store: &Store, run: &str) -> Result<bool, Failure> {
    let found = one(store, (COLLECTION, doc! { "_id": run }), "look for the run").await?;
    Ok(found.is_none_or(|found| found.get_str("status").is_ok_and(|it| it == "completed")))
}

/// The latest run of the whole plan. One that a newer version of Causeway wrote in its own way is none.
pub(super) async fn latest_of_the_plan(store: &Store) -> Result<Option<RunRecord>, Failure> {
    let of_the_plan = (COLLECTION, doc! { "direction": "run" });
    let latest = (doc! { "started_at": -1 }, 1);
    let found = first(store, of_the_plan, latest, "read the latest run").await?;
    Ok(found.into_iter().next().and_then(|found| deserialize_from_document(found).ok()))
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::Ran;

    #[test]
    fn a_run_is_read_from_what_is_there() {
        let run = doc! { "_id": "a", "direction": "run", "version": "010", "status": "failed",
        "failing": { "rolls_back": true } };
        let ran = Ran::of(&run, |id| id == "a").unwrap();
        assert!(ran.goes_back && ran.has_report);
        assert_eq!((ran.version.as_deref(), ran.ended), (Some("010"), None));
        assert_eq!(Ran::of(&doc! { "status": "failed" }, |_| false), None);
    }
}
