//! Plans for databases that exist only on paper.

use std::collections::BTreeMap;

use bson::{RawDocumentBuf, rawdoc};

use super::fingerprint::bucket;
use super::{Action, Plan, PlanOptions, ReplaceIndex, plan};
use crate::index::IndexDefinition;
use crate::inventory::{
    Census, CollectionFacts, CollectionKind, Depth, Inventory, Known, OplogFacts, TypeCount,
};
use crate::migration::Migration;

const INDEX: &str =
    r#"create_index = { collection = "quotes", name = "wanted", keys = { a = 1 }, sparse = true }"#;
const FIELD: &str = r#"add_field = { collection = "quotes", field = "tags", value = [], type = "array", malformed = "refuse" }"#;

fn migration(steps: &[&str]) -> Migration {
    let steps: Vec<String> = steps.iter().map(|step| format!("[[step]]\n{step}\n")).collect();
    let text = format!("version = \"010\"\ntitle = \"test\"\n{}", steps.concat());
    Migration::parse("010.toml", &text).unwrap()
}

fn index(document: RawDocumentBuf) -> IndexDefinition {
    IndexDefinition::from_server(&document).unwrap()
}

fn quotes() -> CollectionFacts {
    let kind = CollectionKind::Collection;
    let indexes = vec![index(rawdoc! { "v": 2, "key": { "_id": 1 }, "name": "_id_" })];
    CollectionFacts { kind, documents: 100, bytes: 90_000, indexes, ..CollectionFacts::missing() }
}

fn inventory(quotes: CollectionFacts) -> Inventory {
    Inventory {
        depth: Depth::Full,
        host: "db1:27017".to_owned(),
        database: "shop".to_owned(),
        replica_set: Some("rs0".to_owned()),
        members: 3,
        server_version: [6, 0, 5],
        sharded: false,
        document_bytes_max: 16 << 20,
        collections: BTreeMap::from([("quotes".to_owned(), quotes)]),
        records: Vec::new(),
        application: None,
        oplog: Known::unknown("not asked"),
        disk: Known::unknown("not asked"),
    }
}

fn with_indexes(indexes: impl IntoIterator<Item = RawDocumentBuf>) -> Inventory {
    let mut quotes = quotes();
    quotes.indexes.extend(indexes.into_iter().map(index));
    inventory(quotes)
}

fn planned(steps: &[&str], inventory: &Inventory, replace_index: ReplaceIndex) -> Plan {
    plan(&migration(steps), inventory, &PlanOptions { replace_index })
}

fn counted(types: &[(&str, u64)]) -> Inventory {
    let count = |documents: u64| TypeCount { documents, ..TypeCount::default() };
    let by_type = types.iter().map(|(name, documents)| ((*name).to_owned(), count(*documents)));
    let by_type: BTreeMap<String, TypeCount> = by_type.collect();
    let done = by_type.get("array").map_or(0, |count| count.documents);
    let to_change = by_type.values().map(|count| count.documents).sum::<u64>() - done;
    let mut quotes = quotes();
    quotes.census.insert(0, Census { by_type, to_change, done, ..Census::default() });
    inventory(quotes)
}

#[test]
fn the_same_index_under_another_name_is_replaced_without_asking() {
    let rival = rawdoc! { "v": 2, "key": { "a": 1 }, "name": "a_1", "sparse": true };
    let plan = planned(&[INDEX], &with_indexes([rival]), ReplaceIndex::Refuse);
    assert_eq!(plan.steps[0].action, Action::ReplaceIndex { former: vec!["a_1".to_owned()] });
    assert!(plan.refusals.is_empty());
}

#[test]
fn a_taken_name_and_a_rival_are_both_replaced_when_that_is_allowed() {
    let taken = rawdoc! { "v": 2, "key": { "b": 1 }, "name": "wanted" };
    let rival = rawdoc! { "v": 2, "key": { "a": 1 }, "name": "a_1", "sparse": true };
    let found = with_indexes([taken, rival]);
    let plan = planned(&[INDEX], &found, ReplaceIndex::Allow);
    let former = vec!["wanted".to_owned(), "a_1".to_owned()];
    assert_eq!(plan.steps[0].action, Action::ReplaceIndex { former });
    let plan = planned(&[INDEX], &found, ReplaceIndex::Refuse);
    assert!(matches!(plan.steps[0].action, Action::ReplaceIndexRefused { .. }));
    assert_eq!(plan.refusals.len(), 1);
}

#[test]
fn indexes_that_differ_in_sparseness_stand_side_by_side_since_five() {
    let dense = rawdoc! { "v": 2, "key": { "a": 1 }, "name": "a_1" };
    let mut found = with_indexes([dense]);
    let plan = planned(&[INDEX], &found, ReplaceIndex::Refuse);
    assert_eq!(plan.steps[0].action, Action::CreateIndex);
    assert!(plan.steps[0].notes[0].contains("side by side"));
    found.server_version = [4, 4, 0];
    let plan = planned(&[INDEX], &found, ReplaceIndex::Refuse);
    assert!(matches!(plan.steps[0].action, Action::ReplaceIndexRefused { .. }));
}

#[test]
fn a_step_meets_what_the_one_before_it_left() {
    let rival = rawdoc! { "v": 2, "key": { "a": 1 }, "name": "a_1", "sparse": true };
    let drop = r#"drop_index = { collection = "quotes", name = "a_1" }"#;
    let found = with_indexes([rival]);
    let plan = planned(&[drop, INDEX], &found, ReplaceIndex::Refuse);
    let actions: Vec<&Action> = plan.steps.iter().map(|step| &step.action).collect();
    assert_eq!(actions, [&Action::DropIndex, &Action::CreateIndex]);
    assert!(plan.refusals.is_empty());
}

#[test]
fn documents_are_listed_by_why_they_would_be_changed() {
    let found = counted(&[("array", 10), ("missing", 87), ("null", 3)]);
    let plan = planned(&[FIELD], &found, ReplaceIndex::Refuse);
    assert_eq!(plan.documents(), Some(90));
    let reasons = [("tags missing".to_owned(), 87), ("tags is null".to_owned(), 3)];
    assert_eq!(plan.steps[0].by_reason, reasons);
    assert_eq!(plan.refusals.len(), 1, "the step says malformed = \"refuse\"");
}

#[test]
fn nothing_to_do_is_said_and_costs_no_writes() {
    let plan = planned(&[FIELD], &counted(&[("array", 100)]), ReplaceIndex::Refuse);
    assert!(plan.is_empty());
    assert_eq!(plan.predictions.oplog_bytes, 0);
}

#[test]
fn a_missing_collection_is_refused_once() {
    let found = inventory(CollectionFacts::missing());
    let plan = planned(&[FIELD, INDEX], &found, ReplaceIndex::Refuse);
    assert!(plan.steps.iter().all(|step| step.action == Action::CollectionMissing));
    assert_eq!(plan.refusals.len(), 1);
}

#[test]
fn an_approval_lasts_while_counts_move_a_little() {
    let approved =
        |documents| planned(&[FIELD], &counted(&[("missing", documents)]), ReplaceIndex::Refuse);
    for documents in [100, 1_000, 4_177, 60_000, 1_000_000, 123_456_789] {
        let before = approved(documents);
        assert!(approved(documents + documents / 100).is_approved_by(&before.hash), "{documents}");
        assert!(approved(documents - documents / 100).is_approved_by(&before.hash), "{documents}");
        assert!(!approved(documents * 2).is_approved_by(&before.hash), "{documents}");
    }
    assert!(!approved(1).is_approved_by(&approved(0).hash));
}

#[test]
fn a_failover_changes_no_hash_but_another_database_does() {
    let mut found = counted(&[("missing", 5)]);
    let before = planned(&[FIELD], &found, ReplaceIndex::Refuse).hash;
    found.host = "db2:27017".to_owned();
    assert_eq!(planned(&[FIELD], &found, ReplaceIndex::Refuse).hash, before);
    found.database = "other".to_owned();
    assert_ne!(planned(&[FIELD], &found, ReplaceIndex::Refuse).hash, before);
}

#[test]
fn buckets_are_ten_per_cent_wide() {
    for documents in 1..200_000_u64 {
        assert!(bucket(documents + documents / 11) - bucket(documents) <= 1, "{documents}");
    }
    assert!(bucket(1) - bucket(0) > 1);
}

#[test]
fn an_oplog_with_room_loses_nothing() {
    let oplog = OplogFacts {
        window_seconds: 1_000.0,
        used_bytes: 100,
        max_bytes: 200,
        bytes_per_second: 0.1,
    };
    assert!((oplog.window_after(100, 10.0) - 1_010.0).abs() < 1e-9);
    // Fifty bytes too many push out half of the thousand seconds that a hundred bytes hold.
    assert!((oplog.window_after(150, 0.0) - 500.0).abs() < 1e-9);
}
