//! Whether the collections are there, and are collections.

use causeway_core::answer::Answer;
use causeway_core::inventory::CollectionKind;

use super::Facts;
use super::amounts::{bytes, documents};
use super::findings::Findings;

pub(super) fn present(facts: &Facts<'_>) -> Answer {
    let mut findings = Findings::new("collections", "are the collections there?");
    for (name, found) in &facts.inventory.collections {
        match found.kind {
            CollectionKind::Missing => findings.refuse(
                format!("there is no collection {name} in {}", facts.inventory.database),
                "is it the right database? an application that has not been started yet makes it at \
                 its first start",
            ),
            CollectionKind::View => findings.refuse(
                format!("{name} is a view: it has no documents of its own"),
                "name the collection that the view reads from",
            ),
            CollectionKind::TimeSeries => findings.refuse(
                format!("{name} is a time-series collection: its documents can't be updated one by one"),
                "write a new collection with the field, and rename it",
            ),
            CollectionKind::Clustered => findings.refuse(
                format!("{name} is clustered: it has no index on _id to read and change documents by"),
                "copy it to a collection that is not clustered, and rename that",
            ),
            CollectionKind::Collection if found.capped => findings.refuse(
                format!("{name} is capped: its documents can't grow, and the oldest are forgotten"),
                "copy it to a collection that is not capped, and rename that",
            ),
            CollectionKind::Collection => {
                findings.ok(format!("{name} with {}, {}", documents(found.documents), bytes(found.bytes)));
            }
        }
    }
    findings.answer()
}
