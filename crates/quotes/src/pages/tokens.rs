//! API tokens, for administrators: what programs ask with.

use std::collections::HashMap;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::{DateTime, oid::ObjectId};
use serde_json::{Map, Value};

use super::{
    came::Came,
    filled::{Filled, Labels, Typed, can_be_mended, number, shown_again},
    posted::Posted,
    secret::Secret,
    shell::{At, Reader, Shell, page},
    words::{Time, moment},
};
use crate::{
    access::{ClientAddress, Scope, Token, token_not_found},
    api::{accounts::actor, tokens::wanted},
    app::Shared,
    failure::Failure,
    take::{Id, Query},
};

/// The fields, and what the page calls them.
const LABELS: Labels =
    &[("name", "What it is for"), ("scopes", "What it may do"), ("expiresInDays", "Days")];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/users/tokens", get(list).post(create))
        .route("/users/tokens/{id}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "pages/tokens.html")]
struct Page {
    shell: Shell,
    rows: Vec<Row>,
    filled: Filled,
    done: bool,
}

struct Row {
    id: String,
    name: String,
    owner: String,
    scopes: String,
    used: Option<Time>,
    state: Validity,
}

/// Whether a token lets anybody in.
#[derive(Debug)]
enum Validity {
    Valid { until: Option<Time> },
    Expired(Option<Time>),
    Revoked(Option<Time>),
}

async fn list(
    State(app): State<Shared>,
    reader: Reader,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let shown = Page::of(&app, &reader, Filled::default()).await?;
    let done = came.done.as_deref() == Some("revoked");
    Ok(page(StatusCode::OK, &Page { done, ..shown }))
}

async fn create(
    State(app): State<Shared>,
    reader: Reader,
    address: ClientAddress,
    posted: Posted,
) -> Result<Response, Failure> {
    let filled = Filled::sent(&posted);
    let made = async {
        let (new, _warnings) = wanted(&fields(&filled.typed), reader.person.id)?;
        app.access.create_token(new, actor(&reader.principal(), address)).await
    };
    match made.await {
        Ok((token, secret)) => {
            let shown = Secret {
                shell: reader.shell(At::Users),
                heading: format!("The token “{}” is made", token.name),
                what: "Its secret",
                secret,
                note: "A program sends it as Authorization: Bearer.".to_owned(),
                back: ("/users/tokens", "To the tokens"),
            };
            Ok(page(StatusCode::CREATED, &shown))
        }
        Err(failure) if can_be_mended(&failure) => {
            let filled = filled.refused(&failure, LABELS);
            Ok(shown_again(&failure, &Page::of(&app, &reader, filled).await?))
        }
        Err(failure) => Err(failure),
    }
}

async fn revoke(
    State(app): State<Shared>,
    reader: Reader,
    address: ClientAddress,
    Id(id): Id,
) -> Result<Response, Failure> {
    let id = ObjectId::parse_str(&id).map_err(|_no_id| token_not_found())?;
    app.access.revoke_token(id, actor(&reader.principal(), address)).await?;
    Ok(Redirect::to("/users/tokens?done=revoked").into_response())
}

/// What the API would be sent.
fn fields(typed: &Typed) -> Map<String, Value> {
    let scopes: Vec<Value> = typed.all("scopes").map(Value::from).collect();
    let mut fields = Map::from_iter([
        ("name".to_owned(), typed.get("name").trim().into()),
        ("scopes".to_owned(), scopes.into()),
    ]);
    if let Some(days) = typed.text("expiresInDays") {
        fields.insert("expiresInDays".to_owned(), number(days));
    }
    fields
}

impl Page {
    async fn of(app: &Shared, reader: &Reader, filled: Filled) -> Result<Self, Failure> {
        let tokens = app.access.tokens.list().await?;
        let owners = tokens.iter().map(|token| token.user).collect();
        let names = app.store.names_of_users(&owners).await?;
        Ok(Self {
            shell: reader.shell(At::Users),
            rows: tokens.iter().map(|token| Row::of(token, &names)).collect(),
            filled,
            done: false,
        })
    }
}

impl Row {
    fn of(token: &Token, names: &HashMap<ObjectId, String>) -> Self {
        let time = |at: Option<DateTime>| at.and_then(moment).map(Time::full);
        let state = match token.revoked {
            Some(_) => Validity::Revoked(time(token.revoked)),
            None if token.is_valid(DateTime::now()) => {
                Validity::Valid { until: time(token.expires) }
            }
            None => Validity::Expired(time(token.expires)),
        };
        let owner = names.get(&token.user).cloned();
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
        Self {
            id: token.id.to_hex(),
            name: token.name.clone(),
            owner: owner.unwrap_or_else(|| "somebody who is gone".to_owned()),
            scopes: scopes.join(", "),
            used: token.used.and_then(moment).map(Time::ago),
            state,
        }
    }
}
