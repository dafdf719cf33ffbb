//! Databases of their own on one shared server.

use std::time::Duration;

use bson::doc;
use testbed::{TestDatabase, shared, shared_blocking};

#[tokio::test]
async fn two_databases_share_a_server_and_no_data() {
    let one = TestDatabase::new().await.unwrap();
    let other = TestDatabase::new().await.unwrap();
    one.database().collection("quotes").insert_one(doc! {}).await.unwrap();
    assert_ne!(one.name(), other.name());
    assert!(other.database().list_collection_names().await.unwrap().is_empty());
    let by_uri = mongodb::Client::with_uri_str(one.uri()).await.unwrap();
    let by_uri = by_uri.default_database().unwrap();
    assert_eq!(by_uri.list_collection_names().await.unwrap(), ["quotes"]);
}

#[tokio::test]
async fn a_dropped_test_database_is_removed() {
    let gone = TestDatabase::new().await.unwrap();
    let name = gone.name().to_owned();
    gone.database().collection("quotes").insert_one(doc! {}).await.unwrap();
    drop(gone);
    let client = shared().await.unwrap().client().await.unwrap();
    for _ in 0..100 {
        if !client.list_database_names().await.unwrap().contains(&name) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} is still there");
}

#[test]
fn the_shared_server_serves_one_runtime_after_another() {
    let ids = || {
        let server = shared_blocking().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = TestDatabase::new().await.unwrap();
            database.database().collection("quotes").insert_one(doc! {}).await.unwrap();
        });
        server.process_ids()
    };
    assert_eq!(ids(), ids());
}
