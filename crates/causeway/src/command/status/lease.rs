//! Who holds the lease, by the server's clock.

use bson::{DateTime, Document, doc};
use futures_util::TryStreamExt;
use serde_json::json;

use crate::clock::duration_words;
use crate::failure::{Attempt, Result};
use crate::lease::{COLLECTION, LEASE_ID, TURN_ID};
use crate::target::Target;
use crate::terminal::rows::Row;

/// The lock document, as it was read.
#[derive(Debug, Clone)]
pub(in crate::command) struct Lease {
    holder: Option<Holder>,
}

/// Who took the lease and did not give it back.
#[derive(Debug, Clone)]
struct Holder {
    operator: String,
    host: String,
    run: String,
    pid: i64,
    acquired_at: Option<String>,
    /// Seconds since it was renewed.
    renewed_seconds: f64,
    /// Seconds until it expires; negative when it did.
    left_seconds: f64,
}

impl Lease {
    /// Reads it. There is none before the first run.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(in crate::command) async fn read(target: &Target) -> Result<Self> {
        Self::read_of(target, LEASE_ID).await
    }

    /// Reads whose turn it is to carry a plan through.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(in crate::command) async fn read_turn(target: &Target) -> Result<Self> {
        Self::read_of(target, TURN_ID).await
    }

    async fn read_of(target: &Target, id: &str) -> Result<Self> {
        let reading = || format!("read the {id} in {}.{COLLECTION}", target.name());
        let pipeline = vec![doc! { "$match": { "_id": id } }, doc! { "$set": { "now": "$$NOW" } }];
        let locks = target.database.collection::<Document>(COLLECTION);
        let mut found = locks.aggregate(pipeline).await.attempt(reading)?;
        let lease = found.try_next().await.attempt(reading)?;
        Ok(Self { holder: lease.as_ref().and_then(Holder::of) })
    }

    /// Whether a runner holds it that renewed it within its life.
    pub(in crate::command) fn is_held(&self) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.left_seconds > 0.0)
    }

    /// Whether a runner of this run holds it.
    pub(in crate::command) fn is_held_by(&self, run: &str) -> bool {
        self.is_held() && self.holder.as_ref().is_some_and(|holder| holder.run == run)
    }

    /// Whether nobody took it, or who did gave it back.
    pub(in crate::command) const fn is_free(&self) -> bool {
        self.holder.is_none()
    }

    /// Who holds it, as a sentence.
    pub(in crate::command) fn words(&self) -> String {
        let Some(holder) = &self.holder else { return "free".to_owned() };
        let Holder { operator, host, run, pid, .. } = holder;
        let renewed = duration_words(holder.renewed_seconds.max(0.0));
        if holder.left_seconds > 0.0 {
            let left = duration_words(holder.left_seconds);
            format!(
                "held by {operator} on {host} (process {pid}) with run {run}, renewed {renewed} ago, expires in {left}"
            )
        } else {
            format!(
                "expired: {operator} on {host} (process {pid}) with run {run} has not renewed it for {renewed}"
            )
        }
    }

    /// As a row of a listing.
    pub(in crate::command) fn row(&self) -> Row {
        self.row_of(LEASE_ID)
    }

    /// As a row, when it is the turn.
    pub(in crate::command) fn turn_row(&self) -> Row {
        self.row_of(TURN_ID)
    }

    fn row_of(&self, kind: &str) -> Row {
        let state = match &self.holder {
            None => "free",
            Some(_) if self.is_held() => "held",
            Some(_) => "expired",
        };
        let mut row = Row::from([
            ("row", json!(kind)),
            ("state", json!(state)),
            ("text", json!(self.words())),
        ]);
        if let Some(holder) = &self.holder {
            row.insert("run", json!(holder.run));
            row.insert("operator", json!(holder.operator));
            row.insert("host", json!(holder.host));
            row.insert("pid", json!(holder.pid));
            row.insert("acquired_at", json!(holder.acquired_at));
            row.insert("renewed_seconds_ago", json!(holder.renewed_seconds));
            row.insert("expires_in_seconds", json!(holder.left_seconds));
        }
        row
    }
}

impl Holder {
    fn of(lease: &Document) -> Option<Self> {
        if lease.get_bool("released").unwrap_or(true) {
            return None;
        }
        let holder = lease.get_document("holder").cloned().unwrap_or_default();
        let word = |key: &str| holder.get_str(key).unwrap_or("?").to_owned();
        let date = |key: &str| lease.get_datetime(key).ok().copied();
        let now = date("now")?;
        Some(Self {
            operator: word("operator"),
            host: word("host"),
            run: word("run"),
            pid: holder.get_i64("pid").unwrap_or_default(),
            acquired_at: date("acquired_at").and_then(|at| at.try_to_rfc3339_string().ok()),
            renewed_seconds: date("renewed_at").map_or(0.0, |at| seconds(at, now)),
            left_seconds: date("expires_at").map_or(0.0, |at| seconds(now, at)),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
fn seconds(from: DateTime, to: DateTime) -> f64 {
    (to.timestamp_millis() - from.timestamp_millis()) as f64 / 1000.0
}
