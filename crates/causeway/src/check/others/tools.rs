//! The locks of other migration tools: which of their collections exist and hold a lock.

use bson::{Bson, Document, doc};
use causeway_core::answer::Answer;

use super::or_unknown;
use crate::check::findings::Findings;
use crate::failure::Result;
use crate::permitted::{Need, aggregate, look};
use crate::target::Target;

/// Collection and tool; names compare without case.
const LOCKS: [(&str, &str); 7] = [
    ("changelog_lock", "migrate-mongo"),
    ("migrations_lock", "migrate-mongo"),
    ("mongockLock", "Mongock"),
    ("mongobeeLock", "Mongobee"),
    ("mongobeelock", "Mongobee"),
    ("DATABASECHANGELOGLOCK", "Liquibase"),
    ("migrate_advisory_lock", "golang-migrate"),
];

pub(in crate::check) async fn other_tools(target: &Target) -> Result<Answer> {
    let mut findings = Findings::new("other tools", "does another migration tool hold its lock?");
    let listing = doc! { "listCollections": 1, "nameOnly": true, "authorizedCollections": true,
    "cursor": { "batchSize": 100_000 } };
    let listed = look(&target.database, listing, Need::read("listCollections")).await?;
    let Some(listed) = or_unknown(listed, &mut findings) else { return Ok(findings.answer()) };
    for name in names(&listed) {
        let tool = LOCKS.iter().find(|(lock, _)| lock.eq_ignore_ascii_case(name));
        let Some((_, tool)) = tool else { continue };
        // Whoever says that a lock is not held says it in one of these ways.
        let held = doc! { "$match": {
            "locked": { "$ne": false },
            "status": { "$nin": ["LOCK_RELEASED", "RELEASED"] },
            "$expr": { "$or": [
                { "$ne": [{ "$type": "$expiresAt" }, "date"] },
                { "$gt": ["$expiresAt", "$$NOW"] },
            ] },
        } };
        let found =
            aggregate(&target.database, name, vec![held, doc! { "$limit": 3 }], Need::read("find"))
                .await?;
        let Some(found) = or_unknown(found, &mut findings) else { continue };
        if let Some(lock) = found.first() {
            findings.refuse(
                format!("{tool} holds its lock in {name}: {}", shown(lock)),
                format!(
                    "let {tool} finish; if it is dead, free its lock with its own command, or: \
                     db.getCollection({name:?}).deleteMany({{}})"
                ),
            );
        }
    }
    findings.ok("none");
    Ok(findings.answer())
}

fn names(listed: &Document) -> impl Iterator<Item = &str> {
    listed
        .get_document("cursor")
        .and_then(|cursor| cursor.get_array("firstBatch"))
        .into_iter()
        .flatten()
        .filter_map(Bson::as_document)
        .filter_map(|collection| collection.get_str("name").ok())
}

/// The lock as the tool wrote it, shortened to a line.
fn shown(lock: &Document) -> String {
    const CHARACTERS_MAX: usize = 160;
    let text = Bson::Document(lock.clone()).into_relaxed_extjson().to_string();
    match text.char_indices().nth(CHARACTERS_MAX) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
