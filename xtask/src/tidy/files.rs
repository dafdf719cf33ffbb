//! The text files of the project.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// Hidden folders that are part of the project; others belong to tools.
const HIDDEN_FOLDERS: &[&str] = &[".cargo", ".ci", ".config", ".github"];
/// Folders that are not the project's own, wherever they are.
const FOREIGN_FOLDERS: &[&str] = &["target", "node_modules"];

/// A file of the project that is text.
#[derive(Debug)]
pub(super) struct TextFile {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl TextFile {
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub(super) fn is_markdown(&self) -> bool {
        self.path.ends_with(".md")
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

/// Every text file under `root`, sorted by path.
pub(super) fn read(root: &Path) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("list {}", folder.display()))?.path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                if is_ours(&path) {
                    folders.push(path);
                }
            } else if let Some(file) = read_one(root, &path)? {
                files.push(file);
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn is_ours(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let hidden = name.starts_with('.') && !HIDDEN_FOLDERS.contains(&name);
    !hidden && !FOREIGN_FOLDERS.contains(&name)
}

/// None for what is not text, and for what changes while this reads: snapshots that wait for review.
fn read_one(root: &Path, path: &PathBuf) -> Result<Option<TextFile>> {
    let relative = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    if relative.ends_with(".snap.new") || relative == "Cargo.lock" {
        return Ok(None);
    }
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Ok(String::from_utf8(bytes).ok().map(|text| TextFile { path: relative, text }))
}
