//! A journal that can't be written, is damaged, or is on another machine.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::trial::{Death, Trial};

const UP: [&str; 2] = ["up", "010"];
const SLOWLY: [&str; 4] = ["up", "010", "--documents-per-second-max", "300"];

/// A run that died in its middle, and its journal.
async fn died(trial: &Trial) -> PathBuf {
    let killed = trial.give_dying(&UP, Death::After(14));
    assert_eq!(killed.code, -9, "{killed}");
    trial.expect(0, &["unlock", "--force"]);
    trial.scene.run_folder(&killed.run()).join("journal.jsonl")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_last_line_is_no_damage() {
    let trial = Trial::shared(800).await;
    trial.configure(60);
    let path = died(&trial).await;
    let whole = fs::read_to_string(&path).unwrap();
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"seq\":15,\"at\":\"2026-").unwrap();
    trial.expect(0, &UP);
    assert!(fs::read_to_string(&path).unwrap().starts_with(&whole));
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_line_in_the_middle_is_refused() {
    let trial = Trial::shared(800).await;
    trial.configure(60);
    let path = died(&trial).await;
    let whole = fs::read_to_string(&path).unwrap();
    let fifth = whole.lines().nth(5).unwrap();
    let before = trial.scene.photo().await;
    for damage in ["{", "", &fifth.replace("\"seq\":5", "\"seq\":6")] {
        fs::write(&path, whole.replace(fifth, damage)).unwrap();
        let told = trial.expect(3, &UP);
        assert!(told.failure().contains("line 6 of the journal"), "{told}");
        assert!(told.failure().contains("restore the file from a copy"), "{told}");
        trial.assert_free();
        before.assert_same(&trial.scene.photo().await);
    }
    fs::write(&path, whole).unwrap();
    trial.expect(0, &UP);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
}

/// A folder that can't be made, because a file of its name is there.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_nothing_is_begun() {
    let trial = Trial::shared(100).await;
    let before = trial.scene.photo().await;
    trial.scene.file("state/runs", "not a folder");
    let told = trial.expect(3, &UP);
    assert!(told.failure().contains("nothing is done without a journal"), "{told}");
    before.assert_same(&trial.scene.photo().await);
    trial.assert_free();
    fs::remove_file(trial.scene.path().join("state/runs")).unwrap();
    trial.expect(0, &UP);
}

/// A small disk of its own, filled up in the middle of a run.
struct SmallDisk<'a> {
    at: &'a Path,
}

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mounting = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
            .arg(at)
            .output();
        mounting.is_ok_and(|output| output.status.success()).then_some(Self { at })
    }

    fn fill(&self) {
        let mut filler = fs::File::create(self.at.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.at.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.at).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "a test that can't be made here says why")]
async fn a_full_disk_stops_the_run_and_nothing_is_half_done() {
    let trial = Trial::shared(2_000).await;
    trial.configure(20);
    let state = trial.scene.path().join("state");
    let Some(disk) = SmallDisk::mount(&state) else {
        eprintln!("left out: a small disk can be mounted by root only");
        return;
    };
    let mut running = trial.start(&SLOWLY);
    let run = running.run();
    trial.wait_for_batches(3).await;
    disk.fill();
    let told = running.end();
    assert_eq!(told.code, 5, "{told}");
    assert!(told.failure().contains("failed to write the journal"), "{told}");
    assert!(told.failure().contains("make room"), "{told}");
    trial.assert_free();
    // With the disk still full nothing is begun again.
    let still_full = trial.give(&UP);
    assert!(matches!(still_full.code, 3 | 5), "{still_full}");
    trial.assert_free();
    disk.make_room();
    let resumed = trial.expect(0, &UP);
    assert_eq!(resumed.run(), run);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

/// Digests and journal are on the machine where the run began.
#[tokio::test(flavor = "multi_thread")]
async fn on_another_machine_the_proof_is_missing() {
    let trial = Trial::shared(800).await;
    trial.configure(60);
    let original = trial.scene.photo().await;
    let path = died(&trial).await;
    assert!(path.exists());
    let state = trial.scene.path().join("state");
    fs::rename(&state, trial.scene.path().join("elsewhere")).unwrap();

    let told = trial.expect(3, &UP);
    assert!(told.to_string().contains("digests of quotes"), "{told}");
    assert!(told.to_string().contains("--without-digests"), "no word on what to do: {told}");
    trial.assert_free();
    let status = trial.scene.status().await;
    assert_eq!(status, "running", "nothing more was written, the record among it");

    trial.expect(0, &["up", "010", "--without-digests"]);
    assert_eq!(trial.scene.status().await, "completed");
    trial.assert_free();
    let told = trial.expect(3, &["down", "010"]);
    assert!(told.to_string().contains("--without-digests"), "{told}");
    trial.expect(0, &["down", "010", "--without-digests"]);
    original.assert_same(&trial.scene.photo().await);
    trial.assert_free();
}
