//! What the reader is told once, until they have read it.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};

use super::{
    posted::Posted,
    shell::{At, Reader, Shell, page},
    words::{Time, moment},
};
use crate::{app::Shared, failure::Failure, maintenance::Banner};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/notifications", get(list)).route("/notifications/read", post(read))
}

#[derive(Template)]
#[template(path = "pages/notifications.html")]
struct Page {
    shell: Shell,
    notices: Vec<Shown>,
    /// Those that the button marks: what comes meanwhile stays new.
    unread: Vec<String>,
}

struct Shown {
    notice: Banner,
    when: Option<Time>,
    is_unread: bool,
}

async fn list(State(app): State<Shared>, reader: Reader) -> Result<Response, Failure> {
    let current = app.maintenance.notifications();
    let read = app.notice_reads.of(&app.store, reader.person.id).await?;
    let shown = |notice: Banner| Shown {
        when: notice.from.and_then(moment).map(Time::full),
        is_unread: !read.contains(&notice.id),
        notice,
    };
    let notices: Vec<Shown> = current.into_iter().map(shown).collect();
    let unread = notices.iter().filter(|it| it.is_unread).map(|it| it.notice.id.clone()).collect();
    Ok(page(StatusCode::OK, &Page { shell: reader.shell(At::Notifications), notices, unread }))
}

/// Of what was sent, what is told at present.
async fn read(
    State(app): State<Shared>,
    reader: Reader,
    posted: Posted,
) -> Result<Response, Failure> {
    let user = reader.person.id;
    for notice in app.maintenance.notifications() {
        if posted.all("id").any(|id| id == notice.id) {
            app.store.notice_was_read(user, &notice.id).await?;
        }
    }
    app.notice_reads.forget(user).await;
    Ok(Redirect::to("/notifications").into_response())
}
