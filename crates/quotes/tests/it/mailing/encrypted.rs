//! Encrypted connections: to a server that offers it, and to one that speaks nothing else.

use std::fs;

use anyhow::{Context as _, Result};
use post::{Authority, MailServer};
use serde_json::json;
use testbed::{
    SmtpServer,
    smtp::{Behaviour, Encryption},
};

use super::office::Office;
use crate::writing::desk::Desk;

const FROM: &str = "The Agency <quotes@agency.example>";

async fn goes_encrypted(encryption: Encryption) -> Result<()> {
    let office = Office { desk: Desk::new().await?, smtp: SmtpServer::start_with(encryption)? };
    office.smtp.behave(Behaviour::Password("agency", "s3cr3t"))?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let id = office.send(&path).await?;
    let pem = fs::read(office.smtp.authority())?;
    let server = |authority| -> Result<MailServer> {
        let credentials = Some(("agency".to_owned(), "s3cr3t".to_owned()));
        Ok(MailServer { smtp: office.smtp.url().parse()?, credentials, authority })
    };
    // Whoever signed the certificate is not known: nobody is told the password, and the mail waits.
    let stranger = office.sender_by(FROM, server(None)?).await?;
    let mail = office.until_deferred(id, 1).await?;
    assert!(mail.get_str("serverSaid")?.to_lowercase().contains("certificate"), "{mail}");
    stranger.finish().await;
    assert!(office.arrived()?.is_empty(), "it went to a server that nobody knows");
    assert_eq!(office.count(&["queued"]).await?, 1);

    office.let_time_pass().await?;
    let authority = Authority::from_pem(&pem).context("no authority")?;
    let _sender = office.sender_by(FROM, server(Some(authority))?).await?;
    office.until(id, "sent").await?;
    assert_eq!(office.arrived()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_server_that_offers_encryption_gets_mail_encrypted() -> Result<()> {
    goes_encrypted(Encryption::StartTls).await
}

#[tokio::test]
async fn a_server_that_is_encrypted_from_the_start_gets_mail() -> Result<()> {
    goes_encrypted(Encryption::Tls).await
}

#[test]
fn an_authority_is_one_that_is_in_the_file() {
    assert!(Authority::from_pem(b"").is_none());
    assert!(Authority::from_pem(b"no certificate at all").is_none());
    let broken = b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
    assert!(Authority::from_pem(broken).is_none());
}
