//! `causeway report RUN`: the review of a run, as a page, as Markdown and as data.

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use causeway_core::runbook::NoteKind;

use super::arguments::ReportArguments;
use super::migrations_folder;
use super::session::Session;
use crate::context::Context;
use crate::failure::Result;
use crate::report::{self, NewNote, ReportOptions};
use crate::terminal::quantities::counted;

/// Makes it, and says where it is.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: ReportArguments) -> Result<Outcome> {
    let (run, to) = (&arguments.run, arguments.to.as_deref());
    let options =
        ReportOptions { notes: notes(&arguments), review_days: session.config.review.days() };
    let context = context(session).await?;
    let written = report::write(&context, run.as_str(), to, &options).await?;
    let reporter = &session.reporter;
    // Somebody permitted notes: then applications show them too. Otherwise nothing is written there.
    if !options.notes.is_empty() {
        let shown = report::republish(&context.target, &written.run, &written.html).await;
        if let Err(failure) = shown {
            reporter.warning(format!("applications show the report without the notes: {failure}"));
        }
    }
    reporter.fact("report", &written.headline);
    reporter.fact("page", written.html.display().to_string());
    reporter.fact("markdown", written.markdown.display().to_string());
    reporter.fact("data", written.json.display().to_string());
    for text in &written.missing {
        reporter.warning(format!("made without: {text}"));
    }
    if written.open_items > 0 {
        reporter.fact("open", counted(written.open_items as u64, "items"));
    }
    reporter
        .emit(Event::Next { commands: vec![format!("causeway report {run} --lesson \"…\"")] });
    Ok(Outcome::Done)
}

/// A report needs no migration files: without them it names fewer things.
async fn context(session: &Session) -> Result<Context> {
    let loaded = migrations_folder::load(&session.global.migrations, session.global.output);
    let migrations = loaded.unwrap_or_default();
    Ok(Context { migrations, ..session.context_without_migrations().await? })
}

fn notes(arguments: &ReportArguments) -> Vec<NewNote> {
    [
        (NoteKind::Note, &arguments.note),
        (NoteKind::Lesson, &arguments.lesson),
        (NoteKind::Runbook, &arguments.runbook),
        (NoteKind::Feedback, &arguments.feedback),
    ]
    .into_iter()
    .flat_map(|(kind, texts)| texts.iter().map(move |text| NewNote { kind, text: text.clone() }))
    .collect()
}
