//! Which run a watch is about.

use bson::{DateTime, Document, doc};
use causeway_core::migration::Version;

use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::runs::{self, COLLECTION, Direction};
use crate::terminal::moment;

/// A run that a watch can go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedRun {
    /// Its id.
    pub id: String,
    /// `completed`, and so on.
    pub status: String,
    /// When it ended, or stopped.
    pub ended_at: Option<DateTime>,
    /// Whether it carried the whole plan through.
    pub is_whole_plan: bool,
}

impl WatchedRun {
    /// The command that takes it back, with everything that it switched.
    #[must_use]
    pub fn taken_back_by(&self, version: &Version) -> String {
        match self.is_whole_plan {
            true => format!("causeway run {version} --roll-back"),
            false => format!("causeway down {version}"),
        }
    }

    /// `2026-11-22-0213-k7f, completed, ended 2026-11-22 02:13:07`.
    #[must_use]
    pub fn words(&self) -> String {
        let ended = self.ended_at.and_then(|at| at.try_to_rfc3339_string().ok());
        let ended = ended.map_or_else(
            || "not ended yet".to_owned(),
            |at| format!("ended {} ({})", moment::local(&at), moment::zone()),
        );
        format!("{}, {}, {ended}", self.id, self.status)
    }
}

/// The run of this id, or the latest of the migration: a run of the whole plan before the `up` that
/// it began, and otherwise whichever is the later.
///
/// # Errors
/// Usage when there is no such run; refused when the migration was never run.
pub async fn find(context: &Context, version: &Version, id: Option<&str>) -> Result<WatchedRun> {
    if let Some(id) = id {
        let found = latest(context, doc! { "_id": id, "version": version.as_str() }).await?;
        return found.as_ref().map(read).ok_or_else(|| {
            Failure::usage(format!("there is no run {id} of {version} in {COLLECTION}"))
                .hint("`causeway history` shows the runs there were")
        });
    }
    let of = |more: Document| {
        let mut filter = doc! { "version": version.as_str() };
        filter.extend(more);
        filter
    };
    let whole = latest(context, of(doc! { "direction": Direction::Run.word() })).await?;
    let up = latest(context, of(doc! { "direction": "up", "is_application": true })).await?;
    let found = match (whole, up) {
        (Some(whole), Some(up)) => Some(if belongs(&up, &whole) { whole } else { up }),
        (whole, up) => whole.or(up),
    };
    found.as_ref().map(read).ok_or_else(|| {
        Failure::refused(format!(
            "{version} was not run on this database: there is nothing to watch"
        ))
        .hint(format!("`causeway status` shows how {version} stands"))
    })
}

async fn latest(context: &Context, filter: Document) -> Result<Option<Document>> {
    runs::collection(&context.target)
        .find_one(filter)
        .sort(doc! { "started_at": -1, "_id": -1 })
        .projection(doc! { "sessions": 0, "before": 0, "steps": 0 })
        .await
        .attempt(|| format!("read {COLLECTION} in {}", context.target.name()))
}

/// Whether an `up` was begun by this run, or before it.
fn belongs(up: &Document, whole: &Document) -> bool {
    let started = |run: &Document| run.get_datetime("started_at").ok().copied();
    whole.get_str("up").ok() == up.get_str("_id").ok() || started(up) <= started(whole)
}

fn read(run: &Document) -> WatchedRun {
    let text = |key: &str| run.get_str(key).unwrap_or_default().to_owned();
    WatchedRun {
        id: text("_id"),
        status: text("status"),
        ended_at: run.get_datetime("ended_at").ok().copied(),
        is_whole_plan: run.get_str("direction").is_ok_and(|it| it == Direction::Run.word()),
    }
}
