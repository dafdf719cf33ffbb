//! Maintenance is followed in the database, told to everybody, and keeps out who would write.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bson::{DateTime, Document, doc};
use causeway_core::maintenance::{COLLECTION, ID, Maintenance};
use quotes::{access::Role, api, maintenance::written};
use reqwest::Method;
use serde_json::json;
use testbed::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    app::{MAINTENANCE_TOKEN, TestApp, answered, following, person, store},
    writing::desk::{Desk, QUOTES},
};

/// Not writes of quotes, events and categories: what only reckons, a mail to oneself, and people and
/// their accounts.
const WORK_ON: &[&str] = &[
    "POST /api/admin/quotes/calculate-events-price",
    "POST /api/admin/quotes/{id}/send-test",
    "POST /api/problems",
];

fn on() -> Maintenance {
    let message = "We upgrade.".to_owned();
    Maintenance { on: true, message, scope: vec!["quotes".to_owned()], ..Maintenance::default() }
}

async fn switch(database: &TestDatabase, document: Document) -> Result<()> {
    let states = database.database().collection::<Document>(COLLECTION);
    states.replace_one(doc! { "_id": ID }, document).upsert(true).await?;
    Ok(())
}

#[tokio::test]
async fn who_would_write_is_kept_out_and_told_until_when() -> Result<()> {
    let app = TestApp::start().await?;
    let delete = async || app.ask(Method::DELETE, "/api/admin/quotes/x", None).await;
    let before = delete().await?;
    assert_ne!(before.status, 503);
    let until = DateTime::from_millis(DateTime::now().timestamp_millis() + 600_000);
    app.maintenance.send_replace(Maintenance { until: Some(until), ..on() });
    let refused = delete().await?;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (503, &json!("MAINTENANCE")));
    let seconds: u64 = refused.headers["retry-after"].to_str()?.parse()?;
    ensure!((590..=600).contains(&seconds), "{seconds}");
    let message = refused.body["error"]["message"].as_str().unwrap_or_default();
    ensure!(message.starts_with("We upgrade. It should be over by "), "{message}");
    app.maintenance.send_replace(Maintenance::default());
    assert_eq!(delete().await?.status, before.status);
    Ok(())
}

#[tokio::test]
async fn the_scope_says_which_writes_and_a_token_lets_pass() -> Result<()> {
    let app = TestApp::start().await?;
    app.maintenance.send_replace(on());
    let status = async |method: Method, path: &str, token: Option<&str>| -> Result<u16> {
        let mut request = app.request(method, path);
        if let Some(token) = token {
            request = request.header("X-Maintenance-Token", token);
        }
        Ok(answered(request).await?.status)
    };
    let (quote, category) = ("/api/admin/quotes/x", "/api/admin/events/categories/x");
    assert_eq!(status(Method::PUT, quote, None).await?, 503);
    assert_eq!(status(Method::PUT, quote, Some("a token of the test")).await?, 401);
    assert_ne!(status(Method::PUT, quote, Some(MAINTENANCE_TOKEN)).await?, 503);
    assert_ne!(status(Method::PUT, category, None).await?, 503);
    assert_ne!(status(Method::GET, quote, None).await?, 503);
    assert_eq!(status(Method::GET, "/healthz", None).await?, 200);
    app.maintenance.send_replace(Maintenance { scope: Vec::new(), ..on() });
    assert_eq!(status(Method::PUT, category, None).await?, 503);
    Ok(())
}

#[tokio::test]
async fn a_write_that_was_let_in_before_is_refused_before_it_commits() -> Result<()> {
    let desk = Desk::new().await?;
    let before = desk.quotes().count_documents(doc! {}).await?;
    let mut request = Unfinished::post(&desk.app, QUOTES, desk.draft()).await?;
    desk.app.maintenance.send_replace(on());
    let answer = request.finish().await?;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"MAINTENANCE\""), "{answer}");
    assert!(answer.to_lowercase().contains("\r\nretry-after: 300\r\n"), "{answer}");
    assert_eq!(desk.quotes().count_documents(doc! {}).await?, before);
    desk.app.maintenance.send_replace(Maintenance::default());
    desk.made(&json!({})).await?;
    Ok(())
}

#[tokio::test]
async fn a_fence_that_was_raised_a_moment_ago_is_maintenance_and_no_fault() -> Result<()> {
    let desk = Desk::new().await?;
    // The application does not know yet, the database does.
    let told = doc! { "_id": ID, "on": true, "fence": true, "scope": ["quotes"] };
    switch(&desk.app.database, told).await?;
    let nobody = doc! { "$expr": false };
    let fence = doc! { "collMod": "quotes", "validator": nobody, "validationLevel": "strict" };
    desk.app.database.database().run_command(fence).await?;
    let refused = desk.post(QUOTES, desk.draft()).await?;
    assert_eq!(refused.refusal(), (503, "MAINTENANCE"), "{}", refused.body);
    assert_eq!(refused.headers["retry-after"], "300");
    Ok(())
}

/// A request that was let in and whose body is still on its way.
struct Unfinished {
    connection: TcpStream,
    body: String,
}

impl Unfinished {
    async fn post(app: &TestApp, path: &str, body: serde_json::Value) -> Result<Self> {
        let request = app.request(Method::POST, path).build()?;
        let address = request.url().authority().to_owned();
        let token = request.headers().get("authorization").context("no token")?.to_str()?;
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\
             Expect: 100-continue\r\n\r\n",
            body.len()
        );
        let mut connection = TcpStream::connect(&address).await?;
        connection.write_all(head.as_bytes()).await?;
        // The handler asks for the body, so the gate is behind the request.
        let mut continued = [0; 25];
        connection.read_exact(&mut continued).await?;
        ensure!(continued.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&continued));
        Ok(Self { connection, body })
    }

    async fn finish(&mut self) -> Result<String> {
        self.connection.write_all(self.body.as_bytes()).await?;
        let mut answer = String::new();
        self.connection.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

/// A route that somebody adds must be put into the table, or into the list above.
#[test]
fn every_write_of_the_api_is_in_the_table() {
    let document = serde_json::to_value(api::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let watched = |path: &str| {
        path.starts_with("/api/admin/quotes")
            || path.starts_with("/api/admin/events")
            || path == "/api/problems"
    };
    for (path, operations) in paths.iter().filter(|(path, _)| watched(path)) {
        for name in operations.as_object().unwrap().keys() {
            let Ok(method) = name.to_ascii_uppercase().parse::<Method>() else { continue };
            let works_on = WORK_ON.contains(&format!("{method} {path}").as_str());
            let known = method.is_safe() || works_on || written(&method, path).is_some();
            assert!(known, "{method} {path} is neither a write nor said to be none");
        }
    }
}

#[tokio::test]
async fn what_stands_in_the_database_counts_within_a_second() -> Result<()> {
    let database = TestDatabase::new().await?;
    let app = following(store(&database).await?, person(Role::Admin)).await?;
    let since = DateTime::now();
    for round in 0..3 {
        let told = doc! { "_id": ID, "on": true, "since": since, "message": "We upgrade.", "scope": ["quotes"] };
        switch(&database, told).await?;
        let begun = Instant::now();
        while app.get("/api/status").await?.body["data"]["maintenance"] != true {
            ensure!(begun.elapsed() < Duration::from_secs(1), "round {round}: not within a second");
        }
        switch(&database, doc! { "_id": ID, "on": false, "since": since }).await?;
        let begun = Instant::now();
        while app.get("/api/status").await?.body["data"]["maintenance"] != false {
            ensure!(begun.elapsed() < Duration::from_secs(1), "round {round}: not within a second");
        }
    }
    Ok(())
}

#[tokio::test]
async fn people_are_told_what_was_announced_and_how_long_it_was() -> Result<()> {
    let database = TestDatabase::new().await?;
    let states = database.database().collection::<Document>(COLLECTION);
    let notice = doc! {
        "id": "2026-11-26-0200/1-before", "maintenance": "2026-11-26-0200", "moment": "before",
        "subject": "Scheduled Maintenance", "text": "We will upgrade.",
        "published_at": "2026-11-25T02:00:00+00:00", "start": "2026-11-26T02:00:00+00:00",
        "until": "2026-11-26T02:30:00+00:00", "zone": "Europe/London",
    };
    let page = doc! {
        "_id": "status_page", "title": "Shop", "state": "scheduled",
        "sentence": "Maintenance is scheduled", "written_at": "…", "notices": [notice],
    };
    let at = DateTime::from_millis;
    let period = doc! { "kind": "maintenance_period", "began": at(1_000), "ended": at(61_500) };
    states.insert_many([page, period]).await?;
    let now = DateTime::now();
    let earlier = at(now.timestamp_millis() - 60_000);
    let banner = |id: &str, until: bson::Bson| {
        let shown = doc! { "kind": "banner", "level": "info", "from": earlier, "until": until };
        doc! { "_id": id, "subject": "S", "text": "T", "in_app": shown }
    };
    let notices = database.database().collection::<Document>("causeway_notices");
    let over = banner("over", earlier.into());
    notices.insert_many([banner("now", bson::Bson::Null), over, doc! { "_id": "mail" }]).await?;
    let app = following(store(&database).await?, person(Role::Agent)).await?;
    let begun = Instant::now();
    let told = loop {
        let told = app.get("/api/status").await?.body["data"].clone();
        if told["state"] == "scheduled" {
            break told;
        }
        ensure!(begun.elapsed() < Duration::from_secs(5), "{told}");
    };
    assert_eq!(told["sentence"], "Maintenance is scheduled");
    assert_eq!(told["notices"][0]["subject"], "Scheduled Maintenance");
    let past = json!([{ "began": "1970-01-01T00:00:01Z", "ended": "1970-01-01T00:01:01.5Z", "seconds": 60 }]);
    assert_eq!(told["history"], past);
    assert_eq!(told["banners"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&told["banners"][0]["id"], &told["databaseReachable"]),
        (&json!("now"), &json!(true))
    );
    // What is on counts more than what was announced.
    switch(&database, doc! { "_id": ID, "on": true }).await?;
    while app.get("/api/status").await?.body["data"]["state"] != "in_progress" {
        ensure!(begun.elapsed() < Duration::from_secs(10), "the state is not told");
    }
    Ok(())
}
