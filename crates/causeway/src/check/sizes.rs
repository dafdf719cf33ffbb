//! Whether a document would grow beyond what the server stores.

use bson::doc;
use causeway_core::answer::Answer;
use causeway_core::inventory::{CollectionFacts, Known};
use causeway_core::plan::growth_bytes;

use super::Facts;
use super::amounts::bytes;
use super::findings::Findings;
use crate::failure::Result;
use crate::inventory::samples;

/// Room that the application needs to go on changing a document.
const ROOM_BYTES: u64 = 1_048_576;

pub(super) async fn near_limit(facts: &Facts<'_>) -> Result<Answer> {
    let mut findings = Findings::new("document size", "does every document have room to grow?");
    for (name, found) in &facts.inventory.collections {
        match &found.largest_document {
            Known::Unknown { .. } => {
                findings.ok(format!(
                    "{name} not measured here; up reads every document before it writes"
                ));
            }
            Known::Known(largest) => judge(facts, (name, found, *largest), &mut findings).await?,
        }
    }
    Ok(findings.answer())
}

async fn judge(
    facts: &Facts<'_>,
    (name, found, largest): (&str, &CollectionFacts, u64),
    findings: &mut Findings,
) -> Result<()> {
    let growth: u64 = facts
        .migration
        .steps
        .iter()
        .filter(|step| step.collection().as_str() == name)
        .map(|step| growth_bytes(step, found))
        .sum();
    let max = facts.inventory.document_bytes_max;
    let evidence = format!("{name}: the largest has {}, grows by {growth} bytes", bytes(largest));
    let room = max.saturating_sub(growth);
    if largest + ROOM_BYTES <= max {
        findings.ok(evidence);
        return Ok(());
    }
    let limit = i64::try_from(room.min(max - ROOM_BYTES)).unwrap_or(i64::MAX);
    let large = doc! { "$gt": [{ "$bsonSize": "$$ROOT" }, limit] };
    let ids = samples(facts.target, name, large).await?.join(", ");
    let evidence = format!("{evidence}; the server stores {}: {ids}", bytes(max));
    let recipe =
        "make them smaller: move what has grown (a history, say) to a collection of its own";
    if largest > room {
        findings.refuse(evidence, recipe);
    } else {
        findings.warn(evidence, recipe);
    }
    Ok(())
}
