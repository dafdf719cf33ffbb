//! `GET /api/admin/quotes/{id}`: everything about one quote.

use axum::extract::State;
use bson::oid::ObjectId;
use quotes_core::{price::Breakdown, quote::Quote};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::seen_by::seen_by;
use crate::{
    access::Principal,
    answer::Answer,
    app::Shared,
    failure::Failure,
    take::Id,
    view::{QuoteView, Sees},
    writing::{Present, Ready},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Read a quote.
///
/// A document that is not as it should be is shown with what can be read of it, and `marks` says what
/// can't. Events that are no longer offered, have another price by now, or want more people are warned
/// of. Also found by its reference, when no other quote has the same.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}",
    tag = "quotes",
    operation_id = "read_quote",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    responses(
        (status = 200, description = "The quote", body = QuoteView, headers(("ETag" = String, description = "The revision, in quotation marks"))),
        (status = 404, description = "`QUOTE_NOT_FOUND`: there is none, or none of this agent")
    )
)]
async fn read(
    State(app): State<Shared>,
    principal: Principal,
    Id(id): Id,
) -> Result<Ready, Failure> {
    let Present { raw, quote } = seen_by(&app, &principal, &id).await?;
    let price = price(&app, &quote).await?;
    let view = QuoteView::of((&raw, &quote), &price, Sees::from(&principal));
    let revision = view.revision.clone();
    let answer = Answer::ok(view).warn(price.warnings.into_iter().map(Into::into));
    Ok(Ready::of(&answer)?.showing(revision))
}

/// How its total comes about, with what the catalogue says of its events today.
pub(crate) async fn price(app: &Shared, quote: &Quote) -> Result<Breakdown, Failure> {
    let events: Vec<ObjectId> = quote.events().collect();
    let catalogue = app.store.chosen_events(&events).await?;
    Ok(Breakdown::with_catalogue(quote, &catalogue))
}
