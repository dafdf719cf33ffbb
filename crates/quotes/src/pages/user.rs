//! One account: its name and role, whether it is let in, another password.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::oid::ObjectId;
use serde_json::{Map, Value, json};

use super::{
    came::Came,
    filled::{Filled, Typed, can_be_mended, shown_again},
    posted::{Pairs, Posted},
    secret::Secret,
    shell::{At, Reader, Shell, page},
    users::{LABELS, by_field},
    words::{Time, moment},
};
use crate::{
    access::{self, ClientAddress, Standing, User},
    api::{
        accounts::{actor, user_id},
        users::change,
    },
    app::Shared,
    failure::Failure,
    take::{Id, Query},
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/users/{id}", get(read).post(save))
        .route("/users/{id}/approve", post(approve))
        .route("/users/{id}/disable", post(disable))
        .route("/users/{id}/reset-password", post(reset_password))
}

#[derive(Template)]
#[template(path = "pages/user.html")]
struct Page {
    shell: Shell,
    id: String,
    user: User,
    seen: Option<Time>,
    filled: Filled,
    done: Option<Done>,
}

struct Done {
    words: &'static str,
    undo: Option<&'static str>,
}

async fn read(
    State(app): State<Shared>,
    reader: Reader,
    Id(id): Id,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let user = found(&app, user_id(&id)?).await?;
    let filled = Filled::with(typed(&user));
    let shown = Page::of(&app, &reader, user, filled).await?;
    Ok(page(StatusCode::OK, &Page { done: came.done.as_deref().and_then(Done::of), ..shown }))
}

async fn save(
    State(app): State<Shared>,
    reader: Reader,
    address: ClientAddress,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = user_id(&id)?;
    let filled = Filled::sent(&posted);
    let before = fields(&Typed(typed(&found(&app, id).await?)));
    let mut fields = fields(&filled.typed);
    fields.retain(|name, value| before.get(name) != Some(value));
    put(&app, (&reader, address), (id, fields), (filled, "saved")).await
}

async fn approve(
    State(app): State<Shared>,
    reader: Reader,
    address: ClientAddress,
    Id(id): Id,
) -> Result<Response, Failure> {
    let id = user_id(&id)?;
    let filled = Filled::with(typed(&found(&app, id).await?));
    put(&app, (&reader, address), (id, let_in(true)), (filled, "approved")).await
}

async fn disable(
    State(app): State<Shared>,
    reader: Reader,
    address: ClientAddress,
    Id(id): Id,
) -> Result<Response, Failure> {
    let id = user_id(&id)?;
    let filled = Filled::with(typed(&found(&app, id).await?));
    put(&app, (&reader, address), (id, let_in(false)), (filled, "disabled")).await
}

async fn reset_password(
    State(app): State<Shared>,
    reader: Reader,
    address: ClientAddress,
    Id(id): Id,
) -> Result<Response, Failure> {
    let id = user_id(&id)?;
    let user = found(&app, id).await?;
    let actor = actor(&reader.principal(), address);
    let password = app.access.reset_password(id, None, actor).await?;
    let shown = Secret {
        shell: reader.shell(At::Users),
        heading: format!("{} has a new password", user.name),
        what: "The new password",
        secret: password.unwrap_or_default(),
        note: "The old one is void, and they are signed out everywhere.".to_owned(),
        back: ("/users", "To the users"),
    };
    Ok(page(StatusCode::OK, &shown))
}

async fn put(
    app: &Shared,
    (reader, address): (&Reader, ClientAddress),
    (id, fields): (ObjectId, Map<String, Value>),
    (filled, done): (Filled, &str),
) -> Result<Response, Failure> {
    let changed = async {
        let (change, _warnings) = change::edit(&fields)?;
        let actor = actor(&reader.principal(), address);
        app.access.change_user(id, &change, actor).await.map_err(by_field)
    };
    match changed.await {
        Ok(_user) => Ok(Redirect::to(&format!("/users/{id}?done={done}")).into_response()),
        Err(failure) if can_be_mended(&failure) && failure.status != StatusCode::NOT_FOUND => {
            let filled = filled.refused(&failure, LABELS);
            let user = found(app, id).await?;
            Ok(shown_again(&failure, &Page::of(app, reader, user, filled).await?))
        }
        Err(failure) => Err(failure),
    }
}

async fn found(app: &Shared, id: ObjectId) -> Result<User, Failure> {
    app.access.users.by_id(id).await?.ok_or_else(access::user_not_found)
}

fn let_in(is_approved: bool) -> Map<String, Value> {
    Map::from_iter([("isApproved".to_owned(), json!(is_approved))])
}

fn typed(user: &User) -> Pairs {
    let company = user.company.clone().unwrap_or_default();
    let role = user.role.word().to_owned();
    let typed = [("name", user.name.clone()), ("company", company), ("role", role)];
    typed.map(|(name, value)| (name.to_owned(), value)).into()
}

fn fields(typed: &Typed) -> Map<String, Value> {
    let text = |name: &str| (name.to_owned(), Value::from(typed.get(name).trim()));
    ["name", "company", "role"].map(text).into_iter().collect()
}

impl Page {
    async fn of(
        app: &Shared,
        reader: &Reader,
        user: User,
        filled: Filled,
    ) -> Result<Self, Failure> {
        let seen = app.access.last_seen(&[user.id]).await?.get(&user.id).copied();
        let (shell, id) = (reader.shell(At::Users), user.id.to_hex());
        let seen = seen.and_then(moment).map(Time::ago);
        Ok(Self { shell, id, user, seen, filled, done: None })
    }
}

impl Done {
    fn of(done: &str) -> Option<Self> {
        let (words, undo) = match done {
            "saved" => ("It is saved.", None),
            "approved" => ("They are let in.", Some("disable")),
            "disabled" => {
                ("They are no longer let in, and signed out everywhere.", Some("approve"))
            }
            _ => return None,
        };
        Some(Self { words, undo })
    }
}
