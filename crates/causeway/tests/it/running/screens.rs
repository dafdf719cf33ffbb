//! What a person sees of a run, from its first line to its last.

use std::process::Command;

use testbed::HttpEndpoint;

use super::play::{Play, RUN};

/// What differs between two runs of the same test, and what other tests are about.
const REDACTED: [(&str, &str); 15] = [
    (r"(?m)^(  ok|  warning|quotes|writes|proof|          turn it|          nothing to) .*\n", ""),
    (r"(?m)^ +(nothing to do|turn it on|look at them|\d+  unchanged).*\n", ""),
    (r"\d{4}-\d\d-\d\d-\d{4}-[a-z0-9]{3}", "[run]"),
    (r"\d{4}-\d\d-\d\d-\d{4}(-\d+)?/", "[night]/"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[time]"),
    (r"\w+day, \d+ \w+ \d{4}, \d\d:\d\d to (\w+day, \d+ \w+ \d{4}, )?\d\d:\d\d \w+", "[window]"),
    (r"\d\d:\d\d(:\d\d)? (GMT|BST)", "[time]"),
    (r"\d+(\.\d+)? (s|min)\b", "[long]"),
    (r"\d+ ms", "[long]"),
    (r"127\.0\.0\.1:\d+", "[host]"),
    (r"test_\d+_\d+", "shop"),
    (r"/\S*tmp\S*/state", "[folder]"),
    (r"\b(on|by ann on) [\w.-]+, for run", "$1 [machine], for run"),
    (r"raised by ann on [\w.-]+:", "raised by ann on [machine]:"),
    (r"(\[long\] |\d+ (ok|warnings|refuse)[,:] ?)+", "[counts] "),
];

/// Both streams of a run, as a terminal without colours shows them.
fn shown(play: &Play, more: &[&str]) -> (Option<i32>, String) {
    let causeway = play.trial.command(&[]);
    let name = play.trial.scene.database.name();
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
        .arg(causeway.get_program())
        .args(["--uri", play.trial.scene.uri(), "--database", name, "--yes", name])
        .args(["--migrations", "migrations", "--state-dir", "state"])
        .args(RUN)
        .args(more)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(play.trial.scene.path());
    for (key, value) in causeway.get_envs().filter_map(|(key, value)| Some((key, value?))) {
        command.env(key, value);
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn compare(name: &str, screen: &str) {
    let mut settings = insta::Settings::clone_current();
    for (pattern, replacement) in REDACTED {
        settings.add_filter(pattern, replacement);
    }
    settings.bind(|| insta::assert_snapshot!(name, screen));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_goes_through() {
    let play = Play::new().await;
    let (code, screen) = shown(&play, &[]);
    assert_eq!(code, Some(0), "{screen}");
    compare("through", &screen);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_goes_back() {
    let play = Play::new().await;
    let application = HttpEndpoint::start().unwrap();
    let more = format!(
        "[[smoke]]\nname = \"look\"\nurl = \"{}\"\n[contacts]\nlead = \"Bea Ray\"\n\
         [escalation]\napplication = \"lead\"\n",
        application.url()
    );
    play.configure("on_failure = \"roll_back\"", &more);
    application.answer([500]);
    let (code, screen) = shown(&play, &[]);
    assert_eq!(code, Some(7), "{screen}");
    compare("back", &screen);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_stays_as_it_is() {
    let play = Play::new().await;
    let manual = "[[manual]]\nname = \"deploy\"\nafter = \"verify\"\ntext = \"Deploy it.\"\n";
    play.configure("on_failure = \"ask\"", manual);
    let (code, screen) = shown(&play, &[]);
    assert_eq!(code, Some(5), "{screen}");
    compare("stays", &screen);
}
