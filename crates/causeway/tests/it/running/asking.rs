//! A person at the terminal, who is asked.

use std::process::Command;

use serde_json::json;
use testbed::{FailPoint, HttpEndpoint, ReplicaSet, ReplicaSetOptions};

use super::play::Play;
use crate::trial::Trial;

/// Gives a run on a terminal, and types; what was shown, and the exit code.
fn typed(play: &Play, more: &[&str], answers: &[(&str, &str)]) -> (i32, String) {
    let causeway = play.trial.command(&[]);
    let name = play.trial.scene.database.name();
    let mut typist = Command::new("python3");
    typist
        .args(["-c", include_str!("typist.py"), &json!(answers).to_string()])
        .arg(causeway.get_program())
        .args(["--uri", play.trial.scene.uri(), "--database", name])
        .args(["--migrations", "migrations", "--state-dir", "state", "run", "010"])
        .args(more)
        .current_dir(play.trial.scene.path())
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    for (key, value) in causeway.get_envs().filter_map(|(key, value)| Some((key, value?))) {
        typist.env(key, value);
    }
    let output = typist.output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap_or(-1), shown)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_fails_is_answered_by_the_backup_when_a_person_wants_it() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let play = Play::of(Trial::on(&server, 400).await).await;
    let application = HttpEndpoint::start().unwrap();
    let smoke = format!("[[smoke]]\nname = \"look\"\nurl = \"{}\"\n", application.url());
    play.configure("on_failure = \"ask\"", &smoke);
    application.answer([500]);
    let point = FailPoint::fail_command(["dropIndexes"]).app_name("causeway").error_code(8000);
    // The rival index goes first, on the way forwards.
    let failing = point.skip(1).on(&server.client().await.unwrap()).await.unwrap();
    let answers = [
        ("type the name of the database", "trial"),
        ("go back, or stay as it is?", "perhaps"),
        ("go back, or stay as it is?", "back"),
        ("restore the backup?", "restore"),
        ("type the name of the database", "trial"),
    ];
    let more = ["--skip", "rehearse", "--because", "tried elsewhere"];
    let (code, shown) = typed(&play, &more, &answers);
    failing.off().await.unwrap();
    assert_eq!(code, 7, "{shown}");
    assert!(shown.contains("the backup was restored, and compared"), "{shown}");
    assert!(shown.contains("maintenance off"), "{shown}");
    play.before.assert_same(&play.trial.scene.photo().await);
    assert!(!play.has_file("stopped"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn paranoid_asks_before_each_step() {
    let play = Play::new().await;
    let manual = "[[manual]]\nname = \"deploy\"\nafter = \"verify\"\ntext = \"Deploy it.\"\n";
    play.configure("on_failure = \"ask\"", manual);
    let answers = [
        ("type the name of the database", play.trial.scene.database.name()),
        ("step 1 of 15, announce: announce the maintenance; go on? (yes, skip, stop)", "skip"),
        ("step 2 of 15, check", "yes"),
        ("step 3 of 15, window", "stop"),
    ];
    let (code, shown) = typed(&play, &["--without-backup", "--paranoid"], &answers);
    assert_eq!(code, 5, "{shown}");
    assert!(shown.contains("stopped by the person who was asked"), "{shown}");
    assert_eq!(play.evidence("announce").await, "left out by the person who was asked");
    let answers = [
        ("type the name of the database", play.trial.scene.database.name()),
        ("deploy: is it done?", "yes"),
    ];
    let (code, shown) = typed(&play, &["--without-backup"], &answers);
    assert_eq!(code, 0, "{shown}");
    assert_eq!(play.evidence("manual:deploy").await, "confirmed by ann, at the terminal");
    play.assert_applied();
}
