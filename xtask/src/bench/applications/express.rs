//! The server by Express and Mongoose: its packages, and its start.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{say, served::Served, workspace};

/// Its files, by name.
const FILES: [(&str, &str); 4] = [
    ("package.json", include_str!("../express/package.json")),
    (LOCK, include_str!("../express/package-lock.json")),
    ("models.js", include_str!("../express/models.js")),
    ("server.js", include_str!("../express/server.js")),
];
/// What is installed, with the hash of each package.
const LOCK: &str = "package-lock.json";
const NODE_WANTED: (u32, u32) = (20, 19);

/// Installs what it needs, unless that is there.
pub(super) fn install() -> Result<PathBuf> {
    let version = node()?;
    let folder = workspace::root().join(".causeway/tools/express");
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let installed = folder.join("installed");
    let known = fs::read_to_string(&installed).unwrap_or_default();
    for (name, text) in FILES {
        fs::write(folder.join(name), text).with_context(|| format!("write {name}"))?;
    }
    let lock = FILES.iter().find(|(name, _)| *name == LOCK).map_or("", |(_, text)| text);
    if known != lock {
        say::talk("installing Express and Mongoose");
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        workspace::run(&mut npm)?;
        fs::write(&installed, lock).context("remember what is installed")?;
    }
    say::talk(&format!("Node.js {version}"));
    Ok(folder)
}

/// Starts it. Quotes that it makes belong to this user.
pub(super) async fn serve(folder: &Path, uri: &str, (user, log): (&str, &Path)) -> Result<Served> {
    let port = local_mongod::free_port()?;
    let mut command = Command::new("node");
    command.arg("server.js").current_dir(folder).env("NODE_ENV", "production");
    command.env("MONGODB_URI", uri).env("USER_ID", user).env("PORT", port.to_string());
    Served::start(command, port, log).await
}

/// The version of Node.js, when it will do.
pub(super) fn node() -> Result<String> {
    let (major, minor) = NODE_WANTED;
    let needed = format!("Node.js {major}.{minor} or later with npm is needed to compare with");
    let Ok(output) = Command::new("node").arg("--version").output() else {
        bail!("{needed}: there is none");
    };
    let version = String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned();
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    let found = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    ensure!(found >= NODE_WANTED, "{needed}: this is {version}");
    Ok(version)
}
