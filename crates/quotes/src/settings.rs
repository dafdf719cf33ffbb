//! What the operator decides: where the database is, where to listen, which secrets there are.
//!
//! Secrets come from the environment or from a file that is named, never from arguments: everybody on
//! the machine may read those.

mod address;
mod mail;
mod secret;
mod variables;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, Result, ensure};
use url::Url;

pub use address::Address;
pub use mail::Mailing;
pub use secret::Secret;
pub use variables::Variables;

const LISTEN: &str = "127.0.0.1:8080";
const RATE_PER_SECOND: u32 = 200;
const MAINTENANCE_TOKEN_CHARACTERS_MIN: usize = 16;

/// Where the database is. `MONGODB_URI` holds a password, so it is no argument.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConnectionArguments {
    /// Read MONGODB_URI and the other variables from this file
    #[arg(long, global = true, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// The database; else the one that the URI names
    #[arg(long, global = true, value_name = "NAME")]
    pub database: Option<String>,
}

/// Arguments of `serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArguments {
    /// Where to listen; else QUOTES_LISTEN, else 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Serve a database that lacks migrations, for a rolling deployment
    #[arg(long)]
    pub allow_pending: bool,
    /// Try it out: a private mongod with sample data, gone at the end
    #[arg(long)]
    pub local: bool,
    /// A proxy stands before this server: who asks is the last address of X-Forwarded-For
    #[arg(long)]
    pub behind_proxy: bool,
    /// The form of the log
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub log_format: LogFormat,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Whether migrations may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pending {
    /// The server does not begin without them.
    #[default]
    Refused,
    /// It serves what it can: the application before this one may be running beside it.
    Allowed,
}

/// Who is taken for the sender of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sender {
    /// Whoever is at the other end of the connection.
    #[default]
    Peer,
    /// Whom the proxy before this server names last in `X-Forwarded-For`.
    Forwarded,
}

/// What was decided for a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address that people know the server by.
    pub public_url: Url,
    /// What customers know the agency by: it stands in every mail.
    pub agency: String,
    /// How mail goes out; none only queues it.
    pub mailing: Option<Mailing>,
    /// Who sends it as `X-Maintenance-Token` passes maintenance mode; none lets nobody pass.
    pub maintenance_token: Option<Secret>,
    /// How many requests of one person or address are taken in a second; 0 takes all.
    pub rate_per_second: u32,
    /// Who is taken for the sender of a request.
    pub sender: Sender,
    /// Whether migrations may be missing.
    pub pending: Pending,
}

impl Settings {
    /// Arguments come first, then the variables, then what is built in.
    ///
    /// # Errors
    ///
    /// When a value can't be used; the message names it, and shows no secret.
    pub fn of(arguments: &ServeArguments, variables: &Variables) -> Result<Self> {
        let listen = match arguments.listen {
            Some(listen) => listen,
            None => parsed(variables, "QUOTES_LISTEN", LISTEN)?,
        };
        let public_url: Url = parsed(variables, "QUOTES_PUBLIC_URL", &format!("http://{listen}"))?;
        ensure!(
            matches!(public_url.scheme(), "http" | "https") && public_url.has_host(),
            "QUOTES_PUBLIC_URL is no http or https address"
        );
        let host = public_url.host_str().unwrap_or(LISTEN);
        let agency = variables.get("QUOTES_AGENCY").unwrap_or(host).to_owned();
        let mailing = Mailing::of(variables, &agency)?;
        let maintenance_token = variables.get("QUOTES_MAINTENANCE_TOKEN").map(Secret::of);
        ensure!(
            maintenance_token
                .as_ref()
                .is_none_or(|token| token.characters() >= MAINTENANCE_TOKEN_CHARACTERS_MIN),
            "QUOTES_MAINTENANCE_TOKEN is shorter than {MAINTENANCE_TOKEN_CHARACTERS_MIN} characters"
        );
        let rate_per_second =
            parsed(variables, "QUOTES_RATE_PER_SECOND", &RATE_PER_SECOND.to_string())?;
        let sender = if arguments.behind_proxy { Sender::Forwarded } else { Sender::Peer };
        let pending = if arguments.allow_pending { Pending::Allowed } else { Pending::Refused };
        Ok(Self {
            listen,
            public_url,
            agency,
            mailing,
            maintenance_token,
            rate_per_second,
            sender,
            pending,
        })
    }
}

fn parsed<T>(variables: &Variables, name: &str, otherwise: &str) -> Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text = variables.get(name).unwrap_or(otherwise);
    text.parse().with_context(|| format!("read {name}, which is `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::{LogFormat, Pending, ServeArguments, Settings, Variables};

    const ARGUMENTS: ServeArguments = ServeArguments {
        listen: None,
        allow_pending: false,
        local: false,
        behind_proxy: false,
        log_format: LogFormat::Text,
    };

    fn read(variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
        Settings::of(&ARGUMENTS, &variables.iter().copied().collect())
    }

    #[test]
    fn arguments_come_before_variables_and_those_before_what_is_built_in() {
        let built_in = read(&[]).unwrap();
        assert_eq!(built_in.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(built_in.public_url.as_str(), "http://127.0.0.1:8080/");
        assert_eq!(built_in.agency, "127.0.0.1");
        assert_eq!((built_in.rate_per_second, built_in.pending), (200, Pending::Refused));
        let variables: Variables = [("QUOTES_LISTEN", "[::1]:9000")].into_iter().collect();
        let given = Settings::of(&ARGUMENTS, &variables).unwrap();
        assert_eq!(given.listen.to_string(), "[::1]:9000");
        let listen = Some("127.0.0.1:1".parse().unwrap());
        let argued = Settings::of(&ServeArguments { listen, ..ARGUMENTS }, &variables).unwrap();
        assert_eq!(argued.listen.to_string(), "127.0.0.1:1");
    }

    #[test]
    fn what_can_not_be_used_is_named_and_no_secret_shown() {
        for (name, value) in [
            ("QUOTES_LISTEN", "somewhere"),
            ("QUOTES_PUBLIC_URL", "ftp://shop.example"),
            ("QUOTES_RATE_PER_SECOND", "-1"),
        ] {
            let error = format!("{:#}", read(&[(name, value)]).unwrap_err());
            assert!(error.contains(name), "{error}");
        }
        let error = format!("{:#}", read(&[("QUOTES_MAINTENANCE_TOKEN", "short")]).unwrap_err());
        assert!(error.contains("shorter than 16") && !error.contains("`short`"), "{error}");
    }
}
