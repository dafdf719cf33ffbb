//! Maintenance by hand, and the fence: whoever writes is refused, whoever knows how to is not, and what
//! stood there before comes back.

use bson::{Bson, DateTime, Document, doc};
use mongodb::error::ErrorKind;
use testbed::data::{Options, Validator};

use crate::scene::{Ran, Scene, plain_quotes};

/// The server's code when a validator refuses a document.
const VALIDATION_FAILED: i32 = 121;

async fn state(scene: &Scene) -> Document {
    let found = scene.collection("causeway_state").find_one(doc! { "_id": "maintenance" }).await;
    found.unwrap().unwrap_or_default()
}

/// Options of a collection, as the server has them.
async fn options(scene: &Scene, name: &str) -> Document {
    let command = doc! { "listCollections": 1, "filter": { "name": name } };
    let listed = scene.database.run_command(command).await.unwrap();
    let listed = listed.get_document("cursor").unwrap().get_array("firstBatch").unwrap().clone();
    listed[0].as_document().unwrap().get_document("options").unwrap().clone()
}

fn refused(result: mongodb::error::Result<()>) -> bool {
    let Err(error) = result else { return false };
    match error.kind.as_ref() {
        ErrorKind::Write(mongodb::error::WriteFailure::WriteError(write)) => {
            write.code == VALIDATION_FAILED
        }
        ErrorKind::Command(command) => command.code == VALIDATION_FAILED,
        _ => panic!("refused otherwise: {error}"),
    }
}

/// A writer that knows nothing of maintenance: can it insert and edit?
async fn writer_is_refused(scene: &Scene) -> [bool; 2] {
    let quotes = scene.quotes();
    let inserted = quotes.insert_one(doc! { "_id": "new", "leadName": "Ann" }).await.map(drop);
    let edited = quotes.update_one(doc! {}, doc! { "$set": { "leadName": "Bob" } }).await;
    quotes.delete_one(doc! { "_id": "new" }).await.unwrap();
    [refused(inserted), refused(edited.map(drop))]
}

fn row<'a>(ran: &'a Ran, kind: &str) -> &'a serde_json::Value {
    ran.events.iter().find(|event| event["row"] == kind).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_switched_on_and_off_by_hand() {
    let scene = Scene::with_quotes(plain_quotes(3)).await;
    let off = scene.expect(0, &["maintenance", "status"]);
    assert_eq!(row(&off, "maintenance")["on"], false);
    assert!(state(&scene).await.is_empty(), "looking wrote something");
    scene.expect(0, &["maintenance", "off"]).assert_says("off already");

    let on =
        ["maintenance", "on", "--scope", "quotes", "--until", "45m", "--message", "a $x, \"b\""];
    scene.expect(0, &on);
    let stored = state(&scene).await;
    assert!(stored.get_bool("on").unwrap());
    assert_eq!(stored.get_str("message").unwrap(), "a $x, \"b\"");
    assert_eq!(stored.get_str("by").unwrap(), "ann");
    let until = stored.get_datetime("until").unwrap().timestamp_millis();
    let minutes = (until - DateTime::now().timestamp_millis()) / 60_000;
    assert!((43..=45).contains(&minutes), "{minutes}");
    assert_eq!(writer_is_refused(&scene).await, [false, false], "nobody asked for a fence");

    // Said otherwise while it is on: it goes on since it began.
    let since = *stored.get_datetime("since").unwrap();
    scene.expect(0, &["maintenance", "on", "--until", "50m", "--scope", "quotes"]);
    let changed = state(&scene).await;
    assert_eq!(*changed.get_datetime("since").unwrap(), since);
    assert_ne!(changed.get_datetime("until").unwrap(), stored.get_datetime("until").unwrap());
    // Every other command says so.
    scene.expect(0, &["status"]).assert_says("can only be read");

    scene.expect(0, &["maintenance", "off"]);
    assert!(!state(&scene).await.get_bool("on").unwrap());
    let status = scene.expect(0, &["maintenance", "status"]);
    assert_eq!(row(&status, "maintenance_period")["by"], "ann");
    scene.expect(0, &["maintenance", "off"]).assert_says("off already");
    let periods = doc! { "kind": "maintenance_period" };
    let count = scene.collection("causeway_state").count_documents(periods).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_overdue_is_said_and_goes_on() {
    let scene = Scene::with_quotes(plain_quotes(3)).await;
    scene.expect(0, &["maintenance", "on", "--scope", "quotes"]);
    let past = DateTime::from_millis(DateTime::now().timestamp_millis() - 90_000);
    let states = scene.collection("causeway_state");
    states
        .update_one(doc! { "_id": "maintenance" }, doc! { "$set": { "until": past } })
        .await
        .unwrap();
    let status = scene.expect(0, &["maintenance", "status"]);
    assert_eq!(row(&status, "maintenance")["overdue"], true);
    scene.expect(0, &["history"]).assert_says("overdue since");
    assert!(state(&scene).await.get_bool("on").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_words_change_nothing() {
    let scene = Scene::with_quotes(plain_quotes(3)).await;
    scene.expect(2, &["maintenance", "on", "--until", "soon"]);
    scene.expect(2, &["maintenance", "on", "--until", "2020-01-01 02:00"]);
    scene.expect(2, &["maintenance", "on", "--fence"]).assert_says("collections that are named");
    scene
        .expect(3, &["maintenance", "on", "--scope", "qoutes"])
        .assert_says("no collection qoutes");
    let view = doc! { "create": "seen", "viewOn": "quotes", "pipeline": [] };
    scene.database.run_command(view).await.unwrap();
    scene.expect(3, &["maintenance", "on", "--fence", "--scope", "quotes", "--scope", "seen"]);
    // Behind a fence of its own, causeway could not even lift it.
    for own in ["causeway_lock", "causeway_state", "migrations", "system.views"] {
        scene
            .expect(3, &["maintenance", "on", "--fence", "--scope", own])
            .assert_says("is not the application's to write");
    }
    let name = scene.database.name();
    scene.expect_on(3, (name, Some("other")), &["maintenance", "on", "--scope", "quotes"]);
    scene.expect_on(3, (name, None), &["maintenance", "on", "--scope", "quotes"]);
    assert_eq!(writer_is_refused(&scene).await, [false, false]);
}

/// With every kind of validator there may have been.
#[tokio::test(flavor = "multi_thread")]
async fn the_fence_refuses_writers_and_what_stood_there_comes_back() {
    let validator = doc! { "$jsonSchema": { "required": ["leadName"] } };
    let levels = [
        doc! { "validator": validator.clone(), "validationLevel": "moderate", "validationAction": "warn" },
        doc! { "validator": validator, "validationLevel": "strict", "validationAction": "error" },
        doc! {},
    ];
    for former in levels {
        let scene = Scene::with_quotes(plain_quotes(3)).await;
        if !former.is_empty() {
            let mut command = doc! { "collMod": "quotes" };
            command.extend(former.clone());
            scene.database.run_command(command).await.unwrap();
        }
        let before = options(&scene, "quotes").await;
        scene.expect(0, &["maintenance", "on", "--fence", "--scope", "quotes"]);
        assert_eq!(writer_is_refused(&scene).await, [true, true], "{former}");
        let error = scene.quotes().insert_one(doc! {}).await.unwrap_err();
        assert!(
            format!("{error:?}").contains("lift it with: causeway maintenance off"),
            "{error:?}"
        );
        // Once more changes nothing, and does not take the fence for what stood there before.
        scene.expect(0, &["maintenance", "on", "--fence", "--scope", "quotes"]);
        scene
            .expect(0, &["status"])
            .assert_says("the database refuses inserts and updates of quotes");
        let status = scene.expect(0, &["maintenance", "status"]);
        assert_eq!(row(&status, "fence")["collections"][0], "quotes");
        scene.expect(0, &["maintenance", "off"]);
        assert_eq!(writer_is_refused(&scene).await, [false, false], "{former}");
        let after = options(&scene, "quotes").await;
        if former.is_empty() {
            // The server says from then on what it took for granted before.
            assert_eq!(after, doc! { "validationLevel": "strict", "validationAction": "error" });
        } else {
            assert_eq!(after, before);
        }
    }
}

/// A migration that changes the validator, carried out and rolled back behind a fence.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_changes_the_validator_behind_the_fence() {
    let options_of_data =
        Options { quotes: 400, validator: Validator::Strict, ..Options::default() };
    let scene = Scene::generated(&options_of_data).await;
    let before = options(&scene, "quotes").await;
    let photo = scene.photo().await;
    let fence = ["maintenance", "on", "--fence", "--scope", "quotes"];
    let plan = |scene: &Scene| scene.expect(0, &["plan", "010"]).event("plan")["hash"].clone();
    let hash = plan(&scene);
    scene.expect(0, &fence);
    assert_eq!(plan(&scene), hash, "a plan that was approved is another behind the fence");
    scene.up();
    assert_eq!(writer_is_refused(&scene).await, [true, true]);
    scene.verify(0, "applied");
    scene.expect(0, &["maintenance", "off"]);
    scene.verify(0, "applied");
    let after = options(&scene, "quotes").await;
    assert_ne!(after, before, "the validator was to be changed");
    assert!(format!("{after}").contains("event_added"), "{after}");
    let bare = scene.quotes().insert_one(doc! { "_id": "bare" }).await.map(drop);
    assert!(refused(bare), "the strict validator is not back");

    scene.expect(0, &fence);
    scene.down();
    scene.expect(0, &["maintenance", "off"]);
    scene.verify(0, "rolled-back");
    // Level and action were not said before.
    assert_eq!(options(&scene, "quotes").await.get("validator"), before.get("validator"));
    scene.photo().await.assert_same(&photo);
}

/// Killed between keeping what stood there and replacing it, and between bringing it back and
/// forgetting it.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_raised_or_half_lifted_fence_is_completed() {
    let scene = Scene::with_quotes(plain_quotes(3)).await;
    scene.collection("events").insert_one(doc! { "_id": 1 }).await.unwrap();
    let on = ["maintenance", "on", "--fence", "--scope", "quotes", "--scope", "events"];
    scene.expect(0, &on);
    // As it is when the one of events was not raised yet, or was lifted already.
    let lifted = doc! { "collMod": "events", "validator": {} };
    scene.database.run_command(lifted.clone()).await.unwrap();
    scene.expect(0, &on);
    assert!(refused(scene.collection("events").insert_one(doc! { "_id": 2 }).await.map(drop)));
    scene.database.run_command(lifted).await.unwrap();
    scene.expect(0, &["maintenance", "off"]);
    assert_eq!(writer_is_refused(&scene).await, [false, false]);
    scene.collection("events").insert_one(doc! { "_id": 3 }).await.unwrap();

    // Somebody gave the collection another validator, or made it anew: that stays, and is said.
    scene.expect(0, &on);
    let other = doc! { "collMod": "events", "validator": { "name": { "$exists": true } } };
    scene.database.run_command(other).await.unwrap();
    scene.quotes().drop().await.unwrap();
    scene.quotes().insert_one(doc! { "_id": 1 }).await.unwrap();
    scene.expect(6, &["maintenance", "off"]).assert_says("has another validator than the fence");
    assert!(
        options(&scene, "events").await.get_document("validator").unwrap().contains_key("name")
    );
    scene.expect(0, &["maintenance", "off"]).assert_says("off already");
}

/// Without what stood there before, a fence is not taken for a validator to come back.
#[tokio::test(flavor = "multi_thread")]
async fn a_fence_of_which_nothing_is_kept_is_not_fenced_again() {
    let scene = Scene::with_quotes(plain_quotes(3)).await;
    scene.expect(0, &["maintenance", "on", "--fence", "--scope", "quotes"]);
    scene.collection("causeway_lock").delete_one(doc! { "_id": "fence" }).await.unwrap();
    scene
        .expect(3, &["maintenance", "on", "--fence", "--scope", "quotes"])
        .assert_says("what stood there before is not in causeway_lock");
}

/// What a backup taken behind a fence says of validators is what stood there before.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_behind_the_fence_has_the_former_validator() {
    let scene = Scene::with_quotes(plain_quotes(300)).await;
    let validator = doc! { "_id": { "$exists": true } };
    let command = doc! { "collMod": "quotes", "validator": validator.clone() };
    scene.database.run_command(command).await.unwrap();
    scene.expect(0, &["maintenance", "on", "--fence", "--scope", "quotes"]);
    let made = scene.expect(0, &["backup", "create"]);
    let folder = made.events.iter().find(|event| event["key"] == "folder").unwrap()["text"].clone();
    let folder = folder.as_str().unwrap();
    scene.expect(0, &["backup", "prove", folder]);
    let beside = format!("{}_beside", scene.database.name());
    scene.expect_on(0, (&beside, Some(&beside)), &["backup", "restore", folder]);
    let restored = scene.client().database(&beside);
    let command = doc! { "listCollections": 1, "filter": { "name": "quotes" } };
    let listed = restored.run_command(command).await.unwrap();
    let listed = listed.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    let options = listed[0].as_document().unwrap().get_document("options").unwrap();
    assert_eq!(options.get("validator"), Some(&Bson::Document(validator)));
    restored.drop().await.unwrap();
    // In its own place the restored one is another collection, and not behind the fence.
    let ran = scene.expect(0, &["backup", "restore", folder]);
    ran.assert_says("quotes will not be behind the fence");
    scene.quotes().insert_one(doc! { "_id": "new" }).await.unwrap();
    scene.expect(0, &["maintenance", "off"]).assert_says("is not fenced");
}

/// Somebody who works holds the lease: nothing is changed under his hands.
#[tokio::test(flavor = "multi_thread")]
async fn no_fence_while_somebody_else_works() {
    let scene = Scene::with_quotes(plain_quotes(3)).await;
    let in_an_hour = DateTime::from_millis(DateTime::now().timestamp_millis() + 3_600_000);
    let held = doc! { "_id": "lease", "epoch": 1_i64, "released": false, "expires_at": in_an_hour,
    "holder": { "run": "other", "operator": "bob", "host": "elsewhere", "pid": 1_i64 } };
    scene.collection("causeway_lock").insert_one(held).await.unwrap();
    scene.expect(4, &["maintenance", "on", "--fence", "--scope", "quotes"]);
    assert!(!state(&scene).await.get_bool("on").unwrap_or_default());
    // Telling people needs no lease.
    scene.expect(0, &["maintenance", "on", "--scope", "quotes"]);
    scene.expect(0, &["maintenance", "off"]);
}
