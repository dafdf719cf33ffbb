//! The doctor: each trouble is named with its evidence and the command that cures it, and that command
//! does.

use bson::{DateTime, Document, doc};

use crate::scene::{Ran, Scene, plain_quotes};

#[track_caller]
fn answer<'a>(ran: &'a Ran, check: &str) -> &'a serde_json::Value {
    let found =
        ran.events.iter().find(|event| event["event"] == "answer" && event["check"] == check);
    found.unwrap_or_else(|| panic!("no answer on {check}:\n{}", ran.told()))
}

/// The one trouble that is there, and what cures it.
#[track_caller]
fn only(ran: &Ran, check: &str) -> (String, String) {
    let sick: Vec<&str> = ran
        .events
        .iter()
        .filter(|event| event["event"] == "answer" && event["answer"] != "ok")
        .map(|event| event["check"].as_str().unwrap())
        .collect();
    assert_eq!(sick, [check], "{}", ran.told());
    let found = answer(ran, check);
    let word = |key: &str| found[key].as_str().unwrap().to_owned();
    (word("evidence"), word("recipe"))
}

async fn applied(count: i32) -> Scene {
    let scene = Scene::with_quotes(plain_quotes(count)).await;
    scene.up();
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_wrong_nothing_is_found() {
    let scene = Scene::with_quotes(plain_quotes(5)).await;
    let before = scene.kept().await;
    scene.expect(0, &["doctor"]);
    assert_eq!(scene.kept().await, before, "looking wrote something");
    scene.expect(0, &["doctor", "--fix"]).assert_says("nothing that is safe to mend");
    scene.up();
    scene.expect(0, &["doctor"]).assert_says("nothing found");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_without_the_field_are_counted_and_healed() {
    let scene = applied(5).await;
    scene.quotes().insert_many([doc! { "_id": "a" }, doc! { "_id": "b" }]).await.unwrap();
    let (evidence, recipe) = only(&scene.expect(6, &["doctor"]), "documents");
    assert!(evidence.contains("2 documents are not as it wants them"), "{evidence}");
    assert!(recipe.ends_with("causeway up 010"), "{recipe}");
    scene.up();
    scene.expect(0, &["doctor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_and_one_in_the_way_are_told_apart() {
    let scene = applied(5).await;
    let quotes = scene.quotes();
    quotes.drop_index("selected_events_event_id_idx").await.unwrap();
    let (evidence, recipe) = only(&scene.expect(6, &["doctor"]), "indexes");
    assert!(evidence.contains("is to be done"), "{evidence}");
    assert!(recipe.ends_with("causeway up 010"), "{recipe}");
    let other = doc! { "createIndexes": "quotes", "indexes": [{ "name": "selected_events_event_id_idx",
    "key": { "leadName": 1 } }] };
    scene.database.run_command(other).await.unwrap();
    let (evidence, recipe) = only(&scene.expect(6, &["doctor"]), "indexes");
    assert!(evidence.contains("another index stands in the way"), "{evidence}");
    assert!(recipe.contains("--replace-index"), "{recipe}");
    scene.expect(0, &["up", "010", "--replace-index"]);
    scene.expect(0, &["doctor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_changed_is_named() {
    let scene = applied(5).await;
    scene.migration(&crate::shop::TEN.replace("Add selectedEvents", "Add chosen events"));
    let (evidence, _) = only(&scene.expect(6, &["doctor"]), "files");
    assert!(evidence.contains("010.toml is not the file that was applied"), "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_without_maintenance_is_lifted() {
    let scene = applied(5).await;
    scene.expect(0, &["maintenance", "on", "--fence", "--scope", "quotes"]);
    // Wanted: no trouble.
    scene.expect(0, &["doctor"]);
    let off = doc! { "$set": { "on": false } };
    let states = scene.collection("causeway_state");
    states.update_one(doc! { "_id": "maintenance" }, off).await.unwrap();
    let (evidence, recipe) = only(&scene.expect(6, &["doctor"]), "fence");
    assert!(evidence.contains("maintenance is off"), "{evidence}");
    assert!(recipe.contains("causeway maintenance off"), "{recipe}");
    let name = scene.database.name();
    scene.expect_on(3, (name, Some("other")), &["doctor", "--fix"]);
    scene.expect(0, &["doctor", "--fix"]);
    scene.quotes().insert_one(doc! { "_id": "new", "selectedEvents": [] }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_maintenance_is_told() {
    let scene = applied(5).await;
    scene.expect(0, &["maintenance", "on", "--scope", "quotes"]);
    let past = DateTime::from_millis(DateTime::now().timestamp_millis() - 60_000);
    let states = scene.collection("causeway_state");
    states
        .update_one(doc! { "_id": "maintenance" }, doc! { "$set": { "until": past } })
        .await
        .unwrap();
    let (_, recipe) = only(&scene.expect(6, &["doctor"]), "maintenance");
    assert!(recipe.contains("causeway maintenance off"), "{recipe}");
    // Nobody but a person knows whether people may be let in.
    scene.expect(6, &["doctor", "--fix"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_died_and_what_was_asked_of_it_are_told() {
    let scene = applied(5).await;
    let runs = scene.collection("causeway_runs");
    let died = doc! { "$set": { "status": "running", "completed": false } };
    runs.update_many(doc! {}, died).await.unwrap();
    let run: Document = runs.find_one(doc! {}).await.unwrap().unwrap();
    let run = run.get_str("_id").unwrap();
    let asked = doc! { "_id": format!("run:{run}"), "paused": true };
    scene.collection("causeway_state").insert_one(asked).await.unwrap();
    let ran = scene.expect(6, &["doctor"]);
    let unfinished = answer(&ran, "unfinished run");
    assert!(unfinished["evidence"].as_str().unwrap().contains("nobody works on it"));
    assert!(unfinished["recipe"].as_str().unwrap().ends_with("causeway up 010"));
    assert_eq!(answer(&ran, "requests")["answer"], "warning");
    let fixed = scene.expect(6, &["doctor", "--fix"]);
    assert_eq!(answer(&fixed, "requests")["answer"], "ok");
    scene.up();
    scene.expect(0, &["doctor"]);
}

/// Somebody holds the lease for ten minutes and gets nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_too_long_is_told_with_what_to_do() {
    let scene = applied(5).await;
    let runs = scene.collection("causeway_runs");
    let now = DateTime::now().timestamp_millis();
    let begun = doc! { "$set": { "status": "running",
    "started_at": DateTime::from_millis(now - 600_000) } };
    runs.update_many(doc! {}, begun).await.unwrap();
    let run: Document = runs.find_one(doc! {}).await.unwrap().unwrap();
    let run = run.get_str("_id").unwrap();
    let held = doc! { "$set": { "released": false, "holder": { "run": run },
    "expires_at": DateTime::from_millis(now + 600_000) } };
    scene.collection("causeway_lock").update_one(doc! { "_id": "lease" }, held).await.unwrap();
    let earlier = doc! { "$set": { "at": DateTime::from_millis(now - 300_000) } };
    scene.collection("causeway_journal").update_many(doc! {}, earlier).await.unwrap();
    let (evidence, recipe) = only(&scene.expect(6, &["doctor"]), "slow run");
    assert!(evidence.contains("10 min"), "{evidence}");
    assert!(evidence.contains("0 documents changed within the last minute"), "{evidence}");
    assert!(recipe.contains(&format!("causeway cancel {run}")), "{recipe}");
}
