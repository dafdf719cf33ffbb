//! Keeps writers out while maintenance is on. What was let in before looks again before it commits.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bson::DateTime;

use super::{refusal, written};
use crate::{access::Principal, app::Shared};

/// Answers 503 to what would write a collection that may only be read.
pub async fn gate(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let collection = route.and_then(|route| written(request.method(), route));
    let refused = collection.is_some_and(|collection| app.maintenance.covers(collection))
        && !request.extensions().get().is_some_and(Principal::passes_maintenance);
    if refused {
        return refusal(&app.maintenance.now(), DateTime::now()).into_response();
    }
    next.run(request).await
}
