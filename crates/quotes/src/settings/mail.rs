//! Through which mail server mail goes, and from whom.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use lettre::message::Mailbox;
use post::{Authority, MailServer};
use url::Url;

use super::Variables;

/// Through which mail server mail goes, and from whom.
#[derive(Debug, Clone)]
pub struct Mailing {
    /// The server.
    pub server: MailServer,
    /// The sender: the agency, at this address.
    pub from: Mailbox,
}

impl Mailing {
    /// What the variables say; none without `QUOTES_SMTP`.
    ///
    /// # Errors
    ///
    /// When a value can't be used, or one that belongs to it is missing. No value is shown: people write
    /// passwords where none belong.
    pub(super) fn of(variables: &Variables, agency: &str) -> Result<Option<Self>> {
        let Some(smtp) = variables.get("QUOTES_SMTP") else {
            for name in ["QUOTES_SMTP_CA", "QUOTES_SMTP_USERNAME", "QUOTES_SMTP_PASSWORD"] {
                ensure!(variables.get(name).is_none(), "{name} is set, and QUOTES_SMTP is not");
            }
            return Ok(None);
        };
        let smtp = Url::parse(smtp).ok().filter(is_server);
        let smtp = smtp.context("QUOTES_SMTP is not smtp://HOST:PORT or smtps://HOST")?;
        ensure!(
            smtp.username().is_empty() && smtp.password().is_none(),
            "QUOTES_SMTP holds a user; write it to QUOTES_SMTP_USERNAME and QUOTES_SMTP_PASSWORD"
        );
        let user = variables.get("QUOTES_SMTP_USERNAME");
        let credentials = match (user, variables.get("QUOTES_SMTP_PASSWORD")) {
            (None, None) => None,
            (Some(user), Some(password)) => Some((user.to_owned(), password.to_owned())),
            (Some(_), None) => {
                bail!("QUOTES_SMTP_USERNAME is set, and QUOTES_SMTP_PASSWORD is not")
            }
            (None, Some(_)) => {
                bail!("QUOTES_SMTP_PASSWORD is set, and QUOTES_SMTP_USERNAME is not")
            }
        };
        let authority = variables.get("QUOTES_SMTP_CA").map(authority).transpose()?;
        let from = variables
            .get("QUOTES_MAIL_FROM")
            .context("QUOTES_SMTP is set, and QUOTES_MAIL_FROM is not: whom mail comes from")?;
        let from: Mailbox = from.parse().with_context(|| {
            format!("read QUOTES_MAIL_FROM, which is `{from}` and no e-mail address")
        })?;
        let name = from.name.or_else(|| Some(agency.to_owned()));
        let from = Mailbox::new(name, from.email);
        Ok(Some(Self { server: MailServer { smtp, credentials, authority }, from }))
    }
}

/// The certificates in a file.
fn authority(path: &str) -> Result<Authority> {
    let pem = fs::read(path).with_context(|| format!("failed to read QUOTES_SMTP_CA, {path}"))?;
    Authority::from_pem(&pem)
        .with_context(|| format!("QUOTES_SMTP_CA, {path}, holds no certificate in PEM"))
}

fn is_server(url: &Url) -> bool {
    matches!(url.scheme(), "smtp" | "smtps")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.path().len() <= 1
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::Mailing;

    fn read(variables: &[(&str, &str)]) -> anyhow::Result<Option<Mailing>> {
        Mailing::of(&variables.iter().copied().collect(), "The Agency")
    }

    const SMTP: (&str, &str) = ("QUOTES_SMTP", "smtps://mail.example");
    const FROM: (&str, &str) = ("QUOTES_MAIL_FROM", "quotes@agency.example");

    #[test]
    fn mail_comes_from_the_agency_unless_somebody_else_is_named() {
        assert!(read(&[FROM]).unwrap().is_none());
        let from = |from| read(&[SMTP, ("QUOTES_MAIL_FROM", from)]).unwrap().unwrap().from;
        assert_eq!(from(FROM.1).to_string(), "The Agency <quotes@agency.example>");
        assert_eq!(from("Ann Lee <ann@agency.example>").name.as_deref(), Some("Ann Lee"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_no_password_shown() {
        let (user, password) = (("QUOTES_SMTP_USERNAME", "a"), ("QUOTES_SMTP_PASSWORD", "s3cr3t"));
        for (variables, named) in [
            (vec![SMTP], "QUOTES_MAIL_FROM"),
            (vec![SMTP, FROM, user], "QUOTES_SMTP_PASSWORD"),
            (vec![SMTP, FROM, password], "QUOTES_SMTP_USERNAME"),
            (vec![("QUOTES_SMTP", "smtp://a:s3cr3t@mail.example"), FROM], "QUOTES_SMTP_USERNAME"),
            (vec![("QUOTES_SMTP", "https://a:s3cr3t@mail.example"), FROM], "QUOTES_SMTP"),
            (vec![("QUOTES_SMTP", "mail.example:25"), FROM], "QUOTES_SMTP"),
            (vec![FROM, ("QUOTES_SMTP_CA", "ca.pem")], "QUOTES_SMTP_CA"),
            (vec![FROM, password], "QUOTES_SMTP_PASSWORD"),
            (vec![SMTP, FROM, ("QUOTES_SMTP_CA", "/nowhere/ca.pem")], "QUOTES_SMTP_CA"),
            (vec![SMTP, FROM, ("QUOTES_SMTP_CA", "Cargo.toml")], "no certificate"),
            (vec![SMTP, ("QUOTES_MAIL_FROM", "a@b\r\nBcc: c@d.example")], "QUOTES_MAIL_FROM"),
        ] {
            let error = format!("{:#}", read(&variables).unwrap_err());
            assert!(error.contains(named) && !error.contains("s3cr3t"), "{error}");
        }
        let all = read(&[SMTP, FROM, user, password]).unwrap().unwrap();
        assert!(!format!("{all:?}").contains("s3cr3t"));
    }
}
