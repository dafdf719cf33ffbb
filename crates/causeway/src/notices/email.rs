//! Notices as e-mail: one message for each recipient, over one connection.

use std::time::Duration;

use lettre::address::{Address, Envelope};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use super::means::Email;
use super::retry::{Kind, Trouble};
use crate::failure::Result;

pub(super) mod message;

/// Connection, greeting, encryption and password together.
const CONNECT_SECONDS_MAX: u64 = 20;
/// One command and its answer.
const COMMAND_SECONDS_MAX: u64 = 30;
/// The text and the answer to it: a server may look through it before it answers.
const TEXT_SECONDS_MAX: u64 = 120;
const PORT_PLAIN: u16 = 25;
const PORT_TLS: u16 = 465;

/// A connection to the mail server, made when it is first needed and after it broke.
pub(super) struct Post<'a> {
    server: &'a Email,
    connection: Option<AsyncSmtpConnection>,
}

impl<'a> Post<'a> {
    pub(super) const fn new(server: &'a Email) -> Self {
        Self { server, connection: None }
    }

    /// One attempt to send a message to one recipient. `hand_over` is called when the server waits
    /// for the text, and before it gets any of it.
    pub(super) async fn send(
        &mut self,
        message: &lettre::Message,
        hand_over: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<String, Trouble> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let (envelope, text) = (message.envelope(), message.formatted());
        if let Err(trouble) = introduce(&mut connection, envelope, &text).await {
            // A server that refused this recipient takes the next one over the same connection.
            let forgotten = timed(COMMAND_SECONDS_MAX, connection.command(Rset)).await;
            self.connection = forgotten.is_ok().then_some(connection);
            return Err(trouble);
        }
        hand_over().await.map_err(|failure| Trouble::new(Kind::Permanent, failure.message))?;
        match timed(TEXT_SECONDS_MAX, connection.message(&text)).await {
            Ok(answer) => {
                self.connection = Some(connection);
                let words = answer.message().collect::<Vec<_>>().join(" ");
                Ok(format!("{} {words}", answer.code()).trim_end().to_owned())
            }
            // Only an answer says that the server did not take it.
            Err(Said::Error(error)) if error.status().is_some() => Err(trouble(&error)),
            Err(said) => {
                let words = format!("no answer to the text: {}", said.words());
                Err(Trouble::new(Kind::Unclear, words))
            }
        }
    }

    /// Says goodbye. Everything was answered: how it goes does not matter.
    pub(super) async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = timed(COMMAND_SECONDS_MAX, connection.quit()).await;
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let limit = Duration::from_secs(CONNECT_SECONDS_MAX);
        timeout(limit, self.connect_patiently()).await.unwrap_or_else(|_| {
            let words = format!("no connection within {CONNECT_SECONDS_MAX} s");
            Err(Trouble::new(Kind::Away, words))
        })
    }

    async fn connect_patiently(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let smtp = &self.server.smtp;
        // Square brackets of an IPv6 address are the URL's, not the address's.
        let host = smtp.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let implicit = smtp.scheme() == "smtps";
        let port = smtp.port().unwrap_or(if implicit { PORT_TLS } else { PORT_PLAIN });
        let tls = || TlsParameters::new(host.clone()).map_err(|error| away(&error));
        let me = hello_name();
        let encrypted = if implicit { Some(tls()?) } else { None };
        let connecting =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), port), None, &me, encrypted, None);
        let mut connection = connecting.await.map_err(|error| away(&error))?;
        if connection.can_starttls() {
            connection.starttls(tls()?, &me).await.map_err(|error| away(&error))?;
        }
        if let Some((user, password)) = &self.server.credentials {
            if !connection.is_encrypted() && !is_loopback(&host) {
                let words = "the server offers no encryption, and the password is not sent without";
                return Err(Trouble::new(Kind::Shut, words));
            }
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(|error| {
                // Once more for each recipient, and many a server locks the account.
                let kind = if error.is_transient() { Kind::Away } else { Kind::Shut };
                Trouble::new(kind, format!("the server does not let {user} in: {error}"))
            })?;
        }
        Ok(connection)
    }
}

/// From, to, and that the text comes now.
async fn introduce(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    text: &[u8],
) -> Result<(), Trouble> {
    let mut parameters = Vec::new();
    let server = connection.server_info();
    let addresses = envelope.to().iter().chain(envelope.from());
    if !addresses.map(ToString::to_string).all(|address| address.is_ascii()) {
        require(server.supports_feature(Extension::SmtpUtfEight), "addresses beyond ASCII")?;
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        require(server.supports_feature(Extension::EightBitMime), "text beyond ASCII")?;
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = Mail::new(envelope.from().cloned(), parameters);
    say(connection, from).await?;
    for address in envelope.to() {
        say(connection, Rcpt::new(Address::clone(address), Vec::new())).await?;
    }
    say(connection, Data).await
}

fn require(supported: bool, what: &str) -> Result<(), Trouble> {
    if supported {
        return Ok(());
    }
    Err(Trouble::new(Kind::Permanent, format!("the mail server can not take {what}")))
}

async fn say(
    connection: &mut AsyncSmtpConnection,
    command: impl std::fmt::Display,
) -> Result<(), Trouble> {
    match timed(COMMAND_SECONDS_MAX, connection.command(command)).await {
        Ok(_) => Ok(()),
        Err(Said::Error(error)) => Err(trouble(&error)),
        Err(said @ Said::Nothing(_)) => Err(Trouble::new(Kind::Transient, said.words())),
    }
}

/// What came instead of a good answer.
enum Said {
    Error(Error),
    /// Nothing, for so many seconds.
    Nothing(u64),
}

impl Said {
    fn words(&self) -> String {
        match self {
            Self::Error(error) => error.to_string(),
            Self::Nothing(seconds) => format!("nothing for {seconds} s"),
        }
    }
}

async fn timed<T>(
    seconds_max: u64,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Said> {
    match timeout(Duration::from_secs(seconds_max), asked).await {
        Ok(answered) => answered.map_err(Said::Error),
        Err(_) => Err(Said::Nothing(seconds_max)),
    }
}

fn trouble(error: &Error) -> Trouble {
    let kind = if error.is_permanent() { Kind::Permanent } else { Kind::Transient };
    Trouble::new(kind, error.to_string())
}

fn away(error: &Error) -> Trouble {
    let kind = if error.is_permanent() || error.is_tls() { Kind::Shut } else { Kind::Away };
    Trouble::new(kind, error.to_string())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// How this machine introduces itself: its name, where that is one.
fn hello_name() -> ClientId {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    if is_name { ClientId::Domain(name) } else { ClientId::default() }
}
