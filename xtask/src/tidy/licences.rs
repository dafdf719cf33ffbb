//! Licences, sources and duplicates of all dependencies, by cargo-deny where it is installed.
//!
//! Not advisories: they need the network, and a new one must not stop a change that has nothing to
//! do with it. They are asked for at a release.

use anyhow::Result;

use crate::{say, workspace};

pub(super) fn check() -> Result<()> {
    if !workspace::has_cargo_command("deny") {
        say::talk("skipped: cargo-deny is not installed, so nobody looked at the dependencies");
        return Ok(());
    }
    let mut command = workspace::cargo();
    command.args(["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]);
    workspace::run(&mut command)
}
