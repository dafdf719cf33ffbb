//! Who else writes to the collections, and how much.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bson::{Document, doc};
use causeway_core::answer::Answer;
use causeway_core::inventory::{CollectionKind, Known};

use super::findings::Findings;
use super::{Facts, Patience};
use crate::failure::Result;
use crate::inventory::number;
use crate::permitted::{Need, aggregate};

/// Clients that are named where there are many.
const CLIENTS_MAX: usize = 6;

/// Takes two samples of the server's own count of writes.
pub(super) async fn writing(facts: &Facts<'_>, patience: Patience) -> Result<Answer> {
    let mut findings = Findings::new("writers", "who else writes to these collections?");
    let apart = match patience {
        Patience::Seconds => Duration::from_secs(1),
        Patience::Moment => Duration::from_millis(200),
    };
    let started = Instant::now();
    let before = sample(facts).await?;
    tokio::time::sleep(apart).await;
    let after = sample(facts).await?;
    let seconds = started.elapsed().as_secs_f64();
    let clients = clients(facts);
    for (name, count) in &after {
        let (count, earlier) = match (count, before.get(name)) {
            (Known::Known(count), Some(Known::Known(earlier))) => (count, earlier),
            (Known::Unknown { why }, _) | (_, Some(Known::Unknown { why })) => {
                findings.unknown(why);
                continue;
            }
            (Known::Known(_), None) => continue,
        };
        let per_second = (count - earlier).max(0.0) / seconds;
        if per_second > 0.0 {
            findings.warn(
                format!("{per_second:.1} writes/s on {name}; {clients}"),
                "fine online: what they write meanwhile is changed as well, unless documents without the \
                 new fields come faster than a look through the collection takes; stop them for a \
                 maintenance run",
            );
        } else {
            findings.ok(format!("no write to {name} within {seconds:.1} s; {clients}"));
        }
    }
    Ok(findings.answer())
}

/// Writes so far, by collection: operations, not documents.
async fn sample(facts: &Facts<'_>) -> Result<BTreeMap<String, Known<f64>>> {
    let mut counts = BTreeMap::new();
    for (name, found) in &facts.inventory.collections {
        if found.kind != CollectionKind::Collection {
            continue;
        }
        let pipeline = vec![doc! { "$collStats": { "latencyStats": {} } }];
        let stats =
            aggregate(&facts.target.database, name.as_str(), pipeline, Need::read("collStats"))
                .await?;
        counts.insert(name.clone(), stats.map(|shards| shards.iter().map(writes).sum()));
    }
    Ok(counts)
}

fn writes(shard: &Document) -> f64 {
    let writes = shard
        .get_document("latencyStats")
        .and_then(|latency| latency.get_document("writes"))
        .ok()
        .and_then(|writes| number(writes, "ops"));
    writes.unwrap_or(0.0)
}

/// Who is connected: application and host, without the members of the set and ourselves.
fn clients(facts: &Facts<'_>) -> String {
    let operations = match &facts.seen.operations {
        Known::Known(operations) => operations,
        Known::Unknown { why } => return format!("who is connected is unknown: {why}"),
    };
    let mut clients: BTreeMap<String, usize> = BTreeMap::new();
    for operation in operations {
        let Ok(client) = operation.get_str("client") else { continue };
        let application = operation.get_str("appName").unwrap_or("unnamed");
        if application == "causeway" || is_member(operation) {
            continue;
        }
        let host = client.rsplit_once(':').map_or(client, |(host, _port)| host);
        *clients.entry(format!("{application}@{host}")).or_default() += 1;
    }
    if clients.is_empty() {
        return "nobody else is connected".to_owned();
    }
    let more = clients.len().saturating_sub(CLIENTS_MAX);
    let mut named: Vec<String> = clients
        .into_iter()
        .take(CLIENTS_MAX)
        .map(|(name, times)| format!("\"{name}\" ({times})"))
        .collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    format!("connected: {}", named.join(", "))
}

/// Connections among the members of a set say in their metadata that they are the server's own.
fn is_member(operation: &Document) -> bool {
    let driver = operation
        .get_document("clientMetadata")
        .and_then(|metadata| metadata.get_document("driver"))
        .and_then(|driver| driver.get_str("name"));
    driver
        .is_ok_and(|name| name.contains("NetworkInterfaceTL") || name.contains("MongoDB Internal"))
}
