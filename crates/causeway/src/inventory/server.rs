//! The oplog and the disk of the server.

use bson::{Bson, Document, Timestamp, doc};
use causeway_core::inventory::{DiskFacts, Known, OplogFacts};

use crate::failure::Result;
use crate::permitted::{Need, look};
use crate::target::Target;

/// How far back the oplog reaches. The role `clusterMonitor` may read both parts of it.
pub(super) async fn oplog(target: &Target) -> Result<Known<OplogFacts>> {
    if target.server.replica_set.is_none() {
        let why =
            if target.server.sharded { "each shard has its own" } else { "a standalone has none" };
        return Ok(Known::unknown(why));
    }
    let status = look(
        &target.admin(),
        doc! { "serverStatus": 1, "oplog": 1 },
        Need::cluster_monitor("serverStatus"),
    )
    .await?;
    let size = look(
        &target.client.database("local"),
        doc! { "collStats": "oplog.rs" },
        Need::cluster_monitor("collStats on local"),
    )
    .await?;
    let (status, size) = match (status, size) {
        (Known::Known(status), Known::Known(size)) => (status, size),
        (Known::Unknown { why }, _) | (_, Known::Unknown { why }) => {
            return Ok(Known::unknown(why));
        }
    };
    let Some(window_seconds) = window_seconds(&status) else {
        return Ok(Known::unknown("serverStatus says nothing of the oplog"));
    };
    let used_bytes = whole(&size, "size");
    Ok(Known::Known(OplogFacts {
        window_seconds,
        used_bytes,
        max_bytes: whole(&size, "maxSize"),
        bytes_per_second: used_bytes as f64 / window_seconds.max(1.0),
    }))
}

fn window_seconds(status: &Document) -> Option<f64> {
    let oplog = status.get_document("oplog").ok()?;
    let at = |key: &str| oplog.get_timestamp(key).ok();
    let (Timestamp { time: first, .. }, Timestamp { time: last, .. }) =
        (at("earliestOptime")?, at("latestOptime")?);
    Some(f64::from(last.saturating_sub(first)))
}

/// The disk of the member that answers, which is the primary.
pub(super) async fn disk(target: &Target) -> Result<Known<DiskFacts>> {
    let stats = look(&target.database, doc! { "dbStats": 1 }, Need::read("dbStats")).await?;
    Ok(match stats {
        Known::Unknown { why } => Known::Unknown { why },
        Known::Known(stats) => {
            let (total_bytes, used) = (whole(&stats, "fsTotalSize"), whole(&stats, "fsUsedSize"));
            if total_bytes == 0 {
                Known::unknown("the server does not tell the size of its disk")
            } else {
                Known::Known(DiskFacts {
                    total_bytes,
                    free_bytes: total_bytes.saturating_sub(used),
                })
            }
        }
    })
}

/// A number of a reply, of whichever type the server chose for it.
pub(crate) fn number(document: &Document, key: &str) -> Option<f64> {
    match document.get(key)? {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        _ => None,
    }
}

/// The same for sizes and counts; zero when there is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and the server itself rounds what is beyond 2^53"
)]
pub(crate) fn whole(document: &Document, key: &str) -> u64 {
    number(document, key).unwrap_or(0.0).max(0.0) as u64
}
