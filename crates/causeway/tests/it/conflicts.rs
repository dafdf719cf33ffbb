//! Selections that a rollback took away: back with the next application, or listed for a person.

use bson::{Bson, doc};

use crate::scene::{Ran, Scene, event, plain_quotes};

/// Applied, selections entered in 1 to 4, rolled back.
async fn rolled_back() -> Scene {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    scene.up();
    for id in 1..=4 {
        let edit = doc! { "$set": { "selectedEvents": [event(&format!("Boat {id}"), 50, true)] } };
        scene.quotes().update_one(doc! { "_id": id }, edit).await.unwrap();
    }
    scene.down().assert_says("4 values taken away");
    scene
}

async fn selection(scene: &Scene, id: i32) -> Vec<String> {
    let quote = scene.quotes().find_one(doc! { "_id": id }).await.unwrap().unwrap();
    let events = quote.get_array("selectedEvents").unwrap();
    events
        .iter()
        .map(|it| it.as_document().unwrap().get_str("eventName").unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn selections_come_back_with_the_next_application() {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    scene.up();
    let edit = doc! { "$set": { "selectedEvents": [event("Boat", 50, true)] } };
    scene.quotes().update_many(doc! { "_id": { "$lt": 5 } }, edit).await.unwrap();
    let chosen = scene.photo().await;
    for _ in 0..2 {
        scene.down();
        scene.verify(0, "rolled-back");
        scene.up();
        chosen.assert_same(&scene.photo().await);
        scene.verify(0, "applied");
    }
    let none = scene.expect(0, &["conflicts", "010"]);
    none.assert_says("0 wait for a decision");
    scene.up().assert_says("nothing to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_and_deleted_quotes_are_conflicts() {
    let scene = rolled_back().await;
    let edit = doc! { "$set": { "leadName": "Bob" } };
    scene.quotes().update_one(doc! { "_id": 1 }, edit).await.unwrap();
    scene.quotes().delete_one(doc! { "_id": 2 }).await.unwrap();
    let other = doc! { "$set": { "selectedEvents": [event("Spa", 20, false)] } };
    scene.quotes().update_one(doc! { "_id": 3 }, other).await.unwrap();
    let up = scene.up();
    up.assert_says("3 archived values could not be put back");
    assert_eq!(selection(&scene, 1).await, Vec::<String>::new());
    assert_eq!(selection(&scene, 3).await, ["Spa"]);
    assert_eq!(selection(&scene, 4).await, ["Boat 4"]);
    scene.verify(0, "applied");

    let listed = scene.expect(0, &["conflicts", "010"]);
    let reasons: Vec<(String, String)> = listed
        .rows()
        .iter()
        .map(|row| (row["_id"].to_string(), row["reason"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    for (id, word) in [("1", "changed"), ("2", "deleted"), ("3", "another value")] {
        let found = reasons.iter().any(|(at, reason)| at.contains(id) && reason.contains(word));
        assert!(found, "{id} {reasons:?}");
    }
    listed.assert_says("Boat 1");

    let before = scene.photo().await;
    scene.expect(3, &["conflicts", "010", "--apply", "17"]);
    before.assert_same(&scene.photo().await);
    scene.expect(0, &["conflicts", "010", "--apply", "1"]).assert_says("1 archived values");
    assert_eq!(selection(&scene, 1).await, ["Boat 1"]);
    assert_eq!(selection(&scene, 3).await, ["Spa"]);
    scene.expect(0, &["conflicts", "010"]).assert_says("2 wait for a decision");

    let all = scene.expect(0, &["conflicts", "010", "--apply-all"]);
    all.assert_says("do not exist any more");
    assert_eq!(selection(&scene, 3).await, ["Boat 3"]);
    assert_eq!(scene.quotes().count_documents(doc! { "_id": 2 }).await.unwrap(), 0);
    scene.verify(0, "applied");
    scene.up().assert_says("nothing to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_conflict_overwrote_is_kept() {
    let scene = rolled_back().await;
    let other = doc! { "$set": { "selectedEvents": [event("Spa", 20, false)] } };
    scene.quotes().update_one(doc! { "_id": 3 }, other).await.unwrap();
    scene.up();
    let told = scene.expect(0, &["conflicts", "010", "--apply-all"]);
    told.assert_says("in causeway_archive as kind overwritten of run");
    let archive = scene.collection("causeway_archive");
    let overwritten = archive.find_one(doc! { "kind": "overwritten" }).await.unwrap().unwrap();
    let data = overwritten.get_binary_generic("data").unwrap();
    assert!(String::from_utf8_lossy(data).contains("Spa"));
    // It had the field before this application: a rollback keeps what it holds now.
    scene.down();
    assert_eq!(selection(&scene, 3).await, ["Boat 3"]);
    let verified = scene.verify(0, "rolled-back");
    assert_eq!(verified.verdict("changed_by_application"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_applied_to_an_applied_migration_only() {
    let scene = rolled_back().await;
    let edit = doc! { "$set": { "leadName": "Bob" } };
    scene.quotes().update_one(doc! { "_id": 1 }, edit).await.unwrap();
    scene.up();
    scene.down();
    let before = scene.photo().await;
    scene.expect(3, &["conflicts", "010", "--apply-all"]);
    before.assert_same(&scene.photo().await);
}

/// What the command said it applied.
fn applied(ran: &Ran) -> &str {
    let fact = ran.events.iter().rev().find(|told| told["key"] == "applied");
    fact.unwrap_or_else(|| panic!("{}", ran.told()))["text"].as_str().unwrap()
}

async fn change(scene: &Scene, id: i32, field: &str, value: impl Into<Bson>) {
    let edit = doc! { "$set": { field: value.into() } };
    scene.quotes().update_one(doc! { "_id": id }, edit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_another_type_is_never_applied() {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    scene.up();
    for id in [1, 2] {
        change(&scene, id, "selectedEvents", format!("Karting {id}")).await;
    }
    change(&scene, 3, "selectedEvents", vec![event("Boat 3", 50, true)]).await;
    scene.down().assert_says("3 values taken away");
    for id in 1..=3 {
        change(&scene, id, "leadName", "Bob").await;
    }
    scene.up();
    let listed = scene.expect(0, &["conflicts", "010"]);
    for row in listed.rows() {
        let is_malformed = row["value"].is_string();
        let note = row["note"].as_str().unwrap_or_default();
        assert_eq!(note.contains("never applied"), is_malformed, "{row}");
    }

    let before = scene.photo().await;
    let refused = scene.expect(3, &["conflicts", "010", "--apply", "3", "--apply", "1"]);
    refused.assert_says("what was archived of document 1 is not of the field's type");
    before.assert_same(&scene.photo().await);

    let all = scene.expect(0, &["conflicts", "010", "--apply-all"]);
    all.assert_says("2 archived values are not of the field's type");
    assert_eq!(applied(&all), "1 archived values");
    assert_eq!(selection(&scene, 1).await, Vec::<String>::new());
    assert_eq!(selection(&scene, 3).await, ["Boat 3"]);
    scene.verify(0, "applied");

    let kept = scene.kept().await;
    let again = scene.expect(0, &["conflicts", "010", "--apply-all"]);
    assert_eq!(applied(&again), "nothing");
    assert_eq!(again.event("finished")["outcome"], "nothing_to_do");
    assert!(kept == scene.kept().await, "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_values_of_a_document_the_latest_is_applied() {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    let mut downs = Vec::new();
    for (name, lead) in [("Boat", "Bob"), ("Spa", "Cid")] {
        scene.up();
        change(&scene, 1, "selectedEvents", vec![event(name, 50, true)]).await;
        downs.push(scene.down().run());
        change(&scene, 1, "leadName", lead).await;
    }
    scene.up();
    let listed = scene.expect(0, &["conflicts", "010"]);
    let [latest, older] = listed.rows()[..] else { panic!("{}", listed.told()) };
    assert!(latest.to_string().contains("Spa") && latest["note"].is_null(), "{latest}");
    assert!(older.to_string().contains("Boat"), "{older}");
    assert!(older["note"].as_str().unwrap().contains("older"), "{older}");
    assert_eq!([&older["archived_by"], &latest["archived_by"]], [&downs[0], &downs[1]]);

    let all = scene.expect(0, &["conflicts", "010", "--apply-all"]);
    assert_eq!(applied(&all), "1 archived values");
    all.assert_says("1 archived values are older");
    assert_eq!(selection(&scene, 1).await, ["Spa"]);
    // Giving the command again must not undo what it did.
    let again = scene.expect(0, &["conflicts", "010", "--apply-all"]);
    assert_eq!(applied(&again), "nothing");
    assert_eq!(selection(&scene, 1).await, ["Spa"]);
    // Whoever names the document wants the one that is left.
    scene.expect(0, &["conflicts", "010", "--apply", "1"]);
    assert_eq!(selection(&scene, 1).await, ["Boat"]);
    scene.expect(0, &["conflicts", "010"]).assert_says("0 wait for a decision");
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_applied_to_deleted_documents() {
    let scene = rolled_back().await;
    scene.quotes().delete_one(doc! { "_id": 2 }).await.unwrap();
    scene.up();
    let all = scene.expect(0, &["conflicts", "010", "--apply-all"]);
    assert_eq!(applied(&all), "nothing");
    all.assert_says("1 documents do not exist any more");
    assert_eq!(scene.quotes().count_documents(doc! { "_id": 2 }).await.unwrap(), 0);
}
