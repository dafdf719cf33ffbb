//! Limits that are crossed, or can't be measured any more, while a run is at work.

use std::time::Duration;

use serde_json::Value;
use testbed::{FailPoint, ReplicaSet, ReplicaSetOptions};

use crate::trial::{Running, Trial, eventually};

/// Reasons of all pauses so far.
fn pauses(running: &Running) -> Vec<String> {
    let events = running.events();
    let paused = events.iter().filter(|told| told["event"] == "paused");
    paused.map(|told| told["reason"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn pauses_for(running: &mut Running, reason: &str) -> String {
    eventually(reason, async || {
        assert!(!running.has_ended(), "it ended: {:?}", running.events());
        pauses(running).iter().any(|told| told.contains(reason))
    })
    .await;
    pauses(running).into_iter().find(|told| told.contains(reason)).unwrap()
}

async fn entries(trial: &Trial) -> u64 {
    trial.scene.collection("causeway_journal").count_documents(bson::doc! {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_falls_behind_holds_the_run_back() {
    let options = ReplicaSetOptions { members: 3, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    let trial = Trial::on(&server, 2_500).await;
    let slowly = ["up", "010", "--documents-per-second-max", "200", "--lag-seconds-max", "1.5"];
    let mut running = trial.start(&slowly);
    trial.wait_for_batches(2).await;
    let secondary = (server.primary().await.unwrap() + 1) % 3;
    let client = server.member_client(secondary).await.unwrap();
    let stuck = FailPoint::named("rsSyncApplyStop").on(&client).await.unwrap();
    let reason = pauses_for(&mut running, "replication lag").await;
    assert!(reason.contains("by limit") && reason.contains("(limit 1.5 s)"), "{reason}");
    // What was in hand is ended; then nothing more is written.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = entries(&trial).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(entries(&trial).await, before, "it wrote while a member was behind");
    stuck.off().await.unwrap();
    eventually("the run goes on", async || running.told("unpaused")).await;
    let told = running.end();
    assert_eq!(told.code, 0, "{told}");
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_lost_pauses_then_ends_the_run() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let client = server.client().await.unwrap();
    let trial = Trial::on(&server, 3_000).await;
    let slowly = ["up", "010", "--documents-per-second-max", "200"];
    let lost = || {
        let point = FailPoint::fail_command(["serverStatus"]).app_name("causeway");
        point.error_code(13)
    };

    // For a moment: the run waits, and goes on.
    let mut running = trial.start(&slowly);
    trial.wait_for_batches(1).await;
    let active = lost().on(&client).await.unwrap();
    pauses_for(&mut running, "unmeasured limit").await;
    active.off().await.unwrap();
    eventually("the run goes on", async || running.told("unpaused")).await;

    // For good: it ends, and says what it misses.
    let active = lost().on(&client).await.unwrap();
    let told = running.end();
    active.off().await.unwrap();
    assert_eq!(told.code, 5, "{told}");
    assert!(told.failure().contains("could not be measured"), "{told}");
    assert!(told.failure().contains("switch the limit off"), "{told}");
    trial.assert_free();

    // Switched off, nobody misses it.
    let active = lost().on(&client).await.unwrap();
    let without = ["--cache-dirty-percent-max", "off", "--queue-max", "off"];
    let told = trial.give(&[&["up", "010"][..], &without[..]].concat());
    active.off().await.unwrap();
    assert_eq!(told.code, 0, "{told}");
    trial.expect(0, &["verify", "010", "--state", "applied"]);
}

/// An answer that does not come is no measurement, either.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_whose_answer_does_not_come_pauses_the_run() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let client = server.client().await.unwrap();
    let trial = Trial::on(&server, 3_000).await;
    let mut running = trial.start(&["up", "010", "--documents-per-second-max", "200"]);
    trial.wait_for_batches(1).await;
    let point = FailPoint::fail_command(["serverStatus"]).app_name("causeway");
    let active = point.block_millis(20_000).on(&client).await.unwrap();
    let reason = pauses_for(&mut running, "unmeasured limit").await;
    assert!(reason.contains("no answer"), "{reason}");
    active.off().await.unwrap();
    eventually("the run goes on", async || running.told("unpaused")).await;
    let told = running.end();
    assert_eq!(told.code, 0, "{told}");
    let pauses = told.events.iter().filter(|told: &&Value| told["event"] == "paused").count();
    assert!(pauses >= 1);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
}
