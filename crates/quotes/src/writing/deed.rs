//! What can be done to a quote that is there, and what becomes of it.

use bson::{Document, doc, oid::ObjectId};
use jiff::Timestamp;
use quotes_core::{
    changes::Changes,
    life::{self, Step},
    quote::Quote,
};

use super::{
    Present, Seen,
    act::{Decided, Fate},
    material::Around,
    refused, seen,
};
use crate::{
    failure::Failure,
    store::{Store, audit::Action, author::Author},
};

/// Something to be done to a quote.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Other contents, other events.
    Edit(Box<Changes>),
    /// A step of its life.
    Step(Step),
    /// It is deleted, and can be restored. What a run of Causeway made is gone.
    Delete,
    /// It is there again.
    Restore,
}

type Who<'a> = (&'a Store, &'a Author);

impl Deed {
    /// What becomes of the quote, if it is still as it was seen.
    pub(super) async fn decide(
        &self,
        (store, author): Who<'_>,
        present: &Present,
        seen: &Seen,
    ) -> Result<Decided, Failure> {
        let is_about_deletion = matches!(self, Self::Delete | Self::Restore);
        if present.quote.is_deleted() && !is_about_deletion {
            return Err(refused::deleted());
        }
        if let Self::Edit(changes) = self {
            return edit((store, author), changes, (present, seen)).await;
        }
        if !seen.is(present) {
            return Err(seen::conflict(author, present, None));
        }
        let mut decided = match self {
            Self::Step(step) => stepped(&present.quote, *step)?,
            Self::Delete => deleted(&present.quote, author),
            Self::Restore | Self::Edit(_) => restored(&present.quote),
        };
        let events: Vec<ObjectId> = present.quote.events().collect();
        decided.catalogue = store.chosen_events(&events).await?;
        Ok(decided)
    }
}

async fn edit(
    (store, author): Who<'_>,
    changes: &Changes,
    (present, seen): (&Present, &Seen),
) -> Result<Decided, Failure> {
    let around = Around::look_up(store, changes, Some(&present.quote)).await?;
    let edited = Changes::clone(changes).edit(&present.quote, &around.context(author));
    // What is wanted may stand already: then the answer to it was lost, and nothing else is.
    if !seen.is(present) && !edited.as_ref().is_ok_and(|edited| !edited.is_changed()) {
        let wanted = edited.as_ref().ok().map(|edited| &edited.quote);
        return Err(seen::conflict(author, present, wanted));
    }
    let edited = edited.map_err(refused::problems)?;
    let enquiry = changes.enquiry().filter(|enquiry| present.quote.enquiry != Some(*enquiry));
    if let Some(enquiry) = enquiry
        && store.agent_of(enquiry).await?.is_none()
    {
        return Err(refused::unknown_enquiry());
    }
    let mut details = edited.audit.to_document();
    if edited.quote.version != present.quote.version {
        details.insert("version", i64::from(edited.quote.version));
    }
    let fate = if edited.is_changed() { Fate::Changes } else { Fate::Stays };
    let mut decided = decided(edited.quote, (fate, Action::Update), details);
    (decided.warnings, decided.catalogue) = (edited.warnings, around.catalogue);
    Ok(decided)
}

fn decided(after: Quote, (fate, action): (Fate, Action), details: Document) -> Decided {
    let (warnings, catalogue) = (Vec::new(), quotes_core::event::Catalogue::default());
    Decided { after, fate, action, details, warnings, catalogue }
}

fn stepped(present: &Quote, step: Step) -> Result<Decided, Failure> {
    let (status, version) =
        life::next(&present.status, present.version, step).map_err(refused::step)?;
    let action = if step == Step::StartVersion { Action::Version } else { Action::Status };
    if status == present.status {
        return Ok(decided(present.clone(), (Fate::Stays, action), Document::new()));
    }
    let details = doc! {
        "from": present.status.as_str(), "to": status.as_str(), "version": i64::from(version),
    };
    let mut after = present.clone();
    (after.status, after.version) = (status, version);
    let now = now();
    after.times.updated = Some(now);
    match step {
        Step::Accept => after.times.accepted = Some(now),
        Step::Book => after.times.booked = Some(now),
        // The new version is neither; the log and the version that was sent say what the old one was.
        Step::StartVersion => (after.times.accepted, after.times.booked) = (None, None),
        Step::Edit | Step::Send => {}
    }
    Ok(decided(after, (Fate::Changes, action), details))
}

fn deleted(present: &Quote, author: &Author) -> Decided {
    let mut after = present.clone();
    let fate = match (author.principal.run(), present.is_deleted()) {
        (Some(_), _) => Fate::Goes,
        (None, true) => Fate::Stays,
        (None, false) => Fate::Changes,
    };
    if fate != Fate::Stays {
        let now = now();
        after.times.deleted = Some(now);
        after.times.deleted_by = Some(author.id());
        after.times.updated = Some(now);
    }
    decided(after, (fate, Action::Delete), Document::new())
}

fn restored(present: &Quote) -> Decided {
    let mut after = present.clone();
    let fate = if present.is_deleted() { Fate::Changes } else { Fate::Stays };
    if fate == Fate::Changes {
        (after.times.deleted, after.times.deleted_by) = (None, None);
        after.times.updated = Some(now());
    }
    decided(after, (fate, Action::Restore), Document::new())
}

/// In milliseconds, as documents keep it.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
