//! How far a run is, written into the database about once a second: applications show it to people who
//! have no terminal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
        let live = Arc::<Mutex<Live>>::default();
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
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut written, mut quiet) = (Live::default(), 0);
    loop {
        let ended = tokio::select! {
            _ = ticks.tick() => false,
            // Nobody is there any more to say it: that is an end as well.
            _ = stopped.wait_for(|stop| *stop) => true,
        };
        let present = {
            let mut live = lock(&live);
            live.tick();
            live.ended = ended;
            live.clone()
        };
        quiet += 1;
        let is_news = present != written || quiet >= SIGN_OF_LIFE_TICKS;
        if !present.run.is_empty() && is_news {
            put(&documents, &present).await;
            (written, quiet) = (present, 0);
        }
        if ended {
            return;
        }
    }
}

/// What can't be written is written a second later, or not at all: nothing depends on it.
async fn put(documents: &Collection<Document>, live: &Live) {
    let Ok(Bson::Document(fields)) = bson::serialize_to_bson(live) else { return };
    let whole = doc! { "$replaceWith": { "$mergeObjects": [
        { "$literal": fields }, { "_id": ID, "at": "$$NOW" }
    ] } };
    let write = documents.update_one(doc! { "_id": ID }, vec![whole]).upsert(true);
    let _ = timeout(WRITE_MAX, write.into_future()).await;
}
