//! Runs whose application is looked at: thresholds that are crossed, and what follows afterwards.

use super::play::{Play, RUN, next, standing};
use crate::trial::Told;
use crate::watching::application::Application;

/// `up` takes some seconds at this rate: long enough for a threshold to be crossed.
const SLOW: [&str; 2] = ["--documents-per-second-max", "60"];

fn metrics(application: &Application, more: &str) -> String {
    format!("[metrics]\nurl = \"{}\"\n{more}", application.url())
}

fn run_slowly(play: &Play) -> crate::trial::Running {
    play.trial.start(&[&RUN[..], &SLOW].concat())
}

fn warned(told: &Told, text: &str) -> bool {
    let mut warnings = told.events.iter().filter(|event| event["event"] == "warning");
    warnings.any(|warning| warning["text"].as_str().unwrap().contains(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_rate_above_its_threshold_sends_the_run_back() {
    let play = Play::new().await;
    let application = Application::with_errors(0);
    let threshold = "[thresholds]\n\
                     error_rate_percent = { max = 5, then = \"roll_back\", for_seconds = 1 }\n\
                     [contacts]\nlead = \"Bea Ray\"\n[escalation]\napplication = \"lead\"\n";
    // Nobody is asked: the answer stands beside the threshold.
    play.configure("on_failure = \"stop\"", &metrics(&application, threshold));
    let mut running = run_slowly(&play);
    running.wait_for("progress");
    application.set_errors(40);
    let told = running.end();
    assert_eq!(told.code, 7, "{told}");
    assert!(warned(&told, "a threshold was crossed: error rate"), "{told}");
    assert!(standing(&told)["call"].as_str().unwrap().contains("Bea Ray"), "{told}");
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
    let report = standing(&told)["report"].as_str().unwrap().to_owned();
    let page = std::fs::read_to_string(play.trial.scene.path().join(report)).unwrap();
    assert!(page.contains("error rate"), "the report does not say why it went back");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_pauses_lets_it_go_on_when_it_is_over() {
    let play = Play::new().await;
    let application = Application::with_errors(40);
    let threshold = "[thresholds]\n\
                     error_rate_percent = { max = 5, then = \"pause\", for_seconds = 1 }\n";
    play.configure("on_failure = \"stop\"", &metrics(&application, threshold));
    let mut running = run_slowly(&play);
    let paused = running.wait_for("paused");
    assert!(paused["reason"].as_str().unwrap().contains("error rate"), "{paused}");
    application.set_errors(0);
    running.wait_for("unpaused");
    let told = running.end();
    assert_eq!(told.code, 0, "{told}");
    play.assert_people_are_in(&told).await;
    play.assert_applied();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_worse_afterwards_is_said_with_the_way_back() {
    let play = Play::new().await;
    let application = Application::with_errors(0);
    play.configure("on_failure = \"stop\"", &metrics(&application, ""));
    let path = play.trial.scene.path().join("causeway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("in_run = \"0s\"", "every = \"200ms\"\nin_run = \"3s\"");
    std::fs::write(&path, text.replace("baseline_seconds = 0", "baseline_seconds = 3")).unwrap();
    let mut running = play.trial.start(&RUN);
    running.wait_for("verified");
    application.set_errors(30);
    let told = running.end();
    assert_eq!(told.code, 6, "{told}");
    assert_eq!(next(&told)[0], "causeway run 010 --roll-back", "{told}");
    assert!(warned(&told, "error"), "{told}");
    let states = play.states().await;
    assert_eq!(states.last().unwrap(), &("watch".to_owned(), "incomplete".to_owned()));
    play.assert_people_are_in(&told).await;
    play.assert_applied();
    let told = play.trial.expect(7, &["run", "010", "--roll-back"]);
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
}
