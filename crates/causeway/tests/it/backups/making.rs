//! A backup holds everything as it is at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bson::raw::RawDocumentBuf;
use bson::{Bson, Document, doc};
use causeway_core::backup::file_names::stem;
use mongodb::Database;
use testbed::FailPoint;
use tokio::task::JoinHandle;

use super::fixture::{
    content, create, documents, everything, files, listed, manifest, small, sorted, stored,
};
use crate::scene::Scene;

/// Server error: the history that it keeps does not reach back to the snapshot any more.
const SNAPSHOT_TOO_OLD: i32 = 239;

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_in_it() {
    let scene = Scene::empty().await;
    everything(&scene.database).await;
    for compress in ["none", "gzip"] {
        let backup = create(&scene, &["--compress", compress]);
        assert_holds_all(&scene.database, &backup).await;
        scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
    }
    let shown = scene.expect(0, &["backup", "list"]);
    let rows: Vec<_> = shown.events.iter().filter(|event| event["event"] == "row").collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["verified"] == "yes"), "{rows:?}");
}

async fn assert_holds_all(database: &Database, backup: &Path) {
    let manifest = manifest(backup);
    let mut expected = BTreeSet::new();
    for found in listed(database, doc! { "listCollections": 1 }).await {
        let name = found.get_str("name").unwrap();
        if name.starts_with("system.") && name != "system.js" {
            continue;
        }
        expected.insert(name.to_owned());
        let entry = &manifest.collections[name];
        let metadata = content(&backup.join(&entry.metadata));
        let metadata: serde_json::Value = serde_json::from_slice(&metadata).unwrap();
        assert_eq!(metadata["collectionName"], name);
        let options = Bson::try_from(metadata["options"].clone()).unwrap_or(Bson::Null);
        let has = found.get("options").cloned().unwrap_or_default();
        if has.as_document().is_none_or(Document::is_empty) {
            assert_eq!(options, Bson::Null, "{name}");
        } else {
            assert_eq!(options, has, "{name}");
        }
        let source = match found.get_str("type").unwrap() {
            "view" => {
                assert_eq!(entry.data, None);
                continue;
            }
            "timeseries" => format!("system.buckets.{name}"),
            _ => name.to_owned(),
        };
        let indexes = Bson::try_from(metadata["indexes"].clone()).unwrap();
        let has = listed(database, doc! { "listIndexes": name }).await;
        assert_eq!(indexes, Bson::from(has), "{name}");
        let copied = documents(&content(&backup.join(entry.data.as_ref().unwrap())));
        let there = stored(database, &source).await;
        assert_eq!(entry.tally.documents, there.len() as u64, "{name}");
        // A capped collection has an order.
        if name == "capped" {
            assert!(copied == there, "{name}");
        } else {
            assert!(sorted(copied) == sorted(there), "{name}");
        }
    }
    assert_eq!(manifest.collections.into_keys().collect::<BTreeSet<_>>(), expected);
}

/// What a restore that is part-way fills beside is in the backup that is restored.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_restore_fills_beside_is_left_out() {
    let scene = Scene::empty().await;
    for name in ["kept", "causeway_restore.2026-11-22-0213-k7f.0"] {
        scene.collection(name).insert_one(doc! { "_id": 1 }).await.unwrap();
    }
    let manifest = manifest(&create(&scene, &[]));
    assert_eq!(manifest.collections.keys().collect::<Vec<_>>(), ["kept"]);
}

#[test]
fn names_are_those_of_the_tools() {
    // Written by the real `mongodump`.
    assert_eq!(stem("odd name %2F éü中"), "odd+name+%252F+%C3%A9%C3%BC%E4%B8%AD");
    assert_eq!(stem("with.dots"), "with.dots");
    assert_eq!(stem("slash/and\\back"), "slash%2Fand%5Cback");
    assert_eq!(stem("plus+and~tilde"), "plus%2Band~tilde");
    // 238 bytes are what the longest end leaves of a name; the tools cut at 208, and hash.
    let long = "é".repeat(100);
    let cut = stem(&long);
    assert_eq!(cut.len(), 238);
    assert_eq!(&cut[208..211], "%24");
}

/// Two counters that grow together, in one transaction; and a third that a capped collection keeps.
#[tokio::test(flavor = "multi_thread")]
async fn it_shows_one_moment_while_an_application_writes() {
    let scene = Scene::empty().await;
    let log = doc! { "create": "log", "capped": true, "size": 10_000_000 };
    scene.database.run_command(log).await.unwrap();
    counters(&scene.database).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writer = counting(&scene.database, &stop).await;
    for _ in 0..3 {
        let backup = create(&scene, &[]);
        assert_one_moment(&backup);
        scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}

/// The server forgets the snapshot, several times in each collection: what changed since is read
/// again, and the backup shows one moment all the same.
#[tokio::test(flavor = "multi_thread")]
async fn it_shows_one_moment_although_its_snapshot_is_lost() {
    let scene = Scene::empty().await;
    counters(&scene.database).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writer = counting(&scene.database, &stop).await;
    // The server counts them from its start.
    let mut lost = 0;
    for (compress, times) in [("none", 1), ("gzip", 4), ("none", 9)] {
        let too_old =
            FailPoint::fail_command(["getMore"]).error_code(SNAPSHOT_TOO_OLD).times(times);
        let too_old = too_old.app_name("causeway").on(scene.client()).await.unwrap();
        let backup = create(&scene, &["--compress", compress]);
        lost += i64::from(times);
        assert_eq!(too_old.off().await.unwrap(), lost, "not all of them were met");
        assert_one_moment(&backup);
        scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}

/// Large enough to be read in ranges.
async fn counters(database: &Database) {
    for name in ["first", "second"] {
        let filling = (0..30_000).map(|n| doc! { "_id": n, "text": "x".repeat(300) });
        database.collection::<Document>(name).insert_many(filling).await.unwrap();
        database.collection(name).insert_one(doc! { "_id": "counter", "n": 0 }).await.unwrap();
    }
}

#[track_caller]
fn assert_one_moment(backup: &Path) {
    let manifest = manifest(backup);
    let read = |name: &str| -> Vec<Document> {
        let path = manifest.collections[name].data.as_ref().unwrap();
        let documents = documents(&content(&backup.join(path)));
        let raw = documents.into_iter().map(|it| RawDocumentBuf::from_bytes(it).unwrap());
        raw.map(|it| Document::try_from(it.as_ref()).unwrap()).collect()
    };
    let counter = |name: &str| {
        let documents = read(name);
        assert_eq!(documents.len(), 30_001, "{name}");
        let ids: BTreeSet<String> = documents.iter().map(|it| it["_id"].to_string()).collect();
        assert_eq!(ids.len(), documents.len(), "some are in it twice");
        let found = documents.iter().find(|it| it.get_str("_id").is_ok_and(|id| id == "counter"));
        found.unwrap().get_i32("n").unwrap()
    };
    let (first, second) = (counter("first"), counter("second"));
    assert_eq!(first, second);
    assert!(first > 0, "the writer had not begun");
    // The log has an entry before each count: all up to the count, and at most one more.
    let log = read("log");
    let last = log.iter().map(|it| it.get_i32("n").unwrap()).max().unwrap();
    assert!(
        last == first || last == first + 1,
        "the log ends with {last}, the counters show {first}"
    );
    assert_eq!(log.len(), usize::try_from(last).unwrap());
}

/// An application that has begun to write.
async fn counting(database: &Database, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let writer = tokio::spawn(count(database.clone(), Arc::clone(stop)));
    let counters = database.collection::<Document>("second");
    let begun = doc! { "_id": "counter", "n": { "$gt": 0 } };
    while counters.count_documents(begun.clone()).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    writer
}

async fn count(database: Database, stop: Arc<AtomicBool>) {
    let mut session = database.client().start_session().await.unwrap();
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        database.collection("log").insert_one(doc! { "n": n }).await.unwrap();
        session.start_transaction().await.unwrap();
        for name in ["first", "second"] {
            database
                .collection::<Document>(name)
                .update_one(doc! { "_id": "counter" }, doc! { "$set": { "n": n } })
                .session(&mut session)
                .await
                .unwrap();
        }
        session.commit_transaction().await.unwrap();
    }
}

/// Killed at whatever stage, it leaves no backup; the next one clears away what it left.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_leaves_no_backup() {
    let scene = Scene::empty().await;
    let filling = (0..60_000).map(|n| doc! { "_id": n, "text": "x".repeat(300) });
    scene.quotes().insert_many(filling).await.unwrap();
    let home = scene.path().join("state/backups");
    let names = || -> BTreeMap<String, bool> {
        fs::read_dir(&home)
            .into_iter()
            .flatten()
            .map(|entry| {
                let path = entry.unwrap().path();
                let complete = path.join("causeway-manifest.json").exists();
                (path.file_name().unwrap().to_string_lossy().into_owned(), complete)
            })
            .collect()
    };
    let mut killed_half_way = 0;
    for pause in [5, 20, 40, 80, 120, 200] {
        let mut child = start_create(&scene);
        let deadline = Instant::now() + Duration::from_secs(20);
        while !names().keys().any(|name| name.ends_with(".partial")) && Instant::now() < deadline {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        for (name, complete) in names() {
            assert!(complete || name.ends_with(".partial"), "{name} looks like a backup");
            killed_half_way += u32::from(name.ends_with(".partial"));
        }
    }
    assert!(killed_half_way > 0, "no kill came in time");
    let backup = create(&scene, &[]);
    assert!(names().keys().all(|name| !name.ends_with(".partial")), "{:?}", names());
    scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
}

/// Others name what they have not finished like that, too.
#[tokio::test(flavor = "multi_thread")]
async fn it_leaves_the_folders_of_other_programs_alone() {
    let (scene, _) = small().await;
    let home = scene.path().join("state/backups");
    let theirs = ["nightly.partial", "shop-2026.partial", "a-2026-11-23-0213-dump.partial"];
    for name in theirs {
        fs::create_dir(home.join(name)).unwrap();
        fs::write(home.join(name).join("quotes.bson"), b"theirs").unwrap();
    }
    let ours = home.join("shop-2026-11-23-0213-k3f.partial");
    fs::create_dir(&ours).unwrap();
    create(&scene, &[]);
    assert!(!ours.exists(), "what a killed backup left is still there");
    for name in theirs {
        assert!(home.join(name).join("quotes.bson").exists(), "{name} was removed");
    }
}

/// Asked to stop, it ends as if it had never begun.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_it_leaves_nothing() {
    let scene = Scene::empty().await;
    let filling = (0..60_000).map(|n| doc! { "_id": n, "text": "x".repeat(300) });
    scene.quotes().insert_many(filling).await.unwrap();
    let home = scene.path().join("state/backups");
    let mut child = start_create(&scene);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !has_any(&home) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(!has_any(&home), "something was left");
}

fn has_any(home: &Path) -> bool {
    fs::read_dir(home).is_ok_and(|mut folders| folders.next().is_some())
}

fn start_create(scene: &Scene) -> Child {
    Command::new(env!("CARGO_BIN_EXE_causeway"))
        .env_clear()
        .current_dir(scene.path())
        .args(["--uri", scene.uri(), "--database", scene.database.name()])
        .args(["--state-dir", "state", "backup", "create"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn others_can_not_read_it_and_it_holds_no_password() {
    use std::os::unix::fs::PermissionsExt;
    let (scene, backup) = small().await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&backup), 0);
    for file in files(&backup) {
        assert_eq!(mode(&backup.join(&file)), 0, "{file}");
    }
    let text = fs::read_to_string(backup.join("causeway-manifest.json")).unwrap();
    assert!(!text.contains("mongodb://"), "{text}");
    assert_eq!(scene.quotes().count_documents(doc! {}).await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nothing_there_is_no_backup() {
    let scene = Scene::empty().await;
    scene.expect(3, &["backup", "create"]);
    scene.expect(2, &["backup", "verify", "nowhere"]);
    let shown = scene.expect(0, &["backup", "list"]);
    assert!(shown.events.iter().all(|event| event["event"] != "row"));
}
