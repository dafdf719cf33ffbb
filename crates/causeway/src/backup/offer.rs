//! The offer of a restore, after a rollback that did not succeed.

use std::path::Path;

use bson::Timestamp;
use causeway_core::event::Event;

use super::losses;
use super::proven::{Need, Proven};
use crate::context::Context;
use crate::runs::Application;

/// Names the backup that there is to go back to, and what a restore of it would lose. Never fails:
/// whoever calls has a failure to report already.
pub async fn offer(context: &Context, home: &Path, behind: Option<&Application>) {
    if home.as_os_str().is_empty() {
        // A rehearsal has nothing to go back to.
        return;
    }
    let Some(proven) = find(context, home, behind) else {
        context.reporter.warning(format!(
            "no proven backup of {} is in {}: nothing to restore",
            context.target.name(),
            home.display()
        ));
        return;
    };
    let loses = match losses::since(&context.target, proven.manifest.moment).await {
        Err(failure) => format!("what that would lose can't be told: {failure}"),
        Ok(losses) => match (losses.words(), losses.unknown) {
            (words, Some(why)) => format!(
                "that would lose at least {}; not all can be told: {why}",
                words.as_deref().unwrap_or("what was written since")
            ),
            (Some(words), None) => format!("that would lose what was written since: {words}"),
            (None, None) => "that would lose nothing: nobody wrote anything since".to_owned(),
        },
    };
    context.reporter.warning(format!("a backup can be restored: {}; {loses}", proven.words()));
    context.reporter.emit(Event::Next {
        commands: vec![format!("causeway backup restore {}", proven.folder.display())],
    });
}

/// The backup that stood behind the application, or the latest that was proved, when it is of the
/// time before: a later one would bring back what was to be rolled back.
fn find(context: &Context, home: &Path, behind: Option<&Application>) -> Option<Proven> {
    let named = behind.and_then(|it| it.document.get_str("proven_backup").ok());
    let need = |named: Option<&str>| Need {
        home: home.to_owned(),
        named: named.map(Into::into),
        ..Need::default()
    };
    let kept = named.and_then(|named| need(Some(named)).latest(&context.target).ok().flatten());
    let is_of_before = |proven: &Proven| {
        let moment = proven.manifest.moment;
        let moment = Timestamp { time: moment.seconds, increment: moment.increment };
        behind.and_then(Application::surveyed_at).is_none_or(|surveyed| moment <= surveyed)
    };
    kept.or_else(|| need(None).latest(&context.target).ok().flatten().filter(is_of_before))
}
