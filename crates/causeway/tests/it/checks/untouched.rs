//! Whoever only looks leaves no trace.

use std::time::Duration;

use bson::{Document, doc};
use causeway::check::{CheckSettings, gate};
use causeway_core::migration::MigrationSet;
use mongodb::Database;

use crate::shop::{Shop, TEN, migration};

/// Everything that can differ: the hash of each collection, its options, and the server's own
/// count of writes.
async fn state(database: &Database) -> (Document, Vec<String>) {
    let hashes = database.run_command(doc! { "dbHash": 1 }).await.unwrap();
    let hashes = hashes.get_document("collections").unwrap().clone();
    let listed = database.run_command(doc! { "listCollections": 1 }).await.unwrap();
    let listed = listed.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    let mut listed: Vec<String> = listed.iter().map(ToString::to_string).collect();
    listed.sort();
    (hashes, listed)
}

#[tokio::test]
async fn check_and_plan_write_nothing() {
    let shop = Shop::new().await;
    let database = &shop.target.database;
    let before = state(database).await;
    let mut events = shop.target.client.database(shop.target.name()).watch().await.unwrap();
    let migration = migration(TEN);
    shop.check(&migration).await;
    shop.plan(&migration).await;
    let set = MigrationSet::default();
    gate(&shop.target, &migration, &set, &CheckSettings::default()).await.unwrap();
    assert_eq!(state(database).await, before);
    // The first event must be this very insert.
    shop.collection("marker").insert_one(doc! { "_id": "after" }).await.unwrap();
    let event = loop {
        if let Some(event) = events.next_if_any().await.unwrap() {
            break event;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(event.document_key, Some(doc! { "_id": "after" }));
}
