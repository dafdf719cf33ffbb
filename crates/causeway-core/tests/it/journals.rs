//! Which journals may be written: those of the engine, whatever happens, and no others.

use causeway_core::journal::{Deed, Entry, Journal, Said};
use proptest::prelude::*;

fn entry(seq: u64, said: Said) -> Entry {
    Entry { seq, at: "2026-11-22T02:13:00Z".to_owned(), said }
}

fn started() -> Said {
    Said::Started {
        command: "causeway up 010".to_owned(),
        operator: "o".to_owned(),
        host: "h".to_owned(),
    }
}

fn resumed() -> Said {
    Said::Resumed { operator: "o".to_owned(), host: "h".to_owned() }
}

fn ended() -> Said {
    Said::Ended { outcome: "Done".to_owned() }
}

fn done(deed: Deed) -> Said {
    Said::Done { deed, result: "ok".to_owned() }
}

fn not_done(deed: Deed) -> Said {
    Said::NotDone { deed, reason: "no".to_owned() }
}

fn batch(number: u64) -> Deed {
    Deed::Batch { step: 0, batch: number, documents: 1_000 }
}

fn index() -> Deed {
    Deed::Index { step: 1, name: "i".to_owned() }
}

/// What an `up` writes that meets no trouble; two workers, batches interleaved.
fn whole() -> Vec<Said> {
    let survey = || Deed::Survey { collection: "quotes".to_owned() };
    let (data, indexes) = (|| Deed::Step { step: 0 }, || Deed::Step { step: 1 });
    vec![
        started(),
        Said::Intent(Deed::OpenRun),
        done(Deed::OpenRun),
        Said::Intent(survey()),
        done(survey()),
        Said::Intent(Deed::KeepBefore),
        done(Deed::KeepBefore),
        Said::Intent(data()),
        Said::Intent(batch(0)),
        Said::Intent(batch(1)),
        done(batch(1)),
        Said::Intent(batch(2)),
        done(batch(0)),
        done(batch(2)),
        Said::Note { text: "paused".to_owned() },
        done(data()),
        Said::Intent(indexes()),
        Said::Intent(index()),
        done(index()),
        done(indexes()),
        Said::Intent(Deed::Verify),
        done(Deed::Verify),
        Said::Intent(Deed::Record),
        done(Deed::Record),
        ended(),
    ]
}

/// Admits everything, numbered; gives the journal or the place and reason of the refusal.
fn admitted(all: impl IntoIterator<Item = Said>) -> Result<Journal, (u64, &'static str)> {
    let mut journal = Journal::default();
    for said in all {
        let before = journal.clone();
        if let Err(error) = journal.admit(&entry(journal.next_seq(), said)) {
            assert_eq!(journal, before, "a refused entry changes nothing");
            return Err((error.seq, error.reason));
        }
    }
    Ok(journal)
}

fn refused(last: Said, before: impl IntoIterator<Item = Said>) -> bool {
    let mut journal = admitted(before).expect("what comes before is legal");
    journal.admit(&entry(journal.next_seq(), last)).is_err()
}

#[test]
fn what_the_engine_writes_is_admitted() {
    let journal = admitted(whole()).unwrap();
    assert!(journal.recorded() && journal.ended());
    assert_eq!(journal.open().count(), 0);
    assert_eq!(journal.next_seq(), whole().len() as u64);
}

#[test]
fn after_any_prefix_a_new_process_can_begin_all_over() {
    for len in 1..=whole().len() {
        let mut all: Vec<_> = whole().into_iter().take(len).collect();
        all.push(resumed());
        // It does everything again that it would do the first time, but for the start.
        all.extend(whole().into_iter().skip(1));
        let journal = admitted(all).unwrap();
        assert!(journal.recorded() && journal.ended(), "killed after {len}");
    }
}

#[test]
fn after_any_prefix_the_open_deeds_are_those_without_result() {
    for len in 1..=whole().len() {
        let prefix: Vec<_> = whole().into_iter().take(len).collect();
        let mut open: Vec<_> = prefix
            .iter()
            .filter_map(|said| match said {
                Said::Intent(deed) => Some(deed.clone()),
                _ => None,
            })
            .filter(|deed| {
                !prefix.iter().any(|it| matches!(it, Said::Done { deed: done, .. } if done == deed))
            })
            .collect();
        open.sort();
        let journal = admitted(prefix).unwrap();
        assert_eq!(journal.open().cloned().collect::<Vec<_>>(), open);
    }
}

#[test]
fn a_failed_verification_leads_to_no_record_but_to_another_try() {
    let mut all: Vec<_> = whole().into_iter().take(21).collect();
    all.push(not_done(Deed::Verify));
    assert!(refused(Said::Intent(Deed::Record), all.clone()));
    all.extend([
        resumed(),
        Said::Intent(Deed::Verify),
        done(Deed::Verify),
        Said::Intent(Deed::Record),
    ]);
    assert!(admitted(all).is_ok());
}

#[test]
fn nothing_comes_before_the_start_and_nothing_starts_twice() {
    for said in whole().into_iter().skip(1) {
        assert!(refused(said, []));
    }
    assert!(refused(resumed(), []));
    assert!(refused(started(), [started()]));
}

#[test]
fn a_result_needs_an_intent_and_comes_once() {
    assert!(refused(done(Deed::Verify), [started()]));
    assert!(refused(not_done(Deed::OpenRun), [started()]));
    assert!(refused(
        done(Deed::OpenRun),
        [started(), Said::Intent(Deed::OpenRun), done(Deed::OpenRun)]
    ));
    let open = [started(), Said::Intent(Deed::Step { step: 0 }), Said::Intent(batch(0))];
    assert!(refused(done(batch(1)), open));
}

#[test]
fn an_intent_is_not_open_twice() {
    assert!(refused(Said::Intent(Deed::OpenRun), [started(), Said::Intent(Deed::OpenRun)]));
}

#[test]
fn a_process_that_died_can_not_report_a_result_any_more() {
    assert!(refused(done(Deed::OpenRun), [started(), Said::Intent(Deed::OpenRun), resumed()]));
}

#[test]
fn writes_need_their_step_open() {
    for deed in [batch(0), index(), Deed::Validator { step: 2 }] {
        assert!(refused(Said::Intent(deed.clone()), [started()]));
        assert!(refused(Said::Intent(deed), [started(), Said::Intent(Deed::Step { step: 7 })]));
    }
}

#[test]
fn nothing_is_verified_while_a_step_is_open() {
    assert!(refused(Said::Intent(Deed::Verify), [started(), Said::Intent(Deed::Step { step: 0 })]));
}

#[test]
fn no_record_without_a_verification_since_the_last_write() {
    assert!(refused(Said::Intent(Deed::Record), [started()]));
    let verified = || {
        let step = || Deed::Step { step: 0 };
        vec![
            started(),
            Said::Intent(Deed::Verify),
            done(Deed::Verify),
            Said::Intent(step()),
            Said::Intent(batch(0)),
            done(batch(0)),
            done(step()),
        ]
    };
    assert!(refused(Said::Intent(Deed::Record), verified()));
    // What another process verified is no proof of what is there now.
    let again = vec![started(), Said::Intent(Deed::Verify), done(Deed::Verify), resumed()];
    assert!(refused(Said::Intent(Deed::Record), again));
}

#[test]
fn nothing_follows_the_end_but_another_process() {
    let finished = whole();
    for said in whole() {
        assert!(refused(said, finished.clone()));
    }
    assert!(admitted(finished.into_iter().chain([resumed(), ended()])).is_ok());
}

#[test]
fn numbers_have_no_gaps() {
    let mut journal = admitted([started()]).unwrap();
    for seq in [0, 2, u64::MAX] {
        assert!(journal.admit(&entry(seq, ended())).is_err());
    }
    assert!(journal.admit(&entry(1, ended())).is_ok());
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::OpenRun),
        "[a-z]{1,5}".prop_map(|collection| Deed::Survey { collection }),
        Just(Deed::KeepBefore),
        (0_usize..3).prop_map(|step| Deed::Step { step }),
        (0_usize..3, 0_u64..4).prop_map(|(step, batch)| Deed::Batch { step, batch, documents: 1 }),
        (0_usize..3).prop_map(|step| Deed::Index { step, name: "i".to_owned() }),
        (0_usize..3).prop_map(|step| Deed::Validator { step }),
        Just(Deed::Verify),
        Just(Deed::Record),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        1 => Just(started()),
        1 => Just(resumed()),
        6 => deed().prop_map(Said::Intent),
        6 => deed().prop_map(done),
        2 => deed().prop_map(not_done),
        1 => "\\PC{0,20}".prop_map(|text| Said::Note { text }),
        1 => Just(ended()),
    ]
}

proptest! {
    #[test]
    fn an_entry_reads_back_as_it_was_written(seq in any::<u64>(), said in said()) {
        let written = entry(seq, said);
        let line = serde_json::to_string(&written).unwrap();
        prop_assert!(!line.contains('\n'), "one entry is one line");
        prop_assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), written);
    }

    #[test]
    fn whatever_was_admitted_can_be_replayed(all in prop::collection::vec(said(), 0..120)) {
        let mut journal = Journal::default();
        let mut kept = Vec::new();
        for said in std::iter::once(started()).chain(all) {
            let entry = entry(journal.next_seq(), said);
            if journal.admit(&entry).is_ok() {
                kept.push(entry);
            }
        }
        let mut replayed = Journal::default();
        for entry in &kept {
            prop_assert!(replayed.admit(entry).is_ok());
        }
        prop_assert_eq!(replayed, journal);
    }
}
