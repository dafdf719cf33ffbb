//! Operations under way that an index build or a validator change would wait for, or block.

use bson::Document;
use causeway_core::answer::Answer;
use causeway_core::inventory::Known;

use crate::check::Facts;
use crate::check::findings::Findings;
use crate::inventory::{number, whole};

/// Commands that take, or wait for, an exclusive lock on a collection, or change what it is.
const BUSY: [&str; 8] = [
    "createIndexes",
    "dropIndexes",
    "collMod",
    "compact",
    "validate",
    "renameCollection",
    "convertToCapped",
    "reIndex",
];
/// How the server names the thread of an index build.
const INDEX_BUILD: &str = "IndexBuildsCoordinator";

pub(in crate::check) fn operations(facts: &Facts<'_>) -> Answer {
    let mut findings =
        Findings::new("operations", "is an index being built, or a collection being changed?");
    let operations = match &facts.seen.operations {
        Known::Known(operations) => operations,
        Known::Unknown { why } => {
            findings.unknown(why);
            return findings.answer();
        }
    };
    let database = facts.target.name();
    for operation in operations {
        let Some(busy) = busy(operation, database) else { continue };
        let touched = facts.inventory.collections.contains_key(busy.collection);
        let evidence = format!(
            "{} on {} for {:.0} s (operation {}, {})",
            busy.what,
            busy.collection,
            number(operation, "secs_running").unwrap_or(0.0),
            whole(operation, "opid"),
            operation.get_str("appName").unwrap_or("no application name")
        );
        let recipe = format!(
            "wait until it is done; or stop it: db.adminCommand({{ killOp: 1, op: {} }})",
            whole(operation, "opid")
        );
        if touched {
            findings.refuse(evidence, recipe);
        } else {
            findings.warn(evidence, recipe);
        }
    }
    findings.ok("none");
    findings.answer()
}

struct Busy<'a> {
    what: &'a str,
    collection: &'a str,
}

fn busy<'a>(operation: &'a Document, database: &str) -> Option<Busy<'a>> {
    let namespace = operation.get_str("ns").ok()?;
    let within = namespace.strip_prefix(database)?.strip_prefix('.')?;
    let command = operation.get_document("command").ok();
    let named = command.and_then(|command| {
        let what = BUSY.into_iter().find(|name| command.contains_key(name))?;
        Some((what, command.get_str(what).unwrap_or(within)))
    });
    if let Some((what, collection)) = named {
        return Some(Busy { what, collection });
    }
    let building = operation.get_str("desc").is_ok_and(|desc| desc.starts_with(INDEX_BUILD));
    building.then_some(Busy { what: "an index build", collection: within })
}
