//! Records and what is told of two of them, against a model that is too simple to be wrong.

use std::collections::BTreeMap;

use causeway_core::digest::{Digest, bucket_of};
use causeway_core::record::{Record, State, read_records};
use causeway_core::verdict::{Cause, Comparison, Difference, Verdict, as_expected, compare};
use proptest::prelude::*;

fn state() -> impl Strategy<Value = State> {
    prop_oneof![Just(State::Absent), Just(State::Applied), Just(State::Malformed)]
}

/// Few different hashes and ids, so that they meet.
fn record() -> impl Strategy<Value = Record> {
    (0_u8..30, 0_u8..3, 0_u8..3, state()).prop_map(|(id, all, rest, state)| Record {
        id: vec![0x10, id, 0, 0, 0],
        digest: Digest { all: u128::from(all), rest: u128::from(rest) },
        state,
    })
}

/// Each `_id` once, in any order.
fn pass() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(record(), 0..25)
        .prop_map(|records| {
            let by_id: BTreeMap<_, _> = records.into_iter().map(|it| (it.id.clone(), it)).collect();
            by_id.into_values().collect::<Vec<_>>()
        })
        .prop_shuffle()
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        Just(Comparison::Applied),
        Just(Comparison::AllBytes),
        Just(Comparison::FieldsGone),
        Just(Comparison::RestOnly),
    ]
}

type Told = BTreeMap<Vec<u8>, Verdict>;

fn told(before: Vec<Record>, after: Vec<Record>, how: Comparison, cause: Cause) -> (u64, Told) {
    let mut told = Told::new();
    let unchanged = compare(before, after, how, |difference| {
        let former = told.insert(difference.record().id.clone(), difference.verdict(cause));
        assert!(former.is_none(), "one verdict for each document");
    });
    (unchanged, told)
}

/// Looks each document up in both passes.
fn naive(before: &[Record], after: &[Record], how: Comparison, cause: Cause) -> (u64, Told) {
    let (mut unchanged, mut told) = (0, Told::new());
    let find = |records: &[Record], id: &[u8]| records.iter().find(|it| it.id == id).cloned();
    for number in 0..30 {
        let id = [0x10, number, 0, 0, 0];
        let by = |application, nobody| match cause {
            Cause::Application => application,
            Cause::Nobody => nobody,
            Cause::Unknown => Verdict::CauseUnknown,
        };
        let verdict = match (find(before, &id), find(after, &id)) {
            (None, None) => continue,
            (None, Some(_)) => by(Verdict::CreatedByApplication, Verdict::Unexpected),
            (Some(_), None) => by(Verdict::DeletedByApplication, Verdict::Missing),
            (Some(old), Some(new)) => {
                let all = old.digest.all == new.digest.all;
                let rest = old.digest.rest == new.digest.rest;
                let same = match how {
                    Comparison::AllBytes => all,
                    Comparison::FieldsGone => rest && new.state == State::Absent,
                    Comparison::RestOnly => rest,
                    Comparison::Applied => {
                        if old.state == State::Applied {
                            all
                        } else {
                            rest
                        }
                    }
                };
                assert_eq!(as_expected(&old, &new, how), same);
                if same {
                    unchanged += 1;
                    continue;
                }
                by(Verdict::ChangedByApplication, Verdict::Damaged)
            }
        };
        told.insert(id.to_vec(), verdict);
    }
    (unchanged, told)
}

proptest! {
    #[test]
    fn comparing_tells_what_the_model_tells(
        before in pass(),
        after in pass(),
        how in comparison(),
        cause in prop_oneof![Just(Cause::Application), Just(Cause::Nobody), Just(Cause::Unknown)],
    ) {
        let model = naive(&before, &after, how, cause);
        prop_assert_eq!(told(before, after, how, cause), model);
    }

    #[test]
    fn the_order_of_reading_does_not_matter(
        (before, shuffled) in pass().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        after in pass(),
        how in comparison(),
    ) {
        let mut reversed = after.clone();
        reversed.reverse();
        prop_assert_eq!(
            told(before, after, how, Cause::Nobody),
            told(shuffled, reversed, how, Cause::Nobody)
        );
    }

    #[test]
    fn buckets_together_tell_what_the_whole_tells(
        before in pass(),
        after in pass(),
        how in comparison(),
        bits in 1_u32..6,
    ) {
        let (mut unchanged, mut all) = (0, Told::new());
        for bucket in 0..1 << bits {
            let of = |records: &[Record]| -> Vec<Record> {
                records.iter().filter(|it| bucket_of(&it.id, bits) == bucket).cloned().collect()
            };
            let (same, mut different) = told(of(&before), of(&after), how, Cause::Nobody);
            unchanged += same;
            all.append(&mut different);
        }
        prop_assert_eq!((unchanged, all), told(before, after, how, Cause::Nobody));
    }

    #[test]
    fn records_come_back_as_they_were_written(records in prop::collection::vec(record(), 0..30)) {
        let mut bytes = Vec::new();
        records.iter().for_each(|record| record.write(&mut bytes));
        prop_assert_eq!(read_records(&bytes).unwrap(), records);
    }

    #[test]
    fn damaged_records_never_panic_and_cut_ones_are_errors(
        record in record(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        for len in 1..bytes.len() {
            prop_assert!(read_records(&bytes[..len]).is_err(), "cut at {}", len);
        }
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read_records(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_records(&bytes);
    }
}

#[test]
fn a_document_read_twice_is_not_taken_for_unchanged() {
    let record = Record {
        id: vec![0x10, 1, 0, 0, 0],
        digest: Digest { all: 1, rest: 1 },
        state: State::Absent,
    };
    let mut found = Vec::new();
    let twice = vec![record.clone(), record.clone()];
    let unchanged = compare(vec![record.clone()], twice, Comparison::Applied, |it| found.push(it));
    assert_eq!((unchanged, found), (1, vec![Difference::New(record)]));
}

#[test]
fn a_difference_is_right_only_where_the_application_made_it() {
    for verdict in Verdict::ALL {
        let by_application = matches!(
            verdict,
            Verdict::ChangedByApplication
                | Verdict::CreatedByApplication
                | Verdict::DeletedByApplication
        );
        assert_eq!(!verdict.is_wrong(), by_application || verdict == Verdict::Unchanged);
    }
}
