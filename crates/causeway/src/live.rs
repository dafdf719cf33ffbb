//! How far a run is, written into the database about once a second: applications show it to people who
//! have no terminal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use causeway_core::event::Event;
use causeway_core::live::{COLLECTION, ID, Live};
use mongodb::Collection;
use tokio::sync::{Notify, watch};
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
/// The end is worth trying once more.
const LAST_TRIES: u32 = 2;

/// Writes how far a run is, in a task of its own, until it is ended.
#[derive(Debug)]
pub struct Publisher {
    stop: watch::Sender<bool>,
    writing: JoinHandle<()>,
}

/// What is told, and that something began that has to be told at once.
#[derive(Default)]
struct Told {
    live: Mutex<Live>,
    began: Notify,
}

impl Publisher {
    /// Begins, and returns the reporter by which it learns of everything, which passes it on. Nothing is
    /// read or written before a run has started.
    #[must_use]
    pub fn begin(target: &Target, listener: &Reporter) -> (Reporter, Self) {
        let told = Arc::<Told>::default();
        told.live().teller = ObjectId::new().to_hex();
        let (heard, listener) = (Arc::clone(&told), listener.clone());
        let reporter = Reporter::new(move |event| {
            heard.live().hear(&event);
            if matches!(event, Event::RunStarted { .. }) {
                heard.began.notify_one();
            }
            listener.emit(event);
        });
        let (stop, stopped) = watch::channel(false);
        let place = Place {
            documents: target.database.collection(COLLECTION),
            former: None,
            is_ours: false,
        };
        let writing = tokio::spawn(write(place, told, stopped));
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
        let _ = timeout(WRITE_MAX * LAST_TRIES, &mut self.writing).await;
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.writing.abort();
    }
}

impl Told {
    fn live(&self) -> MutexGuard<'_, Live> {
        // Nothing is done under the lock that could be left half done.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(mut place: Place, told: Arc<Told>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut last, mut written, mut quiet) = (Live::default(), None, 0);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                told.live().tick(&last);
                quiet += 1;
            }
            // Told at once: from then on nobody who began before says anything over it.
            () = told.began.notified() => {}
            // Nobody is there any more to say it: that is an end as well.
            _ = stopped.wait_for(|stop| *stop) => break,
        }
        last = told.live().clone();
        let is_news = written.as_ref() != Some(&last) || quiet >= SIGN_OF_LIFE_TICKS;
        if !last.run.is_empty() && is_news && place.put(&last).await {
            (written, quiet) = (Some(last.clone()), 0);
        }
    }
    let end = Live { ended: true, ..told.live().clone() };
    for _ in 0..LAST_TRIES {
        if end.run.is_empty() || place.put(&end).await {
            return;
        }
    }
}

/// The one document. What can't be written is written a second later, or not at all: nothing depends on
/// it.
///
/// A process that slept while another took its work over must not say any more how far it is: each takes
/// the document over from whoever had told it when its run began, and then only writes what is still its
/// own.
struct Place {
    documents: Collection<Document>,
    /// Who told it before, once that was read.
    former: Option<Bson>,
    is_ours: bool,
}

impl Place {
    /// Whether it was written.
    async fn put(&mut self, live: &Live) -> bool {
        if self.former.is_none() {
            self.former = self.teller().await;
        }
        let Some(former) = &self.former else { return false };
        let Ok(Bson::Document(fields)) = bson::serialize_to_bson(live) else { return false };
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
        match timeout(WRITE_MAX, write.into_future()).await {
            // Another one tells it by now.
            Ok(Ok(written)) if written.matched_count == 0 && written.upserted_id.is_none() => true,
            Ok(Ok(_)) => {
                self.is_ours = true;
                true
            }
            Ok(Err(_)) | Err(_) => false,
        }
    }

    async fn teller(&self) -> Option<Bson> {
        let find = self.documents.find_one(doc! { "_id": ID }).into_future();
        let found = timeout(WRITE_MAX, find).await.ok()?.ok()?;
        Some(found.and_then(|found| found.get("teller").cloned()).unwrap_or(Bson::Null))
    }
}
