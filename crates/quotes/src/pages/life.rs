//! What happens to a quote by one button: accepted, booked, begun anew, deleted and brought back.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
    routing::post,
};
use quotes_core::life::Step;

use super::{posted::Posted, words::address};
use crate::{
    app::Shared,
    failure::Failure,
    store::author::Author,
    take::Id,
    writing::{self, Act, Deed, Seen},
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/quotes/{id}/accept", post(accept))
        .route("/quotes/{id}/book", post(book))
        .route("/quotes/{id}/start-version", post(start_version))
        .route("/quotes/{id}/delete", post(delete))
        .route("/quotes/{id}/restore", post(restore))
}

type Asked = (State<Shared>, Author, Id, Posted);

async fn accept(
    state: State<Shared>,
    author: Author,
    id: Id,
    posted: Posted,
) -> Result<Response, Failure> {
    done((state, author, id, posted), Deed::Step(Step::Accept)).await
}

async fn book(
    state: State<Shared>,
    author: Author,
    id: Id,
    posted: Posted,
) -> Result<Response, Failure> {
    done((state, author, id, posted), Deed::Step(Step::Book)).await
}

async fn start_version(
    state: State<Shared>,
    author: Author,
    id: Id,
    posted: Posted,
) -> Result<Response, Failure> {
    done((state, author, id, posted), Deed::Step(Step::StartVersion)).await
}

async fn restore(
    state: State<Shared>,
    author: Author,
    id: Id,
    posted: Posted,
) -> Result<Response, Failure> {
    done((state, author, id, posted), Deed::Restore).await
}

/// Nobody is asked whether they are sure: it can be undone.
async fn delete(
    state: State<Shared>,
    author: Author,
    id: Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let reference = id.0.clone();
    done((state, author, id, posted), Deed::Delete).await?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("undo", &reference);
    Ok(Redirect::to(&format!("/quotes?{}", query.finish())).into_response())
}

async fn done(
    (State(app), author, Id(id), posted): Asked,
    deed: Deed,
) -> Result<Response, Failure> {
    let revision = posted.text("revision").map(str::to_owned);
    let seen = Seen { revision, version: None };
    let act = Act { app: app.clone(), author, id: id.clone(), seen, deed, once: None };
    writing::write(&app, None, act.run()).await?;
    Ok(Redirect::to(&address(&id)).into_response())
}
