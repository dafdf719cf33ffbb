//! Whatever is wrong with the files of a backup is found, and the file is named.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::fixture::{files, manifest, small};
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
