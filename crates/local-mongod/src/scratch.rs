//! Temporary folders that disappear with the process, also when it is killed.

use std::{
    fs::{self, File},
    os::unix::fs::OpenOptionsExt as _,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::{Context as _, Result};

/// `read` returns at the end of file, which comes when this process is gone. The servers are being
/// killed at the same time and may still create files, hence the repetition.
const CLEANER: &str = r#"read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1" && exit 0; sleep 0.3; done"#;

struct Root {
    /// Where it was asked for; the system's folder for temporary files when absent.
    parent: Option<PathBuf>,
    path: PathBuf,
    /// Closing this is the signal to the cleaner, so it is held for as long as the process lives.
    _cleaner: ChildStdin,
}

/// A new empty folder for a server's data, under `parent` or where the system keeps temporary files.
///
/// # Errors
///
/// When it can't be made.
pub fn folder(parent: Option<&Path>) -> Result<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = root(parent)?.join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
    fs::create_dir(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}

/// A new empty file that only its owner may read. It disappears with the process, not before.
///
/// # Errors
///
/// When it can't be made.
pub fn file(name: &str) -> Result<(File, PathBuf)> {
    let path = folder(None)?.join(name);
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("create {}", path.display()))?;
    Ok((file, path))
}

fn root(parent: Option<&Path>) -> Result<PathBuf> {
    static ROOTS: Mutex<Vec<Root>> = Mutex::new(Vec::new());
    let mut roots = ROOTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(root) = roots.iter().find(|root| root.parent.as_deref() == parent) {
        return Ok(root.path.clone());
    }
    let root = create_root(parent)?;
    let path = root.path.clone();
    roots.push(root);
    Ok(path)
}

fn create_root(parent: Option<&Path>) -> Result<Root> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("causeway-private-");
    let made = match parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    };
    let path = made.context("create a temporary folder")?.keep();
    let mut cleaner = Command::new("sh")
        .args(["-c", CLEANER, "sh"])
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("start the cleaner of temporary folders")?;
    let stdin = cleaner.stdin.take().context("take the cleaner's input")?;
    Ok(Root { parent: parent.map(Path::to_owned), path, _cleaner: stdin })
}
