//! Runs the real program in a folder of its own, and shows what it did.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

/// Nothing listens there.
pub(crate) const NOBODY: &str = "mongodb://127.0.0.1:1/shop";

/// What differs between two runs of the same test; replacements keep the width where a table
/// depends on it.
pub(crate) const REDACTED: [(&str, &str); 10] = [
    (r"\b[0-9a-f]{12}\b", "############"),
    (r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:#####"),
    (r"test_\d+_\d+", "test_db"),
    (r"MongoDB \d+\.\d+\.\d+", "MongoDB #.#.#"),
    (r#""version":"\d+\.\d+\.\d+""#, r##""version":"#.#.#""##),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "####-##-## ##:##:##"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "####-##-##T##:##:##Z"),
    (r"(renewed|expires in) (\d+\.\d s|\d+ min( \d+ s)?)", "$1 # s"),
    (r"(_seconds|_seconds_ago)\x22:-?\d+(\.\d+)?", "$1\x22:#"),
    (r"tmp/\.tmp\w+", "tmp/######"),
];

/// A folder in which commands are given.
pub(crate) struct Shell {
    folder: TempDir,
    uri: Option<String>,
}

impl Shell {
    /// An empty folder, and no `MONGODB_URI`.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), uri: None }
    }

    /// The same with a migration 010.
    pub(crate) fn with_migration(self) -> Self {
        self.file("migrations/010-quote-events.toml", crate::shop::TEN);
        self
    }

    /// The same with `MONGODB_URI` set.
    pub(crate) fn with_uri(mut self, uri: impl Into<String>) -> Self {
        self.uri = Some(uri.into());
        self
    }

    /// Writes a file below the folder.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program with nothing of this machine's environment, ready to be given arguments.
    pub(crate) fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(cargo_bin("causeway"));
        command.env_clear().current_dir(self.path()).env("TZ", "UTC").env("USER", "ann");
        if let Some(uri) = &self.uri {
            command.env("MONGODB_URI", uri);
        }
        command
    }

    /// Gives a command and waits until it ends.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::from_std(self.command());
        command.args(arguments).output().unwrap()
    }

    /// Gives a command and shows exit code, standard output and standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        shown(arguments, &self.output(arguments))
    }
}

fn shown(arguments: &[&str], output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
    format!(
        "$ causeway {}\n--- exit {code}\n--- stdout\n{}--- stderr\n{}",
        arguments.join(" "),
        text(&output.stdout),
        text(&output.stderr)
    )
}

/// Snapshots what [`Shell::run`] shows.
macro_rules! assert_shown {
    ($name:literal, $shown:expr) => {
        insta::with_settings!({
            filters => crate::commands::shell::REDACTED,
            snapshot_path => "snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!($name, $shown);
        })
    };
}
pub(crate) use assert_shown;
