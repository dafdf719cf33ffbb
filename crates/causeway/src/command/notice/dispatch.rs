//! From a notice to what became of it: shown, asked for, stored, sent.

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::super::arguments::NoticeManner;
use super::super::session::Session;
use super::{Meant, Wanted, missing, shown};
use crate::failure::{Failure, Result};
use crate::notices::delivery::{Delivery, Holder, State, Unclear};
use crate::notices::means::Means;
use crate::notices::sending::Sending;
use crate::notices::{Channel, Notice, draft, store};
use crate::target::Target;
use crate::terminal::quantities::counted;

/// So many recipients that something did not reach are named in a failure.
const NAMED_MAX: usize = 10;

/// A notice on its way.
pub(super) struct Dispatch<'a> {
    session: &'a Session,
    target: &'a Target,
    means: Means,
    me: Holder,
    /// With all its deliveries, stored or not.
    notice: Notice,
    is_stored: bool,
    /// Deliveries that are not stored.
    added: Vec<Delivery>,
}

impl<'a> Dispatch<'a> {
    pub(super) fn new(
        session: &'a Session,
        (target, meant): (&'a Target, Meant<'_>),
        wanted: &Wanted,
    ) -> Result<Self> {
        let Meant { mut notice, is_stored, past } = meant;
        let configured = session.config.email.iter().flat_map(|email| email.to());
        let cancels = notice.moment == crate::notices::Moment::Cancelled;
        let addresses: Vec<String> = match &wanted.to[..] {
            [] if cancels => Vec::new(),
            [] => configured.map(str::to_owned).collect(),
            given => given.to_vec(),
        };
        let means = Means::of(&session.config, &notice.channels)?;
        let all = draft::deliveries(&notice, (&means, &addresses), past)?;
        let added = missing(all, &notice.deliveries);
        notice.deliveries.extend(added.iter().cloned());
        let me = Holder::me(&session.operator().host);
        Ok(Self { session, target, means, me, notice, is_stored, added })
    }

    pub(super) async fn run(self, manner: &NoticeManner) -> Result<Outcome> {
        let reporter = &self.session.reporter;
        let unclear = if manner.resend_unclear { Unclear::Resend } else { Unclear::Leave };
        if manner.dry_run {
            shown::in_full(reporter, &self.notice, (&self.me, unclear));
            reporter.fact("dry run", "nothing was written, and nothing was sent");
            return Ok(Outcome::Done);
        }
        if self.notice.is_delivered() {
            let at = shown::local(self.notice.created_at);
            reporter
                .fact("sent", format!("notice {} reached everybody, since {at}", self.notice.id));
            return Ok(Outcome::NothingToDo);
        }
        shown::in_short(reporter, &self.notice);
        let what = match self.is_stored {
            false => format!("a notice `{}` to {}", self.notice.moment, self.everybody()),
            true => format!("what is missing of the notice `{}`", self.notice.moment),
        };
        let context = self.session.context_of(self.target.clone());
        let permission = context.approve(&what).await?;
        if self.is_stored {
            store::add(self.target, &permission, (&self.notice.id, &self.added)).await?;
        } else {
            store::insert(self.target, &permission, &self.notice).await?;
        }
        let sending = Sending {
            target: self.target,
            notice: &self.notice,
            means: &self.means,
            interrupt: &self.session.interrupt,
            me: &self.me,
            unclear,
        };
        let told = |delivery: &Delivery| reporter.emit(Event::Row(shown::row(delivery, None)));
        let ended = sending.send(&permission, told).await?;
        self.conclude(&ended)
    }

    /// `3 addresses and 2 other places`.
    fn everybody(&self) -> String {
        let mails = self.notice.deliveries.iter().filter(|it| it.channel == Channel::Email).count();
        let others = self.notice.deliveries.len() - mails;
        let mut words = Vec::new();
        if mails > 0 {
            words.push(counted(mails as u64, "addresses"));
        }
        if others > 0 {
            words.push(counted(others as u64, if mails > 0 { "other places" } else { "places" }));
        }
        words.join(" and ")
    }

    fn conclude(&self, ended: &[Delivery]) -> Result<Outcome> {
        let left: Vec<&Delivery> = ended.iter().filter(|delivery| !delivery.is_sent()).collect();
        let arrived = ended.len() - left.len();
        if left.is_empty() {
            let id = &self.notice.id;
            self.session
                .reporter
                .fact("sent", format!("notice {id}: {arrived} of {arrived} arrived"));
            return Ok(Outcome::Done);
        }
        let named = left.iter().take(NAMED_MAX).map(|delivery| {
            let answer = delivery.answer.as_deref().unwrap_or("another process is at it");
            format!("{} {}: {answer}", delivery.recipient, delivery.state.word().replace('_', " "))
        });
        let mut reasons: Vec<String> = named.collect();
        if left.len() > NAMED_MAX {
            reasons.push(format!("and {} others", left.len() - NAMED_MAX));
        }
        let command = self.session.operator().command;
        let mut hint = format!("`{command}` sends what is missing, and nothing twice");
        if left.iter().any(|delivery| delivery.state == State::Unclear) {
            hint.push_str("; with --resend-unclear also what may have arrived already");
        }
        Err(Failure::unexpected(format!(
            "{} of {} deliveries of notice {} did not arrive",
            left.len(),
            ended.len(),
            self.notice.id
        ))
        .because(reasons.join("\n"))
        .hint(hint))
    }
}
