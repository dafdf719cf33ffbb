//! Handing mail to a mail server in two steps, between which the caller writes down that the text goes
//! out: what a process that dies afterwards leaves behind *may* have arrived, everything before has not.

mod connection;
mod trouble;

use std::{fmt, time::Duration};

use lettre::{
    Message,
    address::{Address, Envelope},
    transport::smtp::{
        Error,
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::time::timeout;
use url::Url;

pub use trouble::{Kind, Trouble};

/// One command and its answer.
const COMMAND_SECONDS_MAX: u64 = 30;
/// The text and the answer to it: a server may look through it before it answers.
pub const TEXT_SECONDS_MAX: u64 = 120;
const PEM_BEGINS: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// Answers that are about who we are, and not about the message.
const NOT_LET_IN: [u16; 4] = [530, 534, 535, 538];

/// A mail server, and how it lets us in.
#[derive(Clone)]
pub struct MailServer {
    /// `smtp://host:port`, encrypted when the server offers that, or `smtps://host`.
    pub smtp: Url,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// Whose certificates are trusted, beside those that Mozilla trusts.
    pub authority: Option<Authority>,
}

/// Certificates of an authority: of an agency's own mail server, say.
#[derive(Debug, Clone)]
pub struct Authority(Certificate);

impl Authority {
    /// Of the text of a PEM file with one certificate or several; none if it holds none.
    #[must_use]
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        if !pem.windows(PEM_BEGINS.len()).any(|it| it == PEM_BEGINS) {
            return None;
        }
        let certificate = Certificate::from_pem(pem).ok()?;
        // What is inside is looked at when it is used.
        let used = TlsParameters::builder("localhost".to_owned());
        used.add_root_certificate(certificate.clone()).build().ok()?;
        Some(Self(certificate))
    }
}

// Derived, it would show the password.
impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").field("smtp", &self.smtp.as_str()).finish_non_exhaustive()
    }
}

/// A connection to the mail server, made when it is first needed and after it broke.
pub struct Post<'a> {
    server: &'a MailServer,
    connection: Option<AsyncSmtpConnection>,
}

/// The server waits for the text of a message, and has none of it yet. Dropped, it never gets it.
#[must_use]
pub struct Offered<'p, 'a> {
    post: &'p mut Post<'a>,
    connection: AsyncSmtpConnection,
    text: Vec<u8>,
}

impl<'a> Post<'a> {
    /// To this server, when it is needed.
    #[must_use]
    pub const fn new(server: &'a MailServer) -> Self {
        Self { server, connection: None }
    }

    /// Says from whom and to whom, so far that the server waits for the text.
    ///
    /// # Errors
    ///
    /// When there is no connection, or the server does not want it. Nothing of the text went out.
    pub async fn offer(&mut self, message: &Message) -> Result<Offered<'_, 'a>, Trouble> {
        let text = message.formatted();
        // Whoever waits no longer drops the connection with this call: it is in the middle of something.
        if let Some(mut connection) = self.connection.take() {
            match introduce(&mut connection, message.envelope(), &text).await {
                Ok(()) => return Ok(Offered { post: self, connection, text }),
                Err(trouble) => {
                    self.forget(connection).await;
                    // It may be the connection that was over, and not the message that is unwanted.
                    if self.connection.is_some() || trouble.kind != Kind::Transient {
                        return Err(trouble);
                    }
                }
            }
        }
        let mut connection = connection::connect(self.server).await?;
        match introduce(&mut connection, message.envelope(), &text).await {
            Ok(()) => Ok(Offered { post: self, connection, text }),
            Err(trouble) => {
                self.forget(connection).await;
                Err(trouble)
            }
        }
    }

    /// A server that refused this recipient takes the next one over the same connection.
    async fn forget(&mut self, mut connection: AsyncSmtpConnection) {
        let forgotten = timed(COMMAND_SECONDS_MAX, connection.command(Rset)).await;
        self.connection = forgotten.is_ok().then_some(connection);
    }

    /// Says goodbye. Everything was answered: how it goes does not matter.
    pub async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = timed(COMMAND_SECONDS_MAX, connection.quit()).await;
        }
    }
}

impl Offered<'_, '_> {
    /// Hands the text over, and returns what the server said to it.
    ///
    /// # Errors
    ///
    /// What the server said, or that it said nothing: then it is unclear whether it has the message.
    pub async fn hand_over(self) -> Result<String, Trouble> {
        let Self { post, mut connection, text } = self;
        match timed(TEXT_SECONDS_MAX, connection.message(&text)).await {
            Ok(answer) => {
                post.connection = Some(connection);
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
    command: impl fmt::Display,
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
    let is_shut = error.status().is_some_and(|code| NOT_LET_IN.contains(&code.into()));
    let kind = match error.is_permanent() {
        true if is_shut => Kind::Shut,
        true => Kind::Permanent,
        false => Kind::Transient,
    };
    Trouble::new(kind, error.to_string())
}
