//! Texts that want to be more than text, and files that are not there.

use std::fs;

use bson::doc;

use super::past::{Past, RUN};
use crate::notices::stage::read_page;

const HOSTILE: &str = "</td><script>alert(1)</script> | ` [x](y) \n# & \"'><img onerror=1>";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_stands_in_the_database_is_text() {
    let mut past = Past::well(100).await;
    past.run.title = HOSTILE.to_owned();
    past.run.notes[0].text = HOSTILE.to_owned();
    past.run.steps[1].evidence = HOSTILE.to_owned();
    past.run.steps[1].by = HOSTILE.to_owned();
    past.run.steps[1].warnings[0] = HOSTILE.to_owned();
    past.write_run().await;
    let notices = past.scene.collection("causeway_notices");
    let hostile = doc! { "$set": { "subject": HOSTILE, "deliveries.0.recipient": HOSTILE } };
    notices.update_many(doc! {}, hostile).await.unwrap();
    past.report(&[]);
    let page = read_page(&past.read("report.html"));
    let tags = page["tags"].as_array().unwrap();
    assert!(tags.iter().all(|tag| tag != "script" && tag != "img"), "{tags:?}");
    let words = page["words"].as_str().unwrap();
    assert!(
        words.contains("</td><script>alert(1)</script> | ` [x](y) # & \"'><img onerror=1>"),
        "{words}"
    );
    let markdown = past.read("report.md");
    assert!(!markdown.contains("<script") && !markdown.contains("<img"));
    for row in markdown.lines().filter(|line| line.starts_with("| check")) {
        // Six cells, whatever is in them.
        assert_eq!(row.replace("\\|", "").matches('|').count(), 7, "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_and_keeps_nothing_from_being_made() {
    let past = Past::well(100).await;
    fs::remove_dir_all(past.scene.path().join("state")).unwrap();
    fs::remove_dir_all(past.scene.path().join("migrations")).unwrap();
    for name in ["causeway_notices", "causeway_audit", "causeway_state", "migrations", "quotes"] {
        past.scene.collection(name).drop().await.unwrap();
    }
    let ran = past.report(&[]);
    ran.assert_says("made without: events.jsonl is not in");
    let json = past.json();
    assert_eq!(json["proof"]["state"], "not_told");
    assert!(
        json["charts"].as_array().unwrap().iter().all(|it| it["panels"] == serde_json::json!([]))
    );
    // The steps tell the downtime as well.
    assert_eq!(json["figures"]["downtime"]["seconds"], 152.6);
    assert_eq!(json["figures"]["migration_seconds"], 35.4);
    let words = read_page(&past.read("report.html"))["words"].as_str().unwrap().to_owned();
    for said in [
        "The application was not measured: there is no error rate.",
        "Nobody was told anything",
        "not watched",
    ] {
        assert!(words.contains(said), "{said:?} is not in\n{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_other_shapes_are_left_out() {
    let past = Past::well(100).await;
    let broken = doc! { "$set": { "moment": "of a later version" } };
    let notices = past.scene.collection("causeway_notices");
    notices.update_one(doc! { "seq": 2_i64 }, broken).await.unwrap();
    past.scene.collection("causeway_audit").insert_one(doc! { "run": RUN, "at": 7 }).await.unwrap();
    let more = doc! { "$set": { "of_a_later_version": { "a": 1 } } };
    past.scene.collection("causeway_runs").update_one(doc! { "_id": RUN }, more).await.unwrap();
    past.report(&[]);
    let json = past.json();
    assert_eq!(json["people"]["notices"].as_array().unwrap().len(), 2);
    assert_eq!(json["people"]["approvals"].as_array().unwrap().len(), 2);
    assert!(json["missing"].to_string().contains("1 of the notices"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_another_form_is_told_as_far_as_it_can_be_read() {
    let past = Past::well(100).await;
    let other = doc! { "$set": { "steps": "of a later version" } };
    past.scene.collection("causeway_runs").update_one(doc! { "_id": RUN }, other).await.unwrap();
    past.report(&[]);
    let json = past.json();
    assert_eq!(json["verdict"]["state"], "applied");
    assert!(json["missing"][0].as_str().unwrap().contains("another form"), "{}", json["missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_not_there_is_a_mistake() {
    let past = Past::well(100).await;
    let ran = past.give("2020-01-01-0000-aaa", &[]);
    assert_eq!(ran.code, 2, "{}", ran.told());
    ran.assert_says("causeway history");
    assert!(!past.scene.run_folder("2020-01-01-0000-aaa").exists());
}
