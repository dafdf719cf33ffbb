//! Verification: what the application did is told apart from damage.
//!
//! Damage is a write that the history doesn't show as somebody else's: one from a session that
//! passes for the run's own, or one made while the member ran outside of its set.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bson::{Document, doc};
use mongodb::Client;
use testbed::data::Options;
use testbed::data::writer::{EditStyle, Kind, Writer, WriterOptions};
use testbed::{FailPoint, ReplicaSet, ReplicaSetOptions};

use crate::scene::{Ran, Scene, plain_quotes};

/// Server errors: what a cursor goes on with is gone.
const SNAPSHOT_TOO_OLD: i32 = 239;
const CURSOR_NOT_FOUND: i32 = 43;

/// Changes documents in a transaction of a session that the application's run has for its own.
async fn as_if_by_the_run(scene: &Scene, commands: Vec<Document>) {
    // A client of its own: a driver gives a session that has ended to whoever writes next.
    let client = Client::with_uri_str(scene.uri()).await.unwrap();
    let database = client.database(scene.database.name());
    let mut session = client.start_session().await.unwrap();
    let id = session.id().get("id").unwrap().clone();
    let runs = scene.collection("causeway_runs");
    let add = doc! { "$addToSet": { "sessions": id } };
    runs.update_many(doc! { "is_application": true }, add).await.unwrap();
    session.start_transaction().await.unwrap();
    for command in commands {
        database.run_command(command).session(&mut session).await.unwrap();
    }
    session.commit_transaction().await.unwrap();
}

fn update(filter: Document, update: Document) -> Document {
    doc! { "update": "quotes", "updates": [{ "q": filter, "u": update, "multi": true }] }
}

fn delete(filter: Document) -> Document {
    doc! { "delete": "quotes", "deletes": [{ "q": filter, "limit": 0 }] }
}

fn list(ran: &Ran, scene: &Scene) -> Vec<serde_json::Value> {
    let file = ran.event("verified")["list_file"].as_str().unwrap().to_owned();
    let text = std::fs::read_to_string(scene.path().join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The cursor that reads everything breaks off: all is read again, and nothing counts twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_breaks_off_begins_again() {
    let scene = Scene::with_quotes(plain_quotes(3_000)).await;
    scene.up();
    let mut broken = 0;
    for (code, times) in [(SNAPSHOT_TOO_OLD, 1), (CURSOR_NOT_FOUND, 1), (SNAPSHOT_TOO_OLD, 3)] {
        let point = FailPoint::fail_command(["getMore"]).error_code(code).times(times);
        let point = point.app_name("causeway").on(scene.client()).await.unwrap();
        let ran = scene.verify(0, "applied");
        broken += i64::from(times);
        assert_eq!(point.off().await.unwrap(), broken, "not all of them were met");
        let verified = ran.event("verified");
        assert_eq!(verified["documents"], 3_000);
        assert_eq!(verified["collections"]["quotes"]["unchanged"], 3_000, "{verified}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_application_did_is_no_damage() {
    let scene = Scene::with_quotes(plain_quotes(30)).await;
    scene.up();
    let quotes = scene.quotes();
    quotes.update_one(doc! { "_id": 1 }, doc! { "$set": { "leadName": "Bob" } }).await.unwrap();
    let replaced = doc! { "leadName": "Cleo", "selectedEvents": [] };
    quotes.replace_one(doc! { "_id": 2 }, replaced).await.unwrap();
    quotes.delete_many(doc! { "_id": { "$in": [3, 4] } }).await.unwrap();
    quotes.insert_one(doc! { "_id": "new", "selectedEvents": [] }).await.unwrap();
    // Made and gone again, gone and made again, there and back again.
    quotes.insert_one(doc! { "_id": "brief" }).await.unwrap();
    quotes.delete_one(doc! { "_id": "brief" }).await.unwrap();
    quotes.delete_one(doc! { "_id": 5 }).await.unwrap();
    quotes.insert_one(doc! { "_id": 5, "selectedEvents": [] }).await.unwrap();
    quotes.update_one(doc! { "_id": 6 }, doc! { "$set": { "x": 1 } }).await.unwrap();
    quotes.update_one(doc! { "_id": 6 }, doc! { "$unset": { "x": 1 } }).await.unwrap();
    // In a transaction of its own, too.
    let mut session = scene.client().start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    let edit = doc! { "$set": { "leadName": "Dora" } };
    quotes.update_one(doc! { "_id": 7 }, edit).session(&mut session).await.unwrap();
    session.commit_transaction().await.unwrap();

    for (command, gone, changed) in [("applied", 2, 4), ("rolled-back", 2, 4)] {
        let ran = scene.verify(0, command);
        assert_eq!(ran.verdict("created_by_application"), 1);
        assert_eq!(ran.verdict("deleted_by_application"), gone);
        assert_eq!(ran.verdict("changed_by_application"), changed);
        assert_eq!(ran.verdict("unchanged"), 30 - gone - changed);
        assert_eq!(list(&ran, &scene).len() as u64, 1 + gone + changed);
        if command == "applied" {
            scene.down();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_at_work_all_the_time() {
    for (seed, edits) in [(1, EditStyle::Set), (2, EditStyle::Replace)] {
        let scene = Scene::generated(&Options { quotes: 300, ..Options::default() }).await;
        let uri = testbed::shared().await.unwrap().uri();
        let options = WriterOptions { per_second: 200, seed, edits, ..WriterOptions::default() };
        let writer = Writer::start(&uri, scene.database.name(), options).unwrap();
        while writer.acknowledged() < 20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let up = scene.causeway(&["up", "010"]);
        let after_up = scene.causeway(&["verify", "010", "--state", "applied"]);
        let down = scene.causeway(&["down", "010"]);
        let tally = writer.stop().await.unwrap();
        assert_eq!(up.code, 0, "{}", up.told());
        assert_eq!(down.code, 0, "{}", down.told());
        for verdict in ["damaged", "missing", "unexpected", "cause_unknown"] {
            assert_eq!(after_up.verdict(verdict), 0, "{}", after_up.told());
        }
        let ran = scene.verify(0, "rolled-back");
        assert_eq!(tally.lost(&scene.database).await.unwrap(), []);
        let inserted = tally.acknowledged.iter().filter(|it| it.kind == Kind::Insert).count();
        assert!(ran.verdict("created_by_application") <= inserted as u64);
        assert!(ran.verdict("created_by_application") > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_found_and_named() {
    let scene = Scene::with_quotes(plain_quotes(300)).await;
    scene.up();
    as_if_by_the_run(
        &scene,
        vec![
            update(doc! { "_id": { "$lt": 120 } }, doc! { "$inc": { "totalPrice": 1 } }),
            delete(doc! { "_id": { "$gte": 298 } }),
            doc! { "insert": "quotes", "documents": [{ "_id": "ghost", "selectedEvents": [] }] },
        ],
    )
    .await;
    let ran = scene.verify(6, "applied");
    assert_eq!(ran.verdict("damaged"), 120);
    assert_eq!(ran.verdict("missing"), 2);
    assert_eq!(ran.verdict("unexpected"), 1);
    assert_eq!(ran.verdict("unchanged"), 178);
    let samples = &ran.event("verified")["samples"]["quotes"];
    assert_eq!(samples["damaged"].as_array().unwrap().len(), 100);
    assert_eq!(samples["missing"].as_array().unwrap().len(), 2);
    assert_eq!(samples["unexpected"][0], "\"ghost\"");
    let all = list(&ran, &scene);
    assert_eq!(all.len(), 123);
    assert_eq!(all.iter().filter(|line| line["verdict"] == "damaged").count(), 120);
    // An edit of the application explains a change, not that a document is gone or new.
    scene.quotes().insert_one(doc! { "_id": 298, "selectedEvents": [] }).await.unwrap();
    scene.quotes().update_one(doc! { "_id": "ghost" }, doc! { "$set": { "x": 1 } }).await.unwrap();
    let edit = doc! { "$set": { "x": 1 } };
    scene.quotes().update_one(doc! { "_id": 0 }, edit).await.unwrap();
    let ran = scene.verify(6, "applied");
    assert_eq!(ran.verdict("damaged"), 119);
    assert_eq!(ran.verdict("missing"), 1);
    assert_eq!(ran.verdict("unexpected"), 1);
    // The rollback takes the field away, but does not pass for a proof.
    let down = scene.expect(6, &["down", "010"]);
    assert_eq!(down.verdict("damaged"), 119);
    assert_eq!(scene.status().await, "failed");
    scene.verify(6, "rolled-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bit_and_one_field_order_are_damage() {
    let scene = Scene::with_quotes([
        doc! { "_id": 1, "a": 7, "b": 1 },
        doc! { "_id": 2, "a": 7.0, "b": 1 },
        doc! { "_id": 3, "a": 1, "b": 2 },
        doc! { "_id": 4, "a": 1, "selectedEvents": ["there before"] },
        doc! { "_id": 5, "a": 1 },
    ])
    .await;
    scene.up();
    as_if_by_the_run(
        &scene,
        vec![
            update(doc! { "_id": 1 }, doc! { "$set": { "a": 7_i64 } }),
            update(doc! { "_id": 2 }, doc! { "$bit": { "b": { "xor": 1 << 20 } } }),
            update(doc! { "_id": 3 }, doc! { "_id": 3, "b": 2, "a": 1, "selectedEvents": [] }),
            update(doc! { "_id": 4 }, doc! { "$set": { "selectedEvents": [] } }),
        ]
        .into_iter()
        .map(|mut command| {
            let statement = command.get_array_mut("updates").unwrap()[0].as_document_mut().unwrap();
            if statement.get_document("u").unwrap().contains_key("_id") {
                statement.insert("multi", false);
            }
            command
        })
        .collect(),
    )
    .await;
    let ran = scene.verify(6, "applied");
    assert_eq!(ran.verdict("damaged"), 4);
    assert_eq!(ran.verdict("unchanged"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn up_and_down_fail_where_something_was_damaged_meanwhile() {
    let scene = Scene::with_quotes(plain_quotes(20)).await;
    scene.up();
    as_if_by_the_run(&scene, vec![update(doc! { "_id": 1 }, doc! { "$set": { "x": 1 } })]).await;
    scene.quotes().insert_one(doc! { "_id": "late" }).await.unwrap();
    let healing = scene.expect(6, &["up", "010"]);
    assert_eq!(healing.verdict("damaged"), 1);
    assert_eq!(scene.status().await, "failed");
    // Mended by hand: that is the application's change, and verification passes.
    scene.quotes().update_one(doc! { "_id": 1 }, doc! { "$unset": { "x": 1 } }).await.unwrap();
    scene.up();
    assert_eq!(scene.status().await, "completed");
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_history_is_damage() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let client = server.client().await.unwrap();
    let scene = Scene::at(server.uri(), client.database("shop"));
    scene.record_nine().await;
    scene.quotes().insert_many(plain_quotes(50)).await.unwrap();
    scene.up();
    let member = server.member_client(0).await.unwrap();
    // The answer gets lost with the server.
    let _ = member.database("admin").run_command(doc! { "shutdown": 1, "force": true }).await;
    outside_of_its_set(&server, async |shop| {
        let quotes = shop.database("shop").collection::<Document>("quotes");
        quotes.update_one(doc! { "_id": 1 }, doc! { "$set": { "x": 1 } }).await.unwrap();
        quotes.delete_one(doc! { "_id": 2 }).await.unwrap();
        quotes.insert_one(doc! { "_id": "ghost", "selectedEvents": [] }).await.unwrap();
    })
    .await;
    server.restart(0).await.unwrap();
    server.primary().await.unwrap();
    let ran = scene.verify(6, "applied");
    let verdicts = ["damaged", "missing", "unexpected"].map(|verdict| ran.verdict(verdict));
    assert_eq!(verdicts, [1, 1, 1], "{}", ran.told());
}

struct Standalone(Child);

impl Drop for Standalone {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the stopped member's data alone: what is written there leaves no entry in the oplog.
async fn outside_of_its_set(server: &ReplicaSet, work: impl AsyncFnOnce(Client)) {
    let data = server.log(0).parent().unwrap().join("data");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = tokio::task::spawn_blocking(testbed::mongod::find).await.unwrap().unwrap();
    let mut command = Command::new(program);
    command
        .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--port", &port.to_string()])
        .args(["--wiredTigerCacheSizeGB", "0.25", "--dbpath"])
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // The member may still be ending: its lock on the folder goes last.
    let mut standalone = Standalone(command.spawn().unwrap());
    let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
    let client = Client::with_uri_str(uri).await.unwrap();
    let mut tries = 0;
    while client.database("admin").run_command(doc! { "ping": 1 }).await.is_err() {
        tries += 1;
        assert!(tries < 20, "no standalone server");
        if standalone.0.try_wait().unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(300)).await;
            standalone = Standalone(command.spawn().unwrap());
        }
    }
    work(client.clone()).await;
    let _ = client.database("admin").run_command(doc! { "shutdown": 1, "force": true }).await;
    standalone.0.wait().unwrap();
}

/// The server's word for an oplog that has rolled over; making one roll takes a gigabyte.
#[tokio::test(flavor = "multi_thread")]
async fn history_that_is_lost_leaves_causes_unknown() {
    const CHANGE_STREAM_HISTORY_LOST: i32 = 286;
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let client = server.client().await.unwrap();
    let scene = Scene::at(server.uri(), client.database("shop"));
    scene.record_nine().await;
    scene.quotes().insert_many(plain_quotes(50)).await.unwrap();
    scene.up();
    let lost = FailPoint::fail_command(["aggregate"]).error_code(CHANGE_STREAM_HISTORY_LOST);
    let lost = lost.app_name("causeway").on(&client).await.unwrap();
    // Nothing is different: nobody needs the history.
    scene.verify(0, "applied");
    let quotes = scene.quotes();
    quotes.update_one(doc! { "_id": 1 }, doc! { "$set": { "x": 1 } }).await.unwrap();
    quotes.delete_one(doc! { "_id": 2 }).await.unwrap();
    quotes.insert_one(doc! { "_id": "new", "selectedEvents": [] }).await.unwrap();
    let ran = scene.verify(6, "applied");
    assert_eq!(ran.verdict("cause_unknown"), 3, "{}", ran.told());
    ran.assert_says("can't be told");
    assert_eq!(list(&ran, &scene).len(), 3);
    lost.off().await.unwrap();
    assert_eq!(scene.verify(0, "applied").verdict("cause_unknown"), 0);
}

fn digest_file(folder: &Path) -> PathBuf {
    let mut entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_before = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("before-quotes") && name.ends_with(".digests")
    };
    entries.find(is_before).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_file_that_is_damaged_or_gone_is_no_proof() {
    let scene = Scene::with_quotes(plain_quotes(50)).await;
    let run = scene.up().run();
    let file = digest_file(&scene.run_folder(&run));
    let bytes = std::fs::read(&file).unwrap();
    for at in [16, bytes.len() / 2, bytes.len() - 20] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        std::fs::write(&file, &flipped).unwrap();
        scene.verify(6, "applied").assert_says("is damaged at");
    }
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    scene.verify(6, "applied").assert_says("is damaged at");

    std::fs::remove_file(&file).unwrap();
    scene.verify(6, "applied").assert_says("none for quotes");
    scene.quotes().insert_one(doc! { "_id": "late" }).await.unwrap();
    // Refused before anything is written, not afterwards.
    scene.expect(3, &["up", "010"]);
    assert_eq!(
        scene
            .quotes()
            .count_documents(doc! { "selectedEvents": { "$exists": false } })
            .await
            .unwrap(),
        1
    );
    scene.expect(0, &["up", "010", "--without-digests"]);
    assert_eq!(scene.status().await, "completed");
    scene.expect(0, &["verify", "010", "--state", "applied", "--without-digests"]);
    scene.expect(3, &["down", "010"]);
    assert_eq!(scene.status().await, "completed");
    scene.expect(0, &["down", "010", "--without-digests"]);
    assert_eq!(scene.status().await, "rolled_back");
    std::fs::write(&file, &bytes).unwrap();
    let ran = scene.verify(0, "rolled-back");
    assert_eq!(ran.verdict("created_by_application"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_and_the_index_are_asked_for_too() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    scene.verify(6, "applied").assert_says("there is no record of 010");
    scene.up();
    let records = scene.collection("migrations");
    let failed = doc! { "$set": { "status": "failed" } };
    records.update_one(doc! { "version": "010" }, failed).await.unwrap();
    scene.verify(6, "applied").assert_says("the record of 010 says failed");
    records.delete_one(doc! { "version": "010" }).await.unwrap();
    scene.verify(6, "applied").assert_says("there is no record of 010");
    // The same command records it again.
    scene.up();
    assert_eq!(scene.status().await, "completed");
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_was_dropped_or_renamed_is_told() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    scene.up();
    scene.quotes().drop().await.unwrap();
    scene.quotes().insert_many(plain_quotes(9)).await.unwrap();
    let ran = scene.verify(6, "applied");
    ran.assert_says("the collection saw a drop");
}
