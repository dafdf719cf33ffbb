//! Runs of `up` and `down` that were no part of a run of the whole plan.

use std::fs;

use serde_json::Value;

use crate::notices::stage::read_page;
use crate::scene::{Scene, plain_quotes};

fn report(scene: &Scene, run: &str) -> Value {
    scene.expect(0, &["report", run]);
    let folder = scene.run_folder(run);
    read_page(&fs::read_to_string(folder.join("report.html")).unwrap());
    serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn up_and_down_are_told_by_their_journals() {
    let scene = Scene::with_quotes(plain_quotes(30)).await;
    let up = scene.up().run();
    let json = report(&scene, &up);
    assert_eq!(json["verdict"]["state"], "applied");
    assert_eq!(json["figures"]["documents_changed"], 27);
    assert_eq!(json["figures"]["downtime"]["seconds"], 0.0);
    // Two points at least: the begin, and each batch.
    let points = &json["charts"][0]["panels"][0]["pieces"][0]["points"];
    assert!(points.as_array().is_some_and(|points| points.len() > 1), "{}", json["charts"][0]);
    let steps: Vec<&str> = json["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps[..2], ["survey", "keep"]);
    assert!(
        steps.contains(&"step 1") && steps.ends_with(&["step 3", "verify", "record"]),
        "{steps:?}"
    );
    let met = |text: &str| {
        let all = json["criteria"].as_array().unwrap();
        all.iter().find(|it| it["text"].as_str().unwrap().starts_with(text)).unwrap()["word"]
            .clone()
    };
    assert_eq!(met("Every document has quotes.selectedEvents"), "met");
    assert_eq!(met("The migration is recorded"), "met");
    assert_eq!(met("No data was lost"), "not known");
    assert_eq!(met("Performance"), "not known");

    let down = scene.down().run();
    let json = report(&scene, &down);
    assert_eq!(json["verdict"]["state"], "rolled_back");
    assert_eq!(json["figures"]["documents_changed"], 27);
    let json = report(&scene, &up);
    let besides = json["verdict"]["besides"][0].as_str().unwrap();
    assert_eq!(besides, format!("It was rolled back since, by run {down}."));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_where_they_are_wanted() {
    let scene = Scene::with_quotes(plain_quotes(3)).await;
    let up = scene.up().run();
    scene.expect(0, &["report", &up, "--to", "handed/over", "--lesson", "It went well"]);
    assert!(scene.path().join("handed/over/report.md").exists());
    assert!(!scene.run_folder(&up).join("report.md").exists());
    let text = fs::read_to_string(scene.path().join("handed/over/report.md")).unwrap();
    assert!(text.contains("- It went well (ann, "), "{text}");
}
