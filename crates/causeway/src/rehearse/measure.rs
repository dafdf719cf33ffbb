//! What a stage leaves behind on the server.

use bson::{Document, Timestamp, doc};
use futures_util::StreamExt;

use crate::inventory::whole;
use crate::scan;
use crate::target::Target;

/// How the server stood before a stage.
pub(super) struct Gauge {
    at: Option<Timestamp>,
    disk_bytes: Option<u64>,
}

/// What a stage took; none of what can't be told.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    pub(super) oplog_bytes: Option<u64>,
    pub(super) disk_bytes: Option<u64>,
}

impl Gauge {
    pub(super) async fn before(target: &Target) -> Self {
        Self { at: scan::now(target).await.ok(), disk_bytes: disk_bytes(target).await }
    }

    pub(super) async fn after(self, target: &Target) -> Taken {
        let oplog_bytes = match self.at {
            Some(at) => oplog_bytes_since(target, at).await,
            None => None,
        };
        let disk = disk_bytes(target).await;
        let grown = self.disk_bytes.zip(disk).map(|(before, after)| after.saturating_sub(before));
        Taken { oplog_bytes, disk_bytes: grown }
    }
}

/// What the database takes on the server's disk.
async fn disk_bytes(target: &Target) -> Option<u64> {
    // Sizes are those of the last checkpoint; who may not ask for one gets somewhat older ones.
    let _ = target.admin().run_command(doc! { "fsync": 1 }).await;
    let stats = target.database.run_command(doc! { "dbStats": 1 }).await.ok()?;
    Some(whole(&stats, "storageSize") + whole(&stats, "indexSize"))
}

async fn oplog_bytes_since(target: &Target, at: Timestamp) -> Option<u64> {
    let pipeline = [
        doc! { "$match": { "ts": { "$gt": at } } },
        doc! { "$group": { "_id": null, "bytes": { "$sum": { "$bsonSize": "$$ROOT" } } } },
    ];
    let oplog = target.client.database("local").collection::<Document>("oplog.rs");
    let summed = oplog.aggregate(pipeline).await.ok()?.next().await?.ok()?;
    Some(whole(&summed, "bytes"))
}
