//! Thousands of requests that the OpenAPI document allows or forbids; each answer is judged by it.

use std::process::Output;

use anyhow::{Context as _, Result};
use bson::{DateTime, Document, doc, oid::ObjectId};
use quotes::access::Role;
use reqwest::{Method, header::SET_COOKIE};
use serde_json::json;
use testbed::{
    TestDatabase,
    data::{self, Options},
};
use tokio::process::Command;

use crate::{
    app::{self, Served, answered, person},
    seed,
};

/// What is asked for, and how it is judged, with reasons.
const SETTINGS: &str = include_str!("schemathesis.toml");
/// What would make most requests end early is taken out of them.
const HOOKS: &str = include_str!("schemathesis_hooks.py");
/// Whoever shows a token gets further than the guard.
const TOKEN: &str = "
[warnings]
fail-on = [\"missing_auth\"]

[auth.openapi.token]
bearer = \"${SECRET}\"
";
const SESSION: &str = "
[auth.openapi.session]
api_key = \"${SECRET}\"
";
/// These would end what the test shows, or take its rights away; other tests look at them.
const NOT_FOR_PEOPLE: [&str; 4] = ["sign_out", "change_password", "update_user", "reset_password"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_to_a_program_is_one_that_the_document_allows() -> Result<()> {
    let (_database, served) = serve().await?;
    let token = served.shown("authorization").context("no token")?;
    let token = token.trim_start_matches("Bearer ");
    asked(&served, (TOKEN, token), &["--exclude-tag", "access"], 1_500).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_to_a_person_is_one_that_the_document_allows() -> Result<()> {
    let (_database, served) = serve().await?;
    let body =
        json!({ "email": "user0@agency.example", "password": "correct horse battery staple" });
    let signed_in = answered(served.request(Method::POST, "/api/session").json(&body)).await?;
    let cookie = signed_in.headers[SET_COOKIE].to_str()?;
    let (_, session) = cookie.split_once('=').context("no cookie")?;
    let session = session.split(';').next().unwrap_or_default();
    let mut selection = vec!["--include-tag", "access"];
    for operation in NOT_FOR_PEOPLE {
        selection.extend(["--exclude-operation-id", operation]);
    }
    asked(&served, (SESSION, session), &selection, 300).await
}

async fn serve() -> Result<(TestDatabase, Served)> {
    let database = TestDatabase::new().await?;
    data::load(&database.database(), &Options { quotes: 300, ..Options::default() }).await?;
    exist(&database).await?;
    seed::migrate(&database).await?;
    let served = app::following(app::store(&database).await?, person(Role::Admin)).await?;
    Ok((database, served))
}

/// What the document's examples refer to.
async fn exist(database: &TestDatabase) -> Result<()> {
    let id = ObjectId::parse_str("65a1f0c2e4b0a1b2c3d4e5f6")?;
    for name in ["quotes", "enquiries", "super_offer_packages", "events", "categories"] {
        let documents = database.database().collection::<Document>(name);
        let mut document = documents.find_one(doc! {}).await?.context("nothing was generated")?;
        document.insert("_id", id);
        match name {
            "events" => drop(document.insert("name", "Of the examples")),
            "quotes" => drop(document.insert("selectedEvents", [chosen(id)])),
            "categories" => document.extend(doc! { "slug": "of-the-examples", "isSystem": false }),
            _ => {}
        }
        documents.insert_one(document).await?;
    }
    Ok(())
}

fn chosen(event: ObjectId) -> Document {
    doc! {
        "_id": ObjectId::new(), "eventId": event, "eventName": "Of the examples", "eventPrice": 50,
        "eventCurrency": "GBP", "pricePerPerson": true, "addedAt": DateTime::now(),
    }
}

/// Lets schemathesis ask, which shows a secret as its settings say.
async fn asked(
    served: &Served,
    (shown, secret): (&str, &str),
    selection: &[&str],
    cases_min: u64,
) -> Result<()> {
    let work = tempfile::tempdir().context("make a folder to work in")?;
    let settings = work.path().join("schemathesis.toml");
    std::fs::write(&settings, format!("{SETTINGS}{shown}")).context("write the settings")?;
    std::fs::write(work.path().join("hooks.py"), HOOKS).context("write the hooks")?;
    // Fetching takes half a minute at the first time, and blocks.
    let command = tokio::task::spawn_blocking(testbed::schemathesis::command).await??;
    let output = Command::from(command)
        .current_dir(work.path())
        .env("SECRET", secret)
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .arg("--config-file")
        .arg(&settings)
        .arg("run")
        .args(selection)
        .arg(format!("{}/api/openapi.json", served.url()))
        .kill_on_drop(true)
        .output()
        .await
        .context("run schemathesis")?;
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let cases = cases(&said).context("schemathesis does not say how much it tried")?;
    assert!(cases >= cases_min, "only {cases} cases");
    Ok(())
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

/// From its summary: "4321 generated, 4321 passed".
fn cases(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.trim().split_once(" generated,")?.0.parse().ok())
}
