//! schemathesis, which asks a served API thousands of things that its OpenAPI document allows or
//! forbids, and judges the answers by the document.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::python_packages::Packages;

const PACKAGES: Packages = Packages {
    name: "schemathesis-4.32.5",
    requirements: include_str!("schemathesis/requirements.txt"),
    missing: "no schemathesis: Python 3.11 or later with pip is needed, and a package index",
};

/// Sees to it that there is a schemathesis, as a test of the API does.
///
/// # Errors
///
/// When it can't be fetched; the message says how to get it.
pub fn find() -> Result<PathBuf> {
    PACKAGES.fetched()
}

/// The command that is `st` elsewhere, fetched first when it is not there.
///
/// # Errors
///
/// As [`find`].
pub fn command() -> Result<Command> {
    let mut command = Command::new("python3");
    command.args(["-m", "schemathesis.cli"]).env("PYTHONPATH", find()?);
    Ok(command)
}
