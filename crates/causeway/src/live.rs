//! How far a run is, written into the database about once a second: applications show it to people who
//! have no terminal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use causeway_core::live::{COLLECTION, ID, Live};
use mongodb::Collection;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::context::Context;
use crate::reporter::Reporter;
use crate::target::Target;

const INTERVAL: Duration = Duration::from_secs(1);
/// Without any news it is written so seldom, so that a run that died is seen to be one.
const SIGN_OF_LIFE_TICKS: u32 = 5;
/// A server that is away is not waited for.
const WRITE_MAX: Duration = Duration::from_secs(2);

/// Writes how far a run is, in a task of its own, until it is ended.
#[derive(Debug)]
pub struct Publisher {
    stop: watch::Sender<bool>,
    writing: JoinHandle<()>,
}

impl Publisher {
    /// Begins, and returns the reporter by which it learns of everything, which passes it on. Nothing is
    /// written before a run has started.
    #[must_use]
    pub fn begin(target: &Target, listener: &Reporter) -> (Reporter, Self) {
        let teller = ObjectId::new().to_hex();
        let live = Arc::new(Mutex::new(Live { teller, ..Live::default() }));
        let (heard, listener) = (Arc::clone(&live), listener.clone());
        let reporter = Reporter::new(move |event| {
            lock(&heard).hear(&event);
            listener.emit(event);
        });
        let (stop, stopped) = watch::channel(false);
        let documents = target.database.collection(COLLECTION);
        let writing = tokio::spawn(write(documents, live, stopped));
        (reporter, Self { stop, writing })
    }

    /// The same for one command: its context is the one given, heard by this as well.
    #[must_use]
    pub fn of(context: &Context) -> (Context, Self) {
        let (reporter, publisher) = Self::begin(&context.target, &context.reporter);
        (Context { reporter, ..context.clone() }, publisher)
    }

    /// Writes that the run has ended.
    pub async fn end(mut self) {
        self.stop.send_replace(true);
        // A task that hangs is ended by the drop.
        let _ = timeout(WRITE_MAX * 2, &mut self.writing).await;
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.writing.abort();
    }
}

fn lock(live: &Mutex<Live>) -> MutexGuard<'_, Live> {
    // Nothing is done under the lock that could be left half done.
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn write(
    documents: Collection<Document>,
    live: Arc<Mutex<Live>>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut place = Place { documents, former: None, is_ours: false };
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut written, mut quiet) = (None, 0);
    loop {
        let ended = tokio::select! {
            _ = ticks.tick() => false,
            // Nobody is there any more to say it: that is an end as well.
            _ = stopped.wait_for(|stop| *stop) => true,
        };
        place.look().await;
        let present = {
            let mut live = lock(&live);
            live.tick();
            live.ended = ended;
            live.clone()
        };
        quiet += 1;
        let is_news = written.as_ref() != Some(&present) || quiet >= SIGN_OF_LIFE_TICKS;
        if !present.run.is_empty() && is_news {
            place.put(&present).await;
            (written, quiet) = (Some(present), 0);
        }
        if ended {
            return;
        }
    }
}

/// The one document. What can't be written is written a second later, or not at all: nothing depends on
/// it.
///
/// A process that slept while another took its work over must not say any more how far it is: each takes
/// the document over from whoever had told it when it began, and then only writes what is still its own.
struct Place {
    documents: Collection<Document>,
    /// Who told it before, once that was read.
    former: Option<Bson>,
    is_ours: bool,
}

impl Place {
    async fn look(&mut self) {
        if self.former.is_some() {
            return;
        }
        let find = self.documents.find_one(doc! { "_id": ID }).into_future();
        if let Ok(Ok(found)) = timeout(WRITE_MAX, find).await {
            let teller = found.and_then(|found| found.get("teller").cloned());
            self.former = Some(teller.unwrap_or(Bson::Null));
        }
    }

    async fn put(&mut self, live: &Live) {
        let Some(former) = &self.former else { return };
        let Ok(Bson::Document(fields)) = bson::serialize_to_bson(live) else { return };
        let whole = doc! { "$replaceWith": { "$mergeObjects": [
            { "$literal": fields }, { "_id": ID, "at": "$$NOW" }
        ] } };
        // Without a document there is no teller: null matches that, too. An answer may have been lost.
        let tellers = match self.is_ours {
            true => vec![live.teller.clone().into()],
            false => vec![former.clone(), live.teller.clone().into()],
        };
        let which = doc! { "_id": ID, "teller": { "$in": tellers } };
        let write = self.documents.update_one(which, vec![whole]).upsert(!self.is_ours);
        let written = timeout(WRITE_MAX, write.into_future()).await;
        self.is_ours |= matches!(written, Ok(Ok(_)));
    }
}
