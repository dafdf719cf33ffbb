//! What an inventory finds, and what it says when it may not look.

use bson::doc;
use causeway::inventory;
use causeway_core::inventory::{CollectionKind, Depth, Known, RecordStatus};
use testbed::{Auth, ReplicaSet, ReplicaSetOptions};

use crate::shop::{Shop, TEN, connect, fill, migration, steps};

#[tokio::test]
async fn documents_are_counted_by_the_type_of_the_field_not_of_its_elements() {
    let shop = Shop::new().await;
    shop.quotes()
        .insert_many([
            doc! { "_id": "null", "selectedEvents": null },
            doc! { "_id": "text", "selectedEvents": "Karting" },
            // An array of strings is an array: the query operator $type would say string, too.
            doc! { "_id": "array", "selectedEvents": ["Karting"] },
            doc! { "_id": { "of": "another type" }, "selectedEvents": {} },
        ])
        .await
        .unwrap();
    let found = shop.inventory(&migration(TEN)).await;
    let quotes = found.collection("quotes").unwrap();
    assert_eq!(quotes.documents, 104);
    assert_eq!(quotes.kind, CollectionKind::Collection);
    let census = &quotes.census[&0];
    let counts: Vec<(&str, u64)> =
        census.by_type.iter().map(|(name, count)| (name.as_str(), count.documents)).collect();
    assert_eq!(counts, [("array", 11), ("missing", 90), ("null", 1), ("object", 1), ("string", 1)]);
    assert_eq!((census.to_change, census.done), (93, 11));
    assert_eq!(census.by_type["string"].samples, ["\"text\""]);
    assert_eq!(census.by_type["object"].samples, ["{\"of\":\"another type\"}"]);
    assert!(census.by_type["array"].samples.is_empty());
    assert_eq!(found.records.len(), 1);
    assert!(found.application.is_none());
}

#[tokio::test]
async fn a_quick_inventory_reads_no_documents() {
    let shop = Shop::new().await;
    let found = inventory::take(&shop.target, &migration(TEN), Depth::Quick).await.unwrap();
    let quotes = found.collection("quotes").unwrap();
    assert_eq!(quotes.documents, 100);
    assert!(quotes.census.is_empty());
    assert!(quotes.largest_document.why().is_some());
}

#[tokio::test]
async fn every_kind_of_step_has_its_census() {
    let shop = Shop::new().await;
    let three = steps(
        r#"remove_field = { collection = "quotes", field = "selectedEvents" }
[[step]]
rename_field = { collection = "quotes", from = "leadName", to = "lead" }
[[step]]
set_computed = { collection = "quotes", fields = ["basePrice"], filter = { totalPrice = { "$gte" = 500 } }, done = { basePrice = { "$exists" = true } }, pipeline = [{ "$set" = { basePrice = "$totalPrice" } }] }"#,
    );
    let both = doc! { "$set": { "lead": "Bob" } };
    shop.quotes().update_one(doc! { "_id": 7 }, both).await.unwrap();
    let done = doc! { "$set": { "basePrice": 1 } };
    shop.quotes().update_one(doc! { "_id": 99 }, done).await.unwrap();
    let found = shop.inventory(&three).await;
    let census = &found.collection("quotes").unwrap().census;
    assert_eq!((census[&0].to_change, census[&0].done), (10, 90));
    assert_eq!((census[&1].to_change, census[&1].conflicts), (99, 1));
    assert_eq!(census[&1].conflict_samples, ["7"]);
    assert_eq!((census[&2].to_change, census[&2].done), (49, 1));
}

#[tokio::test]
async fn records_of_any_shape_are_read() {
    let shop = Shop::new().await;
    shop.collection("migrations")
        .insert_many([doc! { "version": 4 }, doc! {}, doc! { "version": "010", "status": "odd" }])
        .await
        .unwrap();
    let found = shop.inventory(&migration(TEN)).await;
    assert_eq!(found.records.len(), 4);
    assert!(found.records[1].is_of(&"004".parse().unwrap()));
    let application = found.application.unwrap();
    assert_eq!(application.status, RecordStatus::Other("odd".to_owned()));
}

#[tokio::test]
async fn who_may_only_read_learns_what_is_missing_and_gets_the_rest() {
    let options = ReplicaSetOptions { auth: Auth::On, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    fill(&server.client().await.unwrap().database("shop")).await;
    let uri = server.create_user("reader", "secret", &[("read", "shop")]).await.unwrap();
    let target = connect(&uri, "shop").await;
    let found = inventory::take(&target, &migration(TEN), Depth::Full).await.unwrap();
    assert_eq!(found.collection("quotes").unwrap().documents, 100);
    let why = found.oplog.why().unwrap();
    assert!(why.contains("serverStatus") && why.contains("clusterMonitor"), "{why}");
    assert!(matches!(found.disk, Known::Known(disk) if disk.free_bytes > 0));
}
