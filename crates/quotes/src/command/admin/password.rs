//! Where a new password comes from: typed, piped or made. Never from an argument, which everybody on the
//! machine may read.

use std::io::{IsTerminal as _, Read as _, stderr, stdin};

use anyhow::{Context as _, anyhow};
use clap::Args;
use inquire::{Password, PasswordDisplayMode, ui::RenderConfig, validator::Validation};

use super::Ended;
use crate::access::{self, Hashing};

/// More is no password.
const BYTES_MAX: u64 = 4_096;

/// Where a new password comes from. Without any of these it is asked for, twice.
#[derive(Debug, Clone, Args)]
pub(super) struct PasswordArguments {
    /// Read the password from stdin
    #[arg(long, conflicts_with = "generate")]
    password_stdin: bool,
    /// Make a password, and print it
    #[arg(long)]
    generate: bool,
    /// Store it so that the application before this one can read it, while that still runs
    #[arg(long)]
    bcrypt: bool,
}

impl PasswordArguments {
    pub(super) fn hashing(&self) -> Hashing {
        if self.bcrypt { Hashing::Bcrypt } else { Hashing::Argon2id }
    }

    /// The password; none when one is to be made.
    pub(super) fn obtain(&self) -> Result<Option<String>, Ended> {
        if self.generate {
            return Ok(None);
        }
        let password = if self.password_stdin { piped() } else { typed() }.map_err(Ended::Usage)?;
        match access::objection(&password) {
            None => Ok(Some(password)),
            Some((_code, message)) => Err(Ended::Usage(anyhow!("the password: {message}"))),
        }
    }
}

fn piped() -> anyhow::Result<String> {
    let mut text = String::new();
    stdin().take(BYTES_MAX).read_to_string(&mut text).context("read the password from stdin")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn typed() -> anyhow::Result<String> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(anyhow!(
            "nobody is there to type a password: give --password-stdin or --generate"
        ));
    }
    let fits = |password: &str| {
        Ok(match access::objection(password) {
            None => Validation::Valid,
            Some((_code, message)) => Validation::Invalid(message.into()),
        })
    };
    Password::new("new password:")
        .with_render_config(RenderConfig::empty())
        .with_display_mode(PasswordDisplayMode::Hidden)
        .with_custom_confirmation_message("once more:")
        .with_custom_confirmation_error_message("these were not the same")
        .with_validator(fits)
        .prompt()
        .context("ask for a password")
}
