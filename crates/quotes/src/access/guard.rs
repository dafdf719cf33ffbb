//! The guard: before all routes, and the only one who decides.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header::ALLOW, header::AUTHORIZATION},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower::{Layer as _, ServiceExt as _};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::{
    By, ClientAddress, Person, Principal, Role, address,
    identify::Asked,
    rate::Source,
    refusal,
    table::{self, Found, Programs, Rule, Runs, Who},
};
use crate::{
    app::{App, Shared},
    failure::Failure,
};

/// Lets a request through, with who sends it, or refuses it.
pub async fn guard(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let client = address::of(request.extensions(), request.headers(), app.settings.sender);
    request.extensions_mut().insert(client);
    let rule = match looked_up(&request) {
        Some(Found::Rule(rule)) => rule,
        Some(Found::OtherMethods(allowed)) => return other_method(&allowed),
        Some(Found::Nothing) => return not_in_table().into_response(),
        // Nothing is served there: the application says so.
        None => Rule { who: Who::Public, programs: Programs::Any, runs: Runs::Admitted },
    };
    let by_hand = matched(&request).is_none_or(|path| !table::BY_ITSELF.contains(&path));
    match admitted(&app, rule, (request.headers(), by_hand), client).await {
        Ok(Some(principal)) => drop(request.extensions_mut().insert(principal)),
        Ok(None) => {}
        Err(failure) => return failure.into_response(),
    }
    next.run(request).await
}

fn looked_up(request: &Request) -> Option<Found> {
    Some(table::find(request.method(), matched(request)?))
}

fn matched(request: &Request) -> Option<&str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}

/// Who it is, where that matters, when they may.
async fn admitted(
    app: &App,
    rule: Rule,
    (headers, by_hand): (&HeaderMap, bool),
    client: ClientAddress,
) -> Result<Option<Principal>, Failure> {
    if rule.who == Who::Public {
        app.access.rate.take(&Source::Address(address::network(client.0)))?;
        return Ok(None);
    }
    let maintenance_token = app.settings.maintenance_token.as_ref();
    let asked = Asked { headers, address: client, maintenance_token, by_hand };
    let principal = app.access.identify(asked).await?.ok_or_else(refusal::not_signed_in)?;
    may(rule, &principal)?;
    Ok(Some(principal))
}

fn may(rule: Rule, principal: &Principal) -> Result<(), Failure> {
    let person = match principal {
        Principal::Person(person) => person,
        Principal::Run(_) if rule.runs == Runs::Admitted => return Ok(()),
        Principal::Run(_) => return Err(refusal::forbidden("a run of Causeway has no such right")),
    };
    if rule.who == Who::Admin && person.role != Role::Admin {
        return Err(refusal::forbidden("only administrators may do this"));
    }
    scope_suffices(rule.programs, person)
}

fn scope_suffices(programs: Programs, person: &Person) -> Result<(), Failure> {
    match (programs, &person.by) {
        (_, By::Session(_)) | (Programs::Any, By::Token(_)) => Ok(()),
        (Programs::With(scope), By::Token(scopes)) if scopes.contains(&scope) => Ok(()),
        (Programs::With(scope), By::Token(_)) => {
            let message = format!("this token was not made for that: it lacks {}", scope.word());
            Err(refusal::forbidden(message))
        }
        (Programs::Never, By::Token(_)) => Err(refusal::forbidden("no token may do this: sign in")),
    }
}

/// Refuses what another site makes a browser send, before anybody is asked who they are: what such a
/// request holds must not come back in a form of ours. A token nobody sends by accident.
pub async fn from_our_pages(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if safe || request.headers().contains_key(AUTHORIZATION) {
        return next.run(request).await;
    }
    let ours = app.settings.public_url.origin().ascii_serialization();
    let layer = match CsrfLayer::new().add_trusted_origin(ours) {
        Ok(layer) => layer,
        Err(error) => {
            let cause = anyhow::Error::new(error).context("failed to trust the public address");
            return Failure::unexpected(cause).into_response();
        }
    };
    let refused = |_why: ProtectionError| cross_site().into_response();
    let checked = layer.with_rejection_response(refused).layer(next);
    let Ok(response) = checked.oneshot(request).await;
    response
}

fn cross_site() -> Failure {
    Failure::new(
        StatusCode::FORBIDDEN,
        "CROSS_SITE",
        "a page of another site sent this: nothing was done",
    )
}

/// A bug of ours, and closed rather than open.
fn not_in_table() -> Failure {
    let mut failure = refusal::forbidden("this is open to nobody");
    failure.cause = Some(Arc::new(anyhow::anyhow!("a route is not in the table of access")));
    failure
}

fn other_method(allowed: &str) -> Response {
    let message = format!("only {allowed} can be done here");
    let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
    let mut response = failure.into_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}
