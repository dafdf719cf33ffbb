//! What events would cost on a quote, before anything is saved.

mod asked;
mod view;

use axum::extract::State;
use quotes_core::problem;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{asked::Asked, view::CalculatedPrice};
use crate::{
    answer::{Answer, Outcome, Warning},
    app::Shared,
    failure::{Detail, Failure},
    take::Fields,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(calculate))
}

/// Calculates the price of events.
///
/// Prices are the catalogue's; nothing is written, and it works in maintenance. What is in another currency,
/// on request, inactive or for more people is listed with a warning; the total counts what is priced in
/// its currency.
#[utoipa::path(
    post,
    path = "/api/admin/quotes/calculate-events-price",
    tag = "quotes",
    operation_id = "calculate_events_price",
    request_body = asked::PriceQuestion,
    responses(
        (status = 200, description = "The price: base + eventsTotal = total", body = CalculatedPrice),
        (status = 422, description = "`VALIDATION_ERROR`: a field can't be used. `INVALID_EVENTS`: too many, or one \
                                      twice. `EVENTS_NOT_FOUND`: ids of no event, each named")
    )
)]
async fn calculate(State(app): State<Shared>, Fields(fields): Fields) -> Outcome<CalculatedPrice> {
    let (asked, ignored) = Asked::of(&fields)?;
    let catalogue = app.store.chosen_events(&asked.events()).await?;
    let unknown: Vec<Detail> = (0..)
        .zip(asked.events())
        .filter(|(_, event)| catalogue.get(*event).is_none())
        .map(|(position, _): (usize, _)| Detail {
            field: format!("{}.{position}", asked.field),
            code: "unknown_event".to_owned(),
            message: "there is no such event".to_owned(),
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Failure::invalid("EVENTS_NOT_FOUND", unknown));
    }
    let price = asked.calculation.price(&catalogue);
    let warnings = price.warnings.iter().map(|warning| asked_about(warning, asked.field));
    Ok(Answer::ok(CalculatedPrice::of(&price)).warn(warnings).warn(ignored))
}

/// Warnings are about a quote's `selectedEvents`; whoever asked has them in another field.
fn asked_about(warning: &problem::Warning, field: &str) -> Warning {
    Warning {
        code: warning.code.to_owned(),
        field: Some(warning.field.replacen("selectedEvents", field, 1)),
        message: warning.message.clone(),
    }
}
