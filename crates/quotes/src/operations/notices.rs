//! What people were told, and how far it came.

use bson::{Bson, DateTime, Document, doc};
use causeway_core::maintenance::{COLLECTION as STATES, Maintenance, PERIOD_KIND};
use futures_util::TryStreamExt as _;

use super::first;
use crate::{failure::Failure, store::Store};

const NOTICES_MAX: i64 = 10;

/// A notice, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Its id.
    pub id: String,
    /// In one line.
    pub subject: String,
    /// When it was written.
    pub at: Option<DateTime>,
    /// Mails that a server took.
    pub mails_sent: usize,
    /// Mails that it did not take, or nobody knows.
    pub mails_failed: usize,
    /// Mails that are still to be sent.
    pub mails_waiting: usize,
    /// Whether it was put on the status page.
    pub on_status_page: bool,
    /// Other programs that were told.
    pub webhooks: usize,
    /// `banner` or `notification`, if applications show it or did.
    pub in_application: Option<String>,
    /// Applications show it no longer.
    pub is_over: bool,
    /// So many people have marked it as read.
    pub read_by: u64,
}

/// Maintenance that a person switched on, without a run: every page told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Since when.
    pub began: DateTime,
    /// Until when; none while it is on.
    pub ended: Option<DateTime>,
    /// What people were told, as far as that was kept.
    pub message: String,
    /// Who did it.
    pub by: String,
}

impl ByHand {
    /// The latest ones, the newest first; `now` is how maintenance stands.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn latest(store: &Store, now: &Maintenance) -> Result<Vec<Self>, Failure> {
        let newest = (doc! { "began": -1 }, NOTICES_MAX);
        let of_nobody = (STATES, doc! { "kind": PERIOD_KIND, "run": null });
        let found = first(store, of_nobody, newest, "list periods of maintenance").await?;
        let over = found.iter().filter_map(Self::of);
        Ok(Self::of_now(now).into_iter().chain(over).collect())
    }

    fn of_now(now: &Maintenance) -> Option<Self> {
        let began = now.since.filter(|_| now.on && now.run.is_none())?;
        Some(Self { began, ended: None, message: now.message.clone(), by: now.by.clone() })
    }

    fn of(period: &Document) -> Option<Self> {
        let word = |key| period.get_str(key).unwrap_or_default().to_owned();
        Some(Self {
            began: *period.get_datetime("began").ok()?,
            ended: period.get_datetime("ended").ok().copied(),
            message: word("message"),
            by: word("by"),
        })
    }
}

impl Announced {
    /// The latest ones, the newest first.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn latest(store: &Store) -> Result<Vec<Self>, Failure> {
        let newest = (doc! { "created_at": -1, "_id": -1 }, NOTICES_MAX);
        let all = ("causeway_notices", doc! {});
        let found = first(store, all, newest, "list the notices").await?;
        let mut announced: Vec<Self> = found.iter().filter_map(Self::of).collect();
        let ids: Vec<&str> = announced.iter().map(|it| it.id.as_str()).collect();
        let counted = [
            doc! { "$match": { "noticeId": { "$in": ids } } },
            doc! { "$group": { "_id": "$noticeId", "readers": { "$sum": 1 } } },
        ];
        let reads = store.collection("notice_reads");
        let read = async { reads.aggregate(counted).await?.try_collect::<Vec<Document>>().await };
        let read = store.call("count who has read notices", read).await?;
        for notice in &mut announced {
            let of_it = read.iter().find(|it| it.get_str("_id").is_ok_and(|id| id == notice.id));
            let readers = of_it.and_then(|it| it.get_i32("readers").ok()).unwrap_or_default();
            notice.read_by = u64::try_from(readers).unwrap_or_default();
        }
        Ok(announced)
    }

    fn of(notice: &Document) -> Option<Self> {
        let deliveries = notice.get_array("deliveries").map(Vec::as_slice).unwrap_or_default();
        let count = |channel: &str, states: &[&str]| {
            let word = |it: &Bson, key| {
                it.as_document().and_then(|it| it.get_str(key).ok()).unwrap_or_default().to_owned()
            };
            let of_channel = deliveries.iter().filter(|it| word(it, "channel") == channel);
            of_channel.filter(|it| states.contains(&word(it, "state").as_str())).count()
        };
        let in_app = notice.get_document("in_app").ok();
        let sent = ["sent"];
        Some(Self {
            id: notice.get_str("_id").ok()?.to_owned(),
            subject: notice.get_str("subject").ok()?.to_owned(),
            at: notice.get_datetime("created_at").ok().copied(),
            mails_sent: count("email", &sent),
            mails_failed: count("email", &["failed", "unclear"]),
            mails_waiting: count("email", &["waiting", "sending", "handed_over"]),
            on_status_page: count("status_page", &sent) > 0,
            webhooks: count("webhook", &sent),
            in_application: in_app.and_then(|it| it.get_str("kind").ok()).map(str::to_owned),
            is_over: in_app
                .and_then(|it| it.get_datetime("until").ok())
                .is_some_and(|until| *until <= DateTime::now()),
            read_by: 0,
        })
    }
}
