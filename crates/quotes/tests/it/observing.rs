//! What the program counts and writes down: everything that the plan wants watched, nothing about people.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;
use testbed::TestDatabase;

use crate::{program::Program, seed::migrate};

async fn started(format: &str) -> Result<(TestDatabase, Program)> {
    let database = TestDatabase::new().await?;
    migrate(&database).await?;
    let program = Program::serve(&database.uri(), &["--log-format", format]).await?;
    Ok((database, program))
}

/// Each series with its value, as Prometheus reads them.
async fn metrics(program: &Program) -> Result<BTreeMap<String, f64>> {
    let answered = reqwest::get(format!("{}/metrics", program.url)).await?;
    assert_eq!(answered.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answered.text().await?;
    let mut series = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').with_context(|| format!("no value: {line}"))?;
        let value = value.parse().with_context(|| format!("no number: {line}"))?;
        assert!(series.insert(name.to_owned(), value).is_none(), "{name} stands there twice");
    }
    Ok(series)
}

#[tokio::test]
async fn counters_are_there_from_the_start_and_count_each_request_once() -> Result<()> {
    let (_database, program) = started("text").await?;
    let first = metrics(&program).await?;
    for name in [
        "quotes_created_total{events=\"none\"}",
        "quotes_created_total{events=\"some\"}",
        "quotes_create_failed_total{reason=\"none\"}",
        "quotes_saved_total{events=\"some\"}",
        "quotes_problems_reported_total",
        "quotes_sign_ins_total{result=\"refused\"}",
    ] {
        assert_eq!(first.get(name), Some(&0.0), "{name} in {first:?}");
    }
    for _ in 0..3 {
        reqwest::get(format!("{}/api/status", program.url)).await?;
    }
    reqwest::get(format!("{}/nothing/here?search=Ann", program.url)).await?;
    let then = metrics(&program).await?;
    let count = |name: &str| then.get(name).copied().unwrap_or_default();
    let route = "method=\"GET\",route=\"/api/status\"";
    assert_eq!(count(&format!("http_requests_total{{{route},status=\"200\"}}")), 3.0);
    assert_eq!(count(&format!("http_request_duration_seconds_count{{{route}}}")), 3.0);
    assert_eq!(count(&format!("http_request_duration_seconds_bucket{{{route},le=\"+Inf\"}}")), 3.0);
    let (least, most) = ("le=\"0.001\"", "le=\"10\"");
    for bound in [least, most] {
        let name = format!("http_request_duration_seconds_bucket{{{route},{bound}}}");
        assert!(then.contains_key(&name), "{name} in {then:?}");
    }
    assert_eq!(count("http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}"), 1.0);
    assert_eq!(count("quotes_errors_total{kind=\"NOT_FOUND\"}"), 1.0);
    Ok(())
}

#[tokio::test]
async fn a_request_is_written_down_by_its_route_and_id() -> Result<()> {
    let (_database, mut program) = started("json").await?;
    let asked = reqwest::Client::new()
        .get(format!("{}/api/status?lead=Ann%20Lee", program.url))
        .header("X-Request-Id", "r-17")
        .header("User-Agent", "ann-lees-phone");
    asked.send().await?;
    let line: Value = serde_json::from_str(&program.wait_for("r-17").await?)?;
    assert_eq!((&line["message"], &line["route"]), (&"answered".into(), &"/api/status".into()));
    assert_eq!((&line["method"], &line["status"]), (&"GET".into(), &200.into()));
    assert_eq!((&line["asker"], &line["span"]["id"]), (&"nobody".into(), &"r-17".into()));
    assert!(line["ms"].is_number(), "{line}");
    assert!(!program.log().to_lowercase().contains("ann"), "{}", program.log());
    for line in program.log().lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "no JSON: {line}");
    }
    Ok(())
}

#[tokio::test]
async fn quotes_with_events_are_counted() -> Result<()> {
    let database = TestDatabase::new().await?;
    let options = testbed::data::Options { quotes: 100, ugly_percent: 0, ..Default::default() };
    testbed::data::load(&database.database(), &options).await?;
    migrate(&database).await?;
    let quotes = database.database().collection::<bson::Document>("quotes");
    let event = bson::doc! { "eventId": bson::oid::ObjectId::new() };
    let some = quotes.find_one(bson::doc! {}).await?.context("a quote")?;
    let set = bson::doc! { "$set": { "selectedEvents": [event.clone(), event] } };
    quotes.update_one(bson::doc! { "_id": some.get("_id") }, set).await?;
    let wanted = bson::doc! { "selectedEvents.0": { "$exists": true } };
    let expected = quotes.count_documents(wanted).await?;
    let program = Program::serve(&database.uri(), &[]).await?;
    loop {
        let seen = metrics(&program).await?;
        if let Some(all) = seen.get("quotes_all") {
            #[expect(clippy::cast_precision_loss, reason = "a hundred")]
            let expected = expected as f64;
            assert_eq!((*all, seen.get("quotes_with_events")), (100.0, Some(&expected)));
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
