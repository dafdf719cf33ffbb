//! Thousands of requests that the OpenAPI document allows or forbids; each answer is judged by it.

use std::process::Output;

use anyhow::{Context as _, Result};
use quotes::access::Role;
use testbed::{
    TestDatabase,
    data::{self, Options},
};
use tokio::process::Command;

use crate::{
    app::{self, person},
    seed,
};

/// What is asked for, and how it is judged, with reasons.
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/schemathesis.toml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_one_that_the_document_allows() -> Result<()> {
    let options = Options { quotes: 300, ..Options::default() };
    let database = TestDatabase::new().await?;
    data::load(&database.database(), &options).await?;
    seed::migrate(&database).await?;
    let served = app::following(app::store(&database).await?, person(Role::Admin)).await?;
    let work = tempfile::tempdir().context("make a folder to work in")?;
    // Fetching takes half a minute at the first time, and blocks.
    let command = tokio::task::spawn_blocking(testbed::schemathesis::command).await??;
    let output = Command::from(command)
        .current_dir(work.path())
        .args(["--config-file", SETTINGS, "run"])
        .arg(format!("{}/api/openapi.json", served.url()))
        .kill_on_drop(true)
        .output()
        .await
        .context("run schemathesis")?;
    assert!(output.status.success(), "{}", said(&output));
    let cases = cases(&said(&output)).context("schemathesis does not say how much it tried")?;
    assert!(cases > 1_000, "only {cases} cases");
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
