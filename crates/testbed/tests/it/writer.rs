//! The background application: what it says it wrote is there, and it notices when it is not.

use std::time::{Duration, Instant};

use bson::{Document, doc};
use testbed::{
    ReplicaSet, ReplicaSetOptions, TestDatabase,
    data::{
        self, Options, Validator,
        writer::{EditStyle, Kind, Writer, WriterOptions},
    },
};

const MANY: u64 = 200;

fn until_acknowledged(writer: &Writer, count: u64) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while writer.acknowledged() < count {
        assert!(Instant::now() < deadline, "only {} writes", writer.acknowledged());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn quick(edits: EditStyle) -> WriterOptions {
    WriterOptions { per_second: 1_000, edits, ..WriterOptions::default() }
}

#[tokio::test]
async fn every_acknowledged_write_is_found_whatever_the_style() {
    for edits in [EditStyle::Set, EditStyle::Replace] {
        let database = TestDatabase::new().await.unwrap();
        let options = Options { quotes: 300, ugly_each: true, ..Options::default() };
        data::load(&database.database(), &options).await.unwrap();
        let writer = Writer::start(&database.uri(), database.name(), quick(edits)).unwrap();
        until_acknowledged(&writer, MANY);
        let tally = writer.stop().await.unwrap();
        for kind in [Kind::Insert, Kind::Edit, Kind::Delete] {
            assert!(tally.acknowledged.iter().any(|write| write.kind == kind), "{kind:?}");
        }
        assert!(tally.rejected.is_empty(), "{:?}", tally.rejected);
        assert!(tally.uncertain.is_empty(), "{:?}", tally.uncertain);
        assert_eq!(tally.lost(&database.database()).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_lost_write_of_each_kind_is_noticed() {
    let database = TestDatabase::new().await.unwrap();
    data::load(&database.database(), &Options { quotes: 200, ..Options::default() }).await.unwrap();
    let writer = Writer::start(&database.uri(), database.name(), quick(EditStyle::Set)).unwrap();
    until_acknowledged(&writer, MANY);
    let tally = writer.stop().await.unwrap();
    let quotes = database.database().collection::<Document>("quotes");
    // The last writes of each kind whose quote was not written again.
    let last = |kind| {
        let is_last = |at: &usize| {
            let id = &tally.acknowledged[*at].id;
            tally.acknowledged[*at + 1..].iter().all(|later| later.id != *id)
        };
        (0..tally.acknowledged.len())
            .rev()
            .find(|at| tally.acknowledged[*at].kind == kind && is_last(at))
            .map(|at| tally.acknowledged[at].clone())
            .unwrap()
    };
    let (insert, edit, delete) = (last(Kind::Insert), last(Kind::Edit), last(Kind::Delete));
    quotes.delete_one(doc! { "_id": { "$eq": &insert.id } }).await.unwrap();
    let stale = doc! { "$set": { "internalNotes": "as before" } };
    quotes.update_one(doc! { "_id": { "$eq": &edit.id } }, stale).await.unwrap();
    quotes.insert_one(doc! { "_id": &delete.id }).await.unwrap();
    let lost = tally.lost(&database.database()).await.unwrap();
    assert_eq!(lost.len(), 3, "{lost:?}");
    assert!([insert, edit, delete].iter().all(|write| lost.contains(write)));
}

#[tokio::test]
async fn what_a_validator_refuses_is_not_acknowledged() {
    let database = TestDatabase::new().await.unwrap();
    let options = Options { quotes: 200, validator: Validator::Strict, ..Options::default() };
    data::load(&database.database(), &options).await.unwrap();
    let writer = Writer::start(&database.uri(), database.name(), quick(EditStyle::Set)).unwrap();
    until_acknowledged(&writer, 50);
    let fence = doc! { "collMod": "quotes", "validator": { "$nor": [{}] } };
    database.database().run_command(fence).await.unwrap();
    // Deletes pass every validator, so they still count.
    let so_far = writer.acknowledged();
    until_acknowledged(&writer, so_far + 5);
    let tally = writer.stop().await.unwrap();
    assert!(tally.rejected.iter().any(|rejected| rejected.code == 121), "{:?}", tally.rejected);
    assert_eq!(tally.lost(&database.database()).await.unwrap(), []);
}

#[tokio::test]
async fn no_acknowledged_write_is_lost_in_a_failover() {
    let options = ReplicaSetOptions { members: 3, ..ReplicaSetOptions::default() };
    let set = ReplicaSet::start(options).await.unwrap();
    let database = set.client().await.unwrap().database("d");
    data::load(&database, &Options { quotes: 200, ..Options::default() }).await.unwrap();
    let writer = Writer::start(&set.uri(), "d", quick(EditStyle::Set)).unwrap();
    until_acknowledged(&writer, 50);
    let primary = set.primary().await.unwrap();
    set.kill(primary).unwrap();
    let at_the_kill = writer.acknowledged();
    until_acknowledged(&writer, at_the_kill + 50);
    let tally = writer.stop().await.unwrap();
    assert_eq!(tally.lost(&database).await.unwrap(), []);
}
