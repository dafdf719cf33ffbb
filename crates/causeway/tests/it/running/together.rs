//! Two runners, one plan.

use super::play::{Play, RUN};

#[tokio::test(flavor = "multi_thread")]
async fn the_second_runner_is_refused_while_the_first_one_works() {
    let play = Play::new().await;
    let slow = [&RUN[..], &["--documents-per-second-max", "150"]].concat();
    let mut first = play.trial.start(&slow);
    first.wait_for("progress");
    let second = play.trial.expect(4, &RUN);
    assert!(second.failure().contains("holds the lease with run"), "{second}");
    let status = play.trial.expect(0, &["status"]);
    let turn = status.events.iter().find(|row| row["row"] == "turn").unwrap();
    assert_eq!(turn["state"], "held", "{status}");
    let told = first.end();
    assert_eq!(told.code, 0, "{told}");
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_begin_at_once_are_one_run() {
    let play = Play::new().await;
    let (one, other) = (play.trial.start(&RUN), play.trial.start(&RUN));
    let told = [one.end(), other.end()];
    let codes: Vec<i32> = told.iter().map(|told| told.code).collect();
    assert!(codes.contains(&0), "{}\n{}", told[0], told[1]);
    assert!(codes.iter().all(|code| matches!(code, 0 | 3 | 4)), "{}\n{}", told[0], told[1]);
    let runs = play.trial.scene.collection("causeway_runs");
    let runs = runs.count_documents(bson::doc! { "direction": "run" }).await.unwrap();
    assert_eq!(runs, 1);
    play.assert_applied();
}
