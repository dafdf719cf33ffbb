//! What notices are sent with: addresses, and secrets out of the environment. Never printed.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use lettre::message::Mailbox;
use post::{Authority, MailServer};
use sha2::{Digest, Sha256};
use url::Url;

use super::moment::Channel;
use crate::config::Config;
use crate::config::notices::mailbox;
use crate::failure::{Failure, Result};

/// What notices are sent with.
pub struct Means {
    pub(super) email: Option<Email>,
    pub(super) webhooks: Vec<Webhook>,
    pub(super) page: Page,
    pub(super) patience: Duration,
}

/// A mail server.
pub(super) struct Email {
    pub(super) server: MailServer,
    pub(super) from: Mailbox,
}

/// A program that is told.
#[derive(Clone)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret: String,
    /// Its address without what may be a secret.
    pub(super) label: String,
}

/// The status page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) folder: Option<PathBuf>,
    pub(super) title: String,
    pub(super) url: Option<String>,
}

impl Means {
    /// What the configuration says for these channels.
    ///
    /// # Errors
    /// Usage when it says nothing for one of them, or names a variable that is not set.
    pub(crate) fn of(config: &Config, channels: &[Channel]) -> Result<Self> {
        let email = channels.contains(&Channel::Email).then(|| email(config)).transpose()?;
        let webhooks = match channels.contains(&Channel::Webhook) {
            true => webhooks(config)?,
            false => Vec::new(),
        };
        let page = &config.status_page;
        Ok(Self {
            email,
            webhooks,
            page: Page {
                folder: page.folder().map(PathBuf::from),
                title: page.title().to_owned(),
                url: page.url().map(str::to_owned),
            },
            patience: config.notices.patience(),
        })
    }
}

fn email(config: &Config) -> Result<Email> {
    let settings = config.email.as_ref().ok_or_else(|| not_configured("email", "[email]"))?;
    // Looked at when the file was read.
    let unreadable = |what: &str| Failure::usage(format!("email.{what} can not be used"));
    let server = MailServer {
        smtp: Url::parse(settings.smtp()).map_err(|_| unreadable("smtp"))?,
        credentials: match settings.credentials() {
            None => None,
            Some((user, variable)) => {
                Some((user.to_owned(), secret("email.password_env", variable)?))
            }
        },
        authority: settings.ca().map(authority).transpose()?,
    };
    Ok(Email { server, from: mailbox(settings.from()).map_err(|_| unreadable("from"))? })
}

fn authority(path: &Path) -> Result<Authority> {
    let shown = path.display();
    let pem = fs::read(path)
        .map_err(|error| Failure::usage(format!("email.ca, {shown}, can not be read: {error}")))?;
    Authority::from_pem(&pem)
        .ok_or_else(|| Failure::usage(format!("email.ca, {shown}, holds no certificate in PEM")))
}

fn webhooks(config: &Config) -> Result<Vec<Webhook>> {
    if config.webhooks.is_empty() {
        return Err(not_configured("webhook", "[[webhook]]"));
    }
    let webhook = |settings: &crate::config::notices::WebhookSettings| {
        Ok(Webhook {
            url: settings.url().to_owned(),
            secret: secret("webhook.secret_env", settings.secret_env())?,
            label: label(settings.url()),
        })
    };
    config.webhooks.iter().map(webhook).collect()
}

/// Host and port, and eight digits that tell two addresses of one host apart. The path of a webhook
/// is often its password.
fn label(url: &str) -> String {
    let digest: String =
        Sha256::digest(url).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let origin =
        Url::parse(url).map_or_else(|_| String::new(), |it| it.origin().ascii_serialization());
    format!("{origin} #{digest}")
}

fn secret(key: &str, variable: &str) -> Result<String> {
    env::var(variable).ok().filter(|secret| !secret.is_empty()).ok_or_else(|| {
        Failure::usage(format!("{key} names {variable}, which is not set in the environment"))
    })
}

fn not_configured(channel: &str, section: &str) -> Failure {
    Failure::usage(format!("this notice goes through {channel}, and the configuration has no {section}"))
        .hint(format!(
            "write {section} into causeway.toml, take {channel} out of the channels there, or give --channel"
        ))
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn a_label_tells_no_secret() {
        let shown = label("https://hooks.example.com:8443/services/T0/s3cr3t?key=s3cr3t");
        assert!(shown.starts_with("https://hooks.example.com:8443 #"), "{shown}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("services"), "{shown}");
        assert_ne!(shown, label("https://hooks.example.com:8443/services/T0/other"));
    }
}
