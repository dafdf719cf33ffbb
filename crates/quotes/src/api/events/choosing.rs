//! What can be chosen for a quote at a destination.

use std::collections::HashMap;

use axum::extract::State;
use bson::{RawDocumentBuf, doc, oid::ObjectId};
use quotes_core::{event::CatalogueEvent, fold::fold};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::view::Event;
use crate::{
    answer::{Answer, Outcome, Warning},
    api::categories::Category,
    app::Shared,
    failure::{Detail, Failure},
    take::Query,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(choices))
}

/// What is looked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only what is offered there, case and accents aside; everything while none is given.
    #[param(example = "Prague")]
    destination: Option<String>,
    /// Id or slug of a category.
    #[param(example = "stag")]
    category: Option<String>,
    /// Words that its name or description has, case and accents aside.
    #[param(example = "boat")]
    search: Option<String>,
}

/// A category that events can be narrowed down to.
#[derive(Debug, Serialize, ToSchema)]
struct CategoryCount {
    #[serde(flatten)]
    category: Category,
    /// How many of the events are in it, whichever category is asked for.
    count: u32,
}

/// The answer of `GET /api/events`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the envelope")]
struct EventChoices {
    #[schema(default = true)]
    success: bool,
    /// By displayOrder, then name.
    data: Vec<Event>,
    warnings: Vec<Warning>,
    /// Active categories, with counts.
    categories: Vec<CategoryCount>,
}

/// Active events, for choosing.
#[utoipa::path(
    get,
    path = "/api/events",
    tag = "catalogue",
    operation_id = "list_event_choices",
    params(Wanted),
    responses(
        (status = 200, description = "The events", body = EventChoices),
        (status = 422, description = "`VALIDATION_ERROR` with `unknown_category`: no category has that id or slug")
    )
)]
async fn choices(State(app): State<Shared>, Query(wanted): Query<Wanted>) -> Outcome<Vec<Event>> {
    let can_be_chosen = doc! { "isActive": { "$ne": false }, "deletedAt": null };
    let (raw, categories) =
        tokio::try_join!(app.store.events(can_be_chosen), app.store.categories())?;
    let categories: Vec<Category> = categories.iter().map(Category::of).collect();
    let category = meant(&categories, wanted.category.as_deref())?;
    let events = offered(&raw, &wanted);
    let counts = counted(categories, &events);
    let chosen =
        events.iter().filter(|event| category.is_none_or(|id| event.categories.contains(&id)));
    let counts = serde_json::to_value(counts)
        .map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
    Ok(Answer::ok(chosen.map(Event::of).collect()).beside("categories", counts))
}

/// What is offered there and has the words, in order.
fn offered(raw: &[RawDocumentBuf], wanted: &Wanted) -> Vec<CatalogueEvent> {
    let words = fold(wanted.search.as_deref().unwrap_or_default());
    let mut events: Vec<CatalogueEvent> = raw
        .iter()
        .map(|raw| CatalogueEvent::read(raw))
        .filter(|event| event.id.is_some() && event.can_be_chosen())
        .filter(|event| event.is_offered_in(wanted.destination.as_deref()))
        .filter(|event| has_words(event, &words))
        .collect();
    events.sort_by_cached_key(place);
    events
}

/// Where people see it.
pub(crate) fn place(event: &CatalogueEvent) -> (i64, String, Option<ObjectId>) {
    (event.order, fold(&event.name), event.id)
}

/// Every word is somewhere in name or description.
pub(crate) fn has_words(event: &CatalogueEvent, folded: &str) -> bool {
    if folded.is_empty() {
        return true;
    }
    let description = event.description.as_deref().unwrap_or_default();
    let text = fold(&format!("{} {description}", event.name));
    folded.split(' ').all(|word| text.contains(word))
}

/// The category that a filter means.
fn meant(categories: &[Category], wanted: Option<&str>) -> Result<Option<ObjectId>, Failure> {
    let Some(wanted) = wanted.map(str::trim).filter(|wanted| !wanted.is_empty()) else {
        return Ok(None);
    };
    let found =
        categories.iter().find(|category| category.is(wanted)).and_then(Category::object_id);
    let detail = || Detail {
        field: "category".to_owned(),
        code: "unknown_category".to_owned(),
        message: "no category has that id or slug".to_owned(),
    };
    found.map(Some).ok_or_else(|| Failure::invalid("VALIDATION_ERROR", vec![detail()]))
}

fn counted(categories: Vec<Category>, events: &[CatalogueEvent]) -> Vec<CategoryCount> {
    let mut counts: HashMap<ObjectId, u32> = HashMap::new();
    for category in events.iter().flat_map(|event| &event.categories) {
        *counts.entry(*category).or_default() += 1;
    }
    let count = |category: &Category| category.object_id().and_then(|id| counts.get(&id).copied());
    categories
        .into_iter()
        .filter(Category::is_active)
        .map(|category| CategoryCount { count: count(&category).unwrap_or_default(), category })
        .collect()
}
