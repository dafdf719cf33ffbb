//! What the status page says: the same in HTML, JSON, the feed and the database.

use jiff::Timestamp;
use serde::Serialize;

use crate::notices::moment::Moment;
use crate::notices::{Notice, Window};

/// Everything on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::notices) struct Content {
    /// Its title.
    pub(super) title: String,
    /// `none`, or the moment of the latest notice: `before` is `scheduled`.
    pub(super) state: &'static str,
    /// The state in one sentence.
    pub(super) sentence: String,
    /// When this was written, as RFC 3339.
    pub(super) written_at: String,
    /// The latest notices, newest first.
    pub(super) notices: Vec<Shown>,
}

/// A notice on the page. Times are RFC 3339 with the offset of the zone in which people were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) maintenance: String,
    pub(super) moment: Moment,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) published_at: String,
    pub(super) start: String,
    pub(super) until: String,
    pub(super) zone: String,
}

impl Content {
    /// What the page says after these notices, newest first.
    pub(in crate::notices) fn of(notices: &[Notice], title: &str, now: Timestamp) -> Self {
        let (state, sentence) = notices.first().map_or_else(nothing, said);
        Self {
            title: title.to_owned(),
            state,
            sentence,
            written_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            notices: notices.iter().map(Shown::of).collect(),
        }
    }
}

impl Shown {
    fn of(notice: &Notice) -> Self {
        let window = &notice.window;
        let at = |at: Timestamp| window.local(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let created = Timestamp::from_millisecond(notice.created_at.timestamp_millis());
        Self {
            id: notice.id.clone(),
            maintenance: notice.maintenance.clone(),
            moment: notice.moment,
            subject: notice.subject.clone(),
            text: notice.text.clone(),
            published_at: at(created.unwrap_or(Timestamp::UNIX_EPOCH)),
            start: at(window.start()),
            until: at(window.until()),
            zone: window.zone.clone(),
        }
    }
}

fn nothing() -> (&'static str, String) {
    ("none", "No maintenance is planned".to_owned())
}

fn said(latest: &Notice) -> (&'static str, String) {
    let window = &latest.window;
    match latest.moment {
        Moment::Before | Moment::Changed => {
            ("scheduled", format!("Maintenance is scheduled for {}", when(window)))
        }
        Moment::During => {
            let until = window.local(window.until());
            let form = if window.local(window.start()).date() == until.date() {
                "%H:%M %Z"
            } else {
                "%H:%M %Z on %A, %-d %B"
            };
            let until = until.strftime(form);
            ("in_progress", format!("Maintenance is in progress and should end by {until}"))
        }
        Moment::After => ("complete", "The maintenance is complete".to_owned()),
        Moment::Failed => ("failed", "The maintenance ended without the upgrade".to_owned()),
        Moment::Cancelled => ("cancelled", "The scheduled maintenance was cancelled".to_owned()),
    }
}

/// `Thursday, 26 November, 02:00 to 02:30 GMT`.
fn when(window: &Window) -> String {
    let (start, until) = (window.local(window.start()), window.local(window.until()));
    let form = if start.date() == until.date() { "%H:%M %Z" } else { "%A, %H:%M %Z" };
    format!("{} to {}", start.strftime("%A, %-d %B, %H:%M"), until.strftime(form))
}
