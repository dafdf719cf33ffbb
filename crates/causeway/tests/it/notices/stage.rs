//! A scene with a mail server, and notices configured for it.

use bson::{Document, doc};
use futures_util::TryStreamExt;
use serde_json::Value;
use testbed::SmtpServer;
use testbed::smtp::{self, Encryption, Mail};

use crate::scene::{Ran, Scene};

/// Far enough away for a day's notice.
pub(crate) const START: &str = "2099-11-26 02:00";

/// Commands about notices are given here.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) smtp: SmtpServer,
}

impl Stage {
    /// Mail goes to Ann and Bea; nothing that does not answer is tried for more than a second.
    pub(crate) async fn new() -> Self {
        Self::encrypted(Encryption::Plain).await
    }

    /// The same with a server whose connections are encrypted.
    pub(crate) async fn encrypted(encryption: Encryption) -> Self {
        let smtp = SmtpServer::start_with(encryption).unwrap();
        let stage = Self { scene: Scene::empty().await, smtp };
        stage.configure("");
        stage
    }

    /// The same with more in the configuration.
    pub(crate) fn configure(&self, more: &str) {
        self.scene.file(
            "causeway.toml",
            &format!(
                "[notices]\nzone = \"Europe/London\"\nretry_seconds_max = 1\n\
                 [email]\nsmtp = \"{}\"\nfrom = \"The shop <shop@example.com>\"\n\
                 to = [\"Ann <ann@example.com>\", \"bea@example.com\"]\n{more}",
                self.smtp.url()
            ),
        );
    }

    /// Gives a command with permission.
    pub(crate) fn give(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let name = self.scene.database.name();
        let given = [&["--database", name, "--yes", name, "notice"], arguments].concat();
        self.scene.causeway_in(variables, &given)
    }

    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Ran {
        let ran = self.give(&[], arguments);
        assert_eq!(ran.code, code, "causeway notice {}\n{}", arguments.join(" "), ran.told());
        ran
    }

    /// Announces the maintenance.
    #[track_caller]
    pub(crate) fn announce(&self, code: i32) -> Ran {
        self.expect(code, &["send", "before", "--start", START])
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.smtp.mails().unwrap()
    }

    /// To whom mail came, in order.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.mails().into_iter().map(|mail| mail.to).collect()
    }

    /// What is stored, in order.
    pub(crate) async fn stored(&self) -> Vec<Document> {
        let notices = self.scene.collection("causeway_notices");
        let found = notices.find(doc! {}).sort(doc! { "seq": 1 }).await.unwrap();
        found.try_collect().await.unwrap()
    }

    /// States of the e-mail deliveries of the first notice.
    pub(crate) async fn mail_states(&self) -> Vec<String> {
        let stored = self.stored().await;
        let deliveries = stored[0].get_array("deliveries").unwrap();
        let deliveries = deliveries.iter().map(|it| it.as_document().unwrap());
        deliveries
            .filter(|it| it.get_str("channel").unwrap() == "email")
            .map(|it| it.get_str("state").unwrap().to_owned())
            .collect()
    }
}

/// A message as a mail program reads it.
pub(crate) fn read(mail: &Mail) -> Value {
    mail.read().unwrap()
}

/// Words and tags of a page whose tags are all closed.
pub(crate) fn read_page(html: &str) -> Value {
    smtp::read_page(html).unwrap()
}

/// The header of this name; there must be one.
#[track_caller]
pub(crate) fn header(mail: &Value, name: &str) -> String {
    let headers = mail["headers"].as_array().unwrap();
    let found: Vec<&Value> = headers.iter().filter(|it| it[0] == name).collect();
    assert_eq!(found.len(), 1, "{name} in {mail:#}");
    found[0][1].as_str().unwrap().to_owned()
}
