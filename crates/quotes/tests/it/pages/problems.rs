//! Reporting a problem by the page.

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use causeway_core::maintenance::Maintenance;
use quotes::access::Role;
use reqwest::{
    Method,
    header::{HOST, REFERER},
};

use super::{HOSTILE, open, send, sent};
use crate::app::{TestApp, signed_in};

#[tokio::test]
async fn a_report_is_kept_with_the_page_that_it_is_about() -> Result<()> {
    let reporter = signed_in(Role::Agent);
    let app = TestApp::asked_by(reporter.clone()).await?;
    let form = app
        .request(Method::GET, "/report-a-problem")
        .header(HOST, "quotes.agency.example")
        .header(REFERER, "https://quotes.agency.example/quotes/Q1?done=Q1");
    let form = sent(form).await?;
    assert!(form.text.contains("value=\"/quotes/Q1\""), "{}", form.text);
    // It works in maintenance, too.
    app.maintenance.send_replace(Maintenance { on: true, ..Maintenance::default() });
    let report = [("text", HOSTILE), ("page", "/quotes/Q1")];
    let kept = send(&app, "/report-a-problem", &report).await?;
    assert_eq!(kept.status, 303, "{}", kept.text);
    let thanks = open(&app, kept.to()).await?;
    assert!(thanks.text.contains("Thank you."), "{}", thanks.text);
    let problems = app.database.database().collection::<Document>("problems");
    let found = problems.find_one(doc! {}).await?.context("no report")?;
    assert_eq!((found.get_str("text")?, found.get_str("page")?), (HOSTILE, "/quotes/Q1"));
    assert_eq!(found.get_object_id("userId")?, reporter.user_id());
    assert!(thanks.text.contains(&found.get_object_id("_id")?.to_hex()));
    Ok(())
}

#[tokio::test]
async fn what_was_typed_is_kept_when_nothing_is_reported() -> Result<()> {
    let app = TestApp::asked_by(signed_in(Role::Agent)).await?;
    let report = [("text", " "), ("page", HOSTILE)];
    let refused = send(&app, "/report-a-problem", &report).await?;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("id=\"text-error\">Say what happened."), "{}", refused.text);
    assert!(refused.text.contains("value=\"&#60;script"));
    let made_up = open(&app, "/report-a-problem?kept=<script>").await?;
    assert!(!made_up.text.contains("Thank you"));
    Ok(())
}
