//! What people reported, for administrators: to be read, and marked as dealt with.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::oid::ObjectId;
use serde::Deserialize;

use super::{
    shell::{At, Reader, Shell, page},
    words::{Time, moment},
};
use crate::{
    app::Shared,
    failure::Failure,
    operations::{Problem, Problems},
    store::author::Author,
    take::{Id, Query},
};

const PATH: &str = "/operations/problems";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route(PATH, get(list))
        .route("/operations/problems/{id}/close", post(close))
        .route("/operations/problems/{id}/reopen", post(reopen))
}

#[derive(Template)]
#[template(path = "pages/problems.html")]
struct Page {
    shell: Shell,
    rows: Vec<Row>,
    /// Those that are dealt with are shown too.
    all: bool,
    /// Older ones.
    next: Option<String>,
    /// One that was just dealt with.
    undo: Option<String>,
}

struct Row {
    id: String,
    text: String,
    /// Where they were: a path of this application leads there.
    page: Option<String>,
    who: Option<(String, String)>,
    request: Option<String>,
    at: Option<Time>,
    is_closed: bool,
}

/// Which part of the list.
#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    all: String,
    before: Option<String>,
    closed: Option<String>,
}

async fn list(
    State(app): State<Shared>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let id = |text: Option<String>| text.and_then(|id| ObjectId::parse_str(id).ok());
    let (all, before) = (wanted.all == "yes", id(wanted.before));
    let Problems { shown, more } = Problems::list(&app.store, !all, before).await?;
    let people: BTreeSet<ObjectId> = shown.iter().filter_map(|it| it.user).collect();
    let names = app.store.names_of_users(&people).await?;
    let last = shown.last().map(|it| it.id.to_hex()).filter(|_| more);
    let query = if all { "all=yes&" } else { "" };
    let row = |it: Problem| Row {
        who: it.user.map(|id| (id.to_hex(), names.get(&id).cloned().unwrap_or_default())),
        page: it.page.filter(|page| page.starts_with('/') && !page.starts_with("//")),
        at: it.at.and_then(moment).map(Time::full),
        id: it.id.to_hex(),
        text: it.text,
        request: it.request,
        is_closed: it.closed.is_some(),
    };
    let shown = Page {
        shell: reader.shell(At::Operations),
        rows: shown.into_iter().map(row).collect(),
        next: last.map(|id| format!("{PATH}?{query}before={id}")),
        undo: id(wanted.closed).map(ObjectId::to_hex),
        all,
    };
    Ok(page(StatusCode::OK, &shown))
}

async fn close(State(app): State<Shared>, author: Author, Id(id): Id) -> Result<Response, Failure> {
    let id = marked(&app, &author, &id, true).await?;
    Ok(Redirect::to(&format!("{PATH}?closed={id}")).into_response())
}

async fn reopen(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
) -> Result<Response, Failure> {
    marked(&app, &author, &id, false).await?;
    Ok(Redirect::to(PATH).into_response())
}

async fn marked(
    app: &Shared,
    author: &Author,
    id: &str,
    is_done: bool,
) -> Result<ObjectId, Failure> {
    let unknown = || Failure::not_found("PROBLEM_NOT_FOUND", "there is no such report");
    let id = ObjectId::parse_str(id).map_err(|_malformed| unknown())?;
    Problem::mark(&app.store, author, (id, is_done)).await?;
    Ok(id)
}
