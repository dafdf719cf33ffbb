//! The log: one line for each request, and for what the server does by itself.

use std::{io::IsTerminal as _, panic::PanicHookInfo};

use anyhow::{Context as _, Result};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::settings::LogFormat;

/// What is written unless the operator says otherwise.
const LEVELS: &str = "info";

/// Writes the log to the standard error output, as much of it as `levels` says: `warn`,
/// `info,quotes=debug`. A panic is a line of it.
///
/// # Errors
///
/// When the levels can't be read, or the log is written already.
pub fn write_logs(format: LogFormat, levels: Option<&str>) -> Result<()> {
    let filter = EnvFilter::try_new(levels.unwrap_or(LEVELS)).context("read QUOTES_LOG")?;
    let colours = std::io::stderr().is_terminal();
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours);
    let subscriber = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => subscriber.with(layer).try_init(),
        LogFormat::Json => {
            let layer = layer.json().flatten_event(true).with_span_list(false);
            subscriber.with(layer).try_init()
        }
    }
    .context("begin to write the log")?;
    std::panic::set_hook(Box::new(say_panic));
    Ok(())
}

/// Where it was and not what it said: that may be anything, a person's name too.
fn say_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panicked");
}
