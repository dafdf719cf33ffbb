//! Signing in, out, and one's own password.

use std::sync::Arc;

use anyhow::Context as _;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, header::SET_COOKIE},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::accounts::{Account, new_password, password};
use crate::{
    access::{self, ClientAddress, Device, Person, Principal, SESSION_LIFE, Scope, session_cookie},
    answer::{Answer, Outcome, Warning},
    app::Shared,
    failure::Failure,
    take::{Fields, Form},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(begin, read, end)).routes(routes!(change_password))
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Asks {
    user: Account,
    /// What the token may do; nothing for somebody who has signed in, who may do all that their role may.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Scope>>,
}

/// What became of the session.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    /// Whether it is over.
    ended: bool,
}

/// What signing in takes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document: fields are taken one by one")]
struct Credentials {
    #[schema(example = "ada@agency.example", max_length = 254)]
    email: String,
    #[schema(format = Password, max_length = 1024)]
    password: String,
}

/// Sign in.
///
/// The answer sets the cookie `__Host-quotes`, which holds for 12 hours after each request and 30 days at
/// most. After five wrong passwords an address waits 30 seconds between attempts on that account.
#[utoipa::path(
    post,
    path = "/api/session",
    tag = "access",
    operation_id = "sign_in",
    request_body = Credentials,
    responses(
        (status = 201, description = "Signed in", body = Asks),
        (status = 401, description = "`SIGN_IN_REFUSED`: the e-mail address or the password is wrong"),
        (status = 403, description = "`NOT_APPROVED`: the password is right, and nobody has approved the account. `CROSS_SITE`"),
        (status = 429, description = "`TOO_MANY_ATTEMPTS`: wait `Retry-After` seconds. `RATE_LIMITED`"),
    )
)]
async fn begin(
    State(app): State<Shared>,
    address: ClientAddress,
    headers: HeaderMap,
    Fields(fields): Fields,
) -> Result<([(HeaderName, String); 1], Answer<Asks>), Failure> {
    let mut form = Form::of(&fields);
    form.require(&["email", "password"]);
    form.refuse_null(&["email", "password"]);
    let email = form.text("email", 1..=254).value();
    let typed = password(&mut form, "password");
    let warnings = form.finish()?;
    let (email, password) = (email.unwrap_or_default(), typed.unwrap_or_default());
    // Who hangs up is counted all the same.
    let (app, from) = (Arc::clone(&app), Device::of(address, &headers));
    let signing = async move { app.access.sign_in(&email, &password, from).await };
    let done = tokio::spawn(signing).await.context("failed to wait for a sign-in");
    let signed_in = done.map_err(Failure::unexpected)??;
    let cookie = session_cookie(&signed_in.secret, SESSION_LIFE.as_secs());
    let asks = Asks { user: Account::of(&signed_in.user), scopes: None };
    Ok(([(SET_COOKIE, cookie)], Answer::created(asks).warn(warnings)))
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/api/session",
    tag = "access",
    operation_id = "read_session",
    responses((status = 200, description = "Who asks", body = Asks))
)]
async fn read(State(app): State<Shared>, principal: Principal) -> Outcome<Asks> {
    let person = principal.person().ok_or_else(access::not_signed_in)?;
    let user = app.access.users.by_id(person.id).await?.ok_or_else(access::not_signed_in)?;
    Ok(Answer::ok(Asks {
        user: Account::of(&user),
        scopes: person.scopes().map(<[Scope]>::to_vec),
    }))
}

/// Sign out.
///
/// Also without a session: then there is nothing to do.
#[utoipa::path(
    delete,
    path = "/api/session",
    tag = "access",
    operation_id = "sign_out",
    responses(
        (status = 200, description = "Signed out; the cookie is taken away", body = Session),
        (status = 403, description = "`CROSS_SITE`: a page of another site sent this"),
    )
)]
async fn end(
    State(app): State<Shared>,
    headers: HeaderMap,
) -> Result<([(HeaderName, String); 1], Answer<Session>), Failure> {
    if let Some(session) = access::session(&headers) {
        app.access.sign_out(session).await?;
    }
    Ok(([(SET_COOKIE, session_cookie("", 0))], Answer::ok(Session { ended: true })))
}

/// What a new password takes.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "for the document: fields are taken one by one")]
struct Passwords {
    #[schema(format = Password, max_length = 1024)]
    current_password: String,
    #[schema(format = Password, min_length = 12, max_length = 128)]
    new_password: String,
}

/// Change one's password.
///
/// All other sessions of the account end.
#[utoipa::path(
    put,
    path = "/api/session/password",
    tag = "access",
    request_body = Passwords,
    responses(
        (status = 200, description = "Changed", body = Session),
        (status = 401, description = "`NOT_SIGNED_IN`"),
        (status = 403, description = "`FORBIDDEN`: a token can't. `CROSS_SITE`"),
        (status = 422, description = "The present password is wrong, or the new one too short or too long"),
        (status = 429, description = "`TOO_MANY_ATTEMPTS`: wait `Retry-After` seconds. `RATE_LIMITED`"),
    )
)]
async fn change_password(
    State(app): State<Shared>,
    principal: Principal,
    ClientAddress(from): ClientAddress,
    Fields(fields): Fields,
) -> Outcome<Session> {
    let person: Person = principal.person().cloned().ok_or_else(access::not_signed_in)?;
    let (present, new, warnings) = present_and_new(&fields)?;
    let app = Arc::clone(&app);
    let changing = async move { app.access.change_password(&person, (&present, &new), from).await };
    let done = tokio::spawn(changing).await.context("failed to wait for a change of password");
    done.map_err(Failure::unexpected)??;
    Ok(Answer::ok(Session { ended: false }).warn(warnings))
}

/// The present password, the new one, and what was ignored.
pub(crate) fn present_and_new(
    fields: &Map<String, Value>,
) -> Result<(String, String, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    form.require(&["currentPassword", "newPassword"]);
    form.refuse_null(&["currentPassword", "newPassword"]);
    let present = password(&mut form, "currentPassword").unwrap_or_default();
    let new = new_password(&mut form, "newPassword").unwrap_or_default();
    Ok((present, new, form.finish()?))
}
