//! The list of all events, for those who manage them.

use axum::extract::State;
use bson::doc;
use quotes_core::{event::CatalogueEvent, fold::fold};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    choosing::{has_words, place},
    view::ManagedEvent,
};
use crate::{
    answer::{Answer, Outcome, Warning},
    app::Shared,
    failure::{Detail, Failure},
    take::Query,
};

const OFFSET_MAX: usize = 100_000;
const ROWS_MAX: usize = 200;
const ROWS: usize = 50;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What is looked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Which events; all when left out.
    #[param(inline, nullable = false)]
    state: Option<Selected>,
    /// Words that its name or description has, case and accents aside.
    #[param(example = "boat")]
    search: Option<String>,
    /// How many to leave out at the beginning.
    #[param(minimum = 0, maximum = 100_000, default = 0)]
    offset: Option<usize>,
    /// How many to answer with.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
}

/// Which events are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Selected {
    /// Those that can be chosen.
    Active,
    /// Those that can't.
    Inactive,
    All,
}

/// Which part of the list this is.
#[derive(Debug, Serialize, ToSchema)]
struct Part {
    offset: usize,
    limit: usize,
    /// How many there are.
    total: usize,
}

/// The answer of `GET /api/admin/events`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the envelope")]
struct ManagedEvents {
    #[schema(default = true)]
    success: bool,
    /// By displayOrder, then name.
    data: Vec<ManagedEvent>,
    warnings: Vec<Warning>,
    page: Part,
}

/// All events, also those that can't be chosen.
#[utoipa::path(
    get,
    path = "/api/admin/events",
    tag = "catalogue",
    operation_id = "list_events",
    params(Wanted),
    responses((status = 200, description = "The events", body = ManagedEvents))
)]
async fn list(
    State(app): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Outcome<Vec<ManagedEvent>> {
    let (offset, limit) = part(&wanted)?;
    let words = fold(wanted.search.as_deref().unwrap_or_default());
    let raw = app.store.events(doc! {}).await?;
    let mut events: Vec<_> = raw
        .iter()
        .map(|raw| (CatalogueEvent::read(raw), raw))
        .filter(|(event, _)| is_meant(event, wanted.state) && has_words(event, &words))
        .collect();
    events.sort_by_cached_key(|(event, _)| place(event));
    let page = serde_json::to_value(Part { offset, limit, total: events.len() })
        .map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
    let rows = events.into_iter().skip(offset).take(limit);
    let rows = rows.map(|(event, raw)| ManagedEvent::read(event, raw)).collect();
    Ok(Answer::ok(rows).beside("page", page))
}

fn is_meant(event: &CatalogueEvent, state: Option<Selected>) -> bool {
    match state {
        None | Some(Selected::All) => true,
        Some(Selected::Active) => event.can_be_chosen(),
        Some(Selected::Inactive) => !event.can_be_chosen(),
    }
}

fn part(wanted: &Wanted) -> Result<(usize, usize), Failure> {
    let (offset, limit) = (wanted.offset.unwrap_or_default(), wanted.limit.unwrap_or(ROWS));
    let mut details = Vec::new();
    let mut bound = |field: &str, value: usize, range: std::ops::RangeInclusive<usize>| {
        if !range.contains(&value) {
            let message = format!("{field} is from {} to {}", range.start(), range.end());
            let (field, code) = (field.to_owned(), "out_of_range".to_owned());
            details.push(Detail { field, code, message });
        }
    };
    bound("offset", offset, 0..=OFFSET_MAX);
    bound("limit", limit, 1..=ROWS_MAX);
    if details.is_empty() {
        Ok((offset, limit))
    } else {
        Err(Failure::invalid("VALIDATION_ERROR", details))
    }
}
