//! New quotes into the database: each with its audit entry and what its enquiry says of it, together.
//!
//! Those that come while others are being written wait for their turn and are one transaction then: what
//! costs most of a transaction is to begin it, to commit it and to wait for the disk. Who is refused
//! shall not take the others along, so when such a transaction fails each of them gets its own.

use std::sync::Arc;

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::{FutureExt as _, future::join_all};
use mongodb::ClientSession;
use tokio::sync::oneshot;

use super::{Ready, gate, present::QUOTES, refused};
use crate::{
    app::Shared,
    failure::Failure,
    store::{Store, audit::Entry, author::Author, idempotency::Once},
    turns::Turns,
};

const ENQUIRIES: &str = "enquiries";
/// So many transactions of new quotes run at once. More of them would each be smaller, and slower.
const TURNS: usize = 1;
/// A transaction holds what it wrote in the server's memory.
const TOGETHER_MAX: usize = 32;
const WHAT: &str = "create the quote";

/// Everything that is written of one new quote, decided before anything is.
pub(super) struct Creation {
    pub(super) app: Shared,
    pub(super) author: Author,
    /// Its document.
    pub(super) raw: RawDocumentBuf,
    /// Its line in the audit log.
    pub(super) entry: Entry,
    /// The enquiry that gets to know of it.
    pub(super) enquiry: Option<ObjectId>,
    /// The answer.
    pub(super) ready: Ready,
    /// Under which key, when there is one.
    pub(super) once: Option<Once>,
}

/// New quotes that wait to be written.
#[derive(Debug)]
pub struct Creations(Arc<Turns<Waiting>>);

struct Waiting {
    creation: Arc<Creation>,
    written: oneshot::Sender<Result<(), Failure>>,
}

impl Default for Creations {
    fn default() -> Self {
        Self(Turns::new(TURNS, TOGETHER_MAX))
    }
}

impl Creations {
    /// Writes it, with others that come at the same time.
    pub(super) async fn write(&self, creation: Creation) -> Result<(), Failure> {
        let (written, mine) = oneshot::channel();
        self.0.add(Waiting { creation: Arc::new(creation), written }, together);
        mine.await.unwrap_or_else(|_gone| Err(lost()))
    }
}

/// Whoever wrote it did not come to an end.
fn lost() -> Failure {
    Failure::unexpected(anyhow::anyhow!("the transaction of a new quote ended without a word"))
}

async fn together(all: Vec<Waiting>) {
    let (creations, written): (Vec<_>, Vec<_>) =
        all.into_iter().map(|it| (it.creation, it.written)).unzip();
    let results = match creations.as_slice() {
        [] => Vec::new(),
        [only] => vec![alone(only.clone()).await],
        [first, ..] => several(&first.app.store, &creations).await,
    };
    for (written, result) in written.into_iter().zip(results) {
        // Who asked waits for this to its end; when the process ends nobody does.
        let _ = written.send(result);
    }
}

async fn several(store: &Store, creations: &[Arc<Creation>]) -> Vec<Result<(), Failure>> {
    match as_one(store, creations).await {
        Ok(true) => creations.iter().map(|_| Ok(())).collect(),
        Ok(false) => apart(store, creations).await,
        Err(unknown) => creations.iter().map(|_| Err(unknown.clone())).collect(),
    }
}

/// Those whose enquiry is not there made it fail, mostly, and somebody may send such ones again and again:
/// the others go together once more.
async fn apart(store: &Store, creations: &[Arc<Creation>]) -> Vec<Result<(), Failure>> {
    let wanted = creations.iter().filter_map(|it| it.enquiry).collect();
    // Where that can't be known nothing is lost: each is tried by itself.
    let there = store.enquiries_among(wanted).await.unwrap_or_default();
    let is_sound = |it: &Arc<Creation>| it.enquiry.is_none_or(|id| there.contains(&id));
    let sound: Vec<_> = creations.iter().filter(|it| is_sound(it)).cloned().collect();
    if sound.len() < 2 || sound.len() == creations.len() {
        return join_all(creations.iter().cloned().map(alone)).await;
    }
    let together = as_one(store, &sound).await;
    let each = creations.iter().map(async |it| match (&together, is_sound(it)) {
        (Ok(true), true) => Ok(()),
        (Err(unknown), true) => Err(unknown.clone()),
        (Ok(false), true) | (_, false) => alone(it.clone()).await,
    });
    join_all(each).await
}

/// Whether they were written in one transaction; fails when nobody knows what became of it.
async fn as_one(store: &Store, creations: &[Arc<Creation>]) -> Result<bool, Failure> {
    let written = store.transaction_once(WHAT, |session| {
        let creations = creations.to_vec();
        async move { write(session, &creations).await }.boxed()
    });
    Ok(written.await?.is_some())
}

async fn alone(creation: Arc<Creation>) -> Result<(), Failure> {
    let store = creation.app.store.clone();
    let written = store.transaction(WHAT, move |session| {
        let creation = creation.clone();
        async move { write(session, &[creation]).await }.boxed()
    });
    written.await
}

/// All of it. What fails fails for all of them.
async fn write(session: &mut ClientSession, creations: &[Arc<Creation>]) -> Result<(), Failure> {
    let Some(store) = creations.first().map(|first| &first.app.store) else { return Ok(()) };
    let quotes = store.raw(QUOTES);
    let insert = quotes.insert_many(creations.iter().map(|it| &it.raw)).session(&mut *session);
    store.call("write the quote", insert.into_future()).await?;
    store.write_all_down(session, creations.iter().map(|it| (&it.author, &it.entry))).await?;
    let answers = creations.iter().filter_map(|it| Some((it.once.as_ref()?, it.ready.kept())));
    store.keep_answers(session, answers).await?;
    // Last, because others may want the same enquiry: they wait as shortly as can be.
    note_in_enquiries(store, session, creations).await?;
    creations.iter().try_for_each(|it| gate::stay_open(&it.app, &it.author))
}

async fn note_in_enquiries(
    store: &Store,
    session: &mut ClientSession,
    creations: &[Arc<Creation>],
) -> Result<(), Failure> {
    let notes = creations.iter().filter_map(|it| {
        let note = note(&it.entry.quote, it.entry.at);
        Some(doc! { "q": { "_id": it.enquiry? }, "u": note })
    });
    let notes: Vec<Document> = notes.collect();
    let Ok(count) = i32::try_from(notes.len()) else { return Ok(()) };
    if count == 0 {
        return Ok(());
    }
    // One command for all: the driver has none for a server of this version.
    let update = store.database().run_command(doc! { "update": ENQUIRIES, "updates": notes });
    let noted = store.call("note it in the enquiry", update.session(session).into_future()).await?;
    if noted.contains_key("writeErrors") {
        let cause = anyhow::anyhow!("the enquiry did not take the note of its quote");
        return Err(Failure::unexpected(cause));
    }
    // Which of several it was shows when each is tried by itself.
    if noted.get_i32("n").is_ok_and(|n| n == count) {
        Ok(())
    } else {
        Err(refused::unknown_enquiry())
    }
}

/// A pipeline, because what years left behind in these fields may be of any type.
fn note(quote: &Bson, at: DateTime) -> Vec<Document> {
    let list = doc! { "$cond": [{ "$isArray": "$quotes" }, "$quotes", []] };
    // `$literal`, because an id may be a text that begins with a dollar.
    let added = doc! { "$concatArrays": [list, [{ "$literal": quote }]] };
    vec![
        doc! { "$set": { "quotes": added, "hasQuotes": true, "latestQuoteDate": at } },
        doc! { "$set": { "quotesCount": { "$size": "$quotes" } } },
    ]
}
