//! Categories of events: all of them, and the form of one.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::{RawDocumentBuf, oid::ObjectId};
use serde_json::{Map, Value, json};

use super::{
    came::Came,
    filled::{Filled, Labels, Typed, by_name, can_be_mended, number, shown_again},
    posted::{Pairs, Posted},
    shell::{At, Reader, Shell, page},
};
use crate::{
    api::categories::{Category, change},
    app::Shared,
    failure::Failure,
    store::{catalogue::Editor, categories::not_found},
    take::{Id, Query},
};

/// The fields, and what the page calls them.
const LABELS: Labels = &[
    ("name", "Name"),
    ("icon", "Icon"),
    ("color", "Colour"),
    ("displayOrder", "Order"),
    ("isActive", "Shown"),
];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/events/categories", get(list))
        .route("/events/categories/new", get(new).post(create))
        .route("/events/categories/{id}", get(edit).post(save))
        .route("/events/categories/{id}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "pages/categories.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
    done: Option<&'static str>,
}

struct Row {
    category: Category,
    id: Option<String>,
    events: u32,
}

#[derive(Template)]
#[template(path = "pages/category.html")]
struct Page {
    shell: Shell,
    heading: String,
    action: String,
    filled: Filled,
    /// Nothing, of a new one.
    there: Option<There>,
}

/// A category that is in the database.
struct There {
    id: String,
    slug: String,
    revision: String,
    is_system: bool,
    events: u32,
}

async fn list(
    State(app): State<Shared>,
    reader: Reader,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let (categories, counts) =
        tokio::try_join!(app.store.categories(), app.store.events_by_category())?;
    let row = |raw| {
        let category = Category::of(raw);
        let id = category.object_id();
        let events = id.and_then(|id| counts.get(&id).copied()).unwrap_or_default();
        Row { category, id: id.map(ObjectId::to_hex), events }
    };
    let done = match came.done.as_deref() {
        Some("made") => Some("The category is there."),
        Some("saved") => Some("The category is saved."),
        Some("deleted") => Some("The category was deleted."),
        _ => None,
    };
    let shell = reader.shell(At::Events);
    Ok(page(StatusCode::OK, &List { shell, rows: categories.iter().map(row).collect(), done }))
}

async fn new(reader: Reader) -> Response {
    let typed = [("displayOrder", "0"), ("isActive", "true")];
    let typed: Pairs = typed.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    page(StatusCode::OK, &Page::of_new(&reader, Filled::with(typed)))
}

async fn create(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    posted: Posted,
) -> Result<Response, Failure> {
    let filled = Filled::sent(&posted);
    let made = async {
        let (edit, slug, _warnings) = change::creation(&fields(&filled.typed))?;
        app.store.create_category(&editor, edit, slug).await.map_err(by_name)
    };
    match made.await {
        Ok(_raw) => Ok(Redirect::to("/events/categories?done=made").into_response()),
        Err(failure) if can_be_mended(&failure) => {
            let filled = filled.refused(&failure, LABELS);
            Ok(shown_again(&failure, &Page::of_new(&reader, filled)))
        }
        Err(failure) => Err(failure),
    }
}

async fn edit(State(app): State<Shared>, reader: Reader, Id(id): Id) -> Result<Response, Failure> {
    let raw = app.store.category(parsed(&id)?).await?;
    let filled = Filled::with(typed(&Category::of(&raw)));
    Ok(page(StatusCode::OK, &Page::of_category(&app, &reader, &raw, filled).await?))
}

async fn save(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = parsed(&id)?;
    let present = Category::of(&app.store.category(id).await?);
    let filled = Filled::sent(&posted);
    let before = fields(&Typed(typed(&present)));
    // What nobody touched is not sent: it may be odd, and stays as it is.
    let mut fields = fields(&filled.typed);
    fields.retain(|name, value| before.get(name) != Some(value));
    if let Some(seen) = posted.text("revision") {
        fields.insert("revision".to_owned(), seen.into());
    }
    let saved = async {
        let (edit, seen, _warnings) = change::edit(&fields)?;
        app.store.edit_category(&editor, (id, seen), edit).await.map_err(by_name)
    };
    match saved.await {
        Ok(_raw) => Ok(Redirect::to("/events/categories?done=saved").into_response()),
        Err(failure) => not_done(&app, &reader, id, (filled, failure)).await,
    }
}

async fn delete(
    State(app): State<Shared>,
    reader: Reader,
    editor: Editor,
    Id(id): Id,
) -> Result<Response, Failure> {
    let id = parsed(&id)?;
    match app.store.delete_category(&editor, id).await {
        Ok(()) => Ok(Redirect::to("/events/categories?done=deleted").into_response()),
        Err(failure) => {
            let typed = typed(&Category::of(&app.store.category(id).await?));
            not_done(&app, &reader, id, (Filled::with(typed), failure)).await
        }
    }
}

/// The category as it is now, what was typed, and why nothing was done.
async fn not_done(
    app: &Shared,
    reader: &Reader,
    id: ObjectId,
    (filled, failure): (Filled, Failure),
) -> Result<Response, Failure> {
    if !can_be_mended(&failure) || failure.status == StatusCode::NOT_FOUND {
        return Err(failure);
    }
    let raw = app.store.category(id).await?;
    let mut filled = filled.refused(&failure, LABELS);
    if failure.code == "VERSION_CONFLICT" {
        let now = Category::of(&raw);
        filled.problem = Some(format!(
            "Somebody else changed it meanwhile: it is called “{}” now, and is {} with order {}. \
             What you typed is kept, and saving again writes it.",
            now.name,
            if now.is_active { "shown" } else { "hidden" },
            now.display_order,
        ));
    }
    Ok(shown_again(&failure, &Page::of_category(app, reader, &raw, filled).await?))
}

fn typed(category: &Category) -> Pairs {
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut typed = vec![
        ("name".to_owned(), category.name.clone()),
        ("icon".to_owned(), optional(&category.icon)),
        ("color".to_owned(), optional(&category.color)),
        ("displayOrder".to_owned(), category.display_order.to_string()),
    ];
    if category.is_active {
        typed.push(("isActive".to_owned(), "true".to_owned()));
    }
    typed
}

/// What the API would be sent for all of it.
fn fields(typed: &Typed) -> Map<String, Value> {
    let optional = |name| typed.text(name).map_or(Value::Null, Value::from);
    let fields = json!({
        "name": typed.get("name").trim(),
        "icon": optional("icon"),
        "color": optional("color"),
        "displayOrder": number(typed.text("displayOrder").unwrap_or("0")),
        "isActive": typed.has("isActive", "true"),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn parsed(id: &str) -> Result<ObjectId, Failure> {
    ObjectId::parse_str(id).map_err(|_no_id| not_found())
}

impl Page {
    fn of_new(reader: &Reader, filled: Filled) -> Self {
        Self {
            shell: reader.shell(At::Events),
            heading: "New category".to_owned(),
            action: "/events/categories/new".to_owned(),
            filled,
            there: None,
        }
    }

    async fn of_category(
        app: &Shared,
        reader: &Reader,
        raw: &RawDocumentBuf,
        filled: Filled,
    ) -> Result<Self, Failure> {
        let category = Category::of(raw);
        let id = category.object_id().ok_or_else(not_found)?;
        let events = app.store.events_by_category().await?.get(&id).copied();
        let name = category.name.trim();
        Ok(Self {
            heading: if name.is_empty() { "A category without a name" } else { name }.to_owned(),
            action: format!("/events/categories/{id}"),
            there: Some(There {
                id: id.to_hex(),
                slug: category.slug.unwrap_or_default(),
                revision: category.revision,
                is_system: category.is_system,
                events: events.unwrap_or_default(),
            }),
            ..Self::of_new(reader, filled)
        })
    }
}
