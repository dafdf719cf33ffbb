//! Where the project is, and running programs in it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::say;

/// The root of the project: `cargo xtask` runs from the sources, so it is where this was compiled.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// The `cargo` that runs this, in the root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(root());
    // Set by the `cargo run` underneath this; they are about xtask, and would rebuild what reads them.
    for (name, _) in env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if inherited {
            command.env_remove(name);
        }
    }
    command
}

/// The programs of the project, as they are released.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) causeway: PathBuf,
    pub(crate) quotes: PathBuf,
}

/// Builds them: both at once, because what both depend on is the same then.
pub(crate) fn build() -> Result<Programs> {
    say::talk("building causeway and quotes, optimised");
    let mut command = cargo();
    command.args(["build", "--release", "--package", "causeway", "--package", "quotes", "--bins"]);
    command.args(["--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    let output = command.output().context("run cargo build")?;
    ensure!(output.status.success(), "building ended with {}", output.status);
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages: Vec<Value> =
        messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let program = |name: &str| {
        let built = messages
            .iter()
            .find(|message| message["target"]["name"] == name && message["executable"].is_string());
        let path = built.and_then(|message| message["executable"].as_str()).map(PathBuf::from);
        path.with_context(|| format!("find the {name} that cargo built"))
    };
    Ok(Programs { causeway: program("causeway")?, quotes: program("quotes")? })
}

/// Whether `cargo NAME` is installed.
pub(crate) fn has_cargo_command(name: &str) -> bool {
    let asked = cargo().args([name, "--version"]).output();
    asked.is_ok_and(|output| output.status.success())
}

/// Runs `command` with this terminal, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("run {shown}"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// A command as somebody would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}
