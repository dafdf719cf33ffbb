//! A real mail server that keeps what it gets: aiosmtpd, told to refuse, to be slow, or to hang up.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;
use tempfile::TempDir;

use crate::python_packages::Packages;

const PROGRAM: &str = include_str!("smtp/server.py");
const READER: &str = include_str!("smtp/read_mail.py");

/// A running mail server on the loopback address. It ends with the test: it reads from a pipe that
/// closes when this process is gone, however that comes about.
#[derive(Debug)]
pub struct SmtpServer {
    folder: TempDir,
    port: u16,
    encryption: Encryption,
    child: Option<Child>,
}

/// How connections to a server are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    Plain,
    /// When the client asks for it.
    StartTls,
    /// From the first byte.
    Tls,
}

/// What a server does about the recipients named in it.
#[derive(Debug, Clone, Copy)]
pub enum Behaviour<'a> {
    /// It refuses this recipient with this answer: `451 4.7.1 later`.
    Refuse(&'a str, &'a str),
    /// It refuses the text of mail for this recipient with this answer.
    RefuseText(&'a str, &'a str),
    /// It takes the text of mail for this recipient, keeps it, and hangs up without an answer.
    HangUp(&'a str),
    /// It takes so many seconds for the text of each mail: `0.05`.
    Slow(&'a str),
    /// It wants this user and this password first.
    Password(&'a str, &'a str),
    /// It takes everything.
    Normal,
}

/// A message as the server got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// `RCPT TO`.
    pub to: String,
    /// Headers and body, byte for byte.
    pub text: Vec<u8>,
}

impl Mail {
    /// The message as a mail program reads it: `headers`, `defects`, `types`, `text`, `html`, and of
    /// the HTML `html_words`, `tags` and `links`.
    ///
    /// # Errors
    ///
    /// When a part is missing, or a tag is not closed.
    pub fn read(&self) -> Result<Value> {
        python(&[], &self.text)
    }
}

/// Words and tags of a page whose tags are all closed.
///
/// # Errors
///
/// When one is not.
pub fn read_page(html: &str) -> Result<Value> {
    python(&["page"], html.as_bytes())
}

fn python(arguments: &[&str], input: &[u8]) -> Result<Value> {
    let mut child = Command::new("python3")
        .args(["-c", READER])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start python3")?;
    child.stdin.take().context("take its input")?.write_all(input).context("write the message")?;
    let output = child.wait_with_output().context("read the message")?;
    ensure!(output.status.success(), "not to be read: {}", String::from_utf8_lossy(input));
    serde_json::from_slice(&output.stdout).context("read what was read")
}

const PACKAGES: Packages = Packages {
    name: "aiosmtpd-1.4.6",
    requirements: include_str!("smtp/requirements.txt"),
    missing: "no mail server for tests: Python 3.9 or later with pip is needed, and a package index",
};

/// Sees to it that there is an aiosmtpd, as a server's start does.
///
/// # Errors
///
/// When it can't be fetched; the message says how to get it.
pub fn find() -> Result<PathBuf> {
    PACKAGES.fetched()
}

impl SmtpServer {
    /// Starts a server that takes everything.
    ///
    /// # Errors
    ///
    /// When there is no aiosmtpd, or it does not start.
    pub fn start() -> Result<Self> {
        Self::start_with(Encryption::Plain)
    }

    /// Starts one whose connections are encrypted, with a certificate of an authority of its own.
    ///
    /// # Errors
    ///
    /// When there is no aiosmtpd, or it does not start.
    pub fn start_with(encryption: Encryption) -> Result<Self> {
        let folder = tempfile::tempdir().context("make a folder for mail")?;
        fs::write(folder.path().join("server.py"), PROGRAM).context("write the mail server")?;
        let port = local_mongod::free_port()?;
        if encryption != Encryption::Plain {
            certify(folder.path())?;
        }
        let mut server = Self { folder, port, encryption, child: None };
        server.behave(Behaviour::Normal)?;
        server.restart()?;
        Ok(server)
    }

    /// Starts it again on its port, after [`SmtpServer::stop`].
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.stop();
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"));
        let mut child = Command::new("python3")
            .arg(self.folder.path().join("server.py"))
            .arg(self.port.to_string())
            .arg(self.folder.path())
            .arg(match self.encryption {
                Encryption::Plain => "plain",
                Encryption::StartTls => "starttls",
                Encryption::Tls => "tls",
            })
            .env("PYTHONPATH", find()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.context("open the mail server's log")?)
            .spawn()
            .context("start the mail server")?;
        let output = child.stdout.take().context("take the mail server's output")?;
        self.child = Some(child);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).context("wait for the mail server")?;
        ensure!(line.trim() == "ready", "the mail server does not start: {}", self.log());
        Ok(())
    }

    /// Ends it: nobody answers on its port.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What it does from now on.
    ///
    /// # Errors
    ///
    /// When that can't be written.
    pub fn behave(&self, behaviour: Behaviour<'_>) -> Result<()> {
        let (what, who, with) = match behaviour {
            Behaviour::Refuse(who, answer) => ("refuse", who, answer),
            Behaviour::RefuseText(who, answer) => ("refuse_text", who, answer),
            Behaviour::HangUp(who) => ("hang_up", who, ""),
            Behaviour::Slow(seconds) => ("slow", seconds, ""),
            Behaviour::Password(user, password) => ("password", user, password),
            Behaviour::Normal => ("normal", "", ""),
        };
        let next = self.folder.path().join("behaviour.next");
        fs::write(&next, format!("{what}\n{who}\n{with}\n")).context("write the behaviour")?;
        fs::rename(&next, self.folder.path().join("behaviour")).context("put the behaviour")
    }

    /// `smtp://127.0.0.1:PORT`, or `smtps://`.
    pub fn url(&self) -> String {
        let scheme = if self.encryption == Encryption::Tls { "smtps" } else { "smtp" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// A PEM file with the certificate of the authority that signed the server's.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What it got so far, in order.
    ///
    /// # Errors
    ///
    /// When the folder can't be read.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(self.folder.path()).context("list mail")? {
            let path = entry.context("list mail")?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(|path| mail(path)).collect()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes an authority, and a certificate of it for the loopback address.
fn certify(folder: &Path) -> Result<()> {
    let authority_key = KeyPair::generate().context("make a key")?;
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let signed = authority.self_signed(&authority_key).context("make an authority")?;
    let issuer = Issuer::from_params(&authority, &authority_key);
    let key = KeyPair::generate().context("make a key")?;
    let names = vec!["127.0.0.1".to_owned()];
    let server = CertificateParams::new(names).context("name a server")?;
    let certificate = server.signed_by(&key, &issuer).context("make a certificate")?;
    for (name, text) in [
        ("authority.pem", signed.pem()),
        ("certificate.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        fs::write(folder.join(name), text).with_context(|| format!("write {name}"))?;
    }
    Ok(())
}

/// The first line is the recipient, the rest the message.
fn mail(path: &Path) -> Result<Mail> {
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let end = bytes.iter().position(|byte| *byte == b'\n').context("find the recipient")?;
    let to = String::from_utf8_lossy(&bytes[..end]).into_owned();
    Ok(Mail { to, text: bytes[end + 1..].to_vec() })
}
