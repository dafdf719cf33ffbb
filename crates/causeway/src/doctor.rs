//! The troubles that a migration is known to have, looked for in the present state: what is there, the
//! evidence, and the command that cures it.

use bson::DateTime;
use causeway_core::answer::{Answer, Tally, Verdict};
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use crate::check::Limits;
use crate::check::limits;
use crate::check::seen::Seen;
use crate::context::Context;
use crate::failure::Result;
use crate::lease;

mod leftovers;
mod migrations;
mod operations;
mod runs;

/// Whether what can be mended without harm is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cure {
    /// Look, and say what to do.
    Tell,
    /// Mend what is safe to mend, then look.
    Mend,
}

/// A database, and who works on it at present.
pub(crate) struct Patient<'a> {
    context: &'a Context,
    /// The run that holds the lease.
    holder: Option<String>,
    now: DateTime,
}

/// Looks for every known trouble.
///
/// # Errors
/// When the database can't be read, or what is mended can't be written.
pub async fn doctor(context: &Context, limits: &Limits, cure: Cure) -> Result<Outcome> {
    if cure == Cure::Mend {
        leftovers::mend(&Patient::of(context).await?).await?;
    }
    let patient = Patient::of(context).await?;
    let mut answers = Vec::new();
    let mut tell = |answer: Answer| {
        context.reporter.emit(Event::Answer(answer.clone()));
        answers.push(answer);
    };
    let seen = Seen::look(&context.target).await?;
    tell(runs::slow(&patient).await?);
    tell(runs::unfinished(&patient).await?);
    tell(operations::long(&patient, &seen));
    tell(limits::measurable(&context.target, &seen, limits));
    for answer in migrations::look(&patient).await? {
        tell(answer);
    }
    tell(leftovers::fence(&patient).await?);
    tell(leftovers::overdue(&patient).await?);
    tell(leftovers::jobs(&patient).await?);
    tell(leftovers::requests(&patient).await?);
    let sick = answers.iter().filter(|answer| answer.answer != Verdict::Ok).count();
    let tally = Tally::of(&answers);
    context.reporter.fact(
        "doctor",
        if sick == 0 {
            format!("{} looked at, nothing found", tally.ok)
        } else {
            format!("{sick} of {} need somebody; what cures them stands below each", answers.len())
        },
    );
    Ok(if sick == 0 { Outcome::Done } else { Outcome::VerificationFailed })
}

impl<'a> Patient<'a> {
    async fn of(context: &'a Context) -> Result<Self> {
        let holder = lease::holding_run(&context.target).await?;
        Ok(Self { context, holder, now: DateTime::now() })
    }

    fn seconds_since(&self, at: DateTime) -> f64 {
        let millis = self.now.timestamp_millis().saturating_sub(at.timestamp_millis()).max(0);
        #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
        let seconds = millis as f64 / 1_000.0;
        seconds
    }
}
