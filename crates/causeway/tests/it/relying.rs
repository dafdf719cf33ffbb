//! What a migration makes of a backup that was proved: leave to begin in production, the state before,
//! a rehearsal, and a way back when nothing else goes.

use std::fs;
use std::path::{Path, PathBuf};

use bson::doc;
use serde_json::Value;

use crate::scene::{Ran, Scene, plain_quotes};

async fn in_production() -> Scene {
    let scene = Scene::with_quotes(plain_quotes(300)).await;
    scene.file("causeway.toml", "environment = \"production\"\n");
    scene
}

fn fact(ran: &Ran, key: &str) -> String {
    let told = ran.events.iter().find(|event| event["key"] == key);
    let told = told.unwrap_or_else(|| panic!("no {key} in\n{}", ran.told()));
    told["text"].as_str().unwrap().to_owned()
}

/// Makes a backup; returns its folder, as the program names it.
fn backup(scene: &Scene, arguments: &[&str]) -> String {
    fact(&scene.expect(0, &[&["backup", "create"], arguments].concat()), "folder")
}

fn proved(scene: &Scene, arguments: &[&str]) -> String {
    let backup = backup(scene, arguments);
    scene.expect(0, &["backup", "prove", &backup]);
    backup
}

fn journal(scene: &Scene, run: &str) -> String {
    fs::read_to_string(scene.run_folder(run).join("journal.jsonl")).unwrap()
}

fn proof_of(scene: &Scene, backup: &str) -> PathBuf {
    scene.path().join(backup).join("causeway-proof.json")
}

/// Has a proof say that it was made so many seconds ago.
fn age(path: &Path, seconds: i64) {
    let mut proof: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds);
    proof["proved_at"] = then.to_string().into();
    fs::write(path, proof.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn production_begins_only_with_a_young_proof() {
    let scene = in_production().await;
    let before = scene.photo().await;
    scene.expect(3, &["up", "010"]).assert_says("causeway backup create --for 010");
    scene.expect(3, &["check", "010"]).assert_says("environment is production");
    let made = backup(&scene, &[]);
    // Made is not proved.
    scene.expect(3, &["up", "010"]);
    scene.expect(3, &["up", "010", "--backup", &made]).assert_says("nobody proved");
    scene.expect(0, &["backup", "prove", &made]);
    for old in [2 * 60 * 60 + 60, -3_600] {
        age(&proof_of(&scene, &made), old);
        scene.expect(3, &["up", "010"]);
    }
    assert_eq!(scene.photo().await, before);
    age(&proof_of(&scene, &made), 2 * 60 * 60 - 60);
    let ran = scene.up();
    assert!(journal(&scene, &ran.run()).contains(&made));
    assert_eq!(scene.record().await.get_str("backup").unwrap(), made);
    // What was begun is gone on with, however old the proof has become.
    scene.quotes().insert_one(doc! { "_id": "late" }).await.unwrap();
    fs::remove_file(proof_of(&scene, &made)).unwrap();
    scene.up();
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn doing_without_a_backup_is_said_and_kept() {
    let scene = in_production().await;
    let ran = scene.expect(0, &["up", "010", "--without-backup"]);
    ran.assert_says("none: --without-backup");
    let journal = journal(&scene, &ran.run());
    assert!(journal.contains("begun without a proven backup: --without-backup"), "{journal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_another_database_or_with_anothers_proof_does_not_count() {
    let (scene, other) = (in_production().await, Scene::with_quotes(plain_quotes(300)).await);
    let theirs = other.path().join(proved(&other, &[]));
    let ours = backup(&scene, &[]);
    fs::copy(theirs.join("causeway-proof.json"), proof_of(&scene, &ours)).unwrap();
    scene.expect(3, &["up", "010"]);
    let theirs = theirs.to_str().unwrap();
    scene.expect(3, &["up", "010", "--backup", theirs]).assert_says("is a backup of");
}

/// The digests of the backup are the state before: changes between backup and `up` are known by the
/// stream, and what had the field by then keeps it.
#[tokio::test(flavor = "multi_thread")]
async fn the_state_before_is_that_of_the_backup() {
    let scene = in_production().await;
    // Documents that were no lists before, and such with a list of their own.
    let odd =
        [doc! { "_id": "odd", "selectedEvents": 7 }, doc! { "_id": "own", "selectedEvents": [1] }];
    scene.quotes().insert_many(odd).await.unwrap();
    let made = proved(&scene, &["--for", "10"]);
    scene.quotes().delete_one(doc! { "_id": 3 }).await.unwrap();
    scene
        .quotes()
        .update_one(doc! { "_id": 4 }, doc! { "$set": { "leadName": "Bea" } })
        .await
        .unwrap();
    let late = [doc! { "_id": "late" }, doc! { "_id": "late own", "selectedEvents": "x" }];
    scene.quotes().insert_many(late).await.unwrap();
    let before = scene.photo().await;
    let ran = scene.up();
    ran.assert_says("the state before is that of the backup");
    assert_eq!(ran.verdict("changed_by_application"), 1, "{}", ran.told());
    assert_eq!(ran.verdict("created_by_application"), 2, "{}", ran.told());
    assert_eq!(ran.verdict("deleted_by_application"), 1, "{}", ran.told());
    assert!(journal(&scene, &ran.run()).contains(&made));
    scene.verify(0, "applied");
    scene.down();
    scene.photo().await.assert_same(&before);
    scene.verify(0, "rolled-back");
}

/// What nobody wrote is still found to be wrong.
#[tokio::test(flavor = "multi_thread")]
async fn the_state_before_of_a_backup_shows_damage() {
    let scene = in_production().await;
    proved(&scene, &["--for", "010"]);
    let run = scene.up().run();
    let digests = fs::read_dir(scene.run_folder(&run)).unwrap().map(|it| it.unwrap().path());
    let digests = digests.filter(|it| it.extension().is_some_and(|end| end == "digests"));
    for path in digests {
        let mut bytes = fs::read(&path).unwrap();
        bytes[40] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    scene.verify(6, "applied").assert_says("is damaged");
}

/// Damaged digests are found before the first write, not when nothing can be proved any more.
#[tokio::test(flavor = "multi_thread")]
async fn damaged_digests_of_a_backup_stop_before_the_first_write() {
    let scene = in_production().await;
    let made = proved(&scene, &["--for", "010"]);
    let before = scene.photo().await;
    let path = scene.path().join(&made).join("causeway-before-quotes.digests");
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    scene.expect(6, &["up", "010"]).assert_says("make and prove another backup");
    scene.photo().await.assert_same(&before);
    scene.expect(0, &["up", "010", "--backup", &proved(&scene, &["--for", "010"])]);
    scene.verify(0, "applied");
}

/// A file that was changed since is about something else.
#[tokio::test(flavor = "multi_thread")]
async fn digests_for_another_file_are_not_used() {
    let scene = in_production().await;
    proved(&scene, &["--for", "010"]);
    scene.migration(&crate::shop::TEN.replace("Add selectedEvents", "Add events"));
    let ran = scene.up();
    assert!(!ran.told().contains("the state before is that of the backup"), "{}", ran.told());
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn pruning_keeps_the_last_one_that_was_proved() {
    let scene = in_production().await;
    let home = scene.path().join("state/backups");
    let names = || {
        let found = fs::read_dir(&home).unwrap().map(|it| it.unwrap().file_name());
        let mut names: Vec<String> = found.map(|it| it.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    scene.expect(2, &["backup", "prune"]).assert_says("--keep N");
    scene.expect(0, &["backup", "prune", "--keep", "1"]);
    let mut made = Vec::new();
    for number in 0..5 {
        // Backups between which nobody wrote show the same moment.
        scene.collection("log").insert_one(doc! { "_id": number }).await.unwrap();
        made.push(if number == 1 { proved(&scene, &[]) } else { backup(&scene, &[]) });
    }
    scene.file("causeway.toml", "[backup]\nkeep = 2\n");
    // Whoever does not confirm by the name of the database has nothing removed.
    assert_eq!(unconfirmed(&scene, &["backup", "prune"]), Some(3));
    assert_eq!(names().len(), 5);
    let ran = scene.expect(0, &["backup", "prune"]);
    let name = |path: &String| Path::new(path).file_name().unwrap().to_string_lossy().into_owned();
    let mut kept: Vec<String> = [&made[1], &made[3], &made[4]].map(name).into();
    kept.sort();
    assert_eq!(names(), kept, "{}", ran.told());
    ran.assert_says("the last one that was");
    let nothing = scene.expect(0, &["backup", "prune"]);
    assert_eq!(nothing.events.last().unwrap()["outcome"], "nothing_to_do");
}

/// Exit code of a command that nobody confirms.
fn unconfirmed(scene: &Scene, arguments: &[&str]) -> Option<i32> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_causeway"))
        .env_clear()
        .current_dir(scene.path())
        .args(["--state-dir", "state", "--migrations", "migrations"])
        .args(arguments)
        .output()
        .unwrap();
    output.status.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_leaves_a_forecast_and_nothing_else() {
    let scene = in_production().await;
    scene.expect(3, &["rehearse", "010"]).assert_says("nothing to rehearse on");
    proved(&scene, &["--for", "010"]);
    let before = scene.kept().await;
    let ran = scene.expect(0, &["rehearse", "010"]);
    assert_eq!(scene.kept().await, before);
    let names: Vec<String> = scene.client().list_database_names().await.unwrap();
    assert!(names.iter().all(|name| !name.starts_with("causeway_scratch_")), "{names:?}");
    let stages = fact(&ran, "rehearsal");
    for stage in ["up ", "verify ", "down "] {
        assert!(stages.contains(stage), "{stages}");
    }
    let forecast = fact(&ran, "forecast");
    assert!(forecast.contains("oplog") && forecast.contains("lag unknown"), "{forecast}");
    let kept: Value =
        serde_json::from_slice(&fs::read(scene.path().join("state/rehearsals/010.json")).unwrap())
            .unwrap();
    assert_eq!(kept["stages"].as_array().unwrap().len(), 5);
    assert_eq!(kept["forecast"]["documents"], 300);
    let low_to_high =
        ["seconds_min", "seconds", "seconds_max"].map(|it| kept["forecast"][it].as_f64());
    assert!(low_to_high.is_sorted() && low_to_high[0] > Some(0.0), "{low_to_high:?}");
    scene.expect(0, &["plan", "010"]).assert_says("up takes about");
    let applied = scene.up();
    assert!(fact(&applied, "forecast").contains("rehearsed"), "{}", applied.told());
    // A file that was changed since has not been rehearsed.
    scene.down();
    scene.migration(&crate::shop::TEN.replace("Add selectedEvents", "Add events"));
    let plan = scene.expect(0, &["plan", "010"]);
    assert!(!plan.told().contains("up takes about"), "{}", plan.told());
}

/// A scratch database beside the real one, after the name of the real one was given.
#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_beside_the_real_database_removes_its_copy() {
    let scene = in_production().await;
    proved(&scene, &[]);
    let before = scene.kept().await;
    scene.expect(0, &["rehearse", "010", "--here"]);
    assert_eq!(scene.kept().await, before);
    let names: Vec<String> = scene.client().list_database_names().await.unwrap();
    assert!(names.iter().all(|name| !name.starts_with("causeway_scratch_")), "{names:?}");
}

/// What would be refused in reality is refused in the rehearsal, which says where it failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_fails_where_the_run_would() {
    let scene = in_production().await;
    scene.quotes().insert_one(doc! { "_id": "odd", "selectedEvents": 7 }).await.unwrap();
    scene.migration(&crate::shop::TEN.replace("malformed = \"archive\"", "malformed = \"refuse\""));
    proved(&scene, &[]);
    let ran = scene.expect(3, &["rehearse", "010"]);
    ran.assert_says("the rehearsal fails at up");
    ran.assert_says("the migration can't take 1 document of quotes");
}

/// A rollback whose verification fails names the backup to go back to, and what that would lose.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_rollback_offers_the_restore() {
    let scene = in_production().await;
    let made = proved(&scene, &[]);
    let run = scene.up().run();
    scene.quotes().insert_one(doc! { "_id": "late" }).await.unwrap();
    scene.quotes().delete_one(doc! { "_id": 7 }).await.unwrap();
    // The digests from before are those of another state: every document will seem damaged.
    let other = Scene::with_quotes(plain_quotes(300).into_iter().map(|mut quote| {
        quote.insert("leadName", "Bea");
        quote
    }))
    .await;
    let theirs = other.up().run();
    let digests = |scene: &Scene, run: &str| {
        let found = fs::read_dir(scene.run_folder(run)).unwrap().map(|it| it.unwrap().path());
        found.into_iter().find(|it| it.to_string_lossy().ends_with(".digests")).unwrap()
    };
    fs::copy(digests(&other, &theirs), digests(&scene, &run)).unwrap();
    let ran = scene.expect(6, &["down", "010"]);
    ran.assert_says("a backup can be restored");
    ran.assert_says("quotes: 1 created, 1 deleted");
    ran.assert_says(&format!("causeway backup restore {made}"));
    scene.expect(0, &["backup", "restore", &made]);
    assert!(scene.quotes().find_one(doc! { "_id": "late" }).await.unwrap().is_none());
    assert!(scene.quotes().find_one(doc! { "_id": 7 }).await.unwrap().is_some());
    scene.expect(0, &["up", "010"]);
    scene.verify(0, "applied");
}
