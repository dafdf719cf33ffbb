//! What people are told of maintenance: the status page, banners, how long it was before.

use std::time::Duration;

use bson::{DateTime, Document, deserialize_from_document, doc};
use causeway_core::maintenance::COLLECTION;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{failure::Failure, store::Store};

const PERIODS_MAX: i64 = 20;
const BANNERS_MAX: i64 = 20;
const READ_MILLIS_MAX: u64 = 1_000;

/// What people are told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// What Causeway wrote for a status page; none when nothing was ever announced.
    pub page: Option<Page>,
    /// What is to be shown on every page now.
    pub banners: Vec<Banner>,
    /// The latest periods of maintenance that are over, the latest first.
    pub periods: Vec<Period>,
}

/// The content of a status page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Page {
    /// `none`, `scheduled`, `in_progress`, `complete`, `failed` or `cancelled`.
    pub state: String,
    /// That, in words.
    pub sentence: String,
    /// What was said, the newest first.
    #[serde(default)]
    pub notices: Vec<Notice>,
}

/// Something that was said to people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Notice {
    /// Which one.
    pub id: String,
    /// `before`, `during`, `after`, `failed`, `changed` or `cancelled`.
    pub moment: String,
    /// In one line.
    pub subject: String,
    /// Plain text, several lines.
    pub text: String,
    /// RFC 3339, in the zone in which people were told.
    pub published_at: String,
    /// When the maintenance begins, RFC 3339.
    pub start: String,
    /// When it should end, RFC 3339.
    pub until: String,
    /// Name of that zone.
    pub zone: String,
}

/// A notice that is to be shown now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Banner {
    /// Which one.
    pub id: String,
    /// `banner`, or `notification`: once, until it was read.
    pub kind: String,
    /// `attention`, `info` or `done`.
    pub level: String,
    /// In one line.
    pub subject: String,
    /// Plain text, several lines.
    pub text: String,
    /// It tells of a maintenance that is on.
    #[serde(skip)]
    pub is_of_maintenance: bool,
    /// Since when it is shown.
    #[serde(skip)]
    pub from: Option<DateTime>,
}

/// A period of maintenance that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it began.
    pub began: DateTime,
    /// When it ended.
    pub ended: DateTime,
}

/// Reads all of it.
pub(super) async fn read(store: &Store) -> Result<Told, Failure> {
    let (page, banners, periods) =
        futures_util::try_join!(page(store), banners(store), periods(store))?;
    Ok(Told { page, banners, periods })
}

/// A page that can't be read is none: the state itself is told all the same.
async fn page(store: &Store) -> Result<Option<Page>, Failure> {
    let documents = store.collection(COLLECTION);
    let find = documents.find_one(doc! { "_id": "status_page" }).max_time(time_max());
    let found = store.call("read the status page", find.into_future()).await?;
    Ok(found.and_then(|document| deserialize_from_document(document).ok()))
}

async fn banners(store: &Store) -> Result<Vec<Banner>, Failure> {
    let now = DateTime::now();
    let shown_now = doc! {
        "in_app": { "$exists": true },
        "in_app.from": { "$lte": now },
        "$or": [{ "in_app.until": null }, { "in_app.until": { "$gt": now } }],
    };
    let documents = store.collection("causeway_notices");
    let find = documents
        .find(shown_now)
        .sort(doc! { "in_app.from": -1 })
        .limit(BANNERS_MAX)
        .max_time(time_max());
    let read = async { find.await?.try_collect::<Vec<Document>>().await };
    let found = store.call("read notices", read).await?;
    Ok(found.iter().filter_map(banner).collect())
}

fn banner(document: &Document) -> Option<Banner> {
    let shown = document.get_document("in_app").ok()?;
    let word = |document: &Document, key| document.get_str(key).ok().map(str::to_owned);
    Some(Banner {
        id: word(document, "_id")?,
        kind: word(shown, "kind")?,
        level: word(shown, "level")?,
        subject: word(document, "subject")?,
        text: word(document, "text")?,
        is_of_maintenance: document.get_str("moment").is_ok_and(|it| it == "during"),
        from: shown.get_datetime("from").ok().copied(),
    })
}

async fn periods(store: &Store) -> Result<Vec<Period>, Failure> {
    let documents = store.collection(COLLECTION);
    let find = documents
        .find(doc! { "kind": "maintenance_period" })
        .sort(doc! { "began": -1 })
        .limit(PERIODS_MAX)
        .max_time(time_max());
    let read = async { find.await?.try_collect::<Vec<Document>>().await };
    let found = store.call("read periods of maintenance", read).await?;
    let period = |document: &Document| {
        let began = *document.get_datetime("began").ok()?;
        let ended = *document.get_datetime("ended").ok()?;
        Some(Period { began, ended })
    };
    Ok(found.iter().filter_map(period).collect())
}

fn time_max() -> Duration {
    Duration::from_millis(READ_MILLIS_MAX)
}
