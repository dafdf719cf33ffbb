//! Keeps writers out while maintenance is on. What was let in before looks again before it commits.

use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bson::DateTime;

use super::{refusal, written};
use crate::{app::Shared, settings::Settings};

/// Header with what lets a request pass.
const TOKEN: &str = "x-maintenance-token";

/// Answers 503 to what would write a collection that may only be read.
pub async fn gate(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let collection = route.and_then(|route| written(request.method(), route));
    let refused = collection.is_some_and(|collection| app.maintenance.covers(collection))
        && !passes(&app.settings, request.headers());
    if refused {
        return refusal(&app.maintenance.now(), DateTime::now()).into_response();
    }
    next.run(request).await
}

fn passes(settings: &Settings, headers: &HeaderMap) -> bool {
    match (&settings.maintenance_token, headers.get(TOKEN)) {
        (Some(token), Some(given)) => token.is(given.as_bytes()),
        _ => false,
    }
}
