//! What a restore would lose: everything written since the moment of the backup, as the change stream
//! knows it.

use std::collections::BTreeMap;

use bson::{Bson, Timestamp, doc};
use causeway_core::backup::Moment;
use causeway_core::backup::manifest::Kind;

use super::contents::Stored;
use super::is_own;
use crate::causes::each_event;
use crate::clock::thousands;
use crate::context::Context;
use crate::failure::{Attempt, Result};
use crate::runs;
use crate::scan;
use crate::target::Target;

/// Changes of one collection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    created: u64,
    changed: u64,
    deleted: u64,
    /// How often it was dropped or renamed.
    dropped: u64,
}

/// What was written since a moment, by others than Causeway.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// By collection.
    pub(crate) changes: BTreeMap<String, Changes>,
    /// Why that is not all that is known to have been written.
    pub(crate) unknown: Option<String>,
}

impl Losses {
    /// In words; none where nobody wrote anything.
    pub(crate) fn words(&self) -> Option<String> {
        let words = |(name, changes): (&String, &Changes)| {
            let kinds = [
                (changes.created, "created"),
                (changes.changed, "changed"),
                (changes.deleted, "deleted"),
                (changes.dropped, "times dropped or renamed"),
            ];
            let told = kinds.iter().filter(|(many, _)| *many > 0);
            let told: Vec<String> =
                told.map(|(many, what)| format!("{} {what}", thousands(*many))).collect();
            format!("{name}: {}", told.join(", "))
        };
        let all: Vec<String> = self.changes.iter().map(words).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// What was written to the application's collections since `moment`.
///
/// # Errors
/// When the server can't be asked; a history that can't be read is [`Losses::unknown`].
pub(crate) async fn since(target: &Target, moment: Moment) -> Result<Losses> {
    let from = Timestamp { time: moment.seconds, increment: moment.increment };
    let to = scan::now(target).await?;
    let own = runs::collection(target)
        .distinct("sessions", doc! {})
        .await
        .attempt(|| format!("read the sessions of runs of {}", target.name()))?;
    let stages = vec![
        doc! { "$changeStream": { "startAtOperationTime": from } },
        doc! { "$match": { "lsid.id": { "$nin": own } } },
        doc! { "$project": { "operationType": 1, "ns": 1, "clusterTime": 1 } },
    ];
    let mut losses = Losses::default();
    let all = Bson::Int32(1);
    losses.unknown = each_event(target, (all, stages), (from, to), |kind, event| {
        let space = event.get_document("ns").ok();
        let name = space.and_then(|space| space.get_str("coll").ok()).unwrap_or_default();
        if is_own(name) {
            return Ok(None);
        }
        let changes = losses.changes.entry(name.to_owned()).or_default();
        match kind {
            "insert" => changes.created += 1,
            "update" | "replace" => changes.changed += 1,
            "delete" => changes.deleted += 1,
            "drop" | "rename" => changes.dropped += 1,
            // Indexes and options are put right as well; nobody entered them.
            _ => {
                if *changes == Changes::default() {
                    losses.changes.remove(name);
                }
            }
        }
        Ok(None)
    })
    .await?;
    Ok(losses)
}

/// Says what would be lost, before anybody is asked.
///
/// # Errors
/// When the server can't be asked.
pub(super) async fn tell(
    context: &Context,
    moment: Option<Moment>,
    chosen: &BTreeMap<String, Stored>,
) -> Result<()> {
    let Some(moment) = moment else {
        context.reporter.warning("what was written since is lost; nothing tells what that is");
        return Ok(());
    };
    let mut losses = since(&context.target, moment).await?;
    losses.changes.retain(|name, _| chosen.contains_key(name));
    if let Some(why) = &losses.unknown {
        context.reporter.warning(format!(
            "what was written since is lost, and not all of it can be told: {why}"
        ));
    }
    let untold: Vec<&str> =
        chosen.iter().filter(|it| is_untold(*it)).map(|(name, _)| name.as_str()).collect();
    if !untold.is_empty() {
        context.reporter.warning(format!(
            "no history tells what was written since to {}; that is lost, too",
            untold.join(", ")
        ));
    }
    match losses.words() {
        Some(words) => context.reporter.warning(format!("lost would be, since then: {words}")),
        None if losses.unknown.is_none() && untold.is_empty() => {
            context.reporter.fact("loses", "nothing: nobody wrote to these collections since");
        }
        None => {}
    }
    Ok(())
}

/// Whether no change stream tells what happens to it.
fn is_untold((name, stored): (&String, &Stored)) -> bool {
    stored.definition.kind == Kind::Timeseries || name == "system.js"
}
