//! The built `quotes`, run as an operator runs it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{say, served::Served, workspace};

/// Everything that the bench and people at work do.
const SCOPES: &str = "quotes:read,quotes:write,catalogue:read";

/// A `quotes` with a database to work on.
#[derive(Debug, Clone)]
pub(crate) struct Quotes {
    program: PathBuf,
    uri: String,
    variables: Vec<(String, String)>,
}

impl Quotes {
    /// This program on the database that the URI names.
    pub(crate) fn new(program: PathBuf, uri: String) -> Self {
        Self { program, uri, variables: Vec::new() }
    }

    /// The same with a variable in its environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `quotes serve` with these arguments, on a port of its own.
    pub(crate) async fn serve(&self, arguments: &[&str], log: &Path) -> Result<Served> {
        let port = local_mongod::free_port()?;
        let mut command = self.command();
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]).args(arguments);
        Served::start(command, port, log).await
    }

    /// Shows the command as somebody types it, lets it print, and fails when it ends otherwise than
    /// with `code`.
    pub(crate) fn show(&self, line: &str, code: i32) -> Result<()> {
        say::talk(&format!("\n$ quotes {line}"));
        let status = self.command().args(line.split_whitespace()).status().context("run quotes")?;
        ensure!(status.code() == Some(code), "`quotes {line}` ended with {status}, not {code}");
        if code != 0 {
            say::talk(&format!("(exit code {code}, as it should be)"));
        }
        Ok(())
    }

    /// A token of this user, who is there.
    pub(crate) fn token(&self, email: &str) -> Result<String> {
        let mut command = self.command();
        command.args(["admin", "create-token", "--name", "measuring", "--email", email]);
        command.args(["--scopes", SCOPES]);
        let output = command.output().context("run quotes")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "quotes made no token: {}", said.trim());
        let token = String::from_utf8(output.stdout).context("read the token")?;
        Ok(token.trim().to_owned())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(workspace::root())
            .env("MONGODB_URI", &self.uri)
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}
