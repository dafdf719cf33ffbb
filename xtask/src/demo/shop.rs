//! The agency's application: `quotes`, on the database that is migrated underneath it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::Value;

use crate::{http::Client, quotes::Quotes, say, served::Served};

/// What passes its maintenance mode.
pub(super) const TOKEN: &str = "demo-smoke-checks";
/// An administrator of the generated users.
const USER: &str = "user0@agency.example";
/// What all of them have.
const PASSWORD: &str = "correct horse battery staple";

/// The running application.
pub(super) struct Shop {
    quotes: Quotes,
    served: Served,
    people: Client,
    folder: PathBuf,
}

impl Shop {
    /// Serves although the database lacks 010, as in a deployment that rolls: what it can do without is
    /// done, and the rest once 010 is there.
    pub(super) async fn open(quotes: Quotes, folder: &Path) -> Result<Self> {
        let quotes = quotes.with("QUOTES_MAINTENANCE_TOKEN", TOKEN);
        let quotes = quotes.with("QUOTES_AGENCY", "Weekend Works");
        let served = quotes.serve(&["--allow-pending"], &folder.join("quotes.log")).await?;
        let token = format!("Bearer {}", quotes.token(USER)?);
        let people = Client::of(served.address()).with("Authorization", token);
        Ok(Self { quotes, served, people, folder: folder.to_owned() })
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn address(&self) -> &str {
        self.served.address()
    }

    /// Asks it as a person who is signed in.
    pub(super) fn people(&self) -> &Client {
        &self.people
    }

    /// What it asks for when nothing may be missing.
    pub(super) fn show_needs(&self) -> Result<()> {
        self.quotes.show("serve --listen 127.0.0.1:0", 3)
    }

    /// Starts it once more, without leave to do without anything. Returns how many quotes it lists.
    pub(super) async fn serve_fully(&self) -> Result<usize> {
        let log = self.folder.join("quotes-after.log");
        let served = self.quotes.serve(&[], &log).await?;
        say::talk(&format!("\n$ quotes serve\nlistening at {}", served.address()));
        let ready = Client::of(served.address()).ask(Method::GET, "/readyz", None).await?;
        ensure!(ready.status == 200, "it is not ready: {}", ready.text);
        let people = self.people.clone().at(served.address());
        let listed = people.ask(Method::GET, "/api/admin/quotes?limit=100", None).await?.data()?;
        listed["data"].as_array().map(Vec::len).context("read the list of quotes")
    }
}

impl Shop {
    /// Leaves it running on what was migrated until somebody ends it, with a mail server that keeps what
    /// it is sent.
    pub(super) async fn stay(&self, smtp: &str) -> Result<()> {
        let quotes = self.quotes.clone().with("QUOTES_SMTP", smtp);
        let quotes = quotes.with("QUOTES_MAIL_FROM", "quotes@agency.example");
        let served = quotes.serve(&[], &self.folder.join("quotes-after.log")).await?;
        let address = served.address();
        say::talk(&format!(
            "\nthe application is running on the migrated quotes\n\
             \x20 open         {address}\n\
             \x20 sign in      {USER}, with the password: {PASSWORD}\n\
             \x20 e-mails      are caught by a local mail server: nobody gets any\n\
             press Ctrl+C to end it"
        ));
        tokio::signal::ctrl_c().await.context("wait for Ctrl+C")
    }
}

/// An event to choose that has a price in pounds.
pub(super) async fn priced_event(people: &Client) -> Result<String> {
    let events = people.ask(Method::GET, "/api/events", None).await?.data()?;
    let events = events["data"].as_array().context("read the list of events")?;
    let priced = events.iter().find(|event| event["pricing"]["currency"] == "GBP");
    let id = priced.and_then(|event| event["_id"].as_str());
    id.map(str::to_owned).context("find an event with a price")
}

/// An enquiry that a quote can answer.
pub(super) async fn enquiry(people: &Client) -> Result<String> {
    let enquiries = people.ask(Method::GET, "/api/admin/enquiries?limit=1", None).await?.data()?;
    let id = enquiries.pointer("/data/0/_id").and_then(Value::as_str);
    id.map(str::to_owned).context("find an enquiry")
}
