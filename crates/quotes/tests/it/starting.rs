//! The program begins only where it can serve, and says what is wrong where it can't.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use local_mongod::{Kind, Private};
use quotes::needs;
use testbed::TestDatabase;

use crate::{
    program::{Program, ended, quotes},
    seed::migrate,
};

const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

#[tokio::test]
async fn without_its_migrations_it_names_each_and_the_command() -> Result<()> {
    let database = TestDatabase::new().await?;
    let (code, said) = ended(quotes(Some(&database.uri()), SERVE)).await?;
    assert_eq!(code, 3, "{said}");
    for migration in needs::migrations() {
        let line = format!("  migration {} ({})", migration.version, migration.title);
        assert!(said.contains(&line), "{said}");
    }
    assert!(said.contains("`causeway up 013`") && said.contains("--allow-pending"), "{said}");
    // What Causeway's steps want to find is there.
    let there = database.database().list_collection_names().await?;
    assert!(there.iter().any(|name| name == "sessions"), "{there:?}");
    Ok(())
}

#[tokio::test]
async fn told_to_serve_without_them_it_warns_and_sees_when_they_are_there() -> Result<()> {
    let database = TestDatabase::new().await?;
    let mut program = Program::serve(&database.uri(), &["--allow-pending"]).await?;
    assert!(program.log().contains("WARN"), "{}", program.log());
    let ready = async || -> Result<serde_json::Value> {
        Ok(reqwest::get(format!("{}/readyz", program.url)).await?.json().await?)
    };
    let pending = ready().await?["data"]["pending"].clone();
    assert_eq!(pending.as_array().map(Vec::len), Some(needs::migrations().len()));
    migrate(&database).await?;
    let begun = Instant::now();
    while ready().await?["data"]["pending"] != serde_json::json!([]) {
        ensure!(begun.elapsed() < Duration::from_secs(30), "it did not look again");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    program.wait_for("all migrations are there").await?;
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_named_or_can_not_be_used_is_a_usage_error() -> Result<()> {
    let (code, said) = ended(quotes(None, SERVE)).await?;
    assert_eq!(code, 2);
    assert!(said.contains("MONGODB_URI is not set"), "{said}");
    let uri = "mongodb://ann:s3/cr3t@db.example/shop";
    let (code, said) = ended(quotes(Some(uri), SERVE)).await?;
    assert_eq!(code, 2);
    assert!(!said.contains("cr3t") && said.contains("%2F for /"), "{said}");
    let mut short = quotes(Some("mongodb://127.0.0.1:1/shop"), SERVE);
    short.env("QUOTES_MAINTENANCE_TOKEN", "too short");
    let (code, said) = ended(short).await?;
    assert!(code == 2 && said.contains("shorter than 16") && !said.contains("too short"), "{said}");
    Ok(())
}

#[tokio::test]
async fn the_address_may_stand_in_a_file() -> Result<()> {
    let database = TestDatabase::new().await?;
    migrate(&database).await?;
    let file = tempfile::NamedTempFile::new()?;
    let text = format!("# settings\nexport MONGODB_URI=\"{}\"\n", database.uri());
    std::fs::write(file.path(), text)?;
    let path = file.path().to_str().context("a path")?;
    let program = Program::start(quotes(None, &[SERVE, &["--env-file", path]].concat())).await?;
    let first = program.log().lines().next().unwrap_or_default().to_owned();
    let named = format!("database {} at ", database.name());
    ensure!(first.contains(&named) && first.contains("replica set rs0, 1 member"), "{first}");
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_away_is_said_with_its_address_and_without_the_password() -> Result<()> {
    let port = local_mongod::free_port()?;
    let uri = format!("mongodb://ann:s3cr3t@127.0.0.1:{port}/shop");
    let (code, said) = ended(quotes(Some(&uri), SERVE)).await?;
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains(&format!("shop at 127.0.0.1:{port}")) && !said.contains("s3cr3t"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn a_port_that_is_taken_is_said() -> Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let arguments = ["serve", "--listen", &address];
    let (code, said) = ended(quotes(Some("mongodb://127.0.0.1:1/shop"), &arguments)).await?;
    assert_eq!(code, 3);
    assert!(said.contains(&address) && said.contains("another program listens there"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_server_without_transactions_is_refused() -> Result<()> {
    let program = tokio::task::spawn_blocking(testbed::mongod::find).await??;
    let folder = tempfile::tempdir()?;
    let alone = Private::start(&program, (Kind::Standalone, &[]), folder.path()).await?;
    let mut command = quotes(Some(alone.uri()), SERVE);
    command.args(["--database", "shop"]);
    let (code, said) = ended(command).await?;
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("no transactions") && said.contains("--replSet"), "{said}");
    Ok(())
}
