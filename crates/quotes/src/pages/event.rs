//! One event of the catalogue: made, changed, taken off, offered again, deleted while it is on no quote.

mod meanwhile;
mod typed;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::{RawDocumentBuf, oid::ObjectId};
use quotes_core::{event::CatalogueEvent, quote::revision};
use serde_json::{Map, Value, json};

use super::{
    came::Came,
    events::Standing,
    filled::{Filled, Typed, by_name, can_be_mended, shown_again},
    posted::Posted,
    shell::{At, Reader, Shell, page},
    words::Time,
};
use crate::{
    api::{categories::Category, events::change},
    app::Shared,
    failure::Failure,
    store::{catalogue::Editor, events::not_found},
    take::{Id, Query},
};
use meanwhile::Meanwhile;

/// Prices are in one of these, or in what stands there already.
const CURRENCIES: [&str; 8] = ["GBP", "EUR", "USD", "CZK", "HUF", "PLN", "DKK", "SEK"];

const OVERTAKEN: &str = "Somebody else changed this meanwhile, so nothing was saved.";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/events/new", get(new).post(create))
        .route("/events/{id}", get(edit).post(save))
        .route("/events/{id}/activate", post(activate))
        .route("/events/{id}/deactivate", post(deactivate))
        .route("/events/{id}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "pages/event.html")]
struct Page {
    shell: Shell,
    heading: String,
    /// Where it is sent; a draft in the browser is kept under it, too.
    action: String,
    filled: Filled,
    revision: String,
    currencies: Vec<String>,
    categories: Vec<Choice>,
    /// Nothing, of a new one.
    there: Option<There>,
    /// What somebody else wrote meanwhile, where something else was typed.
    meanwhile: Vec<Meanwhile>,
    done: Option<Done>,
}

struct Choice {
    id: String,
    name: String,
    is_active: bool,
}

/// An event that is in the database.
struct There {
    id: String,
    state: Standing,
    /// On how many quotes.
    on_quotes: String,
    is_unused: bool,
    changed: Option<Time>,
    by: Option<String>,
    marks: Vec<(String, String)>,
}

struct Done {
    words: &'static str,
    /// A draft in the browser that is not needed any more.
    draft: Option<String>,
    undo: Option<&'static str>,
}

async fn new(State(app): State<Shared>, reader: Reader) -> Result<Response, Failure> {
    let shown = Page::of_new(&app, &reader, Filled::with(typed::blank())).await?;
    Ok(page(StatusCode::OK, &shown))
}

async fn create(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    posted: Posted,
) -> Result<Response, Failure> {
    let filled = Filled::sent(&posted);
    let made = async {
        let (edit, _warnings) = change::creation(&typed::fields(&filled.typed))?;
        app.store.create_event(&editor, edit).await.map_err(by_name)
    };
    match made.await {
        Ok(raw) => {
            let id = CatalogueEvent::read(&raw).id.ok_or_else(not_found)?;
            Ok(Redirect::to(&format!("/events/{id}?done=made")).into_response())
        }
        Err(failure) if can_be_mended(&failure) => {
            let filled = filled.refused(&failure, typed::LABELS);
            Ok(shown_again(&failure, &Page::of_new(&app, &reader, filled).await?))
        }
        Err(failure) => Err(failure),
    }
}

async fn edit(
    State(app): State<Shared>,
    reader: Reader,
    Id(id): Id,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let raw = app.store.event(parsed(&id)?).await?;
    let filled = Filled::with(typed::of(&CatalogueEvent::read(&raw)));
    let mut shown = Page::of_event(&app, &reader, &raw, filled).await?;
    shown.done = came.done.and_then(|done| Done::of(&done, &shown.action));
    Ok(page(StatusCode::OK, &shown))
}

async fn save(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = parsed(&id)?;
    let present = app.store.event(id).await?;
    let filled = Filled::sent(&posted);
    let mut fields = typed::changes(&filled.typed, &CatalogueEvent::read(&present));
    if let Some(seen) = posted.text("revision") {
        fields.insert("revision".to_owned(), seen.into());
    }
    match put(&app, &editor, id, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("/events/{id}?done=saved")).into_response()),
        Err(failure) if can_be_mended(&failure) => {
            // It may have been changed since it was read above.
            let raw = app.store.event(id).await?;
            let event = CatalogueEvent::read(&raw);
            let meanwhile = match failure.code {
                "VERSION_CONFLICT" => meanwhile::seen(&filled.typed, &event),
                _ => Vec::new(),
            };
            let mut filled = filled.refused(&failure, typed::LABELS);
            if failure.code == "VERSION_CONFLICT" {
                filled.problem = Some(OVERTAKEN.to_owned());
            }
            let shown = Page::of_event(&app, &reader, &raw, filled).await?;
            Ok(shown_again(&failure, &Page { meanwhile, ..shown }))
        }
        Err(failure) => Err(failure),
    }
}

async fn activate(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    Id(id): Id,
) -> Result<Response, Failure> {
    offer(&app, (&reader, &editor), &id, true).await
}

async fn deactivate(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    Id(id): Id,
) -> Result<Response, Failure> {
    offer(&app, (&reader, &editor), &id, false).await
}

async fn offer(
    app: &Shared,
    (reader, editor): (&Reader, &Editor),
    id: &str,
    is_active: bool,
) -> Result<Response, Failure> {
    let id = parsed(id)?;
    let fields = Map::from_iter([("isActive".to_owned(), json!(is_active))]);
    let done = if is_active { "on" } else { "off" };
    match put(app, editor, id, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("/events/{id}?done={done}")).into_response()),
        Err(failure) => not_done(app, reader, id, failure).await,
    }
}

async fn delete(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    Id(id): Id,
) -> Result<Response, Failure> {
    let id = parsed(&id)?;
    match app.store.delete_event(&editor, id).await {
        Ok(()) => Ok(Redirect::to("/events?done=deleted").into_response()),
        Err(failure) => not_done(&app, &reader, id, failure).await,
    }
}

/// The event as it is, and why nothing was done with it.
async fn not_done(
    app: &Shared,
    reader: &Reader,
    id: ObjectId,
    failure: Failure,
) -> Result<Response, Failure> {
    if !can_be_mended(&failure) || failure.status == StatusCode::NOT_FOUND {
        return Err(failure);
    }
    let raw = app.store.event(id).await?;
    let filled = Filled::with(typed::of(&CatalogueEvent::read(&raw)));
    let filled = filled.refused(&failure, typed::LABELS);
    Ok(shown_again(&failure, &Page::of_event(app, reader, &raw, filled).await?))
}

async fn put(
    app: &Shared,
    editor: &Editor,
    id: ObjectId,
    fields: &Map<String, Value>,
) -> Result<(), Failure> {
    let (edit, seen, _warnings) = change::edit(fields)?;
    app.store.edit_event(editor, (id, seen), edit).await.map(drop).map_err(by_name)
}

fn parsed(id: &str) -> Result<ObjectId, Failure> {
    ObjectId::parse_str(id).map_err(|_no_id| not_found())
}

impl Page {
    async fn of_new(app: &Shared, reader: &Reader, filled: Filled) -> Result<Self, Failure> {
        Ok(Self {
            shell: reader.shell(At::Events),
            heading: "New event".to_owned(),
            action: "/events/new".to_owned(),
            revision: String::new(),
            currencies: currencies(&filled.typed),
            categories: categories(app, &filled.typed).await?,
            filled,
            there: None,
            meanwhile: Vec::new(),
            done: None,
        })
    }

    async fn of_event(
        app: &Shared,
        reader: &Reader,
        raw: &RawDocumentBuf,
        filled: Filled,
    ) -> Result<Self, Failure> {
        let event = CatalogueEvent::read(raw);
        let id = event.id.ok_or_else(not_found)?;
        let name = event.name.trim();
        Ok(Self {
            heading: if name.is_empty() { "An event without a name" } else { name }.to_owned(),
            action: format!("/events/{id}"),
            revision: revision(raw),
            there: Some(There::of(app, id, &event).await?),
            ..Self::of_new(app, reader, filled).await?
        })
    }
}

impl There {
    async fn of(app: &Shared, id: ObjectId, event: &CatalogueEvent) -> Result<Self, Failure> {
        let by = event.record.updated_by.or(event.record.created_by);
        let names = app.store.names_of_users(&by.into_iter().collect()).await?;
        let uses = app.store.quotes_with_event(id).await?;
        Ok(Self {
            id: id.to_hex(),
            state: Standing::of(event),
            is_unused: uses == 0,
            on_quotes: match uses {
                0 => "on no quote".to_owned(),
                1 => "on 1 quote".to_owned(),
                several if several >= crate::store::events::USES_MAX => {
                    format!("on {several} quotes or more")
                }
                several => format!("on {several} quotes"),
            },
            changed: event.record.updated_at.or(event.record.created_at).map(Time::ago),
            by: by.and_then(|id| names.get(&id).cloned()),
            marks: event
                .marks
                .iter()
                .map(|mark| (mark.field.clone(), mark.found.clone()))
                .collect(),
        })
    }
}

impl Done {
    fn of(done: &str, action: &str) -> Option<Self> {
        let saved = |draft: &str| Some(draft.to_owned());
        let (words, draft, undo) = match done {
            "made" => ("It is in the catalogue.", saved("/events/new"), None),
            "saved" => ("It is saved.", saved(action), None),
            "on" => ("It is offered again.", None, Some("deactivate")),
            "off" => {
                ("It is no longer offered. Quotes that have it keep it.", None, Some("activate"))
            }
            _ => return None,
        };
        Some(Self { words, draft, undo })
    }
}

async fn categories(app: &Shared, typed: &Typed) -> Result<Vec<Choice>, Failure> {
    let known = app.store.categories().await?;
    let known: Vec<Category> = known.iter().map(Category::of).collect();
    let mut choices: Vec<Choice> = known
        .iter()
        .filter_map(|it| {
            let (id, name) = (it.object_id()?.to_hex(), it.name.clone());
            Some(Choice { id, name, is_active: it.is_active() })
        })
        .collect();
    for id in typed.all("categories") {
        if !choices.iter().any(|it| it.id == id) {
            let name = "one that is gone".to_owned();
            choices.push(Choice { id: id.to_owned(), name, is_active: false });
        }
    }
    Ok(choices)
}

fn currencies(typed: &Typed) -> Vec<String> {
    let mut currencies: Vec<String> = CURRENCIES.map(str::to_owned).into();
    if let Some(other) = typed.text("pricing.currency")
        && !CURRENCIES.contains(&other)
    {
        currencies.push(other.to_owned());
    }
    currencies
}
