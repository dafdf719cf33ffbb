//! Where notices go: the mail server, the folder of the status page, addresses of other programs.

use std::path::Path;

use lettre::message::Mailbox;
use url::Url;

use super::{Deserialize, IgnoredAny, Mistake, PathBuf, Spanned, built_in};

/// A mailing list has its own server for that.
const RECIPIENTS_MAX: usize = 1_000;
const WEBHOOKS_MAX: usize = 20;

/// `[email]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailSettings {
    smtp: Spanned<String>,
    from: Spanned<String>,
    #[serde(default)]
    to: Vec<Spanned<String>>,
    ca: Option<PathBuf>,
    username: Option<Spanned<String>>,
    password_env: Option<Spanned<String>>,
    /// Understood only to say that it does not belong here.
    password: Option<Spanned<IgnoredAny>>,
}

/// `[status_page]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StatusPageSettings {
    folder: Option<PathBuf>,
    title: Option<String>,
    url: Option<Spanned<String>>,
}

/// `[[webhook]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSettings {
    url: Spanned<String>,
    secret_env: Spanned<String>,
    /// Understood only to say that it does not belong here.
    secret: Option<Spanned<IgnoredAny>>,
}

impl EmailSettings {
    pub(in crate::config) fn check(&self) -> Result<(), Mistake> {
        if let Some(password) = &self.password {
            return Err((password.span().start, not_here("password", "password_env")));
        }
        let smtp = parse_url(&self.smtp, &["smtp", "smtps"])?;
        if smtp.path().len() > 1 || smtp.query().is_some() {
            return Err((
                self.smtp.span().start,
                "smtp is smtp://HOST:PORT or smtps://HOST".into(),
            ));
        }
        for address in std::iter::once(&self.from).chain(&self.to) {
            mailbox(address.get_ref()).map_err(|message| (address.span().start, message))?;
        }
        if let Some(first_too_many) = self.to.get(RECIPIENTS_MAX) {
            let message = format!("more than {RECIPIENTS_MAX} recipients: use a mailing list");
            return Err((first_too_many.span().start, message));
        }
        match (&self.username, &self.password_env) {
            (Some(username), None) => {
                Err((username.span().start, "username needs password_env".to_owned()))
            }
            (None, Some(variable)) => {
                Err((variable.span().start, "password_env needs username".to_owned()))
            }
            (Some(_), Some(variable)) => check_variable("password_env", variable),
            (None, None) => Ok(()),
        }
    }

    /// The mail server: `smtp://host:port` or `smtps://host`.
    pub(crate) fn smtp(&self) -> &str {
        self.smtp.get_ref()
    }

    /// Whom messages are from.
    pub(crate) fn from(&self) -> &str {
        self.from.get_ref()
    }

    /// Whom messages go to.
    pub(crate) fn to(&self) -> impl Iterator<Item = &str> {
        self.to.iter().map(|address| address.get_ref().as_str())
    }

    /// A PEM file with certificates that are trusted beside Mozilla's.
    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// The user, and the variable that holds the password.
    pub(crate) fn credentials(&self) -> Option<(&str, &str)> {
        let (user, variable) = (self.username.as_ref()?, self.password_env.as_ref()?);
        Some((user.get_ref(), variable.get_ref()))
    }
}

impl StatusPageSettings {
    pub(in crate::config) fn check(&self) -> Result<(), Mistake> {
        self.url.as_ref().map_or(Ok(()), |url| parse_url(url, &["http", "https"]).map(drop))
    }

    /// The folder, where there is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Title of the page and of its feed.
    pub(crate) fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(built_in::PAGE_TITLE)
    }

    /// Where people find the page.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_ref().map(|url| url.get_ref().as_str())
    }
}

impl WebhookSettings {
    /// Looks for what serde can't know.
    ///
    /// # Errors
    /// The first mistake.
    pub(in crate::config) fn check(all: &[Self]) -> Result<(), Mistake> {
        for (number, webhook) in all.iter().enumerate() {
            let start = webhook.url.span().start;
            if number >= WEBHOOKS_MAX {
                return Err((start, format!("more than {WEBHOOKS_MAX} webhooks")));
            }
            if let Some(secret) = &webhook.secret {
                return Err((secret.span().start, not_here("secret", "secret_env")));
            }
            parse_url(&webhook.url, &["http", "https"])?;
            if all[..number].iter().any(|other| other.url() == webhook.url()) {
                return Err((start, "the same webhook stands here twice".to_owned()));
            }
            check_variable("secret_env", &webhook.secret_env)?;
        }
        Ok(())
    }

    /// The address; may hold a token.
    pub(crate) fn url(&self) -> &str {
        self.url.get_ref()
    }

    /// The variable that holds the secret.
    pub(crate) fn secret_env(&self) -> &str {
        self.secret_env.get_ref()
    }
}

/// `ann@example.com`, `Ann <ann@example.com>`.
///
/// # Errors
/// What was expected.
pub(crate) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let parsed = text.parse::<Mailbox>().ok().filter(|_| !text.contains(char::is_control));
    parsed.ok_or_else(|| {
        let shown: String = text.chars().filter(|c| !c.is_control()).collect();
        format!("`{shown}` is no e-mail address")
    })
}

/// The message never repeats the value: it may hold a secret.
pub(in crate::config) fn parse_url(
    written: &Spanned<String>,
    schemes: &[&str],
) -> Result<Url, Mistake> {
    let start = written.span().start;
    let expected =
        || (start, format!("expected an address that begins {}://", schemes.join(":// or ")));
    let url = Url::parse(written.get_ref()).map_err(|_| expected())?;
    if !schemes.contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
        return Err(expected());
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = "the address holds a user or a password, which do not belong in this file";
        return Err((start, message.to_owned()));
    }
    Ok(url)
}

fn not_here(key: &str, variable: &str) -> String {
    format!(
        "a {key} does not belong in this file: put it into an environment variable and name that \
         in {variable}"
    )
}

/// Never repeats the value: somebody may have written the secret itself.
pub(in crate::config) fn check_variable(
    key: &str,
    written: &Spanned<String>,
) -> Result<(), Mistake> {
    let name = written.get_ref();
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err((
        written.span().start,
        format!("{key} is the name of an environment variable, not its value"),
    ))
}
