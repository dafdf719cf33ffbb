//! One quote: the trip, the receipt, how the price moved, what was sent, who did what.

mod chart;
mod facts;
mod mails;
mod records;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use quotes_core::{
    life::Status,
    quote::{Quote, revision},
};

use super::{
    came::Came,
    receipt::Receipt,
    shell::{At, Reader, Shell, page},
    words::address_of,
};
use crate::{
    api::{price, seen_by},
    app::Shared,
    failure::Failure,
    take::{Id, Query},
    writing::Present,
};
use chart::Chart;
use facts::Fact;
use mails::Course;
use records::{Deed, Move, Names, Version};

#[derive(Template)]
#[template(path = "pages/quote.html")]
struct Page {
    shell: Shell,
    reference: String,
    address: String,
    lead: String,
    revision: String,
    /// What can be done now.
    can: Can,
    marks: Vec<Mark>,
    warnings: Vec<String>,
    facts: Vec<Fact>,
    receipt: Receipt,
    chart: Option<Chart>,
    moves: Vec<Move>,
    versions: Vec<Version>,
    course: Course,
    deeds: Vec<Deed>,
    /// What a draft in the browser is kept under.
    draft: String,
    /// One that is not needed any more.
    done: Option<String>,
}

struct Mark {
    field: String,
    found: String,
}

/// Which buttons there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Can {
    /// Nothing: it is somebody else's to do.
    Look,
    /// Edited, sent, deleted.
    Edit,
    /// The same, and the customer may say yes to what was sent.
    Accept,
    /// It is locked: booked, or begun anew.
    Book,
    /// It is locked for good: begun anew only.
    StartVersion,
    /// It was deleted: restored.
    Restore,
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/quotes/{id}", get(quote)).route("/quotes/{id}/mails", get(mails::news))
}

async fn quote(
    State(app): State<Shared>,
    reader: Reader,
    Id(id): Id,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let principal = reader.principal();
    let Present { raw, quote } = seen_by(&app, &principal, &id).await?;
    let breakdown = price(&app, &quote).await?;
    let id = quote.id.as_bson();
    let is_admin = principal.is_admin();
    let (audit, mails, versions) = futures_util::try_join!(
        async { if is_admin { app.store.audit_of(id).await } else { Ok(Vec::new()) } },
        app.store.mails_of(id),
        app.store.versions_of(id)
    )?;
    let names = Names::look_up(&app, &reader, (&quote, &audit, &mails)).await?;
    let course = Course::of(&app, &quote, (&mails, is_admin, came.sent.is_some()));
    let moves = records::moves(&quote, &names, &audit);
    let warnings = breakdown.warnings.iter().map(|warning| warning.message.clone()).collect();
    let base_note = facts::base_note(&quote);
    let shell = reader.shell(At::Quotes);
    let page_of_it = Page {
        reference: quote.reference.to_string(),
        address: address_of(&quote),
        lead: quote.trip.lead_name.clone().unwrap_or_else(|| "lead not known".to_owned()),
        revision: revision(&raw),
        can: Can::of(&quote, is_admin),
        marks: quote
            .marks
            .iter()
            .map(|mark| Mark { field: mark.field.clone(), found: mark.found.clone() })
            .collect(),
        warnings,
        facts: facts::of(&app, &quote, is_admin).await?,
        receipt: Receipt::of(&breakdown, base_note),
        chart: Chart::of(&quote, &breakdown),
        versions: records::versions(&quote, &versions),
        course,
        deeds: audit.iter().map(|entry| Deed::of(entry, &names, breakdown.currency)).collect(),
        draft: quote.id.to_string(),
        done: came.done,
        moves,
        shell,
    };
    Ok(page(StatusCode::OK, &page_of_it))
}

impl Can {
    fn of(quote: &Quote, is_admin: bool) -> Self {
        match &quote.status {
            _ if !is_admin => Self::Look,
            _ if quote.is_deleted() => Self::Restore,
            Status::Sent => Self::Accept,
            Status::Accepted => Self::Book,
            Status::Booked => Self::StartVersion,
            Status::Draft | Status::Updated | Status::Other(_) => Self::Edit,
        }
    }

    fn edits(self) -> bool {
        matches!(self, Self::Edit | Self::Accept)
    }
}

fn next(quote: &Quote, is_admin: bool) -> &'static str {
    match &quote.status {
        _ if !is_admin => "",
        _ if quote.is_deleted() => "It was deleted. Restore it to change or send it.",
        Status::Draft => "Next: send it. The customer has not seen it yet.",
        Status::Sent => "Next: once the customer says yes, mark it accepted.",
        Status::Updated => "Next: send this version. The customer has an earlier one.",
        Status::Accepted => {
            "It is locked, because the customer said yes. Mark it booked, or start a new version to change it."
        }
        Status::Booked => "It is locked, because it is booked. Start a new version to change it.",
        Status::Other(_) => "Another program gave it this status. It can be edited and sent.",
    }
}
