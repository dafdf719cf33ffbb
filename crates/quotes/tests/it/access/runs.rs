//! The smoke checks of a run of Causeway, and the token that passes maintenance.

use anyhow::Result;
use quotes::{access::Principal, settings::Settings};
use reqwest::{Method, RequestBuilder};

use crate::app::{self, MAINTENANCE_TOKEN, TestApp, answered};

const RUN: &str = "2026-11-26-0200";

fn run(request: RequestBuilder) -> RequestBuilder {
    request.header("X-Causeway-Run", RUN)
}

#[tokio::test]
async fn a_run_is_known_by_the_token_and_by_nothing_else() -> Result<()> {
    let app = TestApp::start().await?;
    let ask = || app.stranger(Method::GET, "/api/events");
    let with_token = run(ask()).header("X-Maintenance-Token", MAINTENANCE_TOKEN);
    assert_eq!(answered(with_token).await?.status, 200);
    assert_eq!(answered(run(ask())).await?.refusal(), (401, "NOT_SIGNED_IN"));
    let alone = ask().header("X-Maintenance-Token", MAINTENANCE_TOKEN);
    assert_eq!(answered(alone).await?.refusal(), (401, "NOT_SIGNED_IN"));
    let wrong = run(ask()).header("X-Maintenance-Token", "a guess of somebody");
    assert_eq!(answered(wrong).await?.refusal(), (401, "NOT_SIGNED_IN"));
    let odd =
        ask().header("X-Causeway-Run", "a b").header("X-Maintenance-Token", MAINTENANCE_TOKEN);
    assert_eq!(answered(odd).await?.refusal(), (401, "NOT_SIGNED_IN"));
    // Whoever shows who they are is that, and no run.
    let person = app.request(Method::GET, "/api/session");
    let person = run(person).header("X-Maintenance-Token", MAINTENANCE_TOKEN);
    assert_eq!(answered(person).await?.status, 200);
    let person = app.request(Method::GET, "/api/session").header("X-Maintenance-Token", "a guess");
    assert_eq!(answered(person).await?.refusal(), (401, "NOT_SIGNED_IN"));
    Ok(())
}

#[tokio::test]
async fn a_server_without_a_token_knows_no_runs() -> Result<()> {
    let settings = Settings { maintenance_token: None, ..app::settings()? };
    let database = testbed::TestDatabase::new().await?;
    let app = TestApp::over(database, Principal::Run(RUN.to_owned()), settings).await?;
    assert_eq!(app.get("/api/events").await?.refusal(), (401, "NOT_SIGNED_IN"));
    Ok(())
}
