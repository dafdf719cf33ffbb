//! `cargo xtask test`: everything that must hold before a change goes in.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{ground, say, tidy, workspace};

/// Each test that needs a server of its own starts one, of 125 MB: so many at a time fit anywhere.
const THREADS_MAX: usize = 4;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only what needs no server: formatting, lints, tidy, tests of pure code
    #[arg(long)]
    quick: bool,
}

/// One thing that must hold.
struct Step {
    name: &'static str,
    run: Box<dyn Fn() -> Result<()>>,
}

/// Runs every step, also after one failed: somebody who mends one thing wants to know of the next.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let begun = Instant::now();
    let mut failed = Vec::new();
    let mut ended = Vec::new();
    for step in steps(arguments) {
        say::talk(&format!("\n== {}", step.name));
        let begun = Instant::now();
        let result = (step.run)();
        if let Err(error) = &result {
            say::talk(&format!("error: {error:#}"));
            failed.push(step.name);
        }
        let word = if result.is_ok() { "ok" } else { "FAILED" };
        ended.push(format!("{:>8}  {word:<7} {}", seconds(begun.elapsed()), step.name));
    }
    say::talk(&format!("\n{}\n{:>8}  together", ended.join("\n"), seconds(begun.elapsed())));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

/// What fails fast comes first; the tests come last, so that their summary is what one sees.
fn steps(arguments: &Arguments) -> Vec<Step> {
    let mut steps = vec![
        step("format", || cargo(&["fmt", "--all", "--check"])),
        step("tidy", tidy::run),
        step("lints", || {
            cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--",
                "-D",
                "warnings",
            ])
        }),
    ];
    if arguments.quick {
        steps.push(step("tests of causeway-core", || tests(&["--package", "causeway-core"])));
        steps.push(step("tests of quotes-core", || tests(&["--package", "quotes-core"])));
        steps.push(step("unit tests of causeway", || tests(&["--package", "causeway", "--lib"])));
        steps.push(step("unit tests of quotes", || tests(&["--package", "quotes", "--lib"])));
        return steps;
    }
    steps.push(step("documentation", || {
        let mut command = workspace::cargo();
        command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        workspace::run(&mut command)
    }));
    // What is released has none of the features that tests ask for.
    let released = ["check", "--package", "causeway", "--package", "quotes"];
    steps.push(step("as released", move || cargo(&released)));
    steps.push(step("server", || ground::prepare().map(drop)));
    steps.push(step("mail server", ground::prepare_mail));
    steps.push(step("schemathesis", ground::prepare_judge));
    steps.push(step("browser", ground::prepare_browser));
    steps.push(step("tests", || tests(&["--workspace", "--all-features"])));
    steps
}

fn step(name: &'static str, run: impl Fn() -> Result<()> + 'static) -> Step {
    Step { name, run: Box::new(run) }
}

fn cargo(arguments: &[&str]) -> Result<()> {
    workspace::run(workspace::cargo().args(arguments))
}

/// With cargo-nextest where it is installed, else with `cargo test`; both say at the end how many
/// passed and failed.
fn tests(selection: &[&str]) -> Result<()> {
    let mut command: Command = workspace::cargo();
    if workspace::has_cargo_command("nextest") {
        // How many at a time is in `.config/nextest.toml`.
        command.args(["nextest", "run", "--no-fail-fast"]).args(selection);
    } else {
        let threads = threads().to_string();
        command.args(["test", "--no-fail-fast"]).args(selection);
        command.args(["--", "--test-threads", &threads]);
    }
    workspace::run(&mut command)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, THREADS_MAX)
}
