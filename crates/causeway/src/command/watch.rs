//! `causeway watch VERSION`: the day after a migration.

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::arguments::{RunId, WatchArguments};
use super::session::Session;
use super::{announce, plan};
use crate::failure::Result;
use crate::watch::{Watching, run, watch};

/// Watches, and says what is worse than before.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: &WatchArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let reporter = &context.reporter;
    let version = &arguments.version;
    plan::migration(&context, version)?;
    announce(&context, version)?;
    let found = run::find(&context, version, arguments.run.as_ref().map(RunId::as_str)).await?;
    reporter.fact("run", found.words());
    let settings = session.config.watch(arguments.length, arguments.every);
    let watching = Watching { version: version.clone(), run: found.id.clone(), settings };
    let watched = watch(&context, &watching).await?;
    for row in watched.rows {
        reporter.emit(Event::Row(row));
    }
    if watched.differences.is_empty() {
        reporter.fact("result", "nothing is worse than before");
        return Ok(watched.outcome);
    }
    for words in &watched.differences {
        reporter.fact("worse", words.clone());
    }
    reporter.emit(Event::Next {
        commands: vec![
            found.taken_back_by(version),
            "causeway doctor".to_owned(),
            format!("causeway report {}", found.id),
        ],
    });
    Ok(watched.outcome)
}
