//! Whether the server lives, and what people are told of maintenance: for everybody, without sign-in.
//! Answered from memory, so that it works while the database does not.

use axum::extract::State;
use bson::DateTime;
use causeway_core::maintenance::Maintenance;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::{Answer, Outcome},
    app::Shared,
    maintenance::{Banner, Notice, Period, Told},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(status))
}

/// What people are told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// `none`, `scheduled`, `in_progress`, `complete`, `failed` or `cancelled`.
    state: String,
    /// That, in words.
    sentence: String,
    /// Whether something can be read only at present.
    maintenance: bool,
    /// Which collections; without any, all of them.
    scope: Vec<String>,
    /// Since when, RFC 3339.
    since: Option<String>,
    /// When it should end, RFC 3339.
    until: Option<String>,
    /// What people are told who want to write.
    message: Option<String>,
    /// What was said, the newest first.
    notices: Vec<Notice>,
    /// What is to be shown on every page now.
    banners: Vec<Banner>,
    /// Periods of maintenance that are over, the latest first.
    history: Vec<Past>,
    /// Whether the database answered within the last seconds.
    database_reachable: bool,
    /// When all of this was read, RFC 3339; none when the database never answered.
    as_of: Option<String>,
}

/// A period of maintenance that is over.
#[derive(Debug, Serialize, ToSchema)]
struct Past {
    /// RFC 3339.
    began: String,
    /// RFC 3339.
    ended: String,
    /// How long people could not write.
    seconds: i64,
}

impl Status {
    fn of(state: Maintenance, told: Told) -> Self {
        let (word, sentence) = in_words(&state, &told);
        let on = state.on;
        Self {
            state: word,
            sentence,
            maintenance: on,
            scope: if on { state.scope } else { Vec::new() },
            since: state.since.filter(|_| on).and_then(rfc3339),
            until: state.until.filter(|_| on).and_then(rfc3339),
            message: Some(state.message).filter(|message| on && !message.is_empty()),
            notices: told.page.map(|page| page.notices).unwrap_or_default(),
            banners: told.banners,
            history: told.periods.iter().filter_map(Past::of).collect(),
            database_reachable: false,
            as_of: None,
        }
    }
}

/// What is on counts; what was announced may be late.
fn in_words(state: &Maintenance, told: &Told) -> (String, String) {
    match &told.page {
        Some(page) if page.state == "in_progress" || !state.on => {
            (page.state.clone(), page.sentence.clone())
        }
        _ if state.on => ("in_progress".to_owned(), "Maintenance is in progress".to_owned()),
        _ => ("none".to_owned(), "No maintenance is planned".to_owned()),
    }
}

impl Past {
    fn of(period: &Period) -> Option<Self> {
        let millis =
            period.ended.timestamp_millis().saturating_sub(period.began.timestamp_millis());
        Some(Self {
            began: rfc3339(period.began)?,
            ended: rfc3339(period.ended)?,
            seconds: millis.max(0) / 1_000,
        })
    }
}

fn rfc3339(time: DateTime) -> Option<String> {
    time.try_to_rfc3339_string().ok()
}

/// State of maintenance, what was announced, what was before.
///
/// Works also while the database is away: `asOf` says how old it is then.
#[utoipa::path(get, path = "/api/status", tag = "operation", responses((status = 200, description = "The state", body = Status)))]
async fn status(State(app): State<Shared>) -> Outcome<Status> {
    let follower = &app.maintenance;
    let mut status = Status::of(follower.now(), follower.told());
    status.database_reachable = follower.is_fresh();
    status.as_of = follower.seen().and_then(|seen| rfc3339(seen.time));
    Ok(Answer::ok(status))
}
