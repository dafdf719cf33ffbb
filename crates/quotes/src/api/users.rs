//! Accounts, for administrators.

pub(crate) mod change;

use axum::extract::State;
use bson::oid::ObjectId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::accounts::{Account, actor, user_id};
use crate::{
    access::{self, ClientAddress, Principal},
    answer::{Answer, Outcome},
    app::Shared,
    failure::{Detail, Failure},
    take::{Fields, Id, Query},
};

use self::change::{NewAccount, UserChange};

const ROWS: u32 = 100;
const ROWS_MAX: u32 = 200;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update))
        .routes(routes!(reset_password))
}

/// Which part of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The accounts behind this one.
    #[param(example = "665f1e5e0000000000000001")]
    after: Option<String>,
    /// How many to answer with.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<u32>,
}

/// A part of all accounts.
#[derive(Debug, Serialize, ToSchema)]
struct Accounts {
    users: Vec<Account>,
    /// What `after` takes to go on; nothing at the end.
    next: Option<String>,
}

/// An account, with the password that was made for it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MadeAccount)]
struct Made {
    user: Account,
    /// Only when it was made here. It is said this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_password: Option<String>,
}

/// Accounts, in the order in which they were made.
#[utoipa::path(
    get,
    path = "/api/admin/users",
    tag = "access",
    operation_id = "list_users",
    params(Wanted),
    responses((status = 200, description = "A part of them", body = Accounts))
)]
async fn list(State(app): State<Shared>, Query(wanted): Query<Wanted>) -> Outcome<Accounts> {
    let limit = wanted.limit.unwrap_or(ROWS);
    let after = wanted.after.as_deref().map(ObjectId::parse_str).transpose();
    let mut wrong = Vec::new();
    if !(1..=ROWS_MAX).contains(&limit) {
        wrong.push(detail("limit", "out_of_range", format!("limit is from 1 to {ROWS_MAX}")));
    }
    let Ok(after) = after else {
        wrong.push(detail("after", "not_an_id", "after is the id of an account".to_owned()));
        return Err(Failure::invalid("VALIDATION_ERROR", wrong));
    };
    if !wrong.is_empty() {
        return Err(Failure::invalid("VALIDATION_ERROR", wrong));
    }
    let (users, next) = app.access.users.list(after, limit).await?;
    let next = next.map(ObjectId::to_hex);
    Ok(Answer::ok(Accounts { users: users.iter().map(Account::of).collect(), next }))
}

/// Makes an account, which is approved.
#[utoipa::path(
    post,
    path = "/api/admin/users",
    tag = "access",
    operation_id = "create_user",
    request_body = NewAccount,
    responses(
        (status = 201, description = "It is there", body = Made),
        (status = 409, description = "`EMAIL_TAKEN`"),
    )
)]
async fn create(
    State(app): State<Shared>,
    principal: Principal,
    address: ClientAddress,
    Fields(fields): Fields,
) -> Outcome<Made> {
    let (new, password, warnings) = change::creation(&fields)?;
    let actor = actor(&principal, address);
    let (user, generated_password) =
        app.access.create_user(new, password.as_deref(), actor).await?;
    let made = Made { user: Account::of(&user), generated_password };
    Ok(Answer::created(made).warn(warnings))
}

/// One account.
#[utoipa::path(
    get,
    path = "/api/admin/users/{id}",
    tag = "access",
    operation_id = "read_user",
    params(("id" = String, Path, description = "`_id`")),
    responses(
        (status = 200, description = "The account", body = Account),
        (status = 404, description = "`USER_NOT_FOUND`"),
    )
)]
async fn read(State(app): State<Shared>, Id(id): Id) -> Outcome<Account> {
    let user = app.access.users.by_id(user_id(&id)?).await?;
    Ok(Answer::ok(Account::of(&user.ok_or_else(access::user_not_found)?)))
}

/// Changes the fields that are sent.
///
/// All sessions of who gets another role, or is no longer let in, end.
#[utoipa::path(
    put,
    path = "/api/admin/users/{id}",
    tag = "access",
    operation_id = "update_user",
    params(("id" = String, Path, description = "`_id`")),
    request_body = UserChange,
    responses(
        (status = 200, description = "As it is now", body = Account),
        (status = 404, description = "`USER_NOT_FOUND`"),
        (status = 409, description = "`LAST_ADMIN`: nobody else could administrate"),
    )
)]
async fn update(
    State(app): State<Shared>,
    principal: Principal,
    address: ClientAddress,
    Id(id): Id,
    Fields(fields): Fields,
) -> Outcome<Account> {
    let id = user_id(&id)?;
    let (change, warnings) = change::edit(&fields)?;
    let user = app.access.change_user(id, &change, actor(&principal, address)).await?;
    Ok(Answer::ok(Account::of(&user)).warn(warnings))
}

/// Makes another password, which is said this once.
///
/// All sessions of the account end.
#[utoipa::path(
    post,
    path = "/api/admin/users/{id}/reset-password",
    tag = "access",
    operation_id = "reset_password",
    params(("id" = String, Path, description = "`_id`")),
    responses(
        (status = 200, description = "The old one is void", body = Made),
        (status = 404, description = "`USER_NOT_FOUND`"),
    )
)]
async fn reset_password(
    State(app): State<Shared>,
    principal: Principal,
    address: ClientAddress,
    Id(id): Id,
) -> Outcome<Made> {
    let id = user_id(&id)?;
    let user = app.access.users.by_id(id).await?.ok_or_else(access::user_not_found)?;
    let generated_password =
        app.access.reset_password(id, None, actor(&principal, address)).await?;
    Ok(Answer::ok(Made { user: Account::of(&user), generated_password }))
}

fn detail(field: &str, code: &str, message: String) -> Detail {
    Detail { field: field.to_owned(), code: code.to_owned(), message }
}
