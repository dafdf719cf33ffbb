//! `POST /api/admin/quotes/{id}/emails/{mail}/retry`: a mail that did not arrive goes once more.

use axum::extract::{Path, State, rejection::PathRejection};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Shared,
    failure::Failure,
    store::author::Author,
    writing::{self, Ready, Requeued, Resending, no_such_mail},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(retry))
}

/// Send a mail once more that failed, or that may not have arrived.
///
/// It is the same mail, with the same Message-ID. One that is `unclear` may arrive twice by this: ask
/// whom it was for, first.
#[utoipa::path(
    post,
    path = "/api/admin/quotes/{id}/emails/{mail}/retry",
    tag = "quotes",
    operation_id = "retry_quote_email",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("mail" = String, Path, description = "`_id` of the mail")
    ),
    responses(
        (status = 202, description = "On its way", body = Requeued),
        (status = 404, description = "`QUOTE_NOT_FOUND`, `MAIL_NOT_FOUND`"),
        (status = 409, description = "`MAIL_NOT_FAILED`: it was sent, or is on its way. `QUOTE_DELETED`")
    )
)]
async fn retry(
    State(app): State<Shared>,
    author: Author,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Ready, Failure> {
    let Path((id, mail)) = path.map_err(|_unreadable| no_such_mail())?;
    let resending = Resending { app: app.clone(), author, id, mail };
    writing::write(&app, None, resending.run()).await
}
