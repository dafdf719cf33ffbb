//! `GET /api/admin/quotes/{id}/price-breakdown`: how the total comes about.

use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{read::price, seen_by::seen_by};
use crate::{
    access::Principal,
    answer::{Answer, Outcome},
    app::Shared,
    take::Id,
    view::Price,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(breakdown))
}

/// Read how a quote's total comes about.
///
/// `base + eventsTotal + adjustment` is always `total`. What is in another currency or on request is
/// listed and in no total; each such event is warned of.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/price-breakdown",
    tag = "quotes",
    operation_id = "read_price_breakdown",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    responses(
        (status = 200, description = "The breakdown", body = Price),
        (status = 404, description = "`QUOTE_NOT_FOUND`")
    )
)]
async fn breakdown(State(app): State<Shared>, principal: Principal, Id(id): Id) -> Outcome<Price> {
    let present = seen_by(&app, &principal, &id).await?;
    let price = price(&app, &present.quote).await?;
    let shown = Price::from(&price);
    Ok(Answer::ok(shown).warn(price.warnings.into_iter().map(Into::into)))
}
