//! What a report says: of a run that went well, of one that went back, of ones that did neither.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use causeway_core::runbook::{Failing, StepState};
use serde_json::{Value, json};

use super::past::{Past, RUN, UP, at};
use crate::notices::stage::read_page;

/// What differs between two runs of the same test.
const REDACTED: [(&str, &str); 7] = [
    (r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:#####"),
    (r"test_\d+_\d+", "test_db"),
    (r"MongoDB \d+\.\d+\.\d+[^|\x22]*", "MongoDB #.#.#"),
    (r"\x22made_at\x22: \x22[^\x22]+\x22", "\"made_at\": \"####\""),
    (r"Written .* by .*\.", "Written #### by ann on ####."),
    (r"\x22made_by\x22: \x22[^\x22]+\x22", "\"made_by\": \"####\""),
    (r"[^ \x22]*tmp/\.tmp\w+", "/tmp/######"),
];

macro_rules! assert_report {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ filters => REDACTED, snapshot_path => "snapshots",
            prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}

/// Points of lines would fill the snapshot: how many there are says enough.
fn without_points(mut report: Value) -> Value {
    for chart in report["charts"].as_array_mut().unwrap() {
        for panel in chart["panels"].as_array_mut().unwrap() {
            for piece in panel["pieces"].as_array_mut().unwrap() {
                piece["points"] = json!(piece["points"].as_array().unwrap().len());
            }
        }
    }
    rounded(report)
}

/// Sums of floats end differently on other machines.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            json!(number.as_f64().map(|it| (it * 100.0).round() / 100.0))
        }
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, it)| (key, rounded(it))).collect(),
        other => other,
    }
}

fn answers(report: &Value) -> Vec<&str> {
    report["criteria"].as_array().unwrap().iter().map(|it| it["word"].as_str().unwrap()).collect()
}

fn open(report: &Value) -> String {
    report["review"]["items"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_went_well_is_told_in_all_forms() {
    let past = Past::well(1_000).await;
    let ran = past.report(&[]);
    ran.assert_says("010 was applied to");
    let json = past.json();
    assert_report!(
        "report_json",
        serde_json::to_string_pretty(&without_points(json.clone())).unwrap()
    );
    assert_report!("report_markdown", past.read("report.md"));
    assert!(answers(&json).iter().all(|word| *word == "met"), "{:#}", json["criteria"]);
    let html = past.read("report.html");
    let page = read_page(&html);
    let words = page["words"].as_str().unwrap();
    for said in [
        "in 35.4 s.",
        "Nothing was lost: 1,000 quotes compared, 991 with every other byte unchanged; meanwhile \
         6 changed by the application, 2 created by the application, 1 deleted by the application.",
        "2 min 33 s downtime, 30 min announced",
        "28.0 s rehearsed, 35.4 s taken: 26 % more",
        "34.2 s, of which 8.4 s in 2 pauses (shaded).",
        "12 of 1,000 quotes (1.2 %)",
        "1 not arrived",
        "The review is due on Monday, 30 November 2026.",
    ] {
        assert!(words.contains(said), "{said:?} is not in\n{words}");
    }
    assert!(page["tags"].as_array().unwrap().iter().all(|tag| tag != "script" && tag != "img"));
    // Nothing from elsewhere: the file is all there is.
    assert!(!html.contains("://") && !html.contains("src=") && !html.contains("@import"));
    for name in ["report.html", "report.md", "report.json"] {
        let mode = fs::metadata(past.run_folder().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // By the run that it began, the same report.
    let of_up = past.give(UP, &[]);
    of_up.assert_says(RUN);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_watch_found_counts_whatever_the_means_say() {
    let mut past = Past::well(100).await;
    let watch = past.run.steps.last_mut().unwrap();
    (watch.state, watch.evidence) = (StepState::Failed, "3 error spikes".to_owned());
    past.write_run().await;
    past.report(&[]);
    let json = past.json();
    let criterion = json["criteria"].as_array().unwrap().last().unwrap();
    assert_eq!(criterion["word"], "not met");
    assert!(criterion["evidence"].as_str().unwrap().ends_with("the watch says: 3 error spikes"));
    assert!(open(&json).contains("step watch failed: 3 error spikes"), "{}", open(&json));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_went_back_says_why_and_that_everything_is_as_before() {
    let past = Past::rolled_back(200).await;
    past.report(&[]);
    let json = past.json();
    let verdict = &json["verdict"];
    assert_eq!(verdict["state"], "rolled_back");
    assert!(
        verdict["sentence"].as_str().unwrap().ends_with("the page for a new quote answers 500.")
    );
    assert_eq!(
        verdict["loss"],
        "Nothing was lost: 200 of 200 quotes compared, every byte as before."
    );
    assert_eq!(
        answers(&json),
        [
            "not met", "not met", "not met", "met", "met", "not met", "not met", "not met",
            "not met", "not met"
        ]
    );
    // `up` is told by its step: the record is the rollback's.
    assert_eq!(json["figures"]["migration_seconds"], 35.4);
    // So are its documents: what was committed tells those of `up`.
    assert_eq!(json["figures"]["documents_changed"], 159);
    assert!(open(&json).contains("find the cause"), "{}", open(&json));
    assert!(!open(&json).contains("watched"));
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_stopped_and_running_runs_have_a_report_too() {
    let mut past = Past::well(100).await;
    let up = past.run.steps.iter().position(|step| step.step == "up").unwrap();
    past.run.steps.truncate(up + 1);
    (past.run.status, past.run.exit_code) = ("stopped".to_owned(), Some(5));
    past.run.steps[up].state = StepState::Failed;
    past.run.steps[up].evidence = "no primary for 60 s".to_owned();
    past.run.ended_at = Some(at(60.0));
    past.write_run().await;
    past.report(&[]);
    let json = past.json();
    assert!(
        json["verdict"]["sentence"].as_str().unwrap().ends_with("in step up: no primary for 60 s.")
    );
    assert!(open(&json).contains("causeway run 010"), "{}", open(&json));

    past.run.status = "failed".to_owned();
    past.run.failing = Some(Failing {
        step: "up".to_owned(),
        kind: "migration".to_owned(),
        message: "the disk is full".to_owned(),
        at: at(52.0),
        rolls_back: false,
    });
    past.write_run().await;
    past.report(&[]);
    let sentence = past.json()["verdict"]["sentence"].clone();
    assert!(sentence.as_str().unwrap().ends_with("in step up: the disk is full."), "{sentence}");

    past.run.status = "running".to_owned();
    (past.run.ended_at, past.run.failing) = (None, None);
    (past.run.steps[up].state, past.run.steps[up].ended) = (StepState::Open, None);
    past.write_run().await;
    past.report(&[]);
    let json = past.json();
    assert_eq!(json["verdict"]["state"], "running");
    assert_eq!(json["timeline"][up]["word"], "under way");
    assert!(json["review"]["due"].is_null());
}
