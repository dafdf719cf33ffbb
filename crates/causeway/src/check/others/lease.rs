//! Whether a runner holds the lease, by the server's clock.

use bson::{Document, doc};
use causeway_core::answer::Answer;

use super::or_unknown;
use crate::check::findings::Findings;
use crate::failure::Result;
use crate::lease::{COLLECTION, LEASE_ID};
use crate::permitted::{Need, aggregate};
use crate::target::Target;

pub(in crate::check) async fn lease(target: &Target) -> Result<Answer> {
    let mut findings = Findings::new("lease", "does another runner hold the lease?");
    let pipeline = vec![
        doc! { "$match": { "_id": LEASE_ID } },
        doc! { "$set": {
            "held": { "$and": [
                { "$ne": ["$released", true] }, { "$gt": ["$expires_at", "$$NOW"] },
            ] },
            "left": { "$subtract": ["$expires_at", "$$NOW"] },
        } },
    ];
    let found = aggregate(&target.database, COLLECTION, pipeline, Need::read("find")).await?;
    let Some(found) = or_unknown(found, &mut findings) else { return Ok(findings.answer()) };
    match found.first() {
        None => findings.ok("nobody ever held it"),
        Some(lease) if lease.get_bool("held").unwrap_or(false) => findings.refuse(
            format!("held by {}", holder(lease)),
            "wait until it ends; if that process is dead the lease expires by itself, or: causeway unlock",
        ),
        Some(_) => findings.ok("free"),
    }
    Ok(findings.answer())
}

/// Who has it, since when, and for how long.
fn holder(lease: &Document) -> String {
    let holder = lease.get_document("holder").ok();
    let text = |key: &str| {
        holder.and_then(|holder| holder.get(key)).map(|value| match value {
            bson::Bson::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let or_unknown = |key: &str| text(key).unwrap_or_else(|| "unknown".to_owned());
    let since = lease.get_datetime("acquired_at").ok().map(ToString::to_string);
    format!(
        "run {} ({} by {} on {}, pid {}) since {}, {:.0} s left",
        or_unknown("run"),
        or_unknown("command"),
        or_unknown("operator"),
        or_unknown("host"),
        or_unknown("pid"),
        since.as_deref().unwrap_or("unknown"),
        crate::inventory::number(lease, "left").unwrap_or(0.0) / 1e3
    )
}
