//! A restore killed at every entry of its journal: each collection is the old one or the new one, and
//! the same command ends it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bson::{DateTime, Document, doc};

use super::fixture::{Held, assert_holds, create, held};
use crate::trial::{Death, Told, Trial};

/// Two versions of a few collections, of which each kind is put in its place in a way of its own.
struct Course {
    trial: Trial,
    /// Of the new version: what is restored.
    backup: PathBuf,
    old: BTreeMap<String, Held>,
    new: BTreeMap<String, Held>,
    /// Entries of an undisturbed journal.
    entries: u64,
}

impl Course {
    async fn new() -> Self {
        let trial = Trial::empty().await;
        fill(&trial, "new").await;
        let new = held(&trial.scene.database).await;
        let backup = create(&trial.scene, &[]);
        // Restored, so that the old version has an identity that comes back each time as well.
        fill(&trial, "old").await;
        let old = held(&trial.scene.database).await;
        let mut course = Self { trial, backup, old, new, entries: 0 };
        let told = course.restore();
        assert_eq!(told.code, 0, "{told}");
        course.assert_restored("undisturbed").await;
        let journal = course.trial.journal(&told.run());
        assert!(journal.len() > 16, "too few entries to be a test: {journal:?}");
        course.entries = journal.len() as u64;
        course
    }

    fn command(&self) -> [&str; 3] {
        ["backup", "restore", self.backup.to_str().unwrap()]
    }

    fn restore(&self) -> Told {
        self.trial.give(&self.command())
    }

    async fn assert_restored(&self, when: &str) {
        assert_holds(&held(&self.trial.scene.database).await, &self.new);
        let names = self.trial.scene.database.list_collection_names().await.unwrap();
        let left = names.iter().any(|name| name.starts_with("causeway_restore"));
        assert!(!left, "{when}: {names:?}");
    }

    async fn survives(&self, death: Death) {
        fill(&self.trial, "old").await;
        let start = held(&self.trial.scene.database).await;
        assert_eq!(start.len(), self.old.len(), "{death:?}");
        let killed = self.trial.give_dying(&self.command(), death);
        assert_eq!(killed.code, -9, "{death:?}: {killed}");
        for (name, now) in held(&self.trial.scene.database).await {
            let whole = Some(&now) == start.get(&name) || Some(&now) == self.new.get(&name);
            assert!(whole, "{death:?}: {name} is neither the old one nor the new one: {now:?}");
        }
        self.trial.expect(0, &["unlock", "--force"]);
        let resumed = self.restore();
        assert_eq!(resumed.code, 0, "{death:?}, then: {resumed}");
        self.assert_restored(&format!("{death:?}")).await;
        self.trial.assert_free();
    }
}

/// Makes everything anew, in one version or the other.
async fn fill(trial: &Trial, version: &str) {
    let database = &trial.scene.database;
    for name in ["capped", "metrics", "drafts", "quotes", "other", "changing"] {
        database.collection::<Document>(name).drop().await.unwrap();
    }
    let run = async |command: Document| database.run_command(command).await.unwrap();
    run(doc! { "create": "capped", "capped": true, "size": 8_192 }).await;
    run(doc! { "create": "metrics", "timeseries": { "timeField": "at", "metaField": "m" } }).await;
    run(doc! { "create": "drafts", "viewOn": "quotes",
    "pipeline": [{ "$match": { "version": version } }] })
    .await;
    // A collection in one of them, a view in the other.
    if version == "old" {
        run(doc! { "create": "changing", "viewOn": "quotes", "pipeline": [] }).await;
    } else {
        trial.scene.collection("changing").insert_one(doc! { "_id": 1 }).await.unwrap();
    }
    for n in 0..10 {
        let at = DateTime::from_millis(1_700_000_000_000 + n);
        trial
            .scene
            .collection("capped")
            .insert_one(doc! { "_id": n, "of": version })
            .await
            .unwrap();
        let metric = doc! { "_id": n, "at": at, "m": version, "n": n };
        trial.scene.collection("metrics").insert_one(metric).await.unwrap();
        trial.scene.quotes().insert_one(doc! { "_id": n, "version": version }).await.unwrap();
        trial.scene.collection("other").insert_one(doc! { "_id": n, "of": version }).await.unwrap();
    }
    let index = doc! { "key": { "version": 1 }, "name": version };
    run(doc! { "createIndexes": "quotes", "indexes": [index] }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_every_entry_it_goes_on() {
    let course = Course::new().await;
    for seq in 0..course.entries {
        course.survives(Death::After(seq)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_every_entry_it_goes_on() {
    let course = Course::new().await;
    for seq in 0..course.entries {
        course.survives(Death::Before(seq)).await;
    }
}
