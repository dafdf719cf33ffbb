//! `backup prove`: a backup counts only when it was restored and came back as it was.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bson::{DateTime, Document, doc};
use testbed::{ReplicaSet, ReplicaSetOptions};

use super::fixture::{
    content, create, documents, everything, long_name, manifest, proof, reseal, row, small,
};
use crate::scene::{Ran, Scene};
use crate::trial::Trial;

#[track_caller]
fn prove(scene: &Scene, code: i32, backup: &Path) -> Ran {
    let ran = scene.expect(code, &["backup", "prove", backup.to_str().unwrap()]);
    assert_nothing_left(scene);
    ran
}

/// No server, no data of one.
#[track_caller]
fn assert_nothing_left(scene: &Scene) {
    let scratch = scene.path().join("state/scratch");
    // What removes the data works by itself once the program has ended.
    let deadline = Instant::now() + Duration::from_secs(15);
    while Instant::now() < deadline && !(names(&scratch).is_empty() && servers(&scratch).is_empty())
    {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(names(&scratch), [""; 0], "data was left");
    assert_eq!(servers(&scratch), [""; 0], "a server was left");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Command lines of processes that work in a folder.
fn servers(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let lines = processes.filter_map(|process| fs::read_to_string(process.join("cmdline")).ok());
    let folder = folder.to_str().unwrap();
    lines.filter(|line| line.contains("mongod") && line.contains(folder)).collect()
}

#[track_caller]
fn assert_proved(scene: &Scene, backup: &Path) {
    let (proof, manifest) = (proof(backup), manifest(backup));
    assert_eq!(proof["passed"], true, "{proof}");
    assert_eq!(proof["manifest"], manifest.checksum);
    assert_eq!(proof["documents"], manifest.total().documents, "{proof}");
    assert_eq!(proof["collections"], manifest.collections.len(), "{proof}");
    assert_eq!(proof["operator"], "ann");
    assert!(proof["problems"].as_array().unwrap().is_empty(), "{proof}");
    let row = row(scene, backup);
    assert_eq!(row["proved"], "yes", "{row}");
    assert_eq!(row["proved_at"], proof["proved_at"], "{row}");
}

/// It names the thing in the output and in the proof, and counts as failed.
#[track_caller]
fn assert_failed(scene: &Scene, backup: &Path, ran: &Ran, what: &str) {
    ran.assert_says(what);
    let proof = proof(backup);
    assert_eq!(proof["passed"], false, "{proof}");
    assert!(proof["problems"].to_string().contains(what), "{what:?} is not in {proof}");
    assert_eq!(row(scene, backup)["proved"], "FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back() {
    let scene = Scene::empty().await;
    everything(&scene.database).await;
    for compress in ["none", "gzip"] {
        let backup = create(&scene, &["--compress", compress]);
        assert_eq!(row(&scene, &backup)["proved"], "no");
        prove(&scene, 0, &backup);
        assert_proved(&scene, &backup);
        // The proof is no stranger.
        scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
    }
}

/// On the server that they come from nobody deletes them, and so it must be where they are restored.
#[tokio::test(flavor = "multi_thread")]
async fn documents_that_expired_come_back() {
    let never = ("ttlMonitorEnabled".to_owned(), "false".to_owned());
    let options = ReplicaSetOptions { parameters: vec![never], ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    let client = server.client().await.unwrap();
    let scene = Scene::at(server.uri(), client.database("shop"));
    let at = DateTime::from_millis(1_000_000_000_000);
    let sessions = (0..50).map(|n| doc! { "_id": n, "at": at });
    scene.collection("sessions").insert_many(sessions).await.unwrap();
    let index = doc! { "key": { "at": 1 }, "name": "expiry", "expireAfterSeconds": 60 };
    let run = async |command: Document| scene.database.run_command(command).await.unwrap();
    run(doc! { "createIndexes": "sessions", "indexes": [index] }).await;
    run(
        doc! { "create": "metrics", "expireAfterSeconds": 60, "timeseries": { "timeField": "at" } },
    )
    .await;
    scene.collection("metrics").insert_one(doc! { "at": at, "value": 1 }).await.unwrap();
    run(doc! { "create": "clustered", "expireAfterSeconds": 60,
    "clusteredIndex": { "key": { "_id": 1 }, "unique": true } })
    .await;
    scene.collection("clustered").insert_one(doc! { "_id": at }).await.unwrap();
    let backup = create(&scene, &[]);
    prove(&scene, 0, &backup);
    assert_proved(&scene, &backup);
    assert_eq!(proof(&backup)["documents"], 52);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_server_that_others_use_it_leaves_no_database() {
    let (scene, backup) = small().await;
    let other = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let there = other.client().await.unwrap();
    let before = scene.photo().await;
    let (path, uri) = (backup.to_str().unwrap(), other.uri());
    let name = scene.database.name();
    for place in [vec!["--here"], vec!["--on", &uri]] {
        let command = [&["backup", "prove", path], &place[..]].concat();
        for yes in [None, Some("other"), Some("causeway_scratch_")] {
            let refused = scene.expect_on(3, (name, yes), &command);
            refused.assert_says(name);
            assert!(!backup.join("causeway-proof.json").exists(), "{yes:?} left a proof");
        }
        let ran = scene.expect(0, &command);
        ran.assert_says("causeway_scratch_");
        assert_proved(&scene, &backup);
        for client in [scene.client(), &there] {
            let databases = client.list_database_names().await.unwrap();
            let left = databases.iter().any(|name| name.starts_with("causeway_scratch"));
            assert!(!left, "{place:?} left {databases:?}");
        }
        fs::remove_file(backup.join("causeway-proof.json")).unwrap();
    }
    assert!(!there.list_database_names().await.unwrap().contains(&name.to_owned()));
    before.assert_same(&scene.photo().await);
}

/// A name that is as long as it may be leaves no room for the longer name of a scratch database.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_too_long_for_another_database_is_refused() {
    let (scene, _) = small().await;
    let name = long_name(&scene.database);
    scene.collection(&name).insert_one(doc! { "_id": 1 }).await.unwrap();
    let backup = create(&scene, &[]);
    let path = backup.to_str().unwrap();
    scene.expect(3, &["backup", "prove", path, "--here"]).assert_says("too long");
    assert_eq!(row(&scene, &backup)["proved"], "no");
    let longer = format!("{}_longer", scene.database.name());
    let to_longer = (longer.as_str(), Some(longer.as_str()));
    scene.expect_on(3, to_longer, &["backup", "restore", path]).assert_says("too long");
    assert!(!scene.client().list_database_names().await.unwrap().contains(&longer));
    prove(&scene, 0, &backup);
    assert_proved(&scene, &backup);
}

/// Asked to stop, it ends as if it had never begun: also while its server starts.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_it_leaves_nothing() {
    let trial = Trial::empty().await;
    let filling = (0..120_000).map(|n| doc! { "_id": n, "text": "x".repeat(300) });
    trial.scene.quotes().insert_many(filling).await.unwrap();
    let backup = create(&trial.scene, &[]);
    let path = backup.to_str().unwrap();
    for (place, event) in [("", "target"), ("", "fact"), ("--here", "fact"), ("", "progress")] {
        let command: Vec<&str> = ["backup", "prove", path, place].into_iter().collect();
        let command: Vec<&str> = command.into_iter().filter(|it| !it.is_empty()).collect();
        let mut proving = trial.start(&command);
        let scratch = trial.scene.path().join("state/scratch");
        if event == "target" {
            let deadline = Instant::now() + Duration::from_secs(20);
            while servers(&scratch).is_empty() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
        } else {
            proving.wait_for(event);
        }
        proving.signal("INT");
        let told = proving.end();
        assert_eq!(told.code, 3, "{place} at {event}: {told}");
        assert!(told.failure().contains("nothing is proved"), "{told}");
        assert_nothing_left(&trial.scene);
        assert!(!backup.join("causeway-proof.json").exists(), "{place} at {event} left a proof");
        let databases = trial.scene.client().list_database_names().await.unwrap();
        let left = databases.iter().any(|name| name.starts_with("causeway_scratch"));
        assert!(!left, "{place} at {event} left {databases:?}");
    }
    trial.expect(0, &["backup", "prove", path]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_index_over_duplicates_is_found() {
    let scene = Scene::empty().await;
    let quotes = [doc! { "_id": 1, "n": "twice" }, doc! { "_id": 2, "n": "twice" }];
    scene.quotes().insert_many(quotes).await.unwrap();
    let index = doc! { "key": { "n": 1 }, "name": "by n" };
    let making = doc! { "createIndexes": "quotes", "indexes": [index] };
    scene.database.run_command(making).await.unwrap();
    let backup = create(&scene, &[]);
    let file = manifest(&backup).collections["quotes"].metadata.clone();
    let metadata = String::from_utf8(content(&backup.join(&file))).unwrap();
    let unique = metadata.replace("\"name\":\"by n\"", "\"name\":\"by n\",\"unique\":true");
    assert_ne!(unique, metadata, "the index has not been made unique");
    reseal(&backup, &file, unique.as_bytes());
    scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
    let ran = prove(&scene, 6, &backup);
    assert_failed(&scene, &backup, &ran, "twice");
    assert_failed(&scene, &backup, &ran, "by n");
    // Nor does it replace anything.
    let before = scene.photo().await;
    let restored = scene.expect(6, &["backup", "restore", backup.to_str().unwrap()]);
    restored.assert_says("twice");
    restored.assert_says("did not come back as it was when that was tried");
    before.assert_same(&scene.photo().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_there_twice_is_found() {
    let (scene, backup) = small().await;
    let file = manifest(&backup).collections["quotes"].data.clone().unwrap();
    let mut bytes = content(&backup.join(&file));
    let again = documents(&bytes).swap_remove(7);
    bytes.extend_from_slice(&again);
    reseal(&backup, &file, &bytes);
    scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
    let ran = prove(&scene, 6, &backup);
    assert_failed(&scene, &backup, &ran, "duplicate key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_is_found() {
    let (scene, backup) = small().await;
    let file = manifest(&backup).collections["quotes"].data.clone().unwrap();
    let path = backup.join(&file);
    let whole = fs::read(&path).unwrap();
    // In a length, in a text, in the end of the last document.
    for place in [0, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[place] ^= 1 << (place % 8);
        fs::write(&path, changed).unwrap();
        let ran = prove(&scene, 6, &backup);
        assert_failed(&scene, &backup, &ran, "quotes");
    }
    fs::write(&path, whole).unwrap();
    prove(&scene, 0, &backup);
    assert_proved(&scene, &backup);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proof_of_another_backup_proves_nothing() {
    let (scene, proved) = small().await;
    prove(&scene, 0, &proved);
    let other = create(&scene, &[]);
    fs::copy(proved.join("causeway-proof.json"), other.join("causeway-proof.json")).unwrap();
    assert_eq!(row(&scene, &other)["proved"], "no");
    assert_eq!(row(&scene, &proved)["proved"], "yes");
    let ran = scene.expect(0, &["backup", "restore", other.to_str().unwrap()]);
    ran.assert_says("nobody proved this backup");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_no_backup_there_is_no_proof() {
    let (scene, backup) = small().await;
    scene.expect(2, &["backup", "prove", "nowhere"]);
    fs::remove_file(backup.join("causeway-manifest.json")).unwrap();
    scene.expect(2, &["backup", "prove", backup.to_str().unwrap()]);
    assert!(!backup.join("causeway-proof.json").exists());
}
