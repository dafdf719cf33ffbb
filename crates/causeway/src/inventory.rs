//! Reads everything that a plan and the checks rest on. Writes nothing, and works with the role
//! `read` alone: what may not be read is unknown, with the privilege named.

use std::collections::{BTreeMap, BTreeSet};

use causeway_core::inventory::{ApplicationFacts, Depth, Inventory, RecordFacts, RecordStatus};
use causeway_core::migration::{Migration, Version};

use crate::failure::Result;
use crate::records;
use crate::target::Target;

mod census;
pub(crate) mod collections;
mod server;

pub(crate) use census::samples;
pub(crate) use server::{number, whole};

/// Reads the inventory of one database for one migration.
///
/// # Errors
/// Refused when the server can't be reached or has no primary.
pub async fn take(target: &Target, migration: &Migration, depth: Depth) -> Result<Inventory> {
    let names: BTreeSet<&str> =
        migration.steps.iter().map(|step| step.collection().as_str()).collect();
    let mut collections = BTreeMap::new();
    for name in names {
        let mut facts = collections::read(target, name).await?;
        if depth == Depth::Full {
            census::count(target, migration, name, &mut facts).await?;
        }
        collections.insert(name.to_owned(), facts);
    }
    let records = records::read(target).await?;
    Ok(Inventory {
        depth,
        host: target.shown.host.clone(),
        database: target.name().to_owned(),
        replica_set: target.server.replica_set.clone(),
        members: u32::try_from(target.server.hosts.len()).unwrap_or(u32::MAX),
        server_version: target.server.version,
        sharded: target.server.sharded,
        document_bytes_max: target.server.document_bytes_max,
        collections,
        application: application(&records, &migration.version),
        records,
        oplog: server::oplog(target).await?,
        disk: server::disk(target).await?,
    })
}

/// What the records say of `version`, unless it was never applied or was rolled back.
fn application(records: &[RecordFacts], version: &Version) -> Option<ApplicationFacts> {
    let record = records.iter().rfind(|record| record.is_of(version))?;
    match record.status {
        RecordStatus::RolledBack => None,
        RecordStatus::Running
        | RecordStatus::Completed
        | RecordStatus::Failed
        | RecordStatus::Other(_) => Some(ApplicationFacts {
            run: record.run.clone(),
            status: record.status.clone(),
            applied_at: record.applied_at.clone(),
        }),
    }
}
