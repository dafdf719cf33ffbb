//! The hash of a plan against a database that changes.

use bson::doc;
use causeway_core::inventory::Depth;
use causeway_core::plan::{Action, PlanOptions, ReplaceIndex, plan};

use crate::shop::{Shop, TEN, migration};

#[tokio::test]
async fn the_plan_for_010_says_what_would_be_done_in_numbers() {
    let shop = Shop::new().await;
    shop.quotes().insert_one(doc! { "_id": "odd", "selectedEvents": null }).await.unwrap();
    let planned = shop.plan(&migration(TEN)).await;
    assert!(planned.refusals.is_empty(), "{:?}", planned.refusals);
    let actions: Vec<&Action> = planned.steps.iter().map(|step| &step.action).collect();
    assert_eq!(
        actions,
        [&Action::ChangeDocuments, &Action::CreateIndex, &Action::EnumNotRestricted]
    );
    assert_eq!(planned.documents(), Some(91));
    assert_eq!(
        planned.steps[0].by_reason,
        [("selectedEvents missing".to_owned(), 90), ("selectedEvents is null".to_owned(), 1)]
    );
    assert!(planned.predictions.oplog_bytes > 91 * 150);
    assert_eq!(planned.hash.len(), 12);
}

#[tokio::test]
async fn the_hash_stays_while_nothing_of_weight_changes() {
    let shop = Shop::new().await;
    let migration = migration(TEN);
    let first = shop.plan(&migration).await;
    assert_eq!(first.hash, shop.plan(&migration).await.hash);
    // One per cent more documents, which lack the field like most.
    shop.quotes().insert_one(doc! { "leadName": "Late" }).await.unwrap();
    let later = shop.plan(&migration).await;
    assert!(later.is_approved_by(&first.hash));
    shop.quotes()
        .create_index(mongodb::IndexModel::builder().keys(doc! { "x": 1 }).build())
        .await
        .unwrap();
    let indexed = shop.plan(&migration).await;
    assert_ne!(indexed.hash, first.hash);
    assert!(!indexed.is_approved_by(&first.hash));
}

#[tokio::test]
async fn twice_as_many_documents_are_another_plan() {
    let shop = Shop::new().await;
    let migration = migration(TEN);
    let first = shop.plan(&migration).await;
    let more: Vec<_> = (0..90).map(|_| doc! { "leadName": "Late" }).collect();
    shop.quotes().insert_many(more).await.unwrap();
    assert!(!shop.plan(&migration).await.is_approved_by(&first.hash));
}

#[tokio::test]
async fn a_plan_made_without_counting_is_not_one_made_with() {
    let shop = Shop::new().await;
    let migration = migration(TEN);
    let quick = causeway::inventory::take(&shop.target, &migration, Depth::Quick).await.unwrap();
    let quick = plan(&migration, &quick, &PlanOptions::default());
    assert_eq!(quick.documents(), None);
    assert_eq!(quick.steps[0].documents, None);
    assert!(!quick.is_approved_by(&shop.plan(&migration).await.hash));
}

#[tokio::test]
async fn an_index_in_the_way_goes_only_with_leave() {
    let shop = Shop::new().await;
    let migration = migration(TEN);
    let options = mongodb::options::IndexOptions::builder()
        .name("selected_events_event_id_idx".to_owned())
        .build();
    let index =
        mongodb::IndexModel::builder().keys(doc! { "leadName": 1 }).options(options).build();
    shop.quotes().create_index(index).await.unwrap();
    let inventory = shop.inventory(&migration).await;
    let refused = plan(&migration, &inventory, &PlanOptions::default());
    assert!(matches!(refused.steps[1].action, Action::ReplaceIndexRefused { .. }));
    assert_eq!(refused.refusals.len(), 1);
    let allowed = plan(&migration, &inventory, &PlanOptions { replace_index: ReplaceIndex::Allow });
    let former = vec!["selected_events_event_id_idx".to_owned()];
    assert_eq!(allowed.steps[1].action, Action::ReplaceIndex { former });
    assert_ne!(refused.hash, allowed.hash);
}
