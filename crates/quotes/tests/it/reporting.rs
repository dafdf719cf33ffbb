//! People report problems, and the operator sees how many.

use anyhow::Result;
use bson::{Document, doc};
use quotes::access::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, person};

fn counted(metrics: &Value) -> Option<u64> {
    let lines = metrics.as_str()?.lines();
    let mut values = lines.filter_map(|it| it.strip_prefix("quotes_problems_reported_total "));
    values.next()?.parse().ok()
}

#[tokio::test]
async fn a_report_is_kept_and_counted() -> Result<()> {
    let reporter = person(Role::Agent);
    let app = TestApp::asked_by(reporter.clone()).await?;
    let before = counted(&app.get("/metrics").await?.body);
    let report = json!({ "text": " The total does not change ", "page": "/quotes/Q1" });
    let kept = app.ask(Method::POST, "/api/problems", Some(report)).await?;
    assert_eq!(kept.status, 201, "{}", kept.body);
    let problems = app.database.database().collection::<Document>("problems");
    let found = problems.find_one(doc! {}).await?.unwrap_or_default();
    assert_eq!(found.get_str("text")?, "The total does not change");
    assert_eq!(found.get_object_id("userId")?, reporter.user_id());
    assert_eq!(found.get_str("requestId")?, kept.headers["x-request-id"]);
    // Of this process, in which other tests may report something, too.
    assert!(counted(&app.get("/metrics").await?.body) > before);
    Ok(())
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() -> Result<()> {
    let app = TestApp::start().await?;
    for (report, wrong) in [
        (json!({}), vec!["text"]),
        (json!({ "text": "  " }), vec!["text"]),
        (json!({ "text": 7, "page": [] }), vec!["text", "page"]),
        (json!({ "text": "x".repeat(2_001), "page": "y".repeat(501) }), vec!["text", "page"]),
    ] {
        let refused = app.ask(Method::POST, "/api/problems", Some(report)).await?;
        let details = refused.body["error"]["details"].as_array().cloned().unwrap_or_default();
        let named: Vec<&str> = details.iter().filter_map(|it| it["field"].as_str()).collect();
        assert_eq!((refused.status, named), (422, wrong));
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_too_long_or_no_json_is_told_in_the_envelope() -> Result<()> {
    let app = TestApp::start().await?;
    let long = json!({ "text": "x".repeat(300 * 1024) });
    let refused = app.ask(Method::POST, "/api/problems", Some(long)).await?;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (413, &json!("BODY_TOO_LARGE")));
    let post = || app.request(Method::POST, "/api/problems");
    let json = ("Content-Type", "application/json");
    let broken = crate::app::answered(post().header(json.0, json.1).body("{\"text\":")).await?;
    assert_eq!((broken.status, &broken.body["error"]["code"]), (400, &json!("MALFORMED_JSON")));
    let form = crate::app::answered(post().body("text=1")).await?;
    assert_eq!(form.status, 415);
    Ok(())
}
