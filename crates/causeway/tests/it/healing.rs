//! `up` again: what came in since is healed, what is there is left alone.

use std::time::Duration;

use bson::doc;
use testbed::data::Options;
use testbed::data::writer::{Writer, WriterOptions};

use crate::scene::{Scene, event, plain_quotes};

#[tokio::test(flavor = "multi_thread")]
async fn quotes_of_the_old_application_are_healed_and_selections_left_alone() {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    let first = scene.up().run();
    let chosen = doc! { "$set": { "selectedEvents": [event("Boat", 50, true)] } };
    scene.quotes().update_one(doc! { "_id": 1 }, chosen).await.unwrap();
    scene.quotes().insert_one(doc! { "_id": "late", "leadName": "Bob" }).await.unwrap();
    let unset = doc! { "$unset": { "selectedEvents": 1 } };
    scene.quotes().update_one(doc! { "_id": 2 }, unset).await.unwrap();
    scene.verify(6, "applied").assert_says("causeway up 010");
    let healed = scene.up();
    assert_ne!(healed.run(), first);
    assert_eq!(scene.record().await.get_i64("documentsChanged").unwrap(), 2);
    let one = scene.quotes().find_one(doc! { "_id": 1 }).await.unwrap().unwrap();
    assert_eq!(one.get_array("selectedEvents").unwrap().len(), 1);
    let verified = scene.verify(0, "applied");
    assert_eq!(verified.verdict("created_by_application"), 1);
    scene.up().assert_says("nothing to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_or_an_enum_value_that_is_gone_is_healed() {
    let scene = Scene::generated(&Options {
        quotes: 50,
        ugly_percent: 0,
        validator: testbed::data::Validator::Strict,
        ..Options::default()
    })
    .await;
    let before = scene.photo().await;
    scene.up();
    let applied = scene.photo().await;
    scene.quotes().drop_index("selected_events_event_id_idx").await.unwrap();
    scene.verify(6, "applied");
    scene.up();
    applied.assert_same(&scene.photo().await);

    let former = scene.validator_and_options("quotes").await;
    let text = former.get_document("validator").unwrap();
    let mut narrow = text.clone();
    let reason = narrow
        .get_document_mut("$jsonSchema")
        .and_then(|it| it.get_document_mut("properties"))
        .and_then(|it| it.get_document_mut("priceHistory"))
        .and_then(|it| it.get_document_mut("items"))
        .and_then(|it| it.get_document_mut("properties"))
        .and_then(|it| it.get_document_mut("reason"))
        .unwrap();
    reason.insert("enum", ["package_selection", "recalculation", "manual_override"].to_vec());
    scene.database.run_command(doc! { "collMod": "quotes", "validator": narrow }).await.unwrap();
    scene.verify(6, "applied");
    scene.up();
    applied.assert_same(&scene.photo().await);
    scene.verify(0, "applied");
    scene.down();
    before.assert_same(&scene.photo().await);
    scene.verify(0, "rolled-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_no_lists_are_archived_and_come_back() {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    scene.up();
    scene
        .quotes()
        .insert_many([
            doc! { "_id": "text", "selectedEvents": "Karting", "x": 1 },
            doc! { "_id": "null", "selectedEvents": null, "x": 1 },
        ])
        .await
        .unwrap();
    let edit = doc! { "$set": { "selectedEvents": "Boat" } };
    scene.quotes().update_many(doc! { "_id": { "$in": [1, 10] } }, edit).await.unwrap();
    let written = scene.photo().await;
    let healed = scene.up();
    assert_eq!(scene.record().await.get_i64("valuesArchived").unwrap(), 4);
    assert_eq!(healed.event("verified")["passed"], true);
    scene.down();
    let after = scene.photo().await;
    // What the application wrote is as it wrote it, whether the field was there before or not.
    let of = |photo: &crate::scene::Photo| -> Vec<Vec<u8>> {
        let documents = &photo.documents["quotes"];
        let chosen = ["Int32(1))", "Int32(10))", "\"text\"", "\"null\"", "text", "null"];
        documents
            .iter()
            .filter(|(id, _)| chosen.iter().any(|it| id.contains(it)))
            .map(|(_, bytes)| bytes.clone())
            .collect()
    };
    assert_eq!(of(&after).len(), 4);
    assert_eq!(of(&after), of(&written));
    scene.verify(0, "rolled-back");
}

/// The old application makes quotes without the field all the time. No moment is without one, but
/// each sweep finds fewer than the one before.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_application_at_work_does_not_fail_the_run() {
    let scene = Scene::generated(&Options { quotes: 2_000, ..Options::default() }).await;
    let writer = WriterOptions { per_second: 100, ..WriterOptions::default() };
    let uri = testbed::shared().await.unwrap().uri();
    for _ in 0..3 {
        let writer = Writer::start(&uri, scene.database.name(), writer.clone()).unwrap();
        while writer.acknowledged() < 20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let up = scene.causeway(&["up", "010"]);
        let tally = writer.stop().await.unwrap();
        assert_eq!(up.code, 0, "{}", up.told());
        assert_eq!(tally.lost(&scene.database).await.unwrap(), []);
        scene.up();
        scene.verify(0, "applied");
        scene.down();
        scene.verify(0, "rolled-back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_kinds_are_healed_and_give_back_what_was_written_last() {
    let scene = Scene::with_quotes([
        doc! { "_id": 1, "a": 1, "gone": "first", "old": 1, "b": 1 },
        doc! { "_id": 2, "gone": "second", "old": 2 },
    ])
    .await;
    let steps = [
        r#"remove_field = { collection = "quotes", field = "gone" }"#,
        r#"rename_field = { collection = "quotes", from = "old", to = "new" }"#,
        r#"set_computed = { collection = "quotes", fields = ["sum"], pipeline = [{ "$set" = { sum = { "$add" = ["$new", 1] } } }], done = { sum = { "$exists" = true } } }"#,
    ];
    scene.steps(&steps.join("\n[[step]]\n"));
    let before = scene.photo().await;
    scene.up();
    // The old application writes the removed field again, and a quote as it used to be.
    let edit = doc! { "$set": { "gone": "again" } };
    scene.quotes().update_one(doc! { "_id": 1 }, edit).await.unwrap();
    let late = doc! { "_id": 3, "x": 1, "old": 3, "gone": "late", "y": 1 };
    scene.quotes().insert_one(late.clone()).await.unwrap();
    scene.verify(6, "applied");
    scene.up();
    scene.verify(0, "applied");
    let third = scene.quotes().find_one(doc! { "_id": 3 }).await.unwrap().unwrap();
    assert_eq!(third, doc! { "_id": 3, "x": 1, "y": 1, "new": 3, "sum": 4 });
    scene.down();
    scene.verify(0, "rolled-back");
    let different = before.differences(&scene.photo().await);
    assert_eq!(different.len(), 2, "{different:#?}");
    let first = scene.quotes().find_one(doc! { "_id": 1 }).await.unwrap().unwrap();
    assert_eq!(first.get_str("gone").unwrap(), "again");
    let third = scene.quotes().find_one(doc! { "_id": 3 }).await.unwrap().unwrap();
    assert_eq!(third, late);
}
