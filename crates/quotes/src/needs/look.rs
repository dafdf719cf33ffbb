//! Which migrations the database lacks.

use bson::{Bson, Document, RawDocumentBuf, doc};
use causeway_core::{
    index::{IndexDefinition, IndexFinding, classify},
    inventory::RecordStatus,
    migration::{CreateIndex, Migration, Step, Version},
};
use futures_util::TryStreamExt as _;

use super::{Missing, migrations};
use crate::{failure::Failure, store::Store};

const NAMESPACE_NOT_FOUND: i32 = 26;

/// Looks for each migration: its indexes by what they are, whatever their names, everything else by a
/// record that says that it was completed, whoever wrote it.
///
/// # Errors
///
/// When the database does not answer.
pub async fn look(store: &Store) -> Result<Vec<Missing>, Failure> {
    let completed = completed(store).await?;
    let mut missing = Vec::new();
    for migration in migrations() {
        let parts = lacking(store, migration, &completed).await?;
        if !parts.is_empty() {
            let (version, title) = (migration.version.clone(), migration.title.clone());
            missing.push(Missing { version, title, parts });
        }
    }
    Ok(missing)
}

async fn lacking(
    store: &Store,
    migration: &Migration,
    completed: &[Version],
) -> Result<Vec<String>, Failure> {
    let mut parts = Vec::new();
    let applied = completed.iter().any(|version| version.is_same_number_as(&migration.version));
    for step in &migration.steps {
        match step {
            Step::CreateIndex(wanted) => {
                if !is_there(wanted, &indexes(store, wanted.collection.as_str()).await?) {
                    parts.push(format!("index {} on {}", wanted.index.name, wanted.collection));
                }
            }
            Step::AddField(_)
            | Step::RemoveField(_)
            | Step::RenameField(_)
            | Step::SetComputed(_)
            | Step::DropIndex(_)
            | Step::ExtendEnum(_) => {
                if !applied {
                    parts.push(step.title());
                }
            }
        }
    }
    Ok(parts)
}

fn is_there(wanted: &CreateIndex, present: &[IndexDefinition]) -> bool {
    match classify(&wanted.index, present) {
        IndexFinding::Present | IndexFinding::Rival { .. } => true,
        IndexFinding::Missing
        | IndexFinding::RivalDifferent { .. }
        | IndexFinding::NameTaken { .. } => false,
    }
}

/// The indexes of a collection; none where it is not there.
pub(crate) async fn indexes(
    store: &Store,
    collection: &str,
) -> Result<Vec<IndexDefinition>, Failure> {
    let command = doc! { "listIndexes": collection, "cursor": {} };
    let listed = async {
        match store.database().run_cursor_command(command).await {
            Ok(cursor) => cursor.try_collect().await,
            Err(error)
                if crate::store::Fault::of(error.clone()).code() == Some(NAMESPACE_NOT_FOUND) =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    };
    let listed: Vec<Document> = store.call("list the indexes", listed).await?;
    // What can't be read as an index is none that this program wants.
    let read = listed.iter().filter_map(|it| RawDocumentBuf::try_from(it).ok());
    Ok(read.filter_map(|raw| IndexDefinition::from_server(&raw).ok()).collect())
}

/// Versions with a record that says so. The scripts before Causeway wrote some of them as numbers.
async fn completed(store: &Store) -> Result<Vec<Version>, Failure> {
    let records = store.collection("migrations");
    let wanted = doc! { "status": RecordStatus::Completed.word() };
    let read =
        async { records.find(wanted).projection(doc! { "version": 1 }).await?.try_collect().await };
    let read: Vec<Document> = store.call("read the records of migrations", read).await?;
    Ok(read.iter().filter_map(|record| version(record.get("version")?)).collect())
}

fn version(value: &Bson) -> Option<Version> {
    match value {
        Bson::String(text) => text.parse().ok(),
        Bson::Int32(number) => number.to_string().parse().ok(),
        Bson::Int64(number) => number.to_string().parse().ok(),
        // Its shortest form: `5`.
        Bson::Double(number) => number.to_string().parse().ok(),
        _ => None,
    }
}
