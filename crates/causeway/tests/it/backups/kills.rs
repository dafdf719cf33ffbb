//! A restore killed at every entry of its journal: each collection is the old one or the new one, and
//! the same command ends it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bson::{DateTime, Document, doc};

use super::fixture::{Held, assert_holds, before, create, held};
use crate::trial::{Death, Running, Told, Trial};

/// Two versions of a few collections, of which each kind is put in its place in a way of its own.
struct Course {
    trial: Trial,
    /// Of the new version: what is restored.
    backup: PathBuf,
    new: BTreeMap<String, Held>,
    /// Entries of an undisturbed journal: whether each tells of something about to be done.
    entries: Vec<bool>,
}

impl Course {
    async fn new() -> Self {
        let trial = Trial::empty().await;
        fill(&trial, "new").await;
        let new = held(&trial.scene.database).await;
        let backup = create(&trial.scene, &[]);
        fill(&trial, "old").await;
        let mut course = Self { trial, backup, new, entries: Vec::new() };
        let told = course.restore();
        assert_eq!(told.code, 0, "{told}");
        course.assert_restored("undisturbed").await;
        let journal = course.trial.journal(&told.run());
        assert!(journal.len() > 16, "too few entries to be a test: {journal:?}");
        course.entries = journal.iter().map(|entry| entry["entry"] == "intent").collect();
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
        assert!(start.keys().eq(self.new.keys()), "{death:?}: {:?}", start.keys());
        let killed = self.trial.give_dying(&self.command(), death);
        assert_eq!(killed.code, -9, "{death:?}: {killed}");
        let after = held(&self.trial.scene.database).await;
        assert!(after.keys().eq(start.keys()), "{death:?}: {:?}", after.keys());
        for (name, now) in after {
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
    for name in ["capped", "metrics", "drafts", "quotes", "changing"] {
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
    let quotes: Vec<Document> =
        (0..10).map(|n| doc! { "_id": n, "version": version, "n": n }).collect();
    let at = |n: i64| DateTime::from_millis(1_700_000_000_000 + n);
    let metrics = (0..10).map(|n| doc! { "_id": n, "at": at(n), "m": version });
    trial.scene.collection("metrics").insert_many(metrics).await.unwrap();
    trial.scene.collection("capped").insert_many(&quotes).await.unwrap();
    trial.scene.quotes().insert_many(&quotes).await.unwrap();
    let index = doc! { "key": { "version": 1 }, "name": version };
    run(doc! { "createIndexes": "quotes", "indexes": [index] }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_every_entry_it_goes_on() {
    let course = Course::new().await;
    for seq in 0..course.entries.len() {
        course.survives(Death::After(seq as u64)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_every_result_it_goes_on() {
    let course = Course::new().await;
    let results = course.entries.iter().enumerate().filter(|(_, is_intent)| !**is_intent);
    for (seq, _) in results {
        course.survives(Death::Before(seq as u64)).await;
    }
}

/// What can't be renamed is gone for a while: the same command fills it again from the beginning.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_makes_something_in_its_place_it_goes_on() {
    let trial = Trial::empty().await;
    fill(&trial, "new").await;
    let at = DateTime::from_millis(1_700_000_000_000);
    let metrics = (0..6_000).map(|n| doc! { "_id": n, "at": at, "m": n });
    trial.scene.collection("metrics").insert_many(metrics).await.unwrap();
    let new = held(&trial.scene.database).await;
    let backup = create(&trial.scene, &[]);
    fill(&trial, "old").await;
    let course = Course { trial, backup, new, entries: Vec::new() };
    let mut running = course.trial.start(&course.command());
    wait_for(&course.trial, &mut running, ("replace", "metrics"));
    running.signal("KILL");
    let killed = running.end();
    assert_eq!(killed.code, -9, "{killed}");
    course.trial.expect(0, &["unlock", "--force"]);
    let resumed = course.restore();
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(resumed.run(), killed.run());
    course.assert_restored("killed").await;
}

/// With everything in its place and the end not written down, the same command restores what was
/// damaged since.
#[tokio::test(flavor = "multi_thread")]
async fn given_again_with_everything_in_its_place_it_restores_again() {
    let course = Course::new().await;
    fill(&course.trial, "old").await;
    let in_place = course.entries.len() as u64 - 3;
    let killed = course.trial.give_dying(&course.command(), Death::After(in_place));
    assert_eq!(killed.code, -9, "{killed}");
    course.assert_restored("killed at its end").await;
    course.trial.expect(0, &["unlock", "--force"]);
    let quotes = course.trial.scene.quotes();
    quotes.update_many(doc! {}, doc! { "$set": { "version": "damaged" } }).await.unwrap();
    let again = course.restore();
    assert_eq!(again.code, 0, "{again}");
    course.assert_restored("restored again").await;
}

/// While some collections are restored and others are not, nobody goes forwards or backwards.
#[tokio::test(flavor = "multi_thread")]
async fn part_way_no_migration_begins() {
    let course = Course::new().await;
    fill(&course.trial, "old").await;
    let replacing = course.entries.len() as u64 - 4;
    let killed = course.trial.give_dying(&course.command(), Death::After(replacing));
    assert_eq!(killed.code, -9, "{killed}");
    course.trial.expect(0, &["unlock", "--force"]);
    for command in [["up", "010"], ["down", "010"]] {
        let refused = course.trial.expect(3, &command);
        assert!(refused.failure().contains("part-way"), "{refused}");
        let on = format!("causeway backup restore {}", course.backup.display());
        assert!(refused.failure().contains(&on), "{refused}");
    }
    assert_eq!(course.restore().code, 0);
    course.assert_restored("part-way").await;
}

/// Asked to stop, it stops where the same command can go on.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_it_goes_on() {
    let course = Course::new().await;
    fill(&course.trial, "old").await;
    let start = held(&course.trial.scene.database).await;
    let slowly = [&course.command()[..], &["--documents-per-second-max", "5"]].concat();
    let mut running = course.trial.start(&slowly);
    wait_for(&course.trial, &mut running, ("fill", "capped"));
    running.signal("INT");
    let stopped = running.end();
    assert_eq!(stopped.code, 5, "{stopped}");
    assert_holds(&held(&course.trial.scene.database).await, &start);
    // Once more, later: by then the first backup of what is there is none of that any more.
    let mut running = course.trial.start(&slowly);
    wait_for(&course.trial, &mut running, ("fill", "quotes"));
    running.signal("INT");
    let stopped_again = running.end();
    assert_eq!(stopped_again.code, 5, "{stopped_again}");
    course.trial.scene.quotes().insert_one(doc! { "_id": "meanwhile" }).await.unwrap();
    let there = held(&course.trial.scene.database).await;
    let resumed = course.restore();
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(resumed.run(), stopped.run());
    course.assert_restored("interrupted").await;
    let kept = before(&resumed.events).unwrap();
    course.trial.expect(0, &["backup", "restore", kept.to_str().unwrap()]);
    assert_holds(&held(&course.trial.scene.database).await, &there);
}

/// Waits until it has begun to do something with a collection, as its journal tells.
#[track_caller]
fn wait_for(trial: &Trial, running: &mut Running, (deed, collection): (&str, &str)) {
    let journal = trial.scene.run_folder(&running.run()).join("journal.jsonl");
    let begun = format!(r#""entry":"intent","deed":"{deed}","collection":"{collection}""#);
    while !std::fs::read_to_string(&journal).is_ok_and(|text| text.contains(&begun)) {
        assert!(!running.has_ended(), "it ended before: {:?}", running.events());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_restores() {
    let course = Course::new().await;
    fill(&course.trial, "old").await;
    let slowly = [&course.command()[..], &["--documents-per-second-max", "10"]].concat();
    let mut first = course.trial.start(&slowly);
    let run = first.run();
    let second = course.trial.expect(4, &course.command());
    assert!(second.failure().contains(&run), "{second}");
    let first = first.end();
    assert_eq!(first.code, 0, "{first}");
    course.assert_restored("the first").await;
    // Started in the same moment: whoever comes second is kept out, or finds it done.
    fill(&course.trial, "old").await;
    let both = [course.trial.start(&course.command()), course.trial.start(&course.command())];
    let mut codes = both.map(|running| running.end().code);
    codes.sort_unstable();
    assert!(codes[0] == 0 && [0, 3, 4].contains(&codes[1]), "{codes:?}");
    course.assert_restored("both").await;
}
