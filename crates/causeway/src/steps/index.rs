//! `create_index` and `drop_index`, both ways. Indexes are recognised by definition.
//!
//! Before an index is dropped its definition is kept with the application, raw: undo makes exactly
//! that index again.

use std::time::{Duration, Instant};

use bson::{Bson, Document, RawDocumentBuf, doc};
use causeway_core::index::{IndexDefinition, IndexFinding, classify};
use causeway_core::journal::Deed;
use causeway_core::plan::ReplaceIndex;
use futures_util::StreamExt;
use mongodb::options::ReadConcern;

use super::engine::Engine;
use crate::failure::{Attempt, Failure, Result};
use crate::runs;
use crate::target::Target;

/// Dropping waits for operations on the collection and makes new ones wait: give up soon, retry.
const DROP_WAIT_MS: i64 = 5_000;
const DROP_TRIES_MAX: u32 = 12;
const NOT_FOUND: i32 = 27;
const MAX_TIME_EXPIRED: i32 = 50;

/// Indexes of a collection as the server lists them, with their raw definitions.
///
/// # Errors
/// When they can't be listed.
pub async fn list(target: &Target, collection: &str) -> Result<Vec<IndexDefinition>> {
    let listing = || format!("list the indexes of {collection}");
    let command = doc! { "listIndexes": collection };
    let mut cursor = match target.database.run_cursor_command(command).await {
        Ok(cursor) => cursor,
        Err(error) if code_of(&error) == Some(26) => return Ok(Vec::new()),
        Err(error) => return Err(error).attempt(listing),
    };
    let mut indexes = Vec::new();
    while let Some(index) = cursor.next().await {
        let raw = RawDocumentBuf::try_from(&index.attempt(listing)?).attempt(listing)?;
        indexes.push(IndexDefinition::from_server(&raw).attempt(listing)?);
    }
    Ok(indexes)
}

/// Makes the index, in place of rivals where that is allowed. Says what it did.
///
/// # Errors
/// Stopped when something stands in the way by now, or the server refuses.
pub async fn create(
    engine: &Engine<'_>,
    step: usize,
    (wanted, replace): (&IndexDefinition, ReplaceIndex),
) -> Result<String> {
    let cleared = clear_the_way(engine, step, (wanted, replace)).await?;
    if cleared == Cleared::IsThere {
        return Ok(format!("{} was there already", wanted.name));
    }
    let wanted =
        &if wanted.takes_collation() { wanted.clone() } else { wanted.with_collation_said() };
    build(engine, step, wanted).await?;
    let replaced: Vec<String> =
        dropped(engine, step).await?.into_iter().map(|it| it.name).collect();
    Ok(if replaced.is_empty() {
        format!("{} {}", wanted.name, wanted.describe())
    } else {
        format!("{} in place of {}", wanted.name, replaced.join(", "))
    })
}

/// What was found in the way of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cleared {
    /// The index itself.
    IsThere,
    /// These, which were dropped; none means that the way was free.
    Dropped(Vec<String>),
}

/// Drops what stands in the way of an index, where that is allowed. Done before any document is
/// changed: with an index on the field the server takes several times as long for each document.
///
/// # Errors
/// Stopped when something stands in the way that may not go, or the server refuses.
pub async fn clear_the_way(
    engine: &Engine<'_>,
    step: usize,
    (wanted, replace): (&IndexDefinition, ReplaceIndex),
) -> Result<Cleared> {
    let collection = engine.migration.steps[step].collection().as_str();
    let mut present = list(&engine.context.target, collection).await?;
    let mut names = Vec::new();
    // A taken name and a rival can both be there: one goes at a time.
    loop {
        let in_the_way = match classify(wanted, &present) {
            IndexFinding::Present => return Ok(Cleared::IsThere),
            IndexFinding::Missing | IndexFinding::RivalDifferent { may_coexist: true, .. } => {
                return Ok(Cleared::Dropped(names));
            }
            IndexFinding::Rival { name } => name,
            IndexFinding::RivalDifferent { name, difference, .. } => {
                allowed(replace, &name, &difference)?;
                name
            }
            IndexFinding::NameTaken { present, difference } => {
                allowed(replace, &present.name, &difference)?;
                present.name
            }
        };
        let Some(at) = present.iter().position(|index| index.name == in_the_way) else {
            return Err(Failure::unexpected(format!("index {in_the_way} is gone")));
        };
        let former = present.remove(at);
        keep_dropped(engine, step, &former).await?;
        drop_index(engine, step, &former.name).await?;
        names.push(former.name);
    }
}

fn allowed(replace: ReplaceIndex, name: &str, difference: &str) -> Result<()> {
    match replace {
        ReplaceIndex::Allow => Ok(()),
        ReplaceIndex::Refuse => Err(Failure::stopped(format!(
            "index {name} stands in the way and is another one: {difference}"
        ))
        .hint("drop it, or let it be replaced: --replace-index; the same command resumes")),
    }
}

/// Drops the index of the step. Says what it did.
///
/// # Errors
/// When the server refuses.
pub async fn remove(engine: &Engine<'_>, step: usize, name: &str) -> Result<String> {
    let collection = engine.migration.steps[step].collection().as_str();
    let present = list(&engine.context.target, collection).await?;
    let Some(former) = present.into_iter().find(|index| index.name == name) else {
        return Ok(format!("{name} was not there"));
    };
    keep_dropped(engine, step, &former).await?;
    drop_index(engine, step, name).await?;
    Ok(format!("{name} dropped; down makes it again"))
}

/// Undoes `create`: drops the index unless it was there before. Indexes that it replaced are made
/// again by [`restore_dropped`], after every document is back: the server changes documents
/// several times faster while no index holds the field.
///
/// # Errors
/// When the server refuses.
pub async fn undo_create(
    engine: &Engine<'_>,
    step: usize,
    wanted: &IndexDefinition,
    was_there: WasThere,
) -> Result<String> {
    let collection = engine.migration.steps[step].collection().as_str();
    let present = list(&engine.context.target, collection).await?;
    let wanted = &wanted.beside(&present);
    let ours = present.iter().find(|it| it.name == wanted.name && it.same_definition(wanted));
    Ok(match (ours, was_there) {
        (Some(_), WasThere::No) => {
            drop_index(engine, step, &wanted.name).await?;
            format!("{} dropped", wanted.name)
        }
        (Some(_), WasThere::Yes) => format!("{} was there before and stays", wanted.name),
        (None, _) => format!("{} is not there", wanted.name),
    })
}

/// Whether an index was there before the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasThere {
    /// It stays.
    Yes,
    /// It goes.
    No,
}

/// Makes indexes again that the step dropped; names them.
///
/// # Errors
/// When the server refuses.
pub async fn restore_dropped(engine: &Engine<'_>, step: usize) -> Result<Vec<String>> {
    let collection = engine.migration.steps[step].collection().as_str();
    let mut names = Vec::new();
    for former in dropped(engine, step).await? {
        let present = list(&engine.context.target, collection).await?;
        if !present.iter().any(|index| index.name == former.name) {
            build(engine, step, &former.with_collation_said()).await?;
            names.push(former.name);
        }
    }
    Ok(names)
}

async fn keep_dropped(engine: &Engine<'_>, step: usize, former: &IndexDefinition) -> Result<()> {
    let mut entry = former.to_create_command_entry();
    entry.append(bson::raw::cstr!("v"), 2_i32);
    let kept = doc! { "step": i64::try_from(step).expect("steps are few"),
    "name": &former.name, "definition": runs::raw_binary(&entry) };
    runs::collection(&engine.context.target)
        .update_one(
            doc! { "_id": engine.application },
            doc! { "$addToSet": { "dropped_indexes": kept } },
        )
        .await
        .attempt(|| format!("keep the definition of index {}", former.name))?;
    Ok(())
}

async fn dropped(engine: &Engine<'_>, step: usize) -> Result<Vec<IndexDefinition>> {
    let reading = || "read the definitions of dropped indexes".to_owned();
    let application = runs::collection(&engine.context.target)
        .find_one(doc! { "_id": engine.application })
        .await
        .attempt(reading)?
        .unwrap_or_default();
    let mut indexes = Vec::new();
    for kept in application.get_array("dropped_indexes").into_iter().flatten() {
        let kept = kept.as_document().cloned().unwrap_or_default();
        if kept.get_i64("step").ok() != i64::try_from(step).ok() {
            continue;
        }
        let bytes = kept.get_binary_generic("definition").attempt(reading)?;
        let raw = RawDocumentBuf::from_bytes(bytes.clone()).attempt(reading)?;
        indexes.push(IndexDefinition::from_server(&raw).attempt(reading)?);
    }
    Ok(indexes)
}

async fn build(engine: &Engine<'_>, step: usize, index: &IndexDefinition) -> Result<()> {
    let collection = engine.migration.steps[step].collection().as_str();
    let deed = Deed::Index { step, name: index.name.clone() };
    engine.governor.gate().await?;
    engine.lease.prove().await?;
    engine.journal.intend(&deed).await?;
    let mut command = bson::rawdoc! { "createIndexes": collection };
    let mut list = bson::RawArrayBuf::new();
    list.push(index.to_create_command_entry());
    command.append(bson::raw::cstr!("indexes"), list);
    command.append(bson::raw::cstr!("comment"), format!("causeway {} index", engine.run));
    command.append(bson::raw::cstr!("writeConcern"), bson::rawdoc! { "w": "majority" });
    // By itself the server waits for every voting member, for ever when one of them is down.
    command.append(bson::raw::cstr!("commitQuorum"), "majority");
    let target = &engine.context.target;
    let started = Instant::now();
    let building = target.database.run_raw_command(command).into_future();
    tokio::pin!(building);
    let mut said_slow = false;
    let built = loop {
        tokio::select! {
            built = &mut building => break built,
            () = tokio::time::sleep(Duration::from_millis(250)) => {}
        }
        if engine.context.interrupt.is_set() {
            // A build is stopped by dropping its index; nothing of it remains.
            let stop = doc! { "dropIndexes": collection, "index": &index.name };
            let _ = target.database.run_command(stop).await;
        }
        if !said_slow && started.elapsed() > Duration::from_secs(10) {
            said_slow = true;
            engine.context.reporter.warning(format!(
                "index {} of {collection} is being built for 10 s; {}",
                index.name,
                blockers(target).await
            ));
        }
    };
    match built {
        Ok(_) => {
            let seconds = started.elapsed().as_secs_f64();
            engine.journal.done(&deed, format!("built in {seconds:.1} s")).await
        }
        Err(error) => {
            engine.journal.not_done(&deed, error.to_string()).await?;
            Err(Failure::stopped(format!("failed to build index {} of {collection}", index.name))
                .because(error)
                .hint("remove the cause; what is done is done for good, the same command resumes"))
        }
    }
}

async fn drop_index(engine: &Engine<'_>, step: usize, name: &str) -> Result<()> {
    let collection = engine.migration.steps[step].collection().as_str();
    let deed = Deed::Index { step, name: name.to_owned() };
    engine.governor.gate().await?;
    engine.lease.prove().await?;
    engine.journal.intend(&deed).await?;
    for attempt in 1..=DROP_TRIES_MAX {
        let command = doc! { "dropIndexes": collection, "index": name, "maxTimeMS": DROP_WAIT_MS,
        "comment": format!("causeway {} index", engine.run),
        "writeConcern": { "w": "majority" } };
        let error = match engine.context.target.database.run_command(command).await {
            Ok(_) => return engine.journal.done(&deed, "dropped").await,
            Err(error) if code_of(&error) == Some(NOT_FOUND) => {
                return engine.journal.done(&deed, "was gone").await;
            }
            Err(error) => error,
        };
        if code_of(&error) == Some(MAX_TIME_EXPIRED) && attempt < DROP_TRIES_MAX {
            engine.context.reporter.warning(format!(
                "waiting to drop index {name} of {collection}; {}",
                blockers(&engine.context.target).await
            ));
            engine.governor.gate().await?;
            continue;
        }
        engine.journal.not_done(&deed, error.to_string()).await?;
        return Err(Failure::stopped(format!("failed to drop index {name} of {collection}"))
            .because(error)
            .hint("remove the cause; the same command resumes"));
    }
    Ok(())
}

/// The code of a command's error.
#[must_use]
pub fn code_of(error: &mongodb::error::Error) -> Option<i32> {
    match error.kind.as_ref() {
        mongodb::error::ErrorKind::Command(command) => Some(command.code),
        _ => None,
    }
}

/// Who holds the database up, as far as it may be seen.
pub async fn blockers(target: &Target) -> String {
    let pipeline = [
        doc! { "$currentOp": { "allUsers": true, "idleSessions": true } },
        doc! { "$match": { "$or": [ { "secs_running": { "$gte": 2 } },
        { "transaction.timeOpenMicros": { "$gte": 2_000_000_i64 } } ],
        "ns": { "$regex": format!("^{}\\.", target.name()) } } },
        doc! { "$limit": 3 },
    ];
    // Running operations have no other read concern than this.
    let local = ReadConcern::local();
    let Ok(mut cursor) = target.admin().aggregate(pipeline).read_concern(local).await else {
        return "who holds it up can't be seen with this user's roles".to_owned();
    };
    let mut seen = Vec::new();
    while let Some(Ok(operation)) = cursor.next().await {
        let word = |key: &str| operation.get_str(key).unwrap_or("?").to_owned();
        let number = operation.get("opid").map(Bson::to_string).unwrap_or_default();
        seen.push(format!(
            "{} of {} ({}, operation {number})",
            word("op"),
            word("appName"),
            word("client")
        ));
    }
    if seen.is_empty() {
        "no long operation is seen".to_owned()
    } else {
        format!("running: {}", seen.join("; "))
    }
}

/// What a listing looked like, kept before the first write.
#[must_use]
pub fn kept(indexes: &[IndexDefinition]) -> Bson {
    Bson::Array(
        indexes
            .iter()
            .map(|index| {
                Bson::Document(doc! { "name": &index.name,
                "definition": runs::raw_binary(&index.to_create_command_entry()) })
            })
            .collect(),
    )
}

/// Whether the listing kept holds this index.
#[must_use]
pub fn was_there(before: &Document, collection: &str, wanted: &IndexDefinition) -> WasThere {
    let listed = before
        .get_document("indexes")
        .and_then(|indexes| indexes.get_array(collection))
        .map(Vec::as_slice)
        .unwrap_or_default();
    let definitions: Vec<IndexDefinition> = listed
        .iter()
        .filter_map(Bson::as_document)
        .filter_map(|index| index.get_binary_generic("definition").ok())
        .filter_map(|bytes| RawDocumentBuf::from_bytes(bytes.clone()).ok())
        .filter_map(|raw| IndexDefinition::from_server(&raw).ok())
        .collect();
    let wanted = wanted.beside(&definitions);
    let same = definitions.iter().any(|it| it.name == wanted.name && it.same_definition(&wanted));
    if same { WasThere::Yes } else { WasThere::No }
}
