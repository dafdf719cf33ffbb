//! What tests of backups start from, and how they look into a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bson::oid::ObjectId;
use bson::raw::RawDocumentBuf;
use bson::{Binary, Bson, DateTime, Document, Timestamp, doc, rawdoc};
use causeway_core::backup::manifest::{FileFacts, hex};
use causeway_core::backup::{Manifest, Tally};
use futures_util::TryStreamExt;
use mongodb::Database;
use sha2::{Digest as _, Sha256};

use crate::scene::{Ran, Scene};

/// Names that a file's name may not have, or that are too long for one.
pub(super) const ODD_NAMES: [&str; 5] =
    ["odd name %2F éü中", "with.dots", "per%cent?", "plus+and~tilde", "slash/and\\back"];

/// Everything that a database can hold on this server.
pub(super) async fn everything(database: &Database) {
    let run = async |command: Document| database.run_command(command).await.unwrap();
    run(doc! { "create": "capped", "capped": true, "size": 65_536, "max": 50 }).await;
    run(doc! { "create": "metrics", "timeseries": { "timeField": "at", "metaField": "m" } }).await;
    run(doc! { "create": "drafts", "viewOn": "quotes", "pipeline": [{ "$match": { "status": "draft" } }] })
        .await;
    run(doc! { "create": "names", "collation": { "locale": "fr", "strength": 2 } }).await;
    run(doc! { "create": "clustered", "clusteredIndex": { "key": { "_id": 1 }, "unique": true } })
        .await;
    run(doc! { "create": "empty" }).await;
    run(doc! { "create": "watched", "changeStreamPreAndPostImages": { "enabled": true },
    "storageEngine": { "wiredTiger": { "configString": "block_compressor=zlib" } } })
    .await;
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
        { "key": { "lead": "hashed" }, "name": "hashed" },
        { "key": { "$**": 1 }, "name": "wild", "wildcardProjection": { "text": 0 } },
        { "key": { "xy": "2d" }, "name": "flat", "bits": 20, "min": -200.5, "max": 200 },
        { "key": { "hotel": 1 }, "name": "hidden", "hidden": true,
            "collation": { "locale": "de", "strength": 1 } },
    ] })
    .await;
    expiring(database).await;
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
    run(doc! { "create": "over a view", "viewOn": "drafts",
    "pipeline": [{ "$project": { "at": { "$literal": Timestamp { time: 0, increment: 0 } } } }] })
    .await;
    run(doc! { "create": "over nothing", "viewOn": "nowhere", "pipeline": [],
    "collation": { "locale": "sv" } })
    .await;
    run(doc! { "insert": "system.js", "documents": [
        { "_id": "sum", "value": Bson::JavaScriptCode("function(a, b) { return a + b }".to_owned()) },
    ] })
    .await;
    invalid(database).await;
    empty_timestamps(database).await;
    database.collection("quotes").insert_many(every_type()).await.unwrap();
    let large = doc! { "_id": "large", "text": "x".repeat(16 * 1024 * 1024 - 100) };
    database.collection("quotes").insert_one(large).await.unwrap();
}

/// All ways to have documents deleted, when their time has come: long after this test.
async fn expiring(database: &Database) {
    let run = async |command: Document| database.run_command(command).await.unwrap();
    let later = DateTime::from_millis(4_000_000_000_000);
    run(doc! { "create": "expiring by date", "expireAfterSeconds": 1_000_i64,
    "clusteredIndex": { "key": { "_id": 1 }, "unique": true, "name": "by date" } })
    .await;
    run(doc! { "create": "expiring metrics", "expireAfterSeconds": 1_000_000_000_i64,
    "timeseries": { "timeField": "at", "metaField": "m", "granularity": "hours" } })
    .await;
    run(doc! { "createIndexes": "expiring metrics", "indexes": [
        { "key": { "m.place": 1, "at": -1 }, "name": "place" },
    ] })
    .await;
    run(doc! { "createIndexes": "expiring", "indexes": [
        { "key": { "at": 1 }, "name": "at once", "expireAfterSeconds": 0 },
        { "key": { "at": -1, "n": 1 }, "name": "unique", "unique": true },
    ] })
    .await;
    for n in 0..5 {
        let at = DateTime::from_millis(later.timestamp_millis() + n);
        database
            .collection("expiring")
            .insert_one(doc! { "_id": n, "at": at, "n": n })
            .await
            .unwrap();
        let metric = doc! { "at": at, "m": { "place": n }, "value": n };
        database.collection("expiring metrics").insert_one(metric).await.unwrap();
        database.collection("expiring by date").insert_one(doc! { "_id": at }).await.unwrap();
    }
}

/// Documents that are older than the validator, and would not pass it.
async fn invalid(database: &Database) {
    let run = async |command: Document| database.run_command(command).await.unwrap();
    run(doc! { "insert": "invalid", "documents": [{ "_id": 1 }, { "_id": 2, "name": 7 }] }).await;
    run(doc! { "collMod": "invalid", "validator": { "name": { "$type": "string" } },
    "validationLevel": "strict", "validationAction": "error" })
    .await;
}

/// An insert fills an empty timestamp in, but not everywhere; an update with a pipeline does not.
async fn empty_timestamps(database: &Database) {
    let empty = Bson::Timestamp(Timestamp { time: 0, increment: 0 });
    let several =
        doc! { "_id": empty.clone(), "in": { "it": empty.clone() }, "list": [empty.clone()] };
    for name in ["empty timestamps", "capped"] {
        let stamped = database.collection::<Document>(name);
        for n in 0..4 {
            let id = doc! { "n": n, "at": empty.clone() };
            stamped.insert_one(doc! { "_id": id.clone(), "at": 1, "to": 2 }).await.unwrap();
            let put = vec![doc! { "$set": { "at": { "$literal": empty.clone() } } }];
            if n % 2 == 0 {
                stamped.update_one(doc! { "_id": id }, put).await.unwrap();
            }
        }
        stamped.insert_one(several.clone()).await.unwrap();
    }
    let stamped = database.collection::<Document>("empty timestamps");
    // As large as a document may be, which is more than a document inside of another may have.
    let text = "x".repeat(16 * 1024 * 1024 - 100);
    stamped.insert_one(doc! { "_id": "large", "text": text, "at": 3 }).await.unwrap();
    let put = vec![doc! { "$set": { "at": { "$literal": empty.clone() } } }];
    stamped.update_one(doc! { "_id": "large" }, put).await.unwrap();
    let odd = rawdoc! { "$price": 1, "a.b": 2, "at": 3, "": 4, "twice": 5, "twice": 6 };
    stamped.clone_with_type::<RawDocumentBuf>().insert_one(odd).await.unwrap();
    let put = vec![doc! { "$set": { "at": { "$literal": empty } } }];
    stamped.update_one(doc! { "at": 3 }, put).await.unwrap();
}

/// As long as a name may be, with characters that take three times the room in a file's name.
pub(super) fn long_name(database: &Database) -> String {
    let room = 255 - database.name().len() - 1;
    "é".repeat(room / 2)
}

pub(super) fn every_type() -> Vec<Document> {
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

pub(super) fn create(scene: &Scene, arguments: &[&str]) -> PathBuf {
    let ran = scene.expect(0, &[&["backup", "create"], arguments].concat());
    folder(scene, &ran)
}

pub(super) fn folder(scene: &Scene, ran: &Ran) -> PathBuf {
    let told = ran.events.iter().find(|event| event["key"] == "folder").unwrap();
    scene.path().join(told["text"].as_str().unwrap())
}

pub(super) fn manifest(backup: &Path) -> Manifest {
    Manifest::read(&fs::read(backup.join("causeway-manifest.json")).unwrap()).unwrap()
}

pub(super) fn content(path: &Path) -> Vec<u8> {
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
pub(super) fn documents(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(len) = bytes.first_chunk::<4>() {
        let len = usize::try_from(i32::from_le_bytes(*len)).unwrap();
        found.push(bytes[..len].to_vec());
        bytes = &bytes[len..];
    }
    found
}

pub(super) async fn stored(database: &Database, collection: &str) -> Vec<Vec<u8>> {
    let found = database.collection::<RawDocumentBuf>(collection).find(doc! {}).await.unwrap();
    let found: Vec<RawDocumentBuf> = found.try_collect().await.unwrap();
    found.into_iter().map(RawDocumentBuf::into_bytes).collect()
}

pub(super) fn sorted(mut documents: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    documents.sort();
    documents
}

pub(super) async fn listed(database: &Database, command: Document) -> Vec<Document> {
    let cursor = database.run_cursor_command(command).await.unwrap();
    cursor.try_collect().await.unwrap()
}
pub(super) async fn small() -> (Scene, PathBuf) {
    let scene = Scene::empty().await;
    let quotes = (0..200).map(|n| doc! { "_id": n, "lead": { "name": format!("A{n}") } });
    scene.quotes().insert_many(quotes).await.unwrap();
    scene.collection("empty").insert_one(doc! { "_id": 1 }).await.unwrap();
    let backup = create(&scene, &[]);
    (scene, backup)
}

pub(super) fn files(backup: &Path) -> Vec<String> {
    let mut files: Vec<String> = manifest(backup).files.into_keys().collect();
    files.push("causeway-manifest.json".to_owned());
    files
}

/// What `backup list` says of it.
#[track_caller]
pub(super) fn row(scene: &Scene, backup: &Path) -> serde_json::Value {
    let shown = scene.expect(0, &["backup", "list"]);
    let name = backup.file_name().unwrap().to_str().unwrap();
    let is_it = |row: &&&serde_json::Value| row["backup"].as_str().unwrap().ends_with(name);
    let rows = shown.rows();
    let found = rows.iter().find(is_it);
    (*found.unwrap_or_else(|| panic!("{name} is not in the list: {rows:?}"))).clone()
}

/// The proof beside a manifest.
pub(super) fn proof(backup: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(backup.join("causeway-proof.json")).unwrap()).unwrap()
}

/// Other bytes in one of its files, with a manifest that knows of them: nothing but a restore can
/// find that anything is wrong.
pub(super) fn reseal(backup: &Path, file: &str, bytes: &[u8]) {
    fs::write(backup.join(file), bytes).unwrap();
    let mut manifest = manifest(backup);
    let facts = FileFacts { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) };
    manifest.files.insert(file.to_owned(), facts);
    let held = manifest.collections.values_mut().find(|it| it.data.as_deref() == Some(file));
    if let Some(collection) = held {
        collection.tally = Tally::default();
        documents(bytes).iter().for_each(|document| collection.tally.add(document));
    }
    fs::write(backup.join("causeway-manifest.json"), manifest.sealed()).unwrap();
}

/// A collection or view, down to its bytes.
#[derive(Debug, PartialEq, Clone)]
pub(super) struct Held {
    kind: String,
    options: Document,
    indexes: BTreeMap<String, Document>,
    /// In their order where that is the collection's own.
    documents: Vec<Vec<u8>>,
}

/// All that a database holds, but for what is Causeway's.
pub(super) async fn held(database: &Database) -> BTreeMap<String, Held> {
    let mut all = BTreeMap::new();
    for found in listed(database, doc! { "listCollections": 1 }).await {
        let name = found.get_str("name").unwrap();
        if name.starts_with("causeway_") || (name.starts_with("system.") && name != "system.js") {
            continue;
        }
        let kind = found.get_str("type").unwrap().to_owned();
        let options = found.get_document("options").cloned().unwrap_or_default();
        let source = match kind.as_str() {
            "view" => None,
            "timeseries" => Some(format!("system.buckets.{name}")),
            _ => Some(name.to_owned()),
        };
        let (mut indexes, mut documents) = (BTreeMap::new(), Vec::new());
        if let Some(source) = source {
            for index in listed(database, doc! { "listIndexes": name }).await {
                indexes.insert(index.get_str("name").unwrap().to_owned(), index);
            }
            documents = stored(database, &source).await;
            if !options.get_bool("capped").unwrap_or(false) {
                documents.sort();
            }
        }
        all.insert(name.to_owned(), Held { kind, options, indexes, documents });
    }
    all
}

/// Asserts that a database holds what it held, and names what is different.
#[track_caller]
pub(super) fn assert_holds(now: &BTreeMap<String, Held>, before: &BTreeMap<String, Held>) {
    let names: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    let different: Vec<String> = names
        .into_iter()
        .filter_map(|name| difference(name, now.get(name), before.get(name)))
        .collect();
    assert!(different.is_empty(), "{different:#?}");
}

fn difference(name: &str, now: Option<&Held>, before: Option<&Held>) -> Option<String> {
    let (now, before) = match (now, before) {
        (Some(now), Some(before)) if now == before => return None,
        (None, None) => return None,
        (Some(now), Some(before)) => (now, before),
        (now, _) => return Some(format!("{name} is there: {}", now.is_some())),
    };
    let shown = |it: &Held| {
        let documents = it.documents.len();
        format!("a {} with {documents} documents, {}, {:?}", it.kind, it.options, it.indexes)
    };
    Some(format!("{name} is {}\ninstead of {}", shown(now), shown(before)))
}

/// The folder of what was there before a restore.
pub(super) fn before(events: &[serde_json::Value]) -> Option<PathBuf> {
    let told = events.iter().rfind(|event| event["event"] == "fact" && event["key"] == "before")?;
    Some(told["text"].as_str().unwrap().strip_prefix("what was there is in ").unwrap().into())
}
