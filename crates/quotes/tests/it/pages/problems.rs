//! Reporting a problem by the page.

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use causeway_core::maintenance::Maintenance;
use quotes::access::Role;
use reqwest::{
    Method,
    header::{HOST, REFERER},
};

use super::{HOSTILE, desk, open, send, sent};
use crate::app::{TestApp, signed_in};

const PATH: &str = "/operations/problems";

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

#[tokio::test]
async fn reports_are_read_and_marked_as_dealt_with_by_administrators() -> Result<()> {
    let app = desk().await?;
    let problems = app.database.database().collection::<Document>("problems");
    assert!(open(&app, PATH).await?.text.contains("Nothing is open."));
    for text in [HOSTILE, "The second one"] {
        send(&app, "/report-a-problem", &[("text", text), ("page", "/\\evil.example/")]).await?;
    }
    let shown = open(&app, PATH).await?;
    assert!(shown.text.contains("&#60;script&#62;") && shown.text.contains("Ada Example"));
    assert!(!shown.text.contains("evil.example"), "{}", shown.text);
    assert!(open(&app, "/operations").await?.text.contains("<dd>2 open · "));
    let one = problems.find_one(doc! { "text": HOSTILE }).await?.context("no report")?;
    let id = one.get_object_id("_id")?.to_hex();
    let closed = send(&app, &format!("{PATH}/{id}/close"), &[]).await?;
    assert_eq!((closed.status, closed.to()), (303, format!("{PATH}?closed={id}").as_str()));
    // Whoever comes second changes nothing.
    send(&app, &format!("{PATH}/{id}/close"), &[]).await?;
    let shown = open(&app, closed.to()).await?;
    assert!(shown.text.contains("It is dealt with.") && shown.text.contains("/reopen"));
    assert!(!shown.text.contains("&#60;script&#62;") && shown.text.contains("The second one"));
    let all = open(&app, &format!("{PATH}?all=yes")).await?;
    assert!(all.text.contains("&#60;script&#62;") && all.text.contains("dealt with"));
    send(&app, &format!("{PATH}/{id}/reopen"), &[]).await?;
    assert!(open(&app, PATH).await?.text.contains("&#60;script&#62;"));
    let logs = app.database.database().collection::<Document>("auditlogs");
    for action in ["problem.close", "problem.reopen"] {
        assert_eq!(logs.count_documents(doc! { "action": action }).await?, 1, "{action}");
    }
    for id in ["nonsense", "65f0000000000000000000ff"] {
        assert_eq!(send(&app, &format!("{PATH}/{id}/close"), &[]).await?.status, 404, "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn a_long_list_of_reports_is_read_page_by_page() -> Result<()> {
    let app = desk().await?;
    let problems = app.database.database().collection::<Document>("problems");
    let reports = (0..120).map(|it| doc! { "text": format!("Trouble {it:03}.") });
    problems.insert_many(reports).await?;
    let (mut path, mut seen) = (PATH.to_owned(), 0);
    for page in [50, 50, 20] {
        let shown = open(&app, &path).await?;
        assert_eq!(shown.text.matches("Trouble ").count(), page);
        seen += page;
        if seen < 120 {
            path = shown
                .between("<a class=\"button\" href=\"/operations/problems?before", "\"")?
                .to_owned();
            path = format!("{PATH}?before{path}");
        } else {
            assert!(!shown.text.contains("rel=\"next\""), "there are no more");
        }
    }
    Ok(())
}
