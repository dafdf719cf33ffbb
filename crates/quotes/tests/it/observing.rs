//! What the program counts and writes down: everything that the plan wants watched, nothing about people.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use serde_json::{Value, json};
use testbed::TestDatabase;

use crate::{
    program::{Program, quotes},
    seed::migrate,
};

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
    let documents = database.database().collection::<bson::Document>("quotes");
    let event = bson::doc! { "eventId": bson::oid::ObjectId::new() };
    let some = documents.find_one(bson::doc! {}).await?.context("a quote")?;
    let set = bson::doc! { "$set": { "selectedEvents": [event.clone(), event] } };
    documents.update_one(bson::doc! { "_id": some.get("_id") }, set).await?;
    let wanted = bson::doc! { "selectedEvents.0": { "$exists": true } };
    let expected = documents.count_documents(wanted).await?;
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

#[tokio::test]
async fn nothing_about_people_is_written_down() -> Result<()> {
    let database = TestDatabase::new().await?;
    let options = testbed::data::Options { quotes: 50, ..Default::default() };
    testbed::data::load(&database.database(), &options).await?;
    migrate(&database).await?;
    let mut command = quotes(Some(&database.uri()), &["serve", "--listen", "127.0.0.1:0"]);
    command.env("QUOTES_LOG", "debug");
    let mut program = Program::start(command).await?;
    let secret = "correct horse battery staple";
    let (client, url) = (reqwest::Client::new(), program.url.clone());
    for password in ["a wrong password", secret] {
        let who = json!({ "email": "user0@agency.example", "password": password });
        let signed = client.post(format!("{url}/api/session")).json(&who).send().await?;
        let cookie = signed.headers().get("set-cookie").and_then(|it| it.to_str().ok());
        let cookie = cookie.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        for path in [
            "/api/admin/quotes?search=Zebedee%20Quartermaine",
            "/api/admin/quotes/Zebedee",
            "/api/session",
        ] {
            let asked = client.get(format!("{url}{path}")).header("Cookie", &cookie);
            asked.header("User-Agent", "Zebedee's phone").send().await?;
        }
        let text = json!({ "text": "Zebedee's quote is wrong", "page": "/quotes/Zebedee" });
        let report = client.post(format!("{url}/api/problems")).json(&text);
        report.header("Cookie", &cookie).send().await?;
    }
    program.wait_for("\"session\"").await?;
    program.signal(Signal::TERM)?;
    program.end().await?;
    let log = program.log().to_lowercase();
    let lines = log.lines().filter(|line| line.contains("answered")).count();
    assert_eq!(lines, 10, "{log}");
    for word in ["zebedee", "quartermaine", "user0", "@", "password", "horse", "__host", "olivia"] {
        assert!(!log.contains(word), "`{word}` in {log}");
    }
    Ok(())
}
