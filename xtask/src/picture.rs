//! `cargo xtask picture`: what a terminal shows, as an SVG for the documentation.

mod ansi;
mod svg;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

/// Arguments of `picture`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A file with the output of a terminal, with or without colours
    input: PathBuf,
    /// The SVG to be written
    output: PathBuf,
    /// What stands above it
    #[arg(long, default_value = "causeway")]
    title: String,
    /// Longer lines are cut
    #[arg(long, default_value_t = 120)]
    columns: usize,
}

/// Draws it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { input, output, title, columns } = arguments;
    let text = fs::read(input).with_context(|| format!("read {}", input.display()))?;
    let lines = ansi::lines(&String::from_utf8_lossy(&text), *columns);
    let drawn = svg::draw(title, &lines, *columns);
    fs::write(output, drawn).with_context(|| format!("write {}", output.display()))
}
