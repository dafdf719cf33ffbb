//! Whatever is wrong with the files of a backup is found, and the file is named.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use causeway::backup::verify::{Verifying, verify};
use causeway::reporter::Reporter;
use causeway_core::outcome::Outcome;
use proptest::prelude::{Strategy, any, prop, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::fixture::{create, files, manifest, small};
use crate::scene::Scene;

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

/// What can happen to a file.
#[derive(Debug, Clone)]
enum Change {
    /// Bits of one byte.
    Flip(u8),
    /// What comes after is lost.
    Truncate,
    /// Something comes in between.
    Insert(Vec<u8>),
    /// As much as this is lost from the middle.
    Remove(usize),
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let bytes = prop::collection::vec(any::<u8>(), 1..20);
        prop_oneof![
            (1..=255_u8).prop_map(Self::Flip),
            (0..1_u8).prop_map(|_| Self::Truncate),
            bytes.prop_map(Self::Insert),
            (1..5_000_usize).prop_map(Self::Remove),
        ]
    }

    /// `at` is before the end.
    fn of(&self, whole: &[u8], at: usize) -> Vec<u8> {
        let (before, after) = whole.split_at(at);
        match self {
            Self::Flip(bits) => [before, &[after[0] ^ bits], &after[1..]].concat(),
            Self::Truncate => before.to_vec(),
            Self::Insert(bytes) => [before, bytes, after].concat(),
            Self::Remove(many) => [before, &after[(*many).min(after.len())..]].concat(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_a_file_is_found() {
    let (scene, plain) = small().await;
    let gzip = create(&scene, &["--compress", "gzip"]);
    for backup in [plain, gzip] {
        let files = files(&backup);
        let place = (prop::sample::select(files), any::<prop::sample::Index>(), Change::any());
        let mut runner =
            TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
        let tried = runner.run(&place, |(file, at, change)| {
            let path = backup.join(&file);
            let whole = fs::read(&path).unwrap();
            fs::write(&path, change.of(&whole, at.index(whole.len()))).unwrap();
            let (outcome, told) = verified(&backup);
            fs::write(&path, whole).unwrap();
            if outcome != Outcome::VerificationFailed || !told.contains(&file) {
                return Err(TestCaseError::fail(format!("{outcome:?}: {told}")));
            }
            Ok(())
        });
        tried.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(verified(&backup).0, Outcome::Done);
    }
}

/// How it ended, and everything that it said.
fn verified(backup: &Path) -> (Outcome, String) {
    let said = Arc::new(Mutex::new(String::new()));
    let reporter = {
        let said = Arc::clone(&said);
        Reporter::new(move |event| said.lock().unwrap().push_str(&format!("{event:?}\n")))
    };
    let result = verify(Verifying { folder: backup, reporter: &reporter });
    let said = said.lock().unwrap().clone();
    match result {
        Ok(outcome) => (outcome, said),
        Err(failure) => (failure.outcome, format!("{said}{}", failure.message)),
    }
}
