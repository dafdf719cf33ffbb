//! A backup holds everything as it is at one moment, and whatever is wrong with it is found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bson::oid::ObjectId;
use bson::raw::RawDocumentBuf;
use bson::{Binary, Bson, DateTime, Document, Timestamp, doc};
use causeway_core::backup::Manifest;
use causeway_core::backup::file_names::stem;
use futures_util::TryStreamExt;
use mongodb::Database;

use crate::scene::{Ran, Scene};

/// Names that a file's name may not have, or that are too long for one.
const ODD_NAMES: [&str; 5] =
    ["odd name %2F éü中", "with.dots", "per%cent?", "plus+and~tilde", "slash/and\\back"];

/// Everything that a database can hold on this server.
async fn everything(database: &Database) {
    let run = async |command: Document| database.run_command(command).await.unwrap();
    run(doc! { "create": "capped", "capped": true, "size": 65_536, "max": 50 }).await;
    run(doc! { "create": "metrics", "timeseries": { "timeField": "at", "metaField": "m" } }).await;
    run(doc! { "create": "drafts", "viewOn": "quotes", "pipeline": [{ "$match": { "status": "draft" } }] })
        .await;
    run(doc! { "create": "names", "collation": { "locale": "fr", "strength": 2 } }).await;
    run(doc! { "create": "clustered", "clusteredIndex": { "key": { "_id": 1 }, "unique": true } })
        .await;
    run(doc! { "create": "empty" }).await;
    run(doc! { "create": "quotes", "validator": { "$jsonSchema": { "bsonType": "object" } },
    "validationLevel": "moderate", "validationAction": "warn" })
    .await;
    run(doc! { "createIndexes": "quotes", "indexes": [
        { "key": { "lead": "text", "hotel": "text" }, "name": "words", "weights": { "lead": 10 } },
        { "key": { "arrival": 1 }, "name": "ttl", "expireAfterSeconds": 1_000_000_000 },
        { "key": { "total": 1 }, "name": "partial",
            "partialFilterExpression": { "status": "sent" } },
        { "key": { "place": "2dsphere" }, "name": "place" },
        { "key": { "a.b": 1, "c": -1 }, "name": "sparse and unique", "sparse": true, "unique": true },
    ] })
    .await;
    for number in 0..80 {
        database.collection("capped").insert_one(doc! { "n": number }).await.unwrap();
        let at = DateTime::from_millis(1_700_000_000_000 + i64::from(number) * 1000);
        let metric = doc! { "at": at, "m": number % 3, "value": number };
        database.collection("metrics").insert_one(metric).await.unwrap();
        database.collection("clustered").insert_one(doc! { "_id": number }).await.unwrap();
        database
            .collection("names")
            .insert_one(doc! { "_id": format!("é{number}") })
            .await
            .unwrap();
    }
    for name in ODD_NAMES.map(str::to_owned).into_iter().chain([long_name(database)]) {
        run(doc! { "insert": name, "documents": [{ "of": "an odd name" }] }).await;
    }
    database.collection("quotes").insert_many(every_type()).await.unwrap();
    let large = doc! { "_id": "large", "text": "x".repeat(16 * 1024 * 1024 - 100) };
    database.collection("quotes").insert_one(large).await.unwrap();
}

/// As long as a name may be, with characters that take three times the room in a file's name.
fn long_name(database: &Database) -> String {
    let room = 255 - database.name().len() - 1;
    "é".repeat(room / 2)
}

fn every_type() -> Vec<Document> {
    let values: Vec<Bson> = vec![
        Bson::Double(f64::NAN),
        Bson::String("é\0x".to_owned()),
        Bson::Array(vec![Bson::Null, Bson::Int32(1)]),
        Bson::Document(doc! { "a": { "b": [{}] } }),
        Bson::Boolean(true),
        Bson::Null,
        Bson::RegularExpression(bson::Regex {
            pattern: bson::raw::cstr!("^a").to_owned(),
            options: bson::raw::cstr!("i").to_owned(),
        }),
        Bson::JavaScriptCode("x".to_owned()),
        Bson::JavaScriptCodeWithScope(bson::JavaScriptCodeWithScope {
            code: "y".to_owned(),
            scope: doc! { "a": 1 },
        }),
        Bson::Int32(7),
        Bson::Int64(70),
        Bson::Timestamp(Timestamp { time: 5, increment: 6 }),
        Bson::Binary(Binary { subtype: bson::spec::BinarySubtype::Uuid, bytes: vec![7; 16] }),
        Bson::ObjectId(ObjectId::from_bytes([3; 12])),
        Bson::DateTime(DateTime::from_millis(-1)),
        Bson::Symbol("s".to_owned()),
        Bson::Decimal128("1.10".parse().unwrap()),
        Bson::MinKey,
        Bson::MaxKey,
        Bson::Undefined,
    ];
    let as_id = |value: &Bson| {
        // Neither an array nor a pattern nor nothing can be an _id.
        !matches!(value, Bson::Array(_) | Bson::RegularExpression(_) | Bson::Undefined)
    };
    let ids = values.iter().filter(|it| as_id(it)).map(|it| doc! { "_id": it.clone() });
    let fields = values.iter().map(|it| doc! { "value": it.clone() });
    ids.chain(fields).collect()
}

fn create(scene: &Scene, arguments: &[&str]) -> PathBuf {
    let ran = scene.expect(0, &[&["backup", "create"], arguments].concat());
    folder(scene, &ran)
}

fn folder(scene: &Scene, ran: &Ran) -> PathBuf {
    let told = ran.events.iter().find(|event| event["key"] == "folder").unwrap();
    scene.path().join(told["text"].as_str().unwrap())
}

fn manifest(backup: &Path) -> Manifest {
    Manifest::read(&fs::read(backup.join("causeway-manifest.json")).unwrap()).unwrap()
}

fn content(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_none_or(|end| end != "gz") {
        return bytes;
    }
    // Read by another program than the one that is tested.
    let output = Command::new("gzip").args(["-dc"]).arg(path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// The documents of a file, cut by their lengths.
fn documents(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(len) = bytes.first_chunk::<4>() {
        let len = usize::try_from(i32::from_le_bytes(*len)).unwrap();
        found.push(bytes[..len].to_vec());
        bytes = &bytes[len..];
    }
    found
}

async fn stored(database: &Database, collection: &str) -> Vec<Vec<u8>> {
    let found = database.collection::<RawDocumentBuf>(collection).find(doc! {}).await.unwrap();
    let found: Vec<RawDocumentBuf> = found.try_collect().await.unwrap();
    found.into_iter().map(RawDocumentBuf::into_bytes).collect()
}

fn sorted(mut documents: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    documents.sort();
    documents
}

async fn listed(database: &Database, command: Document) -> Vec<Document> {
    let cursor = database.run_cursor_command(command).await.unwrap();
    cursor.try_collect().await.unwrap()
}

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
        if name.starts_with("system.") {
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
    let database = scene.database.clone();
    database
        .run_command(doc! { "create": "log", "capped": true, "size": 10_000_000 })
        .await
        .unwrap();
    for name in ["first", "second"] {
        let filling = (0..30_000).map(|n| doc! { "_id": n, "text": "x".repeat(300) });
        database.collection::<Document>(name).insert_many(filling).await.unwrap();
        database.collection(name).insert_one(doc! { "_id": "counter", "n": 0 }).await.unwrap();
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(count(database.clone(), Arc::clone(&stop)));
    for _ in 0..3 {
        let backup = create(&scene, &[]);
        let manifest = manifest(&backup);
        let read = |name: &str| {
            let path = manifest.collections[name].data.as_ref().unwrap();
            documents(&fs::read(backup.join(path)).unwrap())
        };
        let counter = |name: &str| {
            let documents = read(name).into_iter().map(|it| {
                Document::try_from(RawDocumentBuf::from_bytes(it).unwrap().as_ref()).unwrap()
            });
            let found: Vec<Document> =
                documents.filter(|it| it.get_str("_id").is_ok_and(|id| id == "counter")).collect();
            assert_eq!(found.len(), 1, "{name}");
            found[0].get_i32("n").unwrap()
        };
        let (first, second) = (counter("first"), counter("second"));
        assert_eq!(first, second);
        assert!(first > 0, "the writer had not begun");
        // The log has an entry before each count: all up to the count, and at most one more.
        let log = read("log");
        let last = Document::try_from(
            RawDocumentBuf::from_bytes(log.last().unwrap().clone()).unwrap().as_ref(),
        )
        .unwrap();
        let last = last.get_i32("n").unwrap();
        assert!(
            last == first || last == first + 1,
            "the log ends with {last}, the counters show {first}"
        );
        assert_eq!(log.len(), usize::try_from(last).unwrap());
        scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
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

async fn small() -> (Scene, PathBuf) {
    let scene = Scene::empty().await;
    let quotes = (0..200).map(|n| doc! { "_id": n, "lead": { "name": format!("A{n}") } });
    scene.quotes().insert_many(quotes).await.unwrap();
    scene.collection("empty").insert_one(doc! { "_id": 1 }).await.unwrap();
    let backup = create(&scene, &[]);
    (scene, backup)
}

fn files(backup: &Path) -> Vec<String> {
    let mut files: Vec<String> = manifest(backup).files.into_keys().collect();
    files.push("causeway-manifest.json".to_owned());
    files
}

#[track_caller]
fn assert_found(scene: &Scene, backup: &Path, file: &str, what: &str) {
    let ran = scene.expect(6, &["backup", "verify", backup.to_str().unwrap()]);
    let told = ran.events.iter().any(|event| event.to_string().contains(file));
    assert!(told, "{what}: {file} is not named: {:?}", ran.events);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_anywhere_is_found() {
    let (scene, backup) = small().await;
    for file in files(&backup) {
        let path = backup.join(&file);
        let whole = fs::read(&path).unwrap();
        // Every part of the file, the first and the last byte among them.
        let step = (whole.len() / 12).max(1);
        let places: BTreeSet<usize> =
            (0..whole.len()).step_by(step).chain([whole.len() - 1]).collect();
        for place in places {
            let mut changed = whole.clone();
            changed[place] ^= 1 << (place % 8);
            fs::write(&path, &changed).unwrap();
            assert_found(&scene, &backup, &file, &format!("byte {place}"));
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert_found(&scene, &backup, &file, "one byte less");
        fs::write(&path, [&whole[..], b"\0"].concat()).unwrap();
        assert_found(&scene, &backup, &file, "one byte more");
        fs::write(&path, &whole).unwrap();
    }
    scene.expect(0, &["backup", "verify", backup.to_str().unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_few_or_too_many_is_found() {
    let (scene, backup) = small().await;
    let stranger = backup.join(scene.database.name()).join("more.bson");
    fs::write(&stranger, b"").unwrap();
    assert_found(&scene, &backup, "more.bson", "a stranger");
    fs::remove_file(stranger).unwrap();
    for file in manifest(&backup).files.into_keys() {
        let path = backup.join(&file);
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_found(&scene, &backup, &file, "missing");
        fs::write(&path, whole).unwrap();
    }
    fs::remove_file(backup.join("causeway-manifest.json")).unwrap();
    scene.expect(2, &["backup", "verify", backup.to_str().unwrap()]);
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
