//! What people were told, and how far it came.

use bson::{DateTime, Document, doc};

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
    /// Mails that it did not take yet, or not at all.
    pub mails_left: usize,
    /// Whether it stands on the status page.
    pub on_status_page: bool,
    /// `banner` or `notification`, if applications show it.
    pub in_application: Option<String>,
    /// So many people have marked it as read.
    pub read_by: u64,
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
        for notice in announced.iter_mut().filter(|it| it.in_application.is_some()) {
            let reads = store.collection("notice_reads");
            let count = reads.count_documents(doc! { "noticeId": &notice.id }).into_future();
            notice.read_by = store.call("count who has read a notice", count).await?;
        }
        Ok(announced)
    }

    fn of(notice: &Document) -> Option<Self> {
        let deliveries = notice.get_array("deliveries").map(Vec::as_slice).unwrap_or_default();
        let word = |it: &bson::Bson, key| {
            it.as_document().and_then(|it| it.get_str(key).ok()).unwrap_or_default().to_owned()
        };
        let mails: Vec<_> = deliveries.iter().filter(|it| word(it, "channel") == "email").collect();
        let sent = mails.iter().filter(|it| word(it, "state") == "sent").count();
        let in_app = notice.get_document("in_app").ok();
        Some(Self {
            id: notice.get_str("_id").ok()?.to_owned(),
            subject: notice.get_str("subject").ok()?.to_owned(),
            at: notice.get_datetime("created_at").ok().copied(),
            mails_sent: sent,
            mails_left: mails.len() - sent,
            on_status_page: deliveries.iter().any(|it| word(it, "channel") == "status_page"),
            in_application: in_app.and_then(|it| it.get_str("kind").ok()).map(str::to_owned),
            read_by: 0,
        })
    }
}
