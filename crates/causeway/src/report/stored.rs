//! What the database holds of a run. A collection that this user may not read is missing, and said
//! to be; the report is made of the rest.

use std::time::Duration;

use bson::{Bson, DateTime, Document, doc};
use causeway_core::migration::{BsonType, Migration, Step};
use causeway_core::runbook::RunRecord;
use futures_util::TryStreamExt;
use mongodb::error::Result as Answer;
use mongodb::options::CountOptions;

use super::inputs::{Adoption, Approval};
use super::moments;
use crate::maintenance::period::Period;
use crate::notices::{Notice, store};
use crate::runs;
use crate::target::Target;
use crate::{archive, audit};

/// Entries that were committed with the data.
const JOURNAL: &str = "causeway_journal";
/// A count for a report must not keep a server busy.
const COUNT_MAX: Duration = Duration::from_secs(2);
/// So many of anything are read at most.
const DOCUMENTS_MAX: i64 = 1_000;

/// The run of the whole plan that began this `up` or `down`.
pub(super) async fn whole_run_of(target: &Target, run: &str) -> Answer<Option<Document>> {
    let names_it = doc! { "direction": "run", "$or": [{ "up": run }, { "down": run }] };
    runs::collection(target).find_one(names_it).sort(doc! { "started_at": -1 }).await
}

/// Notices of the run, and those of the maintenance that they belong to.
pub(super) async fn notices(target: &Target, run: &RunRecord) -> Answer<(Vec<Notice>, usize)> {
    let notices = target.database.collection::<Document>(store::COLLECTION);
    let mut its = vec![doc! { "run": &run.id }];
    if let Some(window) = &run.window {
        its.push(doc! { "window.start": window.start });
    }
    let named = notices.distinct("maintenance", doc! { "$or": its }).await?;
    let filter = doc! { "maintenance": { "$in": named } };
    let found = notices.find(filter).sort(doc! { "maintenance": 1, "seq": 1 }).limit(DOCUMENTS_MAX);
    let found: Vec<Document> = found.await?.try_collect().await?;
    let all = found.len();
    let read: Vec<Notice> =
        found.into_iter().filter_map(|it| bson::deserialize_from_document(it).ok()).collect();
    let unread = all - read.len();
    Ok((read, unread))
}

/// Periods of maintenance that were the run's, or in its time.
pub(super) fn of_run(periods: Vec<Period>, run: &RunRecord, until: DateTime) -> Vec<Period> {
    let mut of_it: Vec<Period> = periods
        .into_iter()
        .filter(|period| match &period.run {
            Some(id) => *id == run.id,
            None => period.began < until && run.started_at < period.ended,
        })
        .collect();
    of_it.sort_by_key(|period| period.began);
    of_it
}

/// What was asked and answered while the run lasted.
pub(super) async fn approvals(
    target: &Target,
    run: &RunRecord,
    until: DateTime,
) -> Answer<Vec<Approval>> {
    let meanwhile = doc! { "$or": [
        { "run": &run.id },
        { "at": { "$gte": run.started_at, "$lte": until } },
    ] };
    let audit = audit::collection(target);
    let asked = audit.find(meanwhile);
    let asked: Vec<Document> =
        asked.sort(doc! { "at": 1 }).limit(DOCUMENTS_MAX).await?.try_collect().await?;
    Ok(asked.iter().filter_map(approval).collect())
}

fn approval(document: &Document) -> Option<Approval> {
    let text = |key: &str| document.get_str(key).unwrap_or("?").to_owned();
    let how = match document.get_str("approval").ok()? {
        "typed" => "typed the database's name".to_owned(),
        "--yes" => "gave --yes".to_owned(),
        other => other.to_owned(),
    };
    let (what, command) = (document.get_str("what").ok(), text("command"));
    Some(Approval {
        at: moments::timestamp(*document.get_datetime("at").ok()?),
        operator: text("operator"),
        host: text("host"),
        what: what.map_or(command, str::to_owned),
        how,
    })
}

/// Values of earlier rollbacks that wait for a decision.
pub(super) async fn conflicts_open(target: &Target, version: &str) -> Answer<u64> {
    let open = doc! { "version": version, "kind": archive::Kind::TakenAway.word(),
    "conflicts": { "$type": "array" } };
    let count = vec![
        doc! { "$match": open },
        doc! { "$group": { "_id": Bson::Null, "number": { "$sum": { "$size": "$conflicts" } } } },
    ];
    let mut counted = archive::collection(target).aggregate(count).max_time(COUNT_MAX).await?;
    Ok(counted.try_next().await?.as_ref().and_then(number).unwrap_or_default())
}

/// Documents that a run changed, by the entries that were committed with the data; none where there
/// are no entries.
pub(super) async fn committed(target: &Target, run: &str) -> Answer<Option<u64>> {
    let sum = vec![
        doc! { "$match": { "_id.run": run } },
        doc! { "$group": { "_id": Bson::Null, "number": { "$sum": "$changed" } } },
    ];
    let journal = target.database.collection::<Document>(JOURNAL);
    let mut summed = journal.aggregate(sum).max_time(COUNT_MAX).await?;
    Ok(summed.try_next().await?.as_ref().and_then(number))
}

fn number(counted: &Document) -> Option<u64> {
    match counted.get("number")? {
        Bson::Int32(number) => u64::try_from(*number).ok(),
        Bson::Int64(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// How the lists that the migration added are used by now.
pub(super) async fn adoption(target: &Target, migration: &Migration) -> Vec<Adoption> {
    let mut found = Vec::new();
    for step in &migration.steps {
        let Step::AddField(step) = step else { continue };
        if step.bson_type != BsonType::Array {
            continue;
        }
        let documents = target.database.collection::<Document>(step.collection.as_str());
        let field = step.field.as_str();
        let holds_something =
            doc! { field: { "$type": "array" }, format!("{field}.0"): { "$exists": true } };
        let options = CountOptions::builder().max_time(COUNT_MAX).build();
        found.push(Adoption {
            collection: step.collection.to_string(),
            field: field.to_owned(),
            used: documents.count_documents(holds_something).with_options(options).await.ok(),
            documents: documents.estimated_document_count().max_time(COUNT_MAX).await.ok(),
        });
    }
    found
}
