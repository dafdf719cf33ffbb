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
use url::Url;

use super::{
    posted::Posted,
    shell::{At, Reader, Shell, page},
    words::{Time, moment},
};
use crate::{
    app::Shared,
    failure::Failure,
    store::{
        author::Author,
        problems::{Problem, Problems, not_found},
    },
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
        page: it.page.and_then(|page| ours(&app.settings.public_url, &page)),
        at: it.at.and_then(moment).map(Time::full),
        id: it.id.to_hex(),
        text: it.text,
        request: it.request,
        is_closed: it.closed.is_some(),
    };
    let closed = match id(wanted.closed) {
        Some(id) if Problem::is_closed(&app.store, id).await? => Some(id.to_hex()),
        _ => None,
    };
    let shown = Page {
        shell: reader.shell(At::Operations),
        rows: shown.into_iter().map(row).collect(),
        next: last.map(|id| format!("{PATH}?{query}before={id}")),
        undo: closed,
        all,
    };
    Ok(page(StatusCode::OK, &shown))
}

/// A page of this application, as a link leads there: whoever reports can write anything.
fn ours(public: &Url, page: &str) -> Option<String> {
    let there = public.join(page).ok().filter(|it| it.origin() == public.origin())?;
    page.starts_with('/').then(|| there.path().to_owned())
}

/// Back to the list in which a button was pressed.
fn back(posted: &Posted, closed: Option<ObjectId>) -> Redirect {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if posted.text("all") == Some("yes") {
        query.append_pair("all", "yes");
    }
    if let Some(id) = closed {
        query.append_pair("closed", &id.to_hex());
    }
    let query = query.finish();
    Redirect::to(&if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") })
}

async fn close(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = marked(&app, &author, &id, true).await?;
    Ok(back(&posted, Some(id)).into_response())
}

async fn reopen(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    marked(&app, &author, &id, false).await?;
    Ok(back(&posted, None).into_response())
}

async fn marked(
    app: &Shared,
    author: &Author,
    id: &str,
    is_done: bool,
) -> Result<ObjectId, Failure> {
    let id = ObjectId::parse_str(id).map_err(|_malformed| not_found())?;
    Problem::mark(&app.store, author, (id, is_done)).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::{Url, ours};

    #[test]
    fn only_pages_of_ours_are_led_to() {
        let public = Url::parse("https://quotes.agency.example/").unwrap();
        let page = |text| ours(&public, text);
        assert_eq!(page("/quotes/Q1?done=new").as_deref(), Some("/quotes/Q1"));
        for elsewhere in [
            "//evil.example/",
            "/\\evil.example/x",
            "/\t/evil.example",
            "quotes",
            "",
            "https://evil.example/",
            "javascript:alert(1)",
        ] {
            assert_eq!(page(elsewhere), None, "{elsewhere}");
        }
    }
}
