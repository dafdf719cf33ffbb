//! Accounts, for administrators: who there is, somebody new.

use std::collections::HashMap;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use bson::{DateTime, oid::ObjectId};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    filled::{Filled, Labels, Typed, about, can_be_mended, shown_again},
    posted::Posted,
    secret::Secret,
    shell::{At, Reader, Shell, page},
    words::{Time, counted, moment},
};
use crate::{
    access::{ClientAddress, Role, Standing, User},
    api::{accounts::actor, users::change},
    app::Shared,
    failure::Failure,
    take::Query,
};

const ROWS: u32 = 100;
/// The fields, and what the page calls them.
pub(super) const LABELS: Labels = &[
    ("name", "Name"),
    ("company", "Company"),
    ("contactEmail", "E-mail address"),
    ("role", "Role"),
];

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/users", get(list)).route("/users/new", get(new).post(create))
}

#[derive(Template)]
#[template(path = "pages/users.html")]
struct List {
    shell: Shell,
    sentence: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    user: User,
    seen: Option<Time>,
}

#[derive(Template)]
#[template(path = "pages/user-new.html")]
struct New {
    shell: Shell,
    filled: Filled,
}

/// Which part of the list.
#[derive(Debug, Deserialize)]
struct Wanted {
    after: Option<String>,
}

async fn list(
    State(app): State<Shared>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let after = wanted.after.and_then(|id| ObjectId::parse_str(id).ok());
    let (users, next) = app.access.users.list(after, ROWS).await?;
    let ids: Vec<ObjectId> = users.iter().map(|user| user.id).collect();
    let seen = app.access.last_seen(&ids).await?;
    let shown = List {
        shell: reader.shell(At::Users),
        sentence: in_words(&users),
        rows: users.into_iter().map(|user| Row::of(user, &seen)).collect(),
        next: next.map(|id| format!("/users?after={id}")),
    };
    Ok(page(StatusCode::OK, &shown))
}

async fn new(reader: Reader) -> Response {
    let filled = Filled::with([("role".to_owned(), Role::Agent.word().to_owned())]);
    page(StatusCode::OK, &New { shell: reader.shell(At::Users), filled })
}

async fn create(
    State(app): State<Shared>,
    reader: Reader,
    address: ClientAddress,
    posted: Posted,
) -> Result<Response, Failure> {
    let filled = Filled::sent(&posted);
    let made = async {
        let (new, password, _warnings) = change::creation(&fields(&filled.typed))?;
        let actor = actor(&reader.principal(), address);
        app.access.create_user(new, password.as_deref(), actor).await.map_err(by_field)
    };
    match made.await {
        Ok((user, password)) => {
            let shown = Secret {
                shell: reader.shell(At::Users),
                heading: format!("{} has an account", user.name),
                what: "Their password",
                secret: password.unwrap_or_default(),
                note: format!("They sign in with {} and can change it.", user.email),
                back: ("/users", "To the users"),
            };
            Ok(page(StatusCode::CREATED, &shown))
        }
        Err(failure) if can_be_mended(&failure) || failure.code == "BUSY" => {
            let filled = filled.refused(&failure, LABELS);
            Ok(shown_again(&failure, &New { shell: reader.shell(At::Users), filled }))
        }
        Err(failure) => Err(failure),
    }
}

/// What the API would be sent for a new account, whose password is made here.
fn fields(typed: &Typed) -> Map<String, Value> {
    let text = |name: &str| (name.to_owned(), Value::from(typed.get(name).trim()));
    ["contactEmail", "name", "company", "role"].map(text).into_iter().collect()
}

/// Conflicts that are about a field.
pub(super) fn by_field(failure: Failure) -> Failure {
    match failure.code {
        "EMAIL_TAKEN" => about("contactEmail", failure),
        "LAST_ADMIN" => about("role", failure),
        _ => failure,
    }
}

fn in_words(users: &[User]) -> String {
    let waiting = users.iter().filter(|user| user.standing == Standing::NotApproved).count();
    let all = counted(users.len() as u64, ("account", "accounts"));
    if waiting == 0 { all } else { format!("{all}, {waiting} of them not let in") }
}

impl Row {
    fn of(user: User, seen: &HashMap<ObjectId, DateTime>) -> Self {
        let seen = seen.get(&user.id).copied().and_then(moment).map(Time::ago);
        Self { user, seen }
    }
}
