//! The catalogue: every event, offered or not, with a filter that reads as a sentence.

use std::collections::HashMap;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use bson::{RawDocumentBuf, doc, oid::ObjectId};
use quotes_core::{
    event::CatalogueEvent,
    fold::fold,
    money::{Currency, Money},
};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    filters,
    shell::{At, Reader, Shell, page},
    words::counted,
};
use crate::{
    api::{
        categories::Category,
        events::choosing::{has_words, place},
    },
    app::Shared,
    failure::Failure,
    take::Query,
};

const ROWS: usize = 50;
/// Before it, quotes are not known by their events.
const MIGRATION: &str = "010";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/events", get(list))
}

#[derive(Template)]
#[template(path = "pages/events.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    sentence: String,
    categories: Vec<Category>,
    destinations: Vec<String>,
    rows: Vec<Row>,
    /// `1 to 50 of 142`.
    part: String,
    previous: Option<String>,
    next: Option<String>,
}

/// What is asked for, as the form shows it again.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    search: String,
    #[serde(default)]
    destination: String,
    /// Id of a category.
    #[serde(default)]
    category: String,
    /// `true`, `false`, or any.
    #[serde(default)]
    active: String,
    #[serde(default)]
    offset: String,
    /// What was done on the way here.
    #[serde(default)]
    done: String,
}

struct Row {
    id: Option<String>,
    name: String,
    description: String,
    destinations: String,
    categories: String,
    minimum: String,
    on_quotes: String,
    price: Option<String>,
    /// Something stands there that is no price.
    is_price_odd: bool,
    state: Standing,
    marks: usize,
}

/// Whether an event can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can.
    Offered,
    /// Somebody took it off.
    NotOffered,
    /// The application before this one deleted it.
    Deleted,
}

impl Standing {
    pub(super) fn of(event: &CatalogueEvent) -> Self {
        match event {
            CatalogueEvent { deleted_at: Some(_), .. } => Self::Deleted,
            CatalogueEvent { active: true, .. } => Self::Offered,
            CatalogueEvent { active: false, .. } => Self::NotOffered,
        }
    }

    /// Its colour and shape.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Offered => "done",
            Self::NotOffered => "calm",
            Self::Deleted => "danger",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::NotOffered => "no longer offered",
            Self::Deleted => "deleted",
        }
    }
}

async fn list(
    State(app): State<Shared>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let (raw, categories) = tokio::try_join!(app.store.events(doc! {}), app.store.categories())?;
    let categories: Vec<Category> = categories.iter().map(Category::of).collect();
    let all: Vec<CatalogueEvent> =
        raw.iter().map(|raw: &RawDocumentBuf| CatalogueEvent::read(raw)).collect();
    let (sentence, destinations) = (in_words(&all), filters::destinations(&all));
    let mut found: Vec<CatalogueEvent> = all.into_iter().filter(|it| asked.means(it)).collect();
    found.sort_by_cached_key(place);
    let total = found.len();
    let offset = asked.offset.parse().unwrap_or(0).min(total);
    let shown: Vec<CatalogueEvent> = found.into_iter().skip(offset).take(ROWS).collect();
    let on_quotes = on_quotes(&app, &shown).await;
    let end = offset + shown.len();
    let page_of_it = Page {
        shell: reader.shell(At::Events),
        sentence,
        rows: shown.into_iter().map(|it| Row::of(it, &categories, &on_quotes)).collect(),
        part: format!("{} to {end} of {total}", (offset + 1).min(end)),
        previous: (offset > 0).then(|| asked.part(offset.saturating_sub(ROWS))),
        next: (end < total).then(|| asked.part(end)),
        categories,
        destinations,
        asked,
    };
    Ok(page(StatusCode::OK, &page_of_it))
}

/// On how many quotes each is, in words. It is beside the point of the list: where counting fails or
/// takes long, the list is shown without.
async fn on_quotes(app: &Shared, events: &[CatalogueEvent]) -> HashMap<ObjectId, String> {
    if app.needs.lacks(MIGRATION) {
        return HashMap::new();
    }
    let ids: Vec<ObjectId> = events.iter().filter_map(|event| event.id).collect();
    let counted = app.store.quotes_with_events(&ids).await.unwrap_or_default();
    let most = crate::store::events::LISTED_USES_MAX;
    let word = |count: u64| if count >= most { format!("{most}+") } else { count.to_string() };
    counted.into_iter().map(|(id, count)| (id, word(count))).collect()
}

/// What an event costs, if that is known.
pub(super) fn price(unit: Option<Decimal>, currency: Currency) -> Option<String> {
    Some(Money::from_decimal(unit?, currency)?.to_string())
}

fn in_words(events: &[CatalogueEvent]) -> String {
    let count = |is: fn(&&CatalogueEvent) -> bool| events.iter().filter(is).count();
    let some = |count: usize, words: &str| (count > 0).then(|| format!("{count} {words}"));
    let parts = [
        Some(counted(events.len() as u64, ("event", "events"))),
        some(count(|it| !it.can_be_chosen()), "of them not offered"),
        some(count(|it| it.unit.is_none()), "with a price on request"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl Asked {
    fn means(&self, event: &CatalogueEvent) -> bool {
        let category = ObjectId::parse_str(&self.category).ok();
        let is_in = |id: ObjectId| event.categories.contains(&id);
        event.is_offered_in(Some(self.destination.as_str()))
            && (self.category.is_empty() || category.is_some_and(is_in))
            && has_words(event, &fold(&self.search))
            && match self.active.as_str() {
                "true" => event.can_be_chosen(),
                "false" => !event.can_be_chosen(),
                _ => true,
            }
    }

    fn is_filtered(&self) -> bool {
        [&self.search, &self.destination, &self.category, &self.active]
            .iter()
            .any(|it| !it.is_empty())
    }

    fn part(&self, offset: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("search", &self.search),
            ("destination", &self.destination),
            ("category", &self.category),
            ("active", &self.active),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/events?{}", query.append_pair("offset", &offset.to_string()).finish())
    }

    fn category_in_words<'a>(&self, categories: &'a [Category]) -> &'a str {
        match categories.iter().find(|it| it.is(&self.category)) {
            Some(category) => &category.name,
            None if self.category.is_empty() => "any category",
            None => "a category that is not known",
        }
    }

    fn active_in_words(&self) -> &'static str {
        match self.active.as_str() {
            "true" => "offered",
            "false" => "not offered",
            _ => "offered or not",
        }
    }
}

impl Row {
    fn of(
        event: CatalogueEvent,
        categories: &[Category],
        on_quotes: &HashMap<ObjectId, String>,
    ) -> Self {
        let state = Standing::of(&event);
        let name_of = |id: &ObjectId| {
            let found = categories.iter().find(|it| it.object_id() == Some(*id));
            found.map_or("unknown", |it| it.name.as_str())
        };
        let on_quotes = event.id.and_then(|id| on_quotes.get(&id).cloned());
        let minimum = event.minimum_people.filter(|it| *it > 1);
        Self {
            id: event.id.map(ObjectId::to_hex),
            categories: event.categories.iter().map(name_of).collect::<Vec<_>>().join(", "),
            destinations: match event.everywhere {
                true => "everywhere".to_owned(),
                false => event.destinations.join(", "),
            },
            description: first_line(event.description.as_deref().unwrap_or_default()),
            minimum: minimum.map(|it| it.to_string()).unwrap_or_default(),
            on_quotes: on_quotes.unwrap_or_default(),
            price: price(event.unit, event.currency),
            is_price_odd: event.marks.iter().any(|mark| mark.field.starts_with("pricing")),
            marks: event.marks.len(),
            name: event.name,
            state,
        }
    }
}

fn first_line(text: &str) -> String {
    const CHARACTERS_MAX: usize = 100;
    let first = text.lines().next().unwrap_or_default().trim();
    match first.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &first[..end]),
        None => first.to_owned(),
    }
}
