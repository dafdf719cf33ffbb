//! `down`: what goes, what stays, and what people are told about it.

use bson::{Bson, doc};
use testbed::{Auth, ReplicaSet, ReplicaSetOptions};

use crate::scene::{Scene, event, plain_quotes};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_applied_can_not_be_rolled_back() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    let before = scene.kept().await;
    scene.expect(3, &["down", "010"]).assert_says("not applied");
    scene.expect(3, &["down", "010", "--unrecorded"]);
    assert!(before == scene.kept().await);
    scene.verify(0, "rolled-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_scripts_applied_needs_a_word() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    let untouched = scene.photo().await;
    // As the old scripts left it: field, index, record.
    let lacking = doc! { "selectedEvents": { "$exists": false } };
    scene.quotes().update_many(lacking, doc! { "$set": { "selectedEvents": [] } }).await.unwrap();
    let chosen = doc! { "$set": { "selectedEvents": [event("Karting", 35, true)] } };
    scene.quotes().update_one(doc! { "_id": 3 }, chosen).await.unwrap();
    let options = mongodb::options::IndexOptions::builder()
        .name("selected_events_event_id_idx".to_owned())
        .sparse(true)
        .build();
    let keys = doc! { "selectedEvents.eventId": 1 };
    let index = mongodb::IndexModel::builder().keys(keys).options(options).build();
    scene.quotes().create_index(index).await.unwrap();
    let record = doc! { "version": "010", "description": "old", "status": "completed",
    "appliedAt": bson::DateTime::now() };
    scene.collection("migrations").insert_one(record).await.unwrap();
    let applied = scene.photo().await;

    scene.expect(3, &["down", "010"]).assert_says("--unrecorded");
    applied.assert_same(&scene.photo().await);
    let down = scene.expect(0, &["down", "010", "--unrecorded"]);
    down.assert_says("1 values taken away");
    assert_eq!(scene.status().await, "rolled_back");
    let having = doc! { "selectedEvents": { "$exists": true } };
    assert_eq!(scene.quotes().count_documents(having).await.unwrap(), 0);
    assert!(!scene.indexes("quotes").await.contains_key("selected_events_event_id_idx"));
    scene.verify(0, "rolled-back");
    // Nobody knows which quotes had the field before, so the next application gives it to all.
    scene.up();
    let third = scene.quotes().find_one(doc! { "_id": 3 }).await.unwrap().unwrap();
    assert_eq!(third.get_array("selectedEvents").unwrap().len(), 1);
    scene.down();
    let after = scene.photo().await;
    let tenth = untouched.differences(&after);
    assert_eq!(tenth.len(), 1, "{tenth:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_quote_loses_the_field_that_did_not_have_it_before() {
    let scene = Scene::with_quotes(plain_quotes(30)).await;
    let before = scene.photo().await;
    scene.up();
    // A quote that the new application made, and selections in others.
    let new = doc! { "_id": "new", "selectedEvents": [event("Spa", 20, false)], "totalPrice": 20 };
    scene.quotes().insert_one(new).await.unwrap();
    let chosen = doc! { "$push": { "selectedEvents": event("Karting", 35, true) } };
    scene.quotes().update_many(doc! { "_id": { "$in": [1, 2, 10] } }, chosen).await.unwrap();
    let down = scene.down();
    down.assert_says("3 values taken away");
    let after = scene.photo().await;
    let different = before.differences(&after);
    // 10 had an array before: it keeps its present one. And `new` is there, without the field.
    assert_eq!(different.len(), 2, "{different:#?}");
    let new = scene.quotes().find_one(doc! { "_id": "new" }).await.unwrap().unwrap();
    assert_eq!(new, doc! { "_id": "new", "totalPrice": 20 });
    let ten = scene.quotes().find_one(doc! { "_id": 10 }).await.unwrap().unwrap();
    assert_eq!(ten.get_array("selectedEvents").unwrap().len(), 1);
    let verified = scene.verify(0, "rolled-back");
    assert_eq!(verified.verdict("unchanged"), 29);
    assert_eq!(verified.verdict("changed_by_application"), 1);
    assert_eq!(verified.verdict("created_by_application"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_whose_total_holds_event_money_are_listed() {
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    let scene = Scene::with_quotes([
        doc! { "_id": "per person", "numberOfPeople": 10, "totalPrice": 1_970.0 },
        doc! { "_id": "group", "numberOfPeople": 10, "totalPrice": 1_670 },
        doc! { "_id": "both", "numberOfPeople": 3_i64, "totalPrice": 500_i64 },
        doc! { "_id": "decimal", "numberOfPeople": decimal("2"), "totalPrice": decimal("100.50") },
        doc! { "_id": "free", "numberOfPeople": 10, "totalPrice": 100 },
        doc! { "_id": "odd", "numberOfPeople": 10, "totalPrice": "on request" },
        doc! { "_id": "nobody", "totalPrice": 100 },
        doc! { "_id": "none", "numberOfPeople": 10, "totalPrice": 100 },
    ])
    .await;
    scene.up();
    let chosen = [
        ("per person", vec![event("Boat", 50, true)]),
        ("group", vec![event("DJ", 200.0, false)]),
        (
            "both",
            vec![event("Boat", 50.5, true), event("DJ", 20, false), event("?", Bson::Null, true)],
        ),
        ("decimal", vec![event("Boat", decimal("10.25"), true)]),
        ("free", vec![event("Walk", 0, true)]),
        ("odd", vec![event("Boat", 50, true), doc! { "eventName": "no price" }]),
        ("nobody", vec![event("Boat", 50, true)]),
    ];
    for (id, events) in chosen {
        let edit = doc! { "$set": { "selectedEvents": events } };
        scene.quotes().update_one(doc! { "_id": id }, edit).await.unwrap();
    }
    let down = scene.down();
    down.assert_says("7 values taken away");
    down.assert_says("totalPrice of 6 documents still holds what was taken away");
    down.assert_says("totalPrice 1970.00 holds 500.00");
    let file = scene.run_folder(&down.run()).join("taken-away-quotes-selectedEvents.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |id: &str| lines.iter().find(|line| line["_id"] == id).unwrap();
    let held = |id: &str| (line(id)["contributed"].as_f64(), line(id)["totalPrice"].as_f64());
    assert_eq!(lines.len(), 7);
    assert_eq!(held("per person"), (Some(500.0), Some(1_970.0)));
    assert_eq!(held("group"), (Some(200.0), Some(1_670.0)));
    assert_eq!(held("both"), (Some(171.5), Some(500.0)));
    assert_eq!(held("decimal"), (Some(20.5), Some(100.5)));
    assert_eq!(held("free"), (None, None));
    assert_eq!(held("odd"), (Some(500.0), None));
    assert_eq!(held("nobody").0, Some(50.0));
    // Every type is kept in the file.
    assert_eq!(line("per person")["selectedEvents"][0]["eventPrice"]["$numberInt"], "50");
    let mode = std::os::unix::fs::MetadataExt::mode(
        &std::fs::metadata(
            scene.run_folder(&down.run()).join("taken-away-quotes-selectedEvents.jsonl"),
        )
        .unwrap(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_quote_stays_deleted() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    scene.quotes().insert_one(doc! { "_id": "odd", "selectedEvents": "Karting" }).await.unwrap();
    scene.up();
    scene.quotes().delete_many(doc! { "_id": { "$in": ["odd", 4] } }).await.unwrap();
    let down = scene.down();
    assert_eq!(down.verdict("deleted_by_application"), 2);
    assert_eq!(scene.quotes().count_documents(doc! {}).await.unwrap(), 9);
    scene.verify(0, "rolled-back");
    scene.up();
    assert_eq!(scene.quotes().count_documents(doc! {}).await.unwrap(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_value_comes_back_over_what_people_chose_since() {
    let scene =
        Scene::with_quotes([doc! { "_id": "odd", "selectedEvents": "Karting", "x": 1 }]).await;
    let before = scene.photo().await;
    scene.up();
    let edit = doc! { "$set": { "selectedEvents": [event("Boat", 50, true)] } };
    scene.quotes().update_one(doc! { "_id": "odd" }, edit).await.unwrap();
    let down = scene.down();
    down.assert_says("1 values taken away");
    before.assert_same(&scene.photo().await);
    scene.verify(0, "rolled-back");
    // And the selection is back with the next application.
    scene.up();
    let odd = scene.quotes().find_one(doc! { "_id": "odd" }).await.unwrap().unwrap();
    assert_eq!(odd.get_array("selectedEvents").unwrap().len(), 1);
    scene.down();
    before.assert_same(&scene.photo().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_somebody_dropped_or_made_meanwhile_is_no_obstacle() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    let keys = doc! { "selectedEvents.eventId": 1 };
    let rival = mongodb::options::IndexOptions::builder().sparse(true).build();
    let rival = mongodb::IndexModel::builder().keys(keys).options(rival).build();
    scene.quotes().create_index(rival.clone()).await.unwrap();
    let before = scene.photo().await;
    scene.up();
    // The application starts again and makes its own.
    scene.quotes().drop_index("selected_events_event_id_idx").await.unwrap();
    scene.quotes().create_index(rival).await.unwrap();
    scene.verify(6, "applied");
    scene.down();
    before.assert_same(&scene.photo().await);
    scene.verify(0, "rolled-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_keeps_what_happened() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    let up = scene.up();
    let applied = scene.record().await;
    let down = scene.down();
    let record = scene.record().await;
    assert_eq!(record.get_str("status").unwrap(), "rolled_back");
    assert_eq!(record.get("appliedAt"), applied.get("appliedAt"));
    assert_eq!(record.get_str("run").unwrap(), down.run());
    assert_ne!(up.run(), down.run());
    assert!(record.get_datetime("rolledBackAt").is_ok());
    let records = scene.collection("migrations").count_documents(doc! { "version": "010" }).await;
    assert_eq!(records.unwrap(), 1);
}

/// Up, down, and again, with people at work in between: each application is undone for itself.
#[tokio::test(flavor = "multi_thread")]
async fn every_application_is_undone_for_itself() {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    scene.up();
    scene.down();
    // Now a quote has the field that did not before.
    let edit = doc! { "$set": { "selectedEvents": ["by hand"] } };
    scene.quotes().update_one(doc! { "_id": 5 }, edit).await.unwrap();
    scene.quotes().insert_one(doc! { "_id": "odd", "selectedEvents": 7 }).await.unwrap();
    let before = scene.photo().await;
    scene.up();
    scene.verify(0, "applied");
    scene.down();
    before.assert_same(&scene.photo().await);
    let verified = scene.verify(0, "rolled-back");
    assert_eq!(verified.verdict("unchanged"), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computed_or_removed_field_of_a_deleted_quote_is_not_made_again() {
    let scene = Scene::with_quotes([doc! { "_id": 1, "a": 1 }, doc! { "_id": 2, "a": 2 }]).await;
    scene.steps(r#"remove_field = { collection = "quotes", field = "a" }"#);
    scene.up();
    scene.quotes().delete_one(doc! { "_id": 2 }).await.unwrap();
    scene.down();
    assert_eq!(scene.quotes().count_documents(doc! {}).await.unwrap(), 1);
    scene.verify(0, "rolled-back");
}

/// Half a rollback by somebody who may not finish it would keep everybody from going forwards.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_do_all_of_it_begins_nothing() {
    let options = ReplicaSetOptions { auth: Auth::On, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    let database = server.client().await.unwrap().database("shop");
    let owner = Scene::at(server.uri_for("shop"), database.clone());
    owner.record_nine().await;
    owner.quotes().insert_many(plain_quotes(20)).await.unwrap();
    owner.up();
    let roles = [("readWrite", "shop"), ("clusterMonitor", "admin")];
    let uri = server.create_user("half", "secret", &roles).await.unwrap();
    let before = owner.kept().await;
    let half = Scene::at(uri, database);
    let told = half.expect(3, &["down", "010"]).told();
    assert!(told.contains("half may not") && told.contains("grantRolesToUser"), "{told}");
    assert!(before == owner.kept().await);
    owner.down();
}
