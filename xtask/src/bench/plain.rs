//! What somebody with the driver and no causeway would do: the floor.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use bson::{Bson, Document, doc};
use mongodb::{Collection, Database, options::WriteConcern};

use super::stage::Stage;
use crate::raw;

const INDEX: &str = "selected_events_event_id_idx";
const RESTORED_AT_ONCE: usize = 1_000;

/// One `updateMany` and one `createIndexes`, majority. Returns the seconds.
pub(super) async fn up(stage: &Stage) -> Result<f64> {
    let begun = Instant::now();
    let done = quotes(&stage.database)
        .update_many(
            doc! { "selectedEvents": { "$exists": false } },
            doc! { "$set": { "selectedEvents": [] } },
        )
        .await
        .context("add the field with one updateMany")?;
    let command = doc! {
        "createIndexes": "quotes",
        "indexes": [{ "key": { "selectedEvents.eventId": 1 }, "name": INDEX, "sparse": true }],
        "writeConcern": { "w": "majority" },
    };
    stage.database.run_command(command).await.context("create the index")?;
    let seconds = begun.elapsed().as_secs_f64();
    let expected = stage.loaded.quotes() - stage.had_before.len() as u64;
    ensure!(done.modified_count == expected, "{} quotes were changed", done.modified_count);
    Ok(seconds)
}

/// One `updateMany` with `$unset` and one `dropIndexes`, majority. Returns the seconds. The values
/// that it takes from quotes that had the field before are put back unmeasured.
pub(super) async fn down(stage: &Stage) -> Result<f64> {
    let begun = Instant::now();
    let done = quotes(&stage.database)
        .update_many(doc! {}, doc! { "$unset": { "selectedEvents": "" } })
        .await
        .context("remove the field with one updateMany")?;
    let command = doc! {
        "dropIndexes": "quotes", "index": INDEX, "writeConcern": { "w": "majority" },
    };
    stage.database.run_command(command).await.context("drop the index")?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(
        done.modified_count == stage.loaded.quotes(),
        "{} quotes were changed",
        done.modified_count
    );
    put_back(stage).await?;
    Ok(seconds)
}

async fn put_back(stage: &Stage) -> Result<()> {
    for some in stage.had_before.chunks(RESTORED_AT_ONCE) {
        let updates = some
            .iter()
            .map(|(id, value)| {
                let (id, value) = (Bson::try_from(id.clone())?, Bson::try_from(value.clone())?);
                // `$literal` and `$eq`, because a value or an id may look like operators.
                let set = doc! { "$set": { "selectedEvents": { "$literal": value } } };
                Ok(doc! { "q": { "_id": { "$eq": id } }, "u": [set] })
            })
            .collect::<Result<Vec<Document>>>()?;
        let command = doc! {
            "update": "quotes", "updates": updates, "bypassDocumentValidation": true,
            "writeConcern": { "w": "majority" },
        };
        let reply = stage.database.run_command(command).await.context("put values back")?;
        let restored = reply.get_i32("n").context("read how many were put back")?;
        ensure!(usize::try_from(restored) == Ok(some.len()), "{restored} values were put back");
    }
    Ok(())
}

/// Every document once, raw, in one cursor. Returns the seconds.
pub(super) async fn read(stage: &Stage) -> Result<f64> {
    let begun = Instant::now();
    let (documents, _) = raw::read(&stage.database, "quotes", |_| {}).await?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(documents == stage.loaded.quotes(), "{documents} quotes were read");
    Ok(seconds)
}

fn quotes(database: &Database) -> Collection<Document> {
    let majority = mongodb::options::CollectionOptions::builder()
        .write_concern(WriteConcern::majority())
        .build();
    database.collection_with_options("quotes", majority)
}
