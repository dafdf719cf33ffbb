//! `backup restore`: afterwards the database is as it was, and nothing is lost that was not told.

use std::fs;
use std::path::Path;

use bson::{DateTime, Document, doc};
use mongodb::Database;

use super::fixture::{
    assert_holds, before, content, create, everything, folder, held, manifest, small, stored,
};
use crate::scene::Scene;

fn restore<'a>(backup: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&["backup", "restore", backup.to_str().unwrap()], more].concat()
}

fn backups(scene: &Scene) -> usize {
    fs::read_dir(scene.path().join("state/backups")).unwrap().count()
}

async fn assert_no_temporary_collection(database: &Database) {
    let names = database.list_collection_names().await.unwrap();
    let left = names.iter().any(|name| name.starts_with("causeway_restore"));
    assert!(!left, "{names:?}");
}

/// Another database, whose name leaves room for those of collections.
fn shorter(scene: &Scene) -> Database {
    scene.client().database(&scene.database.name().replace("test_", "t"))
}

/// Whatever can happen to a collection happens to one of those of `everything`.
async fn damage(database: &Database) {
    let run = async |command: Document| database.run_command(command).await.unwrap();
    let quotes = database.collection::<Document>("quotes");
    quotes.update_many(doc! { "value": 7 }, doc! { "$set": { "value": 8 } }).await.unwrap();
    quotes.delete_many(doc! { "value": null }).await.unwrap();
    quotes.insert_one(doc! { "_id": "new" }).await.unwrap();
    run(doc! { "dropIndexes": "quotes", "index": "hashed" }).await;
    let index = doc! { "key": { "new": 1 }, "name": "new" };
    run(doc! { "createIndexes": "quotes", "indexes": [index] }).await;
    run(doc! { "collMod": "quotes", "validator": {}, "validationLevel": "off" }).await;
    run(doc! { "collMod": "expiring", "index": { "name": "at once", "expireAfterSeconds": 9 } })
        .await;
    // A view that is another, one that is gone, one that is a collection now.
    run(doc! { "collMod": "drafts", "viewOn": "names", "pipeline": [] }).await;
    for name in ["over nothing", "over a view", "names", "clustered", "expiring metrics"] {
        run(doc! { "drop": name }).await;
    }
    database.collection("over a view").insert_one(doc! { "_id": 1 }).await.unwrap();
    // Collections that are something else now.
    run(doc! { "create": "names", "viewOn": "quotes", "pipeline": [] }).await;
    database.collection("expiring metrics").insert_one(doc! { "_id": 1 }).await.unwrap();
    run(doc! { "drop": "with.dots" }).await;
    run(doc! { "create": "with.dots", "timeseries": { "timeField": "at" } }).await;
    let space = |name: &str| format!("{}.{name}", database.name());
    let renaming = doc! { "renameCollection": space("empty"), "to": space("renamed") };
    database.client().database("admin").run_command(renaming).await.unwrap();
    for n in 0..30 {
        database.collection("capped").insert_one(doc! { "new": n }).await.unwrap();
        let metric = doc! { "at": DateTime::now(), "m": n, "value": n };
        database.collection("metrics").insert_one(metric).await.unwrap();
    }
    database.collection::<Document>("system.js").delete_many(doc! {}).await.unwrap();
    database.collection("system.js").insert_one(doc! { "_id": "new", "value": 1 }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_as_it_was() {
    let scene = Scene::empty().await;
    everything(&scene.database).await;
    let mut goal = held(&scene.database).await;
    for compress in ["none", "gzip"] {
        let backup = create(&scene, &["--compress", compress]);
        damage(&scene.database).await;
        let damaged = held(&scene.database).await;
        let ran = scene.expect(0, &restore(&backup, &[]));
        ran.assert_says("left as it is: renamed");
        goal.insert("renamed".to_owned(), damaged["renamed"].clone());
        assert_holds(&held(&scene.database).await, &goal);
        assert_no_temporary_collection(&scene.database).await;
        // Another backup is the same but for what cannot be.
        let again = create(&scene, &[]);
        let (was, is) = (manifest(&backup), manifest(&again));
        for (name, collection) in was.collections.iter().filter(|(_, it)| !it.own) {
            assert_eq!(collection.tally, is.collections[name].tally, "{name}");
        }
        // What was there is in the backup that was made of it.
        let kept = before(&ran.events).expect("what was there was not backed up");
        let looked_at = shorter(&scene);
        let place = (looked_at.name(), Some(looked_at.name()));
        scene.expect_on(0, place, &restore(&kept, &[]));
        assert_holds(&held(&looked_at).await, &damaged);
        looked_at.drop().await.unwrap();
        scene.collection("renamed").drop().await.unwrap();
        goal.remove("renamed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn into_another_database_everything_comes() {
    let scene = Scene::empty().await;
    everything(&scene.database).await;
    let backup = create(&scene, &[]);
    let goal = held(&scene.database).await;
    let other = shorter(&scene);
    let ran = scene.expect_on(0, (other.name(), Some(other.name())), &restore(&backup, &[]));
    assert_eq!(before(&ran.events), None, "there was nothing to back up");
    assert_holds(&held(&other).await, &goal);
    assert_holds(&held(&scene.database).await, &goal);
    other.drop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_lost_is_told_before_the_question() {
    let (scene, backup) = small().await;
    let name = scene.database.name();
    let quotes = scene.quotes();
    scene.expect_on(3, (name, None), &restore(&backup, &[])).assert_says("nothing: nobody wrote");
    quotes.insert_many((0..3).map(|n| doc! { "_id": format!("new{n}") })).await.unwrap();
    quotes.update_many(doc! { "_id": { "$lt": 2 } }, doc! { "$set": { "x": 1 } }).await.unwrap();
    quotes.replace_one(doc! { "_id": 2 }, doc! { "y": 1 }).await.unwrap();
    quotes.delete_many(doc! { "_id": { "$gte": 190, "$lt": 200 } }).await.unwrap();
    scene.collection("empty").drop().await.unwrap();
    scene.collection("stranger").insert_one(doc! { "_id": 1 }).await.unwrap();
    let there = scene.kept().await;
    for yes in [None, Some("other"), Some("")] {
        let refused = scene.expect_on(3, (name, yes), &restore(&backup, &[]));
        refused.assert_says("quotes: 3 created, 3 changed, 10 deleted");
        refused.assert_says("empty: 1 times dropped or renamed");
        refused.assert_says("left as it is: stranger");
        assert!(!refused.told().contains("stranger: "), "{}", refused.told());
        assert!(there == scene.kept().await, "{yes:?}: something was written");
    }
    assert_eq!(backups(&scene), 1);
    // What the restore itself did is nobody's loss.
    let later = create(&scene, &[]);
    for _ in 0..2 {
        scene.expect(0, &restore(&later, &[])).assert_says("nothing: nobody wrote");
    }
}

/// No change stream tells of these.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_tell_is_not_called_nothing() {
    let scene = Scene::empty().await;
    let make = doc! { "create": "metrics", "timeseries": { "timeField": "at" } };
    scene.database.run_command(make).await.unwrap();
    let backup = create(&scene, &[]);
    scene.collection("metrics").insert_one(doc! { "at": DateTime::now() }).await.unwrap();
    let ran = scene.expect(0, &restore(&backup, &[]));
    assert!(!ran.told().contains("nobody wrote"), "{}", ran.told());
    ran.assert_says("written since to metrics");
    assert_eq!(stored(&scene.database, "system.buckets.metrics").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_backup_what_was_there_is_lost() {
    let (scene, backup) = small().await;
    let goal = held(&scene.database).await;
    scene.quotes().delete_many(doc! {}).await.unwrap();
    let ran = scene.expect(0, &restore(&backup, &["--without-backup"]));
    assert_eq!(before(&ran.events), None);
    assert_eq!(backups(&scene), 1);
    assert_holds(&held(&scene.database).await, &goal);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_collection_leaves_the_others() {
    let (scene, backup) = small().await;
    let mut goal = held(&scene.database).await;
    scene.quotes().delete_many(doc! { "_id": { "$lt": 50 } }).await.unwrap();
    scene.collection("empty").insert_one(doc! { "_id": "stays" }).await.unwrap();
    goal.insert("empty".to_owned(), held(&scene.database).await["empty"].clone());
    let ran = scene.expect(0, &restore(&backup, &["--collection", "quotes"]));
    assert!(!ran.told().contains("empty: "), "{}", ran.told());
    assert_holds(&held(&scene.database).await, &goal);
    let unknown = scene.expect(2, &restore(&backup, &["--collection", "unknown"]));
    unknown.assert_says("no collection unknown");
    unknown.assert_says("empty, quotes");
    // By now there are some of Causeway's own.
    let backup = create(&scene, &[]);
    let own = scene.expect(2, &restore(&backup, &["--collection", "causeway_runs"]));
    own.assert_says("one of Causeway's own");
    assert_holds(&held(&scene.database).await, &goal);
}

/// The last file is damaged: everything before it was filled already.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_replaces_nothing() {
    let (scene, _) = small().await;
    let make = doc! { "create": "metrics", "timeseries": { "timeField": "at" } };
    scene.database.run_command(make).await.unwrap();
    scene.collection("metrics").insert_one(doc! { "at": DateTime::now() }).await.unwrap();
    let backup = create(&scene, &[]);
    scene.collection("a").insert_one(doc! { "_id": 1 }).await.unwrap();
    let there = held(&scene.database).await;
    for file in manifest(&backup).files.into_keys().filter(|file| !file.contains("prelude")) {
        let path = backup.join(&file);
        let whole = content(&path);
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 4;
        for bytes in [&changed[..], &whole[..whole.len() - 1], &[&whole[..], b"x"].concat()] {
            fs::write(&path, bytes).unwrap();
            let ran = scene.expect(6, &restore(&backup, &["--without-backup"]));
            ran.assert_says(&file);
            assert_holds(&held(&scene.database).await, &there);
            assert_no_temporary_collection(&scene.database).await;
        }
        fs::remove_file(&path).unwrap();
        scene.expect(6, &restore(&backup, &["--without-backup"])).assert_says(&file);
        assert_holds(&held(&scene.database).await, &there);
        fs::write(&path, whole).unwrap();
    }
    fs::write(backup.join("causeway-manifest.json"), b"{}").unwrap();
    scene.expect(6, &restore(&backup, &[])).assert_says("causeway-manifest.json");
    fs::remove_file(backup.join("causeway-manifest.json")).unwrap();
    assert_holds(&held(&scene.database).await, &there);
    scene.expect(2, &restore(Path::new("nowhere"), &[]));
}

/// Read back by the program itself and by nobody else, it would not show that it is unfit.
#[tokio::test(flavor = "multi_thread")]
async fn the_backup_before_it_is_sound() {
    let (scene, backup) = small().await;
    let ran = scene.expect(0, &restore(&backup, &[]));
    let kept = before(&ran.events).unwrap();
    scene.expect(0, &["backup", "verify", kept.to_str().unwrap()]);
    scene.expect(0, &["backup", "prove", kept.to_str().unwrap()]);
    let made = scene.expect(0, &["backup", "create"]);
    assert_ne!(folder(&scene, &made), kept);
}
