//! SIGKILL in the middle of sending.

use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;
use testbed::smtp::Behaviour;

use super::office::Office;
use crate::program::{Program, quotes};

async fn serve(office: &Office) -> Result<Program> {
    let uri = office.desk.app.database.uri();
    let mut command = quotes(Some(&uri), &["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("QUOTES_SMTP", office.smtp.url())
        .env("QUOTES_MAIL_FROM", "quotes@agency.example")
        .env("QUOTES_AGENCY", "The Agency");
    Program::start(command).await
}

#[tokio::test]
async fn nothing_is_sent_twice_whenever_a_server_dies() -> Result<()> {
    let office = Office::open().await?;
    office.fill(60).await?;
    office.smtp.behave(Behaviour::Slow("0.02"))?;
    for arrived in [5, 20, 35] {
        let mut program = serve(&office).await?;
        while office.arrived()?.len() < arrived {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        program.signal(Signal::KILL)?;
        program.end().await?;
        // What it had in hand is left alone until its time is over.
        office.let_time_pass().await?;
    }
    let mut program = serve(&office).await?;
    office.until_empty().await?;
    program.signal(Signal::TERM)?;
    assert_eq!(program.end().await?.code(), Some(0), "{}", program.log());

    let all = office.arrived()?;
    let mut once = all.clone();
    once.dedup();
    assert_eq!(once.len(), all.len(), "{all:?}");
    let (sent, unclear) = (office.count(&["sent"]).await?, office.count(&["unclear"]).await?);
    assert_eq!(sent + unclear, 60);
    // As many as were under way at three deaths.
    assert!(unclear <= 12, "{unclear}");
    let arrived = u64::try_from(all.len())?;
    assert!((sent..=60).contains(&arrived), "{arrived} arrived, {sent} sent, {unclear} unclear");
    Ok(())
}
