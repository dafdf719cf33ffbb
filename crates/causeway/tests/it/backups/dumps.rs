//! Folders that the real `mongodump` wrote are restored as they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bson::{Bson, Document, RawDocumentBuf, doc};
use causeway_core::backup::file_names::stem;
use mongodb::Database;

use super::fixture::{content, documents, held, listed, sorted, stored};
use crate::scene::Scene;

/// The sample of dumps, unpacked: `plain`, `gzip` and `instance-with-oplog`.
fn sample(scene: &Scene) -> PathBuf {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mongodump-sample.tar.gz");
    let folder = scene.path().join("sample");
    fs::create_dir(&folder).unwrap();
    let mut unpacking = Command::new("tar");
    unpacking.arg("-xzf").arg(archive).arg("-C").arg(&folder);
    assert!(unpacking.status().unwrap().success(), "the sample can't be unpacked");
    folder
}

fn restore<'a>(folder: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&["backup", "restore", folder.to_str().unwrap()], more].concat()
}

/// Metadata of every collection, read by nothing that is tested.
fn metadata(folder: &Path) -> BTreeMap<String, serde_json::Value> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_collections = files.filter(|path| path.to_str().unwrap().contains(".metadata.json"));
    of_collections
        .map(|path| serde_json::from_slice::<serde_json::Value>(&content(&path)).unwrap())
        .map(|it| (it["collectionName"].as_str().unwrap().to_owned(), it))
        .collect()
}

/// Holds whatever is in the folder, and nothing else.
async fn assert_holds_dump(database: &Database, folder: &Path) {
    let metadata = metadata(folder);
    let held = held(database).await;
    assert!(held.keys().eq(metadata.keys()), "{:?} instead of {:?}", held.keys(), metadata.keys());
    assert_eq!(metadata.len(), 12, "the sample is another");
    for found in listed(database, doc! { "listCollections": 1 }).await {
        let name = found.get_str("name").unwrap();
        let Some(dumped) = metadata.get(name) else { continue };
        assert_eq!(dumped["type"], found.get_str("type").unwrap(), "{name}");
        let options = found.get_document("options").cloned().unwrap_or_default();
        let expected = match Bson::try_from(dumped["options"].clone()).unwrap() {
            Bson::Document(options) => options,
            _ => Document::new(),
        };
        assert_eq!(options, expected, "{name}");
        if dumped["type"] == "view" {
            continue;
        }
        let indexes = listed(database, doc! { "listIndexes": name }).await;
        assert_eq!(by_name(indexes), by_name(documents_of(&dumped["indexes"])), "{name}");
        let source = match dumped["type"].as_str().unwrap() {
            "timeseries" => format!("system.buckets.{name}"),
            _ => name.to_owned(),
        };
        let there = stored(database, &source).await;
        let dumped = documents(&file(folder, &source));
        if name == "capped" {
            assert!(there == dumped, "{name}");
        } else {
            assert!(sorted(there) == sorted(dumped), "{name}");
        }
    }
}

fn file(folder: &Path, collection: &str) -> Vec<u8> {
    let plain = folder.join(format!("{}.bson", stem(collection)));
    if plain.exists() { content(&plain) } else { content(&plain.with_extension("bson.gz")) }
}

/// Documents that nothing describes are half of a dump.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_copied_dump_is_refused() {
    let scene = Scene::empty().await;
    let plain = sample(&scene).join("plain/sample");
    fs::remove_file(plain.join("users.metadata.json")).unwrap();
    scene.expect(6, &restore(&plain, &[])).assert_says("users.bson");
    assert!(held(&scene.database).await.is_empty(), "something was restored");
}

fn documents_of(listed: &serde_json::Value) -> Vec<Document> {
    let listed = listed.as_array().unwrap().iter().cloned();
    let document = |it| match Bson::try_from(it).unwrap() {
        Bson::Document(document) => document,
        other => panic!("no index: {other}"),
    };
    listed.map(document).collect()
}

fn by_name(indexes: Vec<Document>) -> BTreeMap<String, Document> {
    indexes.into_iter().map(|it| (it.get_str("name").unwrap().to_owned(), it)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_it_comes_back() {
    let scene = Scene::empty().await;
    let sample = sample(&scene);
    // The folder of the database, and the one above it.
    for (folder, database) in [
        ("plain/sample", "plain/sample"),
        ("gzip", "gzip/sample"),
        ("gzip/sample", "gzip/sample"),
        ("instance-with-oplog", "instance-with-oplog/sample"),
    ] {
        scene.quotes().insert_one(doc! { "_id": "of before" }).await.unwrap();
        let ran = scene.expect(0, &restore(&sample.join(folder), &[]));
        ran.assert_says("nothing tells what that is");
        ran.assert_says("what was there is in");
        assert_holds_dump(&scene.database, &sample.join(database)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_databases_one_is_named() {
    let scene = Scene::empty().await;
    let sample = sample(&scene);
    let plain = sample.join("plain");
    fs::create_dir(plain.join("other")).unwrap();
    for end in ["bson", "metadata.json"] {
        let name = format!("users.{end}");
        fs::copy(plain.join("sample").join(&name), plain.join("other").join(&name)).unwrap();
    }
    scene.expect(2, &restore(&plain, &[])).assert_says("other, sample");
    scene.expect(2, &restore(&plain, &["--of", "unknown"])).assert_says("no database unknown");
    assert!(held(&scene.database).await.is_empty());
    scene.expect(0, &restore(&plain, &["--of", "other"]));
    assert!(held(&scene.database).await.keys().eq(["users"]));
    scene.expect(0, &restore(&plain, &["--of", "sample", "--collection", "quotes"]));
    assert!(held(&scene.database).await.keys().eq(["quotes", "users"]));
    scene.expect(0, &restore(&plain, &["--of", "sample"]));
    assert_holds_dump(&scene.database, &plain.join("sample")).await;
}

/// Operations that `mongodump --oplog` saw meanwhile.
fn oplog(operations: &[Document]) -> Vec<u8> {
    let raw = operations.iter().map(|it| RawDocumentBuf::try_from(it).unwrap().into_bytes());
    raw.flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_beside_it_are_not_passed_over() {
    let scene = Scene::empty().await;
    let sample = sample(&scene);
    let instance = sample.join("instance-with-oplog");
    let write = |operations: &[Document]| {
        fs::write(instance.join("oplog.bson"), oplog(operations)).unwrap();
    };
    let insert = doc! { "op": "i", "ns": "sample.quotes", "o": { "_id": "meanwhile" } };
    let elsewhere = doc! { "op": "i", "ns": "samples.quotes", "o": { "_id": 1 } };
    let noop = doc! { "op": "n", "ns": "", "o": { "msg": "periodic noop" } };
    let drop = doc! { "op": "c", "ns": "sample.$cmd", "o": { "drop": "quotes" } };
    let several = |inner: &Document| doc! { "op": "c", "ns": "admin.$cmd", "o": { "applyOps": [noop.clone(), inner] } };
    for operation in [&insert, &drop, &several(&insert), &several(&several(&drop))] {
        write(&[noop.clone(), elsewhere.clone(), operation.clone()]);
        for folder in [instance.clone(), instance.join("sample")] {
            scene.expect(3, &restore(&folder, &[])).assert_says("--without-oplog");
        }
    }
    assert!(held(&scene.database).await.is_empty());
    scene.expect(0, &restore(&instance, &["--without-oplog"]));
    assert_holds_dump(&scene.database, &instance.join("sample")).await;
    write(&[noop.clone(), elsewhere.clone(), several(&elsewhere)]);
    scene.expect(0, &restore(&instance, &[]));
    fs::write(instance.join("oplog.bson"), &oplog(&[insert])[..20]).unwrap();
    scene.expect(6, &restore(&instance, &[])).assert_says("oplog.bson");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_it_replaces_nothing() {
    let scene = Scene::empty().await;
    let sample = sample(&scene);
    scene.quotes().insert_one(doc! { "_id": "stays" }).await.unwrap();
    let there = held(&scene.database).await;
    for (folder, file) in [
        ("plain/sample", "users.bson"),
        ("plain/sample", "users.metadata.json"),
        ("gzip/sample", "users.bson.gz"),
        ("gzip/sample", "users.metadata.json.gz"),
    ] {
        let (folder, path) = (sample.join(folder), sample.join(folder).join(file));
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        scene.expect(6, &restore(&folder, &["--without-backup"])).assert_says(file);
        if file.contains("bson") {
            fs::remove_file(&path).unwrap();
            scene.expect(6, &restore(&folder, &["--without-backup"])).assert_says(file);
        }
        fs::write(&path, &whole).unwrap();
        super::fixture::assert_holds(&held(&scene.database).await, &there);
    }
    // A document in the middle that can't be read.
    let path = sample.join("plain/sample/users.bson");
    let mut bytes = fs::read(&path).unwrap();
    bytes[5] = 0;
    fs::write(&path, bytes).unwrap();
    let ran = scene.expect(6, &restore(&sample.join("plain"), &["--without-backup"]));
    ran.assert_says("users.bson");
    super::fixture::assert_holds(&held(&scene.database).await, &there);
    scene.expect(2, &restore(&sample.join("plain/sample/nowhere"), &[]));
    fs::create_dir(sample.join("empty")).unwrap();
    scene.expect(2, &restore(&sample.join("empty"), &[])).assert_says("is no backup");
}
