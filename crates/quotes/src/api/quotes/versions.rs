//! `GET /api/admin/quotes/{id}/versions`: what was sent, and how it differs from what came after.

use axum::extract::{Path, State};
use bson::{Bson, Document};
use quotes_core::{difference, price::Breakdown, quote::Quote};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    seen_by::seen_by,
    who::{People, Who},
};
use crate::{
    access::Principal,
    answer::{Answer, Outcome},
    api::shown::{Moment, moment},
    app::Shared,
    failure::Failure,
    take::Id,
    view::{QuoteView, Sees},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(version))
}

/// A version that was sent.
#[derive(Debug, Serialize, ToSchema)]
struct SentVersion {
    version: i32,
    /// Each time that it went, the first time first.
    sent: Vec<Sending>,
}

/// One time that a version went out.
#[derive(Debug, Serialize, ToSchema)]
struct Sending {
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Moment>,
    to: Option<String>,
    by: Option<Who>,
}

/// A version whole, and what changed since.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ComparedVersion {
    #[serde(flatten)]
    sent: SentVersion,
    /// The quote as it was sent.
    quote: QuoteView,
    /// The version that was sent after it; null when none was.
    next: Option<i32>,
    /// What that one made another; empty when none was sent.
    until_next: Vec<DifferenceView>,
    /// What is another now.
    until_now: Vec<DifferenceView>,
}

/// Something that is another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceView {
    /// As the document calls it; `selectedEvents` for an event.
    #[schema(example = "numberOfPeople")]
    field: &'static str,
    /// As people call it, or the name of the event.
    #[schema(example = "People")]
    label: String,
    /// Null when there was nothing.
    before: Option<String>,
    /// Null when there is nothing.
    after: Option<String>,
}

/// Read which versions of a quote were sent, the newest first.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/versions",
    tag = "quotes",
    operation_id = "list_quote_versions",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    responses(
        (status = 200, description = "The versions", body = Vec<SentVersion>),
        (status = 404, description = "`QUOTE_NOT_FOUND`")
    )
)]
async fn list(
    State(app): State<Shared>,
    principal: Principal,
    Id(id): Id,
) -> Outcome<Vec<SentVersion>> {
    let present = seen_by(&app, &principal, &id).await?;
    Ok(Answer::ok(sent(&app, present.quote.id.as_bson()).await?))
}

/// Read a version as it was sent, with what changed after it.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/versions/{version}",
    tag = "quotes",
    operation_id = "read_quote_version",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("version" = String, Path, description = "Its number")
    ),
    responses(
        (status = 200, description = "The version", body = ComparedVersion),
        (status = 404, description = "`QUOTE_NOT_FOUND`; `VERSION_NOT_FOUND`: that one was never sent")
    )
)]
async fn version(
    State(app): State<Shared>,
    principal: Principal,
    path: Option<Path<(String, String)>>,
) -> Outcome<ComparedVersion> {
    let (id, number) = path.map(|Path(path)| path).unwrap_or_default();
    let present = seen_by(&app, &principal, &id).await?;
    let quote = present.quote.id.as_bson();
    let mut all = sent(&app, quote).await?;
    let number: i32 = number.parse().map_err(|_| no_such_version())?;
    let raw = app.store.version_of(quote, number).await?.ok_or_else(no_such_version)?;
    let next = all.iter().map(|sent| sent.version).filter(|it| *it > number).min();
    let next_raw = match next {
        Some(next) => app.store.version_of(quote, next).await?,
        None => None,
    };
    let at = all.iter().position(|sent| sent.version == number).ok_or_else(no_such_version)?;
    let then = Quote::read(&raw);
    let price = Breakdown::of(&then);
    let until_next = next_raw.map(|raw| differences(&then, &Quote::read(&raw)));
    Ok(Answer::ok(ComparedVersion {
        sent: all.swap_remove(at),
        quote: QuoteView::of((&raw, &then), &price, Sees::from(&principal)),
        next,
        until_next: until_next.unwrap_or_default(),
        until_now: differences(&then, &present.quote),
    }))
}

fn no_such_version() -> Failure {
    Failure::not_found("VERSION_NOT_FOUND", "this version of the quote was never sent")
}

async fn sent(app: &Shared, quote: &Bson) -> Result<Vec<SentVersion>, Failure> {
    let kept = app.store.versions_of(quote).await?;
    let by = kept.iter().flat_map(times).filter_map(|time| time.get_object_id("by").ok());
    let people = People::of(app, by).await?;
    let sending = |time: &Document| Sending {
        at: moment(time.get("at")),
        to: time.get_str("to").ok().map(str::to_owned),
        by: people.who(time.get_object_id("by").ok()),
    };
    let version = |kept: &Document| {
        Some(SentVersion {
            version: kept.get("version")?.as_i32()?,
            sent: times(kept).map(sending).collect(),
        })
    };
    Ok(kept.iter().filter_map(version).collect())
}

fn times(kept: &Document) -> impl Iterator<Item = &Document> {
    kept.get_array("sent").into_iter().flatten().filter_map(Bson::as_document)
}

fn differences(before: &Quote, after: &Quote) -> Vec<DifferenceView> {
    let differences = difference::between(before, after).into_iter();
    let view = |it: difference::Difference| DifferenceView {
        field: it.field,
        label: it.label,
        before: it.before,
        after: it.after,
    };
    differences.map(view).collect()
}
