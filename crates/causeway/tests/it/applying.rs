//! `up`: what it writes, and when it writes nothing.

use bson::{Bson, doc};

use crate::scene::{Scene, plain_quotes};
use crate::shop::TEN;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_applied_verified_and_recorded() {
    let scene = Scene::with_quotes(plain_quotes(100)).await;
    let ran = scene.up();
    assert_eq!(ran.verdict("unchanged"), 100);
    assert_eq!(ran.event("verified")["passed"], true);
    let lacking = doc! { "selectedEvents": { "$ne": Bson::Array(Vec::new()) } };
    assert_eq!(scene.quotes().count_documents(lacking).await.unwrap(), 0);
    assert!(scene.indexes("quotes").await.contains_key("selected_events_event_id_idx"));
    let record = scene.record().await;
    assert_eq!(record.get_str("status").unwrap(), "completed");
    assert_eq!(record.get_str("run").unwrap(), ran.run());
    assert_eq!(record.get_i64("documentsChanged").unwrap(), 90);
    assert_eq!(record.get_str("description").unwrap(), "Add selectedEvents to quotes");
    assert!(record.get_datetime("appliedAt").is_ok());
    scene.verify(0, "applied");
    scene.verify(6, "rolled-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn again_there_is_nothing_to_do_and_nothing_is_written() {
    let scene = Scene::with_quotes(plain_quotes(50)).await;
    scene.up();
    let before = (scene.photo().await, scene.kept().await);
    let runs = std::fs::read_dir(scene.path().join("state/runs")).unwrap().count();
    let again = scene.up();
    again.assert_says("nothing to do");
    assert_eq!(again.event("finished")["outcome"], "nothing_to_do");
    before.0.assert_same(&scene.photo().await);
    assert!(before.1 == scene.kept().await);
    assert_eq!(std::fs::read_dir(scene.path().join("state/runs")).unwrap().count(), runs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_the_old_scripts_is_accepted() {
    let scene = Scene::with_quotes(Vec::new()).await;
    let quotes = (0..20).map(|number| doc! { "_id": number, "selectedEvents": [] });
    scene.quotes().insert_many(quotes).await.unwrap();
    let index = mongodb::IndexModel::builder()
        .keys(doc! { "selectedEvents.eventId": 1 })
        .options(
            mongodb::options::IndexOptions::builder()
                .name("selected_events_event_id_idx".to_owned())
                .sparse(true)
                .build(),
        )
        .build();
    scene.quotes().create_index(index).await.unwrap();
    let record = doc! { "version": "010", "description": "old", "status": "completed",
    "appliedAt": bson::DateTime::now() };
    scene.collection("migrations").insert_one(record).await.unwrap();
    let before = scene.kept().await;
    scene.up().assert_says("by other scripts");
    assert!(before == scene.kept().await);
    let verified = scene.verify(0, "applied");
    verified.assert_says("not applied by causeway");
    verified.assert_says("written by other scripts");

    // Somebody's quote without the field: the same command heals it.
    scene.quotes().insert_one(doc! { "_id": "late" }).await.unwrap();
    scene.verify(6, "applied");
    let healed = scene.up();
    assert_eq!(healed.verdict("unchanged"), 21);
    let late = scene.quotes().find_one(doc! { "_id": "late" }).await.unwrap().unwrap();
    assert_eq!(late.get_array("selectedEvents").unwrap().len(), 0);
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_version_is_missing_or_assumed() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    scene.collection("migrations").drop().await.unwrap();
    let before = scene.kept().await;
    scene.expect(3, &["up", "010"]).assert_says("009 has no completed record");
    assert!(before == scene.kept().await);
    scene.expect(2, &["up", "010", "--assume-applied", "009"]);
    let assumed = ["up", "010", "--assume-applied", "009", "--reason", "done by hand"];
    scene.expect(0, &assumed);
    let record = scene.record().await;
    let noted = record.get_array("assumed").unwrap()[0].as_document().unwrap();
    assert_eq!(noted, &doc! { "version": "009", "reason": "done by hand" });
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_plan_that_was_approved_is_carried_out() {
    let scene = Scene::with_quotes(plain_quotes(100)).await;
    let plan = scene.expect(0, &["plan", "010"]);
    let hash = plan.event("plan")["hash"].as_str().unwrap().to_owned();
    let before = scene.kept().await;
    scene.expect(3, &["up", "010", "--plan", "0123456789ab"]);
    assert!(before == scene.kept().await);
    // The plan was made by counting; the hash must not depend on who looks.
    scene.expect(0, &["up", "010", "--plan", &hash]);
    assert_eq!(scene.status().await, "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outdated_plan_is_refused() {
    let scene = Scene::with_quotes(plain_quotes(100)).await;
    let plan = scene.expect(0, &["plan", "010"]);
    let hash = plan.event("plan")["hash"].as_str().unwrap().to_owned();
    let index = mongodb::IndexModel::builder().keys(doc! { "leadName": 1 }).build();
    scene.quotes().create_index(index).await.unwrap();
    scene.expect(3, &["up", "010", "--plan", &hash]);
    assert_eq!(scene.status().await, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_changed_after_it_was_applied_is_refused_both_ways() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    scene.up();
    scene.migration(&format!("{TEN}\n# a remark\n"));
    scene.quotes().insert_one(doc! { "_id": "late" }).await.unwrap();
    let before = scene.photo().await;
    scene.expect(3, &["up", "010"]).assert_says("was changed since run");
    scene.expect(3, &["down", "010"]).assert_says("was changed since run");
    before.assert_same(&scene.photo().await);
    assert_eq!(scene.status().await, "completed");
    scene.migration(TEN);
    scene.down();
    assert_eq!(scene.status().await, "rolled_back");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_collection_nothing_is_recorded() {
    let scene = Scene::with_quotes(Vec::new()).await;
    scene.expect(3, &["up", "010"]);
    assert_eq!(scene.status().await, "none");
    let names = scene.database.list_collection_names().await.unwrap();
    assert_eq!(names, ["migrations"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn capped_and_clustered_collections_and_views_are_refused() {
    for create in [
        doc! { "create": "quotes", "capped": true, "size": 1_000_000 },
        doc! { "create": "quotes", "viewOn": "others", "pipeline": [] },
        doc! { "create": "quotes", "clusteredIndex": { "key": { "_id": 1 }, "unique": true } },
    ] {
        let scene = Scene::with_quotes(Vec::new()).await;
        scene.database.run_command(create).await.unwrap();
        scene.expect(3, &["up", "010"]);
        assert_eq!(scene.status().await, "none");
        let runs = scene.collection("causeway_runs").count_documents(doc! {}).await.unwrap();
        assert_eq!(runs, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_would_grow_too_large_refuses_before_the_first_write() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    let empty = bson::serialize_to_vec(&doc! { "_id": "big", "text": "" }).unwrap().len();
    let text = "x".repeat(16 * 1024 * 1024 - 5 - empty);
    scene.quotes().insert_one(doc! { "_id": "big", "text": text }).await.unwrap();
    let before = scene.photo().await;
    let refused = scene.expect(3, &["up", "010"]);
    refused.assert_says("\\\"big\\\"");
    before.assert_same(&scene.photo().await);
    scene.quotes().delete_one(doc! { "_id": "big" }).await.unwrap();
    scene.up();
}

#[tokio::test(flavor = "multi_thread")]
async fn values_against_the_migration_refuse_unless_it_archives_them() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    scene.quotes().insert_one(doc! { "_id": "odd", "selectedEvents": "Karting" }).await.unwrap();
    let strict = TEN.replace("malformed = \"archive\"", "malformed = \"refuse\"");
    scene.migration(&strict);
    let before = scene.photo().await;
    scene.expect(3, &["up", "010"]).assert_says("odd");
    before.assert_same(&scene.photo().await);
    // Nothing had been written: the file may be changed as the hint says.
    scene.migration(TEN);
    scene.up();
    scene.down();
    before.assert_same(&scene.photo().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_answer_declines() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    let before = scene.kept().await;
    scene.expect(2, &["up", "011"]);
    let other = scene.causeway(&["up", "010", "--yes", "other"]);
    assert!(matches!(other.code, 2 | 3), "{}", other.told());
    assert!(before == scene.kept().await);
}
