//! Making what is needed: collections at every start, indexes and records only in a database that is
//! this program's own.

use bson::{DateTime, Document, doc};
use causeway_core::{index::IndexDefinition, migration::Step};

use super::{look, look::indexes, migrations};
use crate::{
    failure::Failure,
    store::{Fault, Store},
};

/// What the application keeps for itself. Causeway's steps want a collection that is there.
const COLLECTIONS: [&str; 9] = [
    "sessions",
    "api_tokens",
    "outbox",
    "quote_versions",
    "idempotency_keys",
    "auditlogs",
    "problems",
    "notice_reads",
    "request_minutes",
];
const NAMESPACE_EXISTS: i32 = 48;

/// Creates the application's own collections where they are missing, without indexes.
///
/// # Errors
///
/// When the database does not answer, or refuses.
pub async fn collections(store: &Store) -> Result<(), Failure> {
    let database = store.database();
    let there =
        store.call("list the collections", database.list_collection_names().into_future()).await?;
    for name in COLLECTIONS.into_iter().filter(|name| !there.iter().any(|it| it == name)) {
        let create = async {
            match database.create_collection(name).await {
                // Another server started at the same moment.
                Err(error) if Fault::of(error.clone()).code() == Some(NAMESPACE_EXISTS) => Ok(()),
                done => done,
            }
        };
        store.call("create a collection of the application", create).await?;
    }
    Ok(())
}

/// Makes the collections, and of every missing migration the indexes and the record. Documents are not
/// looked at: they must have been written as the migrations would leave them. For a private database
/// only; in any other it is Causeway's to do, with backup and proof.
///
/// # Errors
///
/// When the database does not answer, or refuses.
pub async fn everything(store: &Store) -> Result<(), Failure> {
    collections(store).await?;
    for missing in look(store).await? {
        let Some(migration) = migrations().get(&missing.version) else { continue };
        for step in &migration.steps {
            if let Step::CreateIndex(wanted) = step {
                let collection = wanted.collection.as_str();
                let present = indexes(store, collection).await?;
                make(store, collection, &wanted.index.beside(&present)).await?;
            }
        }
        let record = doc! {
            "version": migration.version.as_str(),
            "description": &migration.title,
            "appliedAt": DateTime::now(),
            "status": "completed",
            "madeBy": "quotes",
        };
        let records = store.collection("migrations");
        store.call("record a migration", records.insert_one(record).into_future()).await?;
    }
    Ok(())
}

async fn make(store: &Store, collection: &str, index: &IndexDefinition) -> Result<(), Failure> {
    let mut specification = Document::new();
    specification.insert("name", &index.name);
    specification.insert("key", document(&index.keys)?);
    specification.extend(document(&index.options)?);
    let command = doc! { "createIndexes": collection, "indexes": [specification] };
    let made = store.database().run_command(command).into_future();
    store.call("create an index", made).await?;
    Ok(())
}

fn document(raw: &bson::RawDocument) -> Result<Document, Failure> {
    Document::try_from(raw).map_err(|error| Failure::unexpected(error.into()))
}
