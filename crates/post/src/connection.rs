//! A connection that may be used: made, encrypted, let in.

use std::time::Duration;

use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, TlsParameters},
    extension::ClientId,
};
use tokio::time::timeout;

use crate::{Kind, MailServer, Trouble};

/// Connection, greeting, encryption and password together.
const CONNECT_SECONDS_MAX: u64 = 20;
const PORT_PLAIN: u16 = 25;
const PORT_TLS: u16 = 465;

/// Connects, within a time.
pub(crate) async fn connect(server: &MailServer) -> Result<AsyncSmtpConnection, Trouble> {
    let limit = Duration::from_secs(CONNECT_SECONDS_MAX);
    timeout(limit, connect_patiently(server)).await.unwrap_or_else(|_| {
        let words = format!("no connection within {CONNECT_SECONDS_MAX} s");
        Err(Trouble::new(Kind::Away, words))
    })
}

async fn connect_patiently(server: &MailServer) -> Result<AsyncSmtpConnection, Trouble> {
    let smtp = &server.smtp;
    // Square brackets of an IPv6 address are the URL's, not the address's.
    let host = smtp.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let implicit = smtp.scheme() == "smtps";
    let port = smtp.port().unwrap_or(if implicit { PORT_TLS } else { PORT_PLAIN });
    let tls = || {
        let mut parameters = TlsParameters::builder(host.clone());
        if let Some(authority) = &server.authority {
            parameters = parameters.add_root_certificate(authority.0.clone());
        }
        parameters.build().map_err(|error| away(&error))
    };
    let me = hello_name();
    let encrypted = if implicit { Some(tls()?) } else { None };
    let connecting =
        AsyncSmtpConnection::connect_tokio1((host.as_str(), port), None, &me, encrypted, None);
    let mut connection = connecting.await.map_err(|error| away(&error))?;
    if connection.can_starttls() {
        connection.starttls(tls()?, &me).await.map_err(|error| away(&error))?;
    }
    if let Some((user, password)) = &server.credentials {
        if !connection.is_encrypted() && !is_loopback(&host) {
            let words = "the server offers no encryption, and the password is not sent without";
            return Err(Trouble::new(Kind::Shut, words));
        }
        let credentials = Credentials::new(user.clone(), password.clone());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(|error| {
            // Once more for each recipient, and many a server locks the account.
            let kind = if error.is_transient() { Kind::Away } else { Kind::Shut };
            // Some servers repeat what they were told.
            let said = error.to_string().replace(password.as_str(), "***");
            Trouble::new(kind, format!("the server does not let {user} in: {said}"))
        })?;
    }
    Ok(connection)
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
