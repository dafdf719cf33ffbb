//! Metadata of one collection: what it is, its size, its indexes, its validator.

use bson::{RawDocument, RawDocumentBuf, doc};
use causeway_core::index::IndexDefinition;
use causeway_core::inventory::{CollectionFacts, CollectionKind, Known};
use futures_util::TryStreamExt;

use super::whole;
use crate::failure::{Attempt, Result};
use crate::maintenance::fence;
use crate::permitted::{Need, aggregate, away};
use crate::target::Target;

pub(super) async fn read(target: &Target, name: &str) -> Result<CollectionFacts> {
    let command = doc! { "listCollections": 1, "filter": { "name": name }, "cursor": {} };
    let listed = fence::listed(target, command).await?;
    let Some(listed) = listed.first() else { return Ok(CollectionFacts::missing()) };
    let mut facts = described(listed);
    facts.largest_document = Known::unknown("documents were not read");
    if facts.kind != CollectionKind::Collection {
        return Ok(facts);
    }
    facts.indexes = indexes(target, name).await?;
    let pipeline = vec![doc! { "$collStats": { "storageStats": {}, "count": {} } }];
    let stats = aggregate(&target.database, name, pipeline, Need::read("collStats")).await?;
    for shard in stats.get().into_iter().flatten() {
        facts.documents += whole(shard, "count");
        if let Ok(storage) = shard.get_document("storageStats") {
            facts.bytes += whole(storage, "size");
        }
    }
    Ok(facts)
}

fn described(listed: &RawDocument) -> CollectionFacts {
    let options = listed.get_document("options").ok();
    let option = |name: &str| options.and_then(|options| options.get_str(name).ok());
    let uuid = listed.get_document("info").ok().and_then(|info| info.get_binary("uuid").ok());
    CollectionFacts {
        kind: match listed.get_str("type") {
            Ok("view") => CollectionKind::View,
            Ok("timeseries") => CollectionKind::TimeSeries,
            _ if options
                .is_some_and(|options| matches!(options.get("clusteredIndex"), Ok(Some(_)))) =>
            {
                CollectionKind::Clustered
            }
            _ => CollectionKind::Collection,
        },
        capped: options.is_some_and(|options| options.get_bool("capped").unwrap_or(false)),
        uuid: uuid.map(|uuid| uuid.bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        validator: options
            .and_then(|options| options.get_document("validator").ok())
            .filter(|validator| !validator.is_empty())
            .map(RawDocument::to_owned),
        validation_level: option("validationLevel").map(str::to_owned),
        validation_action: option("validationAction").map(str::to_owned),
        ..CollectionFacts::missing()
    }
}

async fn indexes(target: &Target, name: &str) -> Result<Vec<IndexDefinition>> {
    let listed =
        raw_cursor(target, doc! { "listIndexes": name, "cursor": {} }, "listIndexes").await?;
    listed
        .iter()
        .map(|index| {
            IndexDefinition::from_server(index)
                .attempt(|| format!("read the definition of an index of {name}"))
        })
        .collect()
}

/// All documents of a command's cursor, byte for byte.
pub(crate) async fn raw_cursor(
    target: &Target,
    command: bson::Document,
    name: &str,
) -> Result<Vec<RawDocumentBuf>> {
    let cursor = target.database.run_cursor_command(command).await;
    let documents = match cursor {
        Ok(cursor) => cursor.with_type::<RawDocumentBuf>().try_collect().await,
        Err(error) => Err(error),
    };
    documents.map_err(|error| away(name, error))
}
