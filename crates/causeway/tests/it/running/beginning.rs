//! How runs begin: looking first, the day before, at their time, from a step, with somebody's word.

use super::play::{Play, next, standing};
use crate::trial::Told;

fn says(told: &Told, text: &str) {
    assert!(told.to_string().contains(text), "{text:?} is not in\n{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn noop_shows_everything_and_writes_nothing() {
    let play = Play::new().await;
    let (kept, files) = (play.trial.scene.kept().await, files(&play));
    let told = play.run_with(0, &["--noop", "--start", "2099-11-26 02:00"]);
    assert_eq!(kept, play.trial.scene.kept().await, "something was written");
    assert_eq!(files, self::files(&play));
    let steps: Vec<&str> = told.events.iter().filter_map(|event| event["step"].as_str()).collect();
    assert_eq!(steps[..3], ["announce", "check", "window"]);
    says(&told, "Thursday, 26 November 2099, 02:00 to 02:30 GMT");
    says(&told, "worker: touch stopped");
}

fn files(play: &Play) -> Vec<String> {
    let entries = std::fs::read_dir(play.trial.scene.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with(".tmp"));
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn announced_the_day_before_and_begun_at_its_time() {
    let play = Play::new().await;
    let start = jiff::Timestamp::now() + std::time::Duration::from_secs(6);
    let told = play.run_with(0, &["--start", &start.to_string(), "--to", "announce"]);
    assert_eq!(next(&told), ["causeway run 010"]);
    assert_eq!(standing(&told)["maintenance"], "off");
    let told = play.run(0);
    says(&told, "the window begins in");
    let period = play.trial.scene.collection("causeway_state");
    let period =
        period.find_one(bson::doc! { "kind": "maintenance_period" }).await.unwrap().unwrap();
    let began = period.get_datetime("began").unwrap().timestamp_millis();
    assert!(began >= start.as_millisecond() - 50, "it began before its time: {period}");
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_its_window_it_warns_or_refuses() {
    let play = Play::new().await;
    play.configure("on_failure = \"roll_back\"\n[window]\noutside = \"refuse\"", "");
    let told = play.run_with(2, &["--start", "2020-11-26 02:00"]);
    says(&told, "that window is over");
    // Open when it was announced, over when the run comes to it.
    let length = std::time::Duration::from_secs(60);
    let start = jiff::Timestamp::now() + std::time::Duration::from_secs(3) - length;
    play.run_with(0, &["--start", &start.to_string(), "--minutes", "1", "--to", "check"]);
    std::thread::sleep(std::time::Duration::from_secs(4));
    let told = play.run(3);
    says(&told, "the window ended");
    assert_eq!(standing(&told)["jobs"], "none was touched");
    let told = play.run_with(0, &["--skip", "window", "--because", "agreed with the shop"]);
    play.assert_people_are_in(&told).await;
    assert_eq!(play.evidence("window").await, "--skip: agreed with the shop");
    assert!(play.evidence("end-maintenance").await.contains("later than people were told"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_ends_meanwhile_is_said_and_does_not_stop_it() {
    let play = Play::new().await;
    play.configure("on_failure = \"roll_back\"\n[window]\noutside = \"refuse\"", "");
    let path = play.trial.scene.path().join("causeway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("quiet_seconds = 0", "quiet_seconds = 6")).unwrap();
    // It is still open for some seconds, in which nobody gets through.
    let start = jiff::Timestamp::now() - std::time::Duration::from_secs(55);
    let told = play.run_with(0, &["--start", &start.to_string(), "--minutes", "1"]);
    says(&told, "the window ended");
    assert!(play.evidence("end-maintenance").await.contains("later than people were told"));
    play.assert_applied();
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_grew_too_old_while_it_waited_is_made_again() {
    let play = Play::new().await;
    play.configure("on_failure = \"roll_back\"\n[backup]\nmax_age = \"8s\"", "");
    let path = play.trial.scene.path().join("causeway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("environment = \"production\"\n{text}")).unwrap();
    let start = jiff::Timestamp::now() + std::time::Duration::from_secs(22);
    let (start, skip) = (start.to_string(), ["--skip", "rehearse", "--because", "no time"]);
    let command = [&["run", "010", "--start", &start][..], &skip].concat();
    let told = play.trial.expect(0, &command);
    let document = play.document().await;
    let steps = document.get_array("steps").unwrap().iter().map(|it| it.as_document().unwrap());
    let is_proof = |step: &&bson::Document| {
        step.get_str("step").unwrap() == "prove" && step.get_str("state").unwrap() == "done"
    };
    assert_eq!(steps.filter(is_proof).count(), 2, "{told}");
    play.assert_applied();
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_announced_and_never_begun_is_cancelled() {
    let play = Play::new().await;
    play.run_with(0, &["--start", "2099-11-26 02:00", "--to", "announce"]);
    let told = play.trial.expect(7, &["run", "010", "--roll-back"]);
    let notices = play.trial.scene.collection("causeway_notices");
    let last = notices.find_one(bson::doc! {}).sort(bson::doc! { "seq": -1 }).await.unwrap();
    assert_eq!(last.unwrap().get_str("moment").unwrap(), "cancelled", "{told}");
    play.assert_as_before().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_step_only_with_evidence_of_those_before() {
    let play = Play::new().await;
    let told = play.run_with(3, &["--from", "up"]);
    says(&told, "there is no evidence that `announce` was done");
    assert!(
        play.trial
            .scene
            .collection("causeway_runs")
            .find_one(bson::doc! {})
            .await
            .unwrap()
            .is_none()
    );
    play.run_with(0, &["--to", "check"]);
    let told = play.run_with(3, &["--from", "up"]);
    says(&told, "there is no evidence that `window` was done");
    let told = play.run_with(0, &["--from", "check", "--to", "check"]);
    says(&told, "\"step\":\"check\"");
    assert_eq!(play.run_with(2, &["--from", "backup"]).code, 2, "a step that this run has not");
    play.run_with(2, &["--skip", "up", "--because", "no"]);
    play.run_with(2, &["--confirm", "nothing"]);
    let told = play.run_with(3, &["--paranoid"]);
    says(&told, "nobody is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_waits_for_somebody_to_say_that_it_is_done() {
    let play = Play::new().await;
    let manual =
        "[[manual]]\nname = \"deploy the code\"\nbefore = \"smoke\"\ntext = \"Deploy it.\"\n";
    play.configure("on_failure = \"roll_back\"", manual);
    let told = play.run(5);
    says(&told, "--confirm 'deploy the code' goes on");
    assert!(standing(&told)["maintenance"].as_str().unwrap().starts_with("on since"), "{told}");
    // The command that it names: what a person said once need not be said again.
    let told = play.trial.expect(0, &["run", "010", "--confirm", "deploy the code"]);
    assert!(play.states().await.iter().all(|(step, _)| step != "backup"), "{told}");
    play.assert_applied();
    play.assert_people_are_in(&told).await;
}
