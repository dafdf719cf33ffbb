//! `quotes serve --local`: a try-out that needs nothing but a `mongod`.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use reqwest::Client;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::{Program, ended, quotes};

async fn start(folder: &Path) -> Result<(Program, String)> {
    let mongod = tokio::task::spawn_blocking(testbed::mongod::find).await??;
    let mut command = quotes(None, &["serve", "--local", "--listen", "127.0.0.1:0"]);
    command.current_dir(folder).env("CAUSEWAY_MONGOD", mongod);
    let program = Program::start(command).await?;
    let log = program.log();
    let (_, password) = log.split_once("with the password ").context("no password is told")?;
    let password = password.lines().next().unwrap_or_default().to_owned();
    Ok((program, password))
}

#[tokio::test]
async fn it_has_data_lets_its_administrator_in_and_is_gone_at_the_end() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut program, password) = start(folder.path()).await?;
    let ready: Value = reqwest::get(format!("{}/readyz", program.url)).await?.json().await?;
    assert_eq!(ready["data"], json!({ "ready": true, "pending": [], "sendsMail": false }));
    let client = Client::new();
    let who = json!({ "email": "admin@agency.example", "password": password });
    let signed = client.post(format!("{}/api/session", program.url)).json(&who).send().await?;
    assert_eq!(signed.status(), 201);
    let cookie = signed.headers()["set-cookie"].to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let get = async |path: &str| -> Result<Value> {
        let asked = client.get(format!("{}{path}", program.url)).header("Cookie", &cookie);
        Ok(asked.send().await?.error_for_status()?.json().await?)
    };
    let events = get("/api/events").await?;
    assert_eq!(events["data"].as_array().map(Vec::len), Some(40), "{events}");
    let quotes = get("/api/admin/quotes?limit=100").await?;
    let quotes = quotes["data"].as_array().context("no quotes")?;
    assert_eq!(quotes.len(), 100);
    assert!(quotes.iter().all(|quote| quote["marks"] == 0), "{quotes:?}");
    assert!(!program.log().contains("WARN"), "{}", program.log());
    program.signal(Signal::INT)?;
    assert_eq!(program.end().await?.code(), Some(0));
    let left = fs::read_dir(folder.path().join(".causeway/local"))?.count();
    assert_eq!(left, 0, "data is left");
    Ok(())
}

#[tokio::test]
async fn each_start_makes_its_data_and_password_anew() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_first, password) = start(folder.path()).await?;
    let (second, other) = start(folder.path()).await?;
    assert_ne!(password, other);
    let who = json!({ "email": "admin@agency.example", "password": password });
    let address = format!("{}/api/session", second.url);
    assert_eq!(Client::new().post(address).json(&who).send().await?.status(), 401);
    Ok(())
}

#[tokio::test]
async fn without_a_mongod_it_says_what_to_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = quotes(None, &["serve", "--local"]);
    command.current_dir(folder.path()).env("PATH", folder.path()).env_remove("CAUSEWAY_MONGOD");
    let (code, said) = ended(command).await?;
    assert_eq!(code, 3);
    assert!(said.contains("there is no mongod") && said.contains("CAUSEWAY_MONGOD"), "{said}");
    let database = quotes(None, &["serve", "--local", "--database", "shop"]);
    let (code, said) = ended(database).await?;
    assert!(code == 2 && said.contains("omit --database"), "{said}");
    Ok(())
}
