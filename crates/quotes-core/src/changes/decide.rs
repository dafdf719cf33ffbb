//! Whether what is wanted can be had, and the quote that comes of it.

use bson::oid::ObjectId;
use jiff::Timestamp;

use super::{Audit, Changes};
use crate::{
    event::Catalogue,
    life::{self, Status, Step},
    money::Currency,
    package::Package,
    problem::{Problems, Warning},
    quote::{Email, Quote, QuoteId, Reference, Times, Trip},
};

/// What a decision needs to know besides the quote.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The present moment.
    pub now: Timestamp,
    /// Who wants the change.
    pub user: ObjectId,
    /// The events of [`Changes::events`], as far as they exist.
    pub catalogue: &'a Catalogue,
    /// The package of [`Changes::package`], if it exists.
    pub package: Option<&'a Package>,
    /// Makes ids for new entries of lists, each time another.
    pub fresh_id: &'a dyn Fn() -> ObjectId,
}

/// What a new quote is, whatever was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its `_id`.
    pub id: ObjectId,
    /// The run of Causeway that makes it, for its checks.
    pub made_by_run: Option<String>,
}

/// A quote as it becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// All of it. The entries of its history beyond those it had are new.
    pub quote: Quote,
    /// What changed; nothing, when it is as it was.
    pub audit: Audit,
    /// What the person should know.
    pub warnings: Vec<Warning>,
}

impl Edited {
    /// The quote is another than before, and has to be written.
    pub fn is_changed(&self) -> bool {
        !self.audit.is_empty()
    }
}

/// A decision under way.
pub(super) struct Decision<'a> {
    /// The quote as it stands; `None` for a new one.
    pub(super) before: Option<&'a Quote>,
    pub(super) context: &'a Context<'a>,
    pub(super) problems: Problems,
    pub(super) warnings: Vec<Warning>,
    pub(super) audit: Audit,
}

impl Changes {
    /// A new quote: a draft of version 1.
    ///
    /// The base price is `basePrice`, else `totalPrice` (clients that know one number mean the price
    /// without events), else the linked package's.
    ///
    /// # Errors
    /// With everything that is missing or wrong.
    pub fn create(self, identity: Identity, context: &Context<'_>) -> Result<Edited, Problems> {
        let mut quote = blank(identity);
        quote.created_by = Some(context.user);
        quote.times.created = Some(to_milliseconds(context.now));
        self.decide(None, quote, context)
    }

    /// The quote with the changes. What is not sent stays, and only what differs has to be right: an
    /// old quote with faults elsewhere can be edited. A sent quote becomes an updated one of the next
    /// version.
    ///
    /// A `totalPrice` without `basePrice` and `customTotal` comes from clients that know one number.
    /// The present total changes nothing: they send quotes back whole. Another one is a custom total if
    /// the quote has one or has events, and else the base price, which then is the same thing.
    ///
    /// # Errors
    /// With everything that is wrong, or when the quote is deleted or locked.
    pub fn edit(self, current: &Quote, context: &Context<'_>) -> Result<Edited, Problems> {
        self.decide(Some(current), current.clone(), context)
    }

    fn decide(
        mut self,
        before: Option<&Quote>,
        mut quote: Quote,
        context: &Context<'_>,
    ) -> Result<Edited, Problems> {
        let mut decision = Decision {
            before,
            context,
            problems: std::mem::take(&mut self.problems),
            warnings: std::mem::take(&mut self.warnings),
            audit: Audit::default(),
        };
        decision.contents(&self, &mut quote);
        decision.price(&self, &mut quote);
        decision.audit.compare(before, &quote);
        decision.step(&mut quote);
        let Decision { problems, warnings, audit, .. } = decision;
        if problems.is_empty() { Ok(Edited { quote, audit, warnings }) } else { Err(problems) }
    }
}

impl Decision<'_> {
    pub(super) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// The present moment, in milliseconds as documents keep it.
    pub(super) fn now(&self) -> Timestamp {
        to_milliseconds(self.context.now)
    }

    pub(super) fn warn(&mut self, code: &'static str, field: &str, message: impl Into<String>) {
        self.warnings.push(Warning::new(code, field, message));
    }

    /// What an edit does to status, version and time.
    fn step(&mut self, quote: &mut Quote) {
        let Some(before) = self.before else {
            quote.times.updated = Some(self.now());
            return;
        };
        if self.audit.is_empty() {
            return;
        }
        if before.is_deleted() {
            let message = "The quote was deleted; restore it first.";
            self.problems.add("deleted", "deletedAt", message);
        }
        match life::next(&before.status, before.version, Step::Edit) {
            Ok((status, version)) => (quote.status, quote.version) = (status, version),
            Err(refused) => self.problems.add(refused.code(), "status", sentence(&refused)),
        }
        quote.times.updated = Some(self.now());
    }
}

/// A message of an error as a sentence.
pub(super) fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn to_milliseconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)
}

fn blank(identity: Identity) -> Quote {
    let id = QuoteId::from(identity.id);
    Quote {
        reference: Reference::of(&id),
        id,
        enquiry: None,
        trip: Trip::default(),
        activities_included: None,
        internal_notes: None,
        selection: Vec::new(),
        total: None,
        base: None,
        events_total: None,
        custom_total: None,
        currency: Currency::GBP,
        package: None,
        history: Vec::new(),
        version: 1,
        status: Status::Draft,
        created_by: None,
        email: Email { delivery: Some("pending".to_owned()), ..Email::default() },
        booking_interest: None,
        made_by_run: identity.made_by_run,
        times: Times::default(),
        marks: Vec::new(),
    }
}
