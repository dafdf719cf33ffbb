//! A desk with a mail server: what is written at the desk arrives in a mailbox.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bson::{DateTime, Document, doc, oid::ObjectId};
use mongodb::Collection;
use post::MailServer;
use quotes::{
    mailing::{Mailing, Pace, Running},
    maintenance::Follower,
    settings,
};
use serde_json::{Value, json};
use testbed::{SmtpServer, smtp::Mail};

use crate::{app::store, writing::desk::Desk};

const SECONDS_MAX: u64 = 20;
pub(crate) const TO: &str = "agent@customer.example";

pub(crate) struct Office {
    pub(crate) desk: Desk,
    pub(crate) smtp: SmtpServer,
}

impl Office {
    pub(crate) async fn open() -> Result<Self> {
        Ok(Self { desk: Desk::new().await?, smtp: SmtpServer::start()? })
    }

    /// One that sends, in a hurry.
    pub(crate) async fn sender(&self) -> Result<Running> {
        self.sender_as("The Agency <quotes@agency.example>", None).await
    }

    pub(crate) async fn sender_as(
        &self,
        from: &str,
        credentials: Option<(&str, &str)>,
    ) -> Result<Running> {
        let credentials =
            credentials.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let smtp = self.smtp.url().parse()?;
        self.sender_by(from, MailServer { smtp, credentials, authority: None }).await
    }

    /// One that sends through a server that it knows so.
    pub(crate) async fn sender_by(&self, from: &str, server: MailServer) -> Result<Running> {
        let millis = Duration::from_millis;
        let mailing = Mailing {
            store: store(&self.desk.app.database).await?,
            maintenance: Follower::of(self.desk.app.maintenance.subscribe()),
            through: settings::Mailing { server, from: from.parse()? },
            pace: Pace { look: millis(20), away: millis(50), shut: millis(50) },
        };
        Ok(mailing.start())
    }

    pub(crate) fn outbox(&self) -> Collection<Document> {
        self.desk.collection("outbox")
    }

    /// Sends a quote, and returns its mail's id.
    pub(crate) async fn send(&self, path: &str) -> Result<ObjectId> {
        let sent = self.desk.post(&format!("{path}/send-email"), json!({ "to": TO })).await?;
        assert_eq!(sent.status, 202, "{}", sent.body);
        Ok(ObjectId::parse_str(sent.body["data"]["outboxId"].as_str().context("no id")?)?)
    }

    pub(crate) async fn mail(&self, id: ObjectId) -> Result<Document> {
        self.outbox().find_one(doc! { "_id": id }).await?.context("the mail is gone")
    }

    /// Waits until a mail is in a state, with what was said.
    pub(crate) async fn until(&self, id: ObjectId, state: &str) -> Result<Document> {
        self.until_it(id, state, doc! { "_id": id, "state": state }).await
    }

    /// Waits until it was tried so often, and waits for its next time.
    pub(crate) async fn until_deferred(&self, id: ObjectId, attempts: i32) -> Result<Document> {
        let wanted = doc! { "_id": id, "state": "queued", "attempts": attempts };
        self.until_it(id, "deferred", wanted).await
    }

    async fn until_it(&self, id: ObjectId, what: &str, wanted: Document) -> Result<Document> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(SECONDS_MAX) {
            if let Some(mail) = self.outbox().find_one(wanted.clone()).await? {
                return Ok(mail);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut mail = self.mail(id).await?;
        mail.extend(doc! { "html": "", "text": "" });
        bail!("it is not {what}: {mail}")
    }

    /// Waits until the quote says this of its mail.
    pub(crate) async fn until_quote_says(&self, path: &str, delivery: &str) -> Result<Document> {
        let begun = Instant::now();
        loop {
            let quote = self.desk.stored(path).await?;
            if quote.get_str("emailDeliveryStatus").is_ok_and(|it| it == delivery) {
                return Ok(quote);
            }
            let patient = begun.elapsed() < Duration::from_secs(SECONDS_MAX);
            anyhow::ensure!(patient, "it does not say {delivery}: {quote}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// As if the time of all that wait, or of who has them in hand, had passed.
    pub(crate) async fn let_time_pass(&self) -> Result<()> {
        let past = doc! { "$set": { "nextAttemptAt": DateTime::from_millis(1_000) } };
        let timed = doc! { "nextAttemptAt": { "$exists": true } };
        self.outbox().update_many(timed, past).await?;
        Ok(())
    }

    /// Puts so many mails into the outbox, as the application does.
    pub(crate) async fn fill(&self, mails: usize) -> Result<()> {
        let now = DateTime::now();
        let mail = |number: usize| {
            let id = ObjectId::new();
            doc! {
                "_id": id, "purpose": "test", "quoteId": ObjectId::new(), "version": 1, "to": TO,
                "replyTo": "ada@agency.example", "messageId": format!("<{id}@agency.example>"),
                "subject": format!("Mail {number}"), "html": "<p>Hello</p>", "text": "Hello",
                "state": "queued", "attempts": 0, "nextAttemptAt": now, "createdAt": now,
            }
        };
        self.outbox().insert_many((0..mails).map(mail)).await?;
        Ok(())
    }

    pub(crate) async fn count(&self, states: &[&str]) -> Result<u64> {
        Ok(self.outbox().count_documents(doc! { "state": { "$in": states } }).await?)
    }

    /// Waits until nothing is left to be sent.
    pub(crate) async fn until_empty(&self) -> Result<()> {
        let begun = Instant::now();
        while self.count(&["queued", "sending", "handed_over"]).await? > 0 {
            let patient = begun.elapsed() < Duration::from_secs(SECONDS_MAX);
            anyhow::ensure!(patient, "there is still mail to be sent");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Message-IDs of everything that arrived, sorted.
    pub(crate) fn arrived(&self) -> Result<Vec<String>> {
        let mut ids: Vec<String> =
            self.smtp.mails()?.iter().map(message_id).collect::<Result<_>>()?;
        ids.sort();
        Ok(ids)
    }
}

fn message_id(mail: &Mail) -> Result<String> {
    let text = String::from_utf8_lossy(&mail.text);
    let line = text.lines().find_map(|line| line.strip_prefix("Message-ID: "));
    Ok(line.context("no Message-ID")?.trim().to_owned())
}

/// The header of this name; there must be one.
pub(crate) fn header(mail: &Value, name: &str) -> Result<String> {
    let headers = mail["headers"].as_array().context("no headers")?;
    let found: Vec<&Value> = headers.iter().filter(|it| it[0] == name).collect();
    assert_eq!(found.len(), 1, "{name} in {mail:#}");
    Ok(found[0][1].as_str().context("no text")?.to_owned())
}
