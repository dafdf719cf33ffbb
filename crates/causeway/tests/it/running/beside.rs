//! What others do beside a run: they stop its server, go on with it, undo what it did, keep people out
//! for something else.

use std::time::Duration;

use testbed::{ReplicaSet, ReplicaSetOptions};

use super::play::{Play, RUN};
use crate::trial::{LEASE_LIFE, Trial};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_no_reason_to_go_back() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let mut trial = Trial::on(&server, 400).await;
    trial.trouble_seconds = 3;
    let play = Play::of(trial).await;
    let mut running = play.trial.start(&[&RUN[..], &["--documents-per-second-max", "60"]].concat());
    running.wait_for("progress");
    server.kill(0).unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    server.restart(0).await.unwrap();
    let told = running.end();
    assert_eq!(told.code, 5, "{told}");
    tokio::time::sleep(LEASE_LIFE).await;
    let told = play.run(0);
    play.assert_applied();
    play.assert_people_are_in(&told).await;
    assert!(play.states().await.iter().all(|(step, _)| !step.starts_with("back:")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_slept_changes_nothing_of_what_the_next_one_did() {
    let play = Play::new().await;
    let hook = "[[hook]]\nname = \"wait\"\nbefore = \"stop-jobs\"\n\
                command = \"touch now; until test -e go; do sleep 0.05; done\"\n";
    play.configure("on_failure = \"roll_back\"", hook);
    let sleeper = play.trial.start(&RUN);
    crate::trial::eventually("the hook is reached", async || play.has_file("now")).await;
    sleeper.signal("STOP");
    play.trial.scene.file("go", "");
    tokio::time::sleep(LEASE_LIFE + Duration::from_secs(1)).await;
    let told = play.run(0);
    play.assert_people_are_in(&told).await;
    let document = play.document().await;
    sleeper.signal("CONT");
    let woken = sleeper.end();
    assert_eq!(woken.code, 5, "{woken}");
    assert_eq!(play.document().await, document, "{woken}");
    play.assert_people_are_in(&told).await;
    play.assert_applied();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_rolled_back_meanwhile_is_applied_again() {
    let play = Play::new().await;
    play.run_with(0, &["--to", "verify"]);
    play.trial.expect(0, &["down", "010"]);
    let told = play.run(0);
    play.assert_applied();
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_maintenance_for_something_else_is_left_alone() {
    let play = Play::new().await;
    let on = ["maintenance", "on", "--scope", "enquiries", "--message", "Moving house."];
    play.trial.expect(0, &on);
    let told = play.run(3);
    assert!(told.to_string().contains("maintenance is on for something else"), "{told}");
    let status = play.trial.expect(0, &["maintenance", "status"]);
    assert!(status.to_string().contains("Moving house."), "{status}");
    play.trial.expect(0, &["maintenance", "off"]);
}
