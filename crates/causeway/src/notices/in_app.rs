//! What an application shows of a notice: the field `in_app` of its document.
//!
//! The latest notice of a maintenance takes the place of those before it: their time ends.

use bson::{DateTime, doc};
use serde::{Deserialize, Serialize};

use super::moment::Moment;
use super::{Notice, store};
use crate::failure::{Attempt, Result};
use crate::target::Target;

/// How long a notification is shown that something is over.
const SHOWN_HOURS: i64 = 24;
const HOUR_MILLIS: i64 = 60 * 60 * 1000;

/// What an application shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InApp {
    /// `banner`: above everything, until it ends; `notification`: once, until it was read.
    pub kind: Kind,
    /// What it means to people.
    pub level: Level,
    /// From when it is shown.
    pub from: DateTime,
    /// Until when; null while nobody knows.
    pub until: Option<DateTime>,
}

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Above everything.
    Banner,
    /// Until it was read.
    Notification,
}

/// What it means to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    Info,
    /// Something does not work at present, or other than announced.
    Attention,
    /// Something is done.
    Done,
}

impl InApp {
    /// What is shown of `notice`.
    #[must_use]
    pub fn of(notice: &Notice) -> Self {
        let from = notice.created_at;
        let day = DateTime::from_millis(from.timestamp_millis() + SHOWN_HOURS * HOUR_MILLIS);
        let over = DateTime::from_millis(notice.window.until().as_millisecond());
        let (kind, level, until) = match notice.moment {
            Moment::Before => (Kind::Notification, Level::Info, Some(over)),
            Moment::Changed => (Kind::Notification, Level::Attention, Some(over)),
            // It may take longer than was thought: only the next notice ends it.
            Moment::During => (Kind::Banner, Level::Attention, None),
            Moment::After => (Kind::Notification, Level::Done, Some(day)),
            Moment::Failed => (Kind::Notification, Level::Attention, Some(day)),
            Moment::Cancelled => (Kind::Notification, Level::Info, Some(day)),
        };
        Self { kind, level, from, until }
    }
}

/// Has applications show `notice`.
///
/// # Errors
/// When the server refuses.
pub(super) async fn show(target: &Target, notice: &Notice) -> Result<()> {
    let showing = || format!("write what applications show of notice {}", notice.id);
    let shown = bson::serialize_to_bson(&InApp::of(notice)).attempt(showing)?;
    let set = doc! { "$set": { "in_app": shown } };
    let updated = store::documents(target).update_one(doc! { "_id": &notice.id }, set).await;
    updated.attempt(showing).map(drop)
}

/// Ends what applications show of the notices before this one, of the same maintenance. Also when
/// this one is not shown: a banner must not outlive what it tells of.
///
/// # Errors
/// When the server refuses.
pub(super) async fn end_former(target: &Target, notice: &Notice) -> Result<()> {
    let over = notice.created_at;
    let former = doc! { "maintenance": &notice.maintenance, "seq": { "$lt": notice.seq },
    "in_app": { "$exists": true },
    "$or": [{ "in_app.until": null }, { "in_app.until": { "$gt": over } }] };
    store::documents(target)
        .update_many(former, doc! { "$set": { "in_app.until": over } })
        .await
        .attempt(|| format!("end what applications show of {}", notice.maintenance))
        .map(drop)
}
