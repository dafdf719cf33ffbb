//! Sending as part of the server: what it says of it, what it counts, how it ends.

use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::Signal;
use serde_json::Value;
use tokio::net::TcpListener;

use super::office::Office;
use crate::program::{Program, ended, quotes};

async fn text(program: &Program, path: &str) -> Result<String> {
    Ok(reqwest::get(format!("{}{path}", program.url)).await?.text().await?)
}

#[tokio::test]
async fn without_a_mail_server_mail_is_queued_and_the_operator_told() -> Result<()> {
    let office = Office::open().await?;
    office.fill(2).await?;
    let mut program = Program::serve(&office.desk.app.database.uri(), &[]).await?;
    program.wait_for("QUOTES_SMTP is not set: mail is queued").await?;
    let ready: Value = serde_json::from_str(&text(&program, "/readyz").await?)?;
    assert_eq!(ready["data"]["sendsMail"], false);
    let begun = Instant::now();
    loop {
        let metrics = text(&program, "/metrics").await?;
        if metrics.contains("\nquotes_mails_queued 2\n") {
            assert!(metrics.contains("quotes_mails_total{result=\"unclear\"} 0"), "{metrics}");
            let age = metrics.lines().find(|line| line.starts_with("quotes_mail_oldest_seconds "));
            assert!(age.is_some_and(|line| !line.ends_with(" 0")), "{metrics}");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{metrics}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(office.count(&["queued"]).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_mail_server_that_hangs_holds_neither_requests_nor_the_end_up() -> Result<()> {
    let office = Office::open().await?;
    office.fill(8).await?;
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let mut command =
        quotes(Some(&office.desk.app.database.uri()), &["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("QUOTES_SMTP", format!("smtp://{}", silent.local_addr()?))
        .env("QUOTES_MAIL_FROM", "quotes@agency.example");
    let mut program = Program::start(command).await?;
    let _held = silent.accept().await?;
    assert_eq!(text(&program, "/healthz").await?, "ok\n");
    let ready: Value = serde_json::from_str(&text(&program, "/readyz").await?)?;
    assert_eq!(ready["data"]["sendsMail"], true);
    let begun = Instant::now();
    program.signal(Signal::TERM)?;
    assert_eq!(program.end().await?.code(), Some(0), "{}", program.log());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(office.count(&["queued"]).await?, 8, "another server can have them at once");
    Ok(())
}

#[tokio::test]
async fn settings_of_mail_that_can_not_be_used_are_named_without_the_password() -> Result<()> {
    let mut command = quotes(Some("mongodb://127.0.0.1:1/agency"), &["serve"]);
    command.env("QUOTES_SMTP", "smtp://agency:s3cr3t@mail.example");
    let (code, said) = ended(command).await?;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("QUOTES_SMTP_PASSWORD") && !said.contains("s3cr3t"), "{said}");
    Ok(())
}
