//! API tokens, for administrators.

use std::time::Duration;

use axum::extract::State;
use bson::{DateTime, oid::ObjectId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{accounts::actor, removed::Removed};
use crate::{
    access::{self, ClientAddress, NewToken, Principal, Scope, Token},
    answer::{Answer, Outcome, Warning},
    app::Shared,
    failure::Failure,
    take::{Fields, Form, Id},
};

const DAYS_MAX: i32 = 3_650;
const DAY: Duration = Duration::from_secs(24 * 3_600);

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// A token. Its secret is not in it: nobody knows it but who was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownToken {
    #[serde(rename = "_id")]
    id: String,
    name: String,
    /// In whose name it asks.
    user_id: String,
    scopes: Vec<Scope>,
    #[schema(format = DateTime)]
    created_at: Option<String>,
    /// To the minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// Whether it lets anybody in now.
    is_valid: bool,
}

impl ShownToken {
    fn of(token: &Token) -> Self {
        let shown = |time: DateTime| time.try_to_rfc3339_string().ok();
        Self {
            id: token.id.to_hex(),
            name: token.name.clone(),
            user_id: token.user.to_hex(),
            scopes: token.scopes.clone(),
            created_at: shown(token.created),
            last_used_at: token.used.and_then(shown),
            expires_at: token.expires.and_then(shown),
            revoked_at: token.revoked.and_then(shown),
            is_valid: token.is_valid(DateTime::now()),
        }
    }
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeToken)]
struct Made {
    token: ShownToken,
    /// What `Authorization: Bearer` takes. It is said this once.
    #[schema(example = "qt_…")]
    secret: String,
}

/// A token to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it documents what is taken field by field")]
struct WantedToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, example = "website")]
    name: String,
    /// What it may do, as far as its person may.
    #[schema(min_items = 1, max_items = 5)]
    scopes: Vec<Scope>,
    /// In whose name it asks; left out, in one's own.
    user_id: Option<String>,
    /// Left out, it is valid until it is revoked.
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<i32>,
}

/// All tokens, the newest first, also those that are no longer valid.
#[utoipa::path(
    get,
    path = "/api/admin/tokens",
    tag = "access",
    operation_id = "list_tokens",
    responses((status = 200, description = "At most 1,000", body = [ShownToken]))
)]
async fn list(State(app): State<Shared>) -> Outcome<Vec<ShownToken>> {
    Ok(Answer::ok(app.access.tokens.list().await?.iter().map(ShownToken::of).collect()))
}

/// Makes a token.
#[utoipa::path(
    post,
    path = "/api/admin/tokens",
    tag = "access",
    operation_id = "create_token",
    request_body = WantedToken,
    responses(
        (status = 201, description = "Its secret is said this once", body = Made),
        (status = 404, description = "`USER_NOT_FOUND`: nobody has this userId"),
    )
)]
async fn create(
    State(app): State<Shared>,
    principal: Principal,
    address: ClientAddress,
    Fields(fields): Fields,
) -> Outcome<Made> {
    let (new, warnings) = wanted(&fields, principal.user_id())?;
    let (token, secret) = app.access.create_token(new, actor(&principal, address)).await?;
    Ok(Answer::created(Made { token: ShownToken::of(&token), secret }).warn(warnings))
}

/// Revokes a token. It counts within a second.
#[utoipa::path(
    delete,
    path = "/api/admin/tokens/{id}",
    tag = "access",
    operation_id = "revoke_token",
    params(("id" = String, Path, description = "`_id`")),
    responses(
        (status = 200, description = "It lets nobody in any more", body = Removed),
        (status = 404, description = "`TOKEN_NOT_FOUND`"),
    )
)]
async fn revoke(
    State(app): State<Shared>,
    principal: Principal,
    address: ClientAddress,
    Id(id): Id,
) -> Outcome<Removed> {
    let id = ObjectId::parse_str(&id).map_err(|_no_id| access::token_not_found())?;
    app.access.revoke_token(id, actor(&principal, address)).await?;
    Ok(Answer::ok(Removed { id: id.to_hex() }))
}

/// What was asked for, in one's `own` name unless it says whose, and what was ignored.
pub(crate) fn wanted(
    fields: &Map<String, Value>,
    own: ObjectId,
) -> Result<(NewToken, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    form.require(&["name", "scopes"]);
    form.refuse_null(&["name", "scopes"]);
    let name = form.text("name", 1..=100).value();
    let mut scopes = form.list("scopes", Scope::ALL.len(), scope).value();
    if scopes.as_ref().is_some_and(Vec::is_empty)
        && fields["scopes"].as_array().is_some_and(Vec::is_empty)
    {
        form.refuse("scopes", "required", "choose at least one scope");
    }
    if let Some(scopes) = &mut scopes {
        scopes.sort_unstable();
        scopes.dedup();
    }
    let user = form.take("userId", user).value();
    let days = form.whole("expiresInDays", 1..=DAYS_MAX).value();
    let warnings = form.finish()?;
    let new = NewToken {
        name: name.unwrap_or_default(),
        user: user.unwrap_or(own),
        scopes: scopes.unwrap_or_default(),
        valid: days.map(|days| DAY * days.unsigned_abs()),
    };
    Ok((new, warnings))
}

fn scope(value: &Value) -> Result<Scope, (&'static str, String)> {
    let scope = value.as_str().and_then(|word| word.parse().ok());
    scope.ok_or_else(|| ("unknown_scope", format!("a scope is one of {}", Scope::words())))
}

fn user(value: &Value) -> Result<ObjectId, (&'static str, String)> {
    let id = value.as_str().and_then(|id| ObjectId::parse_str(id).ok());
    id.ok_or_else(|| ("not_an_id", "userId is the id of an account".to_owned()))
}
