//! Categories of events: for administrators.

pub(crate) mod change;
mod view;

use axum::extract::State;
use bson::oid::ObjectId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::removed::Removed;
use crate::{
    answer::{Answer, Outcome},
    app::Shared,
    failure::Failure,
    store::{catalogue::Editor, categories::not_found},
    take::{Fields, Id, IfMatch},
};

pub(crate) use view::Category;

use self::{
    change::{CategoryChange, NewCategory},
    view::CategoryInUse,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, remove))
}

/// All categories, with how many events each has.
#[utoipa::path(
    get,
    path = "/api/admin/events/categories",
    tag = "catalogue",
    operation_id = "list_categories",
    responses((status = 200, description = "By displayOrder, then name", body = [CategoryInUse]))
)]
async fn list(State(app): State<Shared>) -> Outcome<Vec<CategoryInUse>> {
    let (categories, counts) =
        tokio::try_join!(app.store.categories(), app.store.events_by_category())?;
    let view = |raw| {
        let category = Category::of(raw);
        let events = category.object_id().and_then(|id| counts.get(&id).copied());
        CategoryInUse { category, events: events.unwrap_or_default() }
    };
    Ok(Answer::ok(categories.iter().map(view).collect()))
}

/// Adds a category.
///
/// Its slug is made from its name, and stays when the name changes.
#[utoipa::path(
    post,
    path = "/api/admin/events/categories",
    tag = "catalogue",
    operation_id = "create_category",
    request_body = NewCategory,
    responses(
        (status = 201, description = "It is there", body = Category),
        (status = 409, description = "`NAME_TAKEN`: there is one of that name or slug")
    )
)]
async fn create(
    State(app): State<Shared>,
    editor: Editor,
    Fields(fields): Fields,
) -> Outcome<Category> {
    let (edit, slug, warnings) = change::creation(&fields)?;
    let raw = app.store.create_category(&editor, edit, slug).await?;
    Ok(Answer::created(Category::of(&raw)).warn(warnings))
}

/// One category.
#[utoipa::path(
    get,
    path = "/api/admin/events/categories/{id}",
    tag = "catalogue",
    operation_id = "read_category",
    params(("id" = String, Path, description = "`_id`", example = "65a1f0c2e4b0a1b2c3d4e5f6")),
    responses(
        (status = 200, description = "The category", body = Category),
        (status = 404, description = "`CATEGORY_NOT_FOUND`")
    )
)]
async fn read(State(app): State<Shared>, Id(id): Id) -> Outcome<Category> {
    let raw = app.store.category(parsed(&id)?).await?;
    Ok(Answer::ok(Category::of(&raw)))
}

/// Changes the fields that are sent.
///
/// `If-Match` or the field `revision` names the revision that was seen; when another stands by now,
/// nothing changes.
#[utoipa::path(
    put,
    path = "/api/admin/events/categories/{id}",
    tag = "catalogue",
    operation_id = "update_category",
    params(
        ("id" = String, Path, description = "`_id`"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    request_body = CategoryChange,
    responses(
        (status = 200, description = "As it is now", body = Category),
        (status = 404, description = "`CATEGORY_NOT_FOUND`"),
        (status = 409, description = "`VERSION_CONFLICT`: changed meanwhile. `NAME_TAKEN`: there is one of that name")
    )
)]
async fn update(
    State(app): State<Shared>,
    editor: Editor,
    Id(id): Id,
    IfMatch(header): IfMatch,
    Fields(fields): Fields,
) -> Outcome<Category> {
    let id = parsed(&id)?;
    let (edit, seen, warnings) = change::edit(&fields)?;
    let raw = app.store.edit_category(&editor, (id, header.or(seen)), edit).await?;
    Ok(Answer::ok(Category::of(&raw)).warn(warnings))
}

/// Removes a category that no event has.
#[utoipa::path(
    delete,
    path = "/api/admin/events/categories/{id}",
    tag = "catalogue",
    operation_id = "delete_category",
    params(("id" = String, Path, description = "`_id`")),
    responses(
        (status = 200, description = "It is gone", body = Removed),
        (status = 404, description = "`CATEGORY_NOT_FOUND`"),
        (status = 409, description = "`SYSTEM_CATEGORY`: never removed. `CATEGORY_IN_USE`: events have it")
    )
)]
async fn remove(State(app): State<Shared>, editor: Editor, Id(id): Id) -> Outcome<Removed> {
    let id = parsed(&id)?;
    app.store.delete_category(&editor, id).await?;
    Ok(Answer::ok(Removed { id: id.to_hex() }))
}

fn parsed(id: &str) -> Result<ObjectId, Failure> {
    ObjectId::parse_str(id).map_err(|_| not_found())
}
