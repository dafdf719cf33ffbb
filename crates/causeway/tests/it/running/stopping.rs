//! Runs that a person stops, holds up, or lets go on.

use super::play::{Play, RUN, next, standing};

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_in_the_middle_it_says_what_stands_and_goes_on() {
    let play = Play::new().await;
    let slow = [&RUN[..], &["--documents-per-second-max", "100"]].concat();
    let mut running = play.trial.start(&slow);
    running.wait_for("progress");
    running.signal("INT");
    let told = running.end();
    assert_eq!(told.code, 5, "{told}");
    let standing = standing(&told);
    assert!(standing["fence"].as_str().unwrap().starts_with("a fence stands"), "{told}");
    assert_eq!(standing["jobs"], "worker stopped");
    assert_eq!(next(&told), ["causeway run 010", "causeway run 010 --roll-back"], "{told}");
    let told = play.run(0);
    play.assert_applied();
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_the_run_reach_the_step_that_works() {
    let play = Play::new().await;
    let slow = [&RUN[..], &["--documents-per-second-max", "100"]].concat();
    let mut running = play.trial.start(&slow);
    let run = running.run();
    running.wait_for("progress");
    play.trial.expect(0, &["pause", &run]);
    running.wait_for("paused");
    play.trial.expect(0, &["resume", &run]);
    running.wait_for("unpaused");
    play.trial.expect(0, &["throttle", &run, "--documents-per-second", "off"]);
    let told = running.end();
    assert_eq!(told.code, 0, "{told}");
    play.assert_people_are_in(&told).await;
}
