//! The MongoDB URI: where it comes from, and how it is shown without its secrets.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use super::TargetOptions;
use crate::failure::{Failure, Result};

/// Shown in place of user and password.
const REDACTED: &str = "***:***@";

/// A URI and where it came from.
#[derive(Clone)]
pub struct Address {
    /// The URI with its secrets: for the driver only.
    pub(super) uri: String,
    /// Where it came from.
    pub source: AddressSource,
}

/// Where a URI came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressSource {
    /// The command line, with the flag.
    Argument(&'static str),
    /// `MONGODB_URI` of the environment.
    Environment,
    /// `MONGODB_URI` of the file given with `--env-file`.
    File(PathBuf),
}

impl fmt::Display for AddressSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(flag) => f.write_str(flag),
            Self::Environment => f.write_str("MONGODB_URI"),
            Self::File(path) => write!(f, "--env-file {}", path.display()),
        }
    }
}

// Derived Debug would print the password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.redacted(), self.source)
    }
}

impl Address {
    /// The address given; exactly one source may give it, except that a command line argument
    /// wins over the environment.
    ///
    /// # Errors
    /// Usage when there is none, or two that contradict each other.
    pub fn resolve(options: &TargetOptions) -> Result<Self> {
        let (uri, source) = match (&options.uri, &options.env_file, &options.uri_from_environment) {
            (Some(_), Some(_), _) => {
                return Err(Failure::usage("--uri and --env-file both name a server")
                    .hint("give one of them"));
            }
            (Some(uri), None, _) => (uri.clone(), AddressSource::Argument(options.flag)),
            (None, Some(path), _) => (uri_of_file(path)?, AddressSource::File(path.clone())),
            (None, None, Some(uri)) => (uri.clone(), AddressSource::Environment),
            (None, None, None) => {
                return Err(Failure::usage("no database is named: MONGODB_URI is not set").hint(
                    "set MONGODB_URI, or give --env-file FILE or --uri URI; nothing is guessed",
                ));
            }
        };
        let uri = uri.trim().to_owned();
        if !uri.starts_with("mongodb://") && !uri.starts_with("mongodb+srv://") {
            return Err(Failure::usage(format!("the value of {source} is not a MongoDB URI"))
                .hint("it looks like mongodb://user:password@host:27017/database?replicaSet=rs0"));
        }
        Ok(Self { uri, source })
    }

    /// The URI with user and password replaced.
    #[must_use]
    pub fn redacted(&self) -> String {
        redact_uri(&self.uri)
    }

    /// `text` with every secret of this URI replaced: the driver quotes URIs in its errors.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.replace(&self.uri, &self.redacted());
        if let Some((credentials, _)) = user_info(&self.uri) {
            for secret in credentials.splitn(2, ':').filter(|secret| secret.len() > 2) {
                text = text.replace(secret, "***");
            }
        }
        text
    }

    /// Whether something before the hosts can't be read as `user:password` with what is special in
    /// them percent-encoded.
    #[must_use]
    pub fn has_unescaped_credentials(&self) -> bool {
        let Some((credentials, _)) = user_info(&self.uri) else { return false };
        let password = credentials.split_once(':').map_or("", |(_, password)| password);
        credentials.contains(['/', '?', '#', '[', ']', '@'])
            || password.contains(':')
            || credentials.split('%').skip(1).any(|rest| {
                let digits = rest.as_bytes().get(..2);
                !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            })
    }

    /// Hosts and ports as written in the URI.
    #[must_use]
    pub fn hosts(&self) -> String {
        let rest = user_info(&self.uri)
            .map(|(_, rest)| rest)
            .or_else(|| self.uri.split_once("://").map(|(_, rest)| rest))
            .unwrap_or_default();
        rest.split(['/', '?']).next().unwrap_or_default().to_owned()
    }
}

/// A URI with user and password replaced, and options that hold secrets as well.
#[must_use]
pub fn redact_uri(uri: &str) -> String {
    let without_user = match (uri.split_once("://"), user_info(uri)) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{REDACTED}{rest}"),
        _ => uri.to_owned(),
    };
    let Some((before, options)) = without_user.split_once('?') else { return without_user };
    let options: Vec<String> = options.split('&').map(redact_option).collect();
    format!("{before}?{}", options.join("&"))
}

fn redact_option(option: &str) -> String {
    match option.split_once('=') {
        Some((key, _))
            if ["authmechanismproperties", "tlscertificatekeyfilepassword", "proxypassword"]
                .contains(&key.to_ascii_lowercase().as_str()) =>
        {
            format!("{key}=***")
        }
        _ => option.to_owned(),
    }
}

/// What stands before the last `@` of the authority, and what stands after it. A password with an
/// unescaped `/`, `?` or `@` is malformed, but must not be shown because of that.
fn user_info(uri: &str) -> Option<(&str, &str)> {
    let (_, rest) = uri.split_once("://")?;
    let end = rest.find('?').unwrap_or(rest.len());
    // An `@` only behind the `?` may stand in an option, or the `?` in a password: hide too much.
    let at = rest[..end].rfind('@').or_else(|| rest.rfind('@'))?;
    Some((&rest[..at], &rest[at + 1..]))
}

fn uri_of_file(path: &PathBuf) -> Result<String> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("failed to read the environment file {}", path.display()))
            .because(error)
    })?;
    let mut found = None;
    for line in text.lines() {
        let line = line.trim();
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        let value = line.strip_prefix("MONGODB_URI").map(str::trim_start);
        if let Some(value) = value.and_then(|value| value.strip_prefix('=')) {
            found = Some(unquote(value.trim()).to_owned());
        }
    }
    // The last line wins, as it does in a shell that sources the file.
    found.ok_or_else(|| Failure::usage(format!("{} sets no MONGODB_URI", path.display())))
}

fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::redact_uri;

    #[test]
    fn no_part_of_a_password_is_shown() {
        for uri in [
            "mongodb://ann:s3cr3t@db1:27017/shop",
            "mongodb://ann:s3/cr3t@db1/shop?replicaSet=rs0",
            "mongodb://ann:s3@cr3t@db1,db2/shop",
            "mongodb://ann:s3?cr3t@db1/shop",
            "mongodb+srv://ann:s3cr3t@cluster.example/shop?tlsCertificateKeyFilePassword=s3cr3t",
        ] {
            let shown = redact_uri(uri);
            assert!(!shown.contains("cr3t") && !shown.contains("ann"), "{shown}");
            assert!(shown.contains("shop"), "{shown}");
        }
    }
}
