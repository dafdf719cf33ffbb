//! What server and application go through while a run is under way: looked at every second, kept,
//! and acted upon when a threshold is crossed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use causeway_core::sample::{Progress, Sample};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::context::Interrupt;
use crate::failure::Result;
use crate::reporter::Reporter;
use crate::target::Target;

mod application;
mod exposition;
pub(crate) mod latency;
pub(crate) mod observer;
pub mod samples;
mod selector;
mod server;
pub mod thresholds;

pub use application::{Application, Selectors};
pub use selector::Selector;
pub use thresholds::{Then, Threshold, Thresholds};

use observer::Observer;
use samples::Samples;
use thresholds::{Deed, Judge};

/// Name of the samples of a run in its folder.
pub const FILE: &str = "samples.jsonl";
/// Step of the samples before the first change: what is normal.
pub const BASELINE: &str = "baseline";
/// Between two looks, unless told otherwise.
pub const INTERVAL: Duration = Duration::from_secs(1);
/// Step before anybody named one.
const FIRST_STEP: &str = "start";
/// An interruption of a baseline is noticed within this.
const NOTICED_WITHIN: Duration = Duration::from_millis(100);
/// A look takes no longer, with all its requests.
const LAST_LOOK_MAX: Duration = Duration::from_secs(10);

/// What a monitor goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The application; none where no metrics are configured.
    pub application: Option<Application>,
    /// What happens when.
    pub thresholds: Thresholds,
    /// Between two looks.
    pub interval: Duration,
}

/// A threshold because of which the run has to go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossed {
    /// `error rate 12.4 % (limit 5 %) for 10 s`.
    pub words: String,
}

/// Watches one run, in a task of its own.
#[derive(Debug)]
pub struct Monitor {
    asked: watch::Sender<Asked>,
    seen: Arc<Mutex<Option<Crossed>>>,
    interrupt: Interrupt,
    looking: JoinHandle<()>,
}

/// What the task is told.
#[derive(Debug, Clone)]
struct Asked {
    step: String,
    progress: Option<Progress>,
    stop: bool,
}

impl Monitor {
    /// Begins to look. `samples_file` is appended to.
    ///
    /// # Errors
    /// When the file can't be opened, or another process writes into it.
    pub async fn start(
        target: &Target,
        settings: Settings,
        samples_file: &Path,
        (reporter, interrupt): (&Reporter, &Interrupt),
    ) -> Result<Self> {
        let samples = Samples::open(samples_file)?;
        let observer = Observer::begin(target, settings.application.clone()).await;
        let first = Asked { step: FIRST_STEP.to_owned(), progress: None, stop: false };
        let (asked, told) = watch::channel(first);
        let seen = Arc::default();
        let task = Task {
            observer,
            judge: Judge::new(settings.thresholds),
            samples: Some((samples, samples_file.to_owned())),
            interval: settings.interval,
            seen: Arc::clone(&seen),
            reporter: reporter.clone(),
            interrupt: interrupt.clone(),
            began: Instant::now(),
        };
        let looking = tokio::spawn(task.run(told));
        Ok(Self { asked, seen, interrupt: interrupt.clone(), looking })
    }

    /// Names the step that is under way from now on.
    pub fn step(&self, step: &str) {
        self.asked.send_modify(|asked| {
            step.clone_into(&mut asked.step);
            asked.progress = None;
        });
    }

    /// Says how far the phase in hand is.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        self.asked.send_modify(|asked| asked.progress = Some(Progress { done, total }));
    }

    /// Looks for this long at what is normal, then goes on with the step before. An interruption
    /// ends it early.
    pub async fn baseline(&self, length: Duration) {
        let before = self.asked.borrow().step.clone();
        self.step(BASELINE);
        let until = Instant::now() + length;
        while Instant::now() < until && !self.interrupt.is_set() {
            let left = until.saturating_duration_since(Instant::now());
            tokio::time::sleep(left.min(NOTICED_WITHIN)).await;
        }
        self.step(&before);
    }

    /// The threshold because of which the run has to go back, once one was crossed.
    #[must_use]
    pub fn verdict(&self) -> Option<Crossed> {
        lock(&self.seen).clone()
    }

    /// Takes a last look, and ends.
    pub async fn stop(mut self) {
        self.asked.send_modify(|asked| asked.stop = true);
        // A task that hangs is ended by the drop.
        let _ = timeout(LAST_LOOK_MAX, &mut self.looking).await;
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        if !self.looking.is_finished() {
            self.looking.abort();
            // Nobody would let the work go on any more.
            self.interrupt.hold(None);
        }
    }
}

fn lock(seen: &Mutex<Option<Crossed>>) -> MutexGuard<'_, Option<Crossed>> {
    // Nothing is done under the lock that could be left half done.
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Task {
    observer: Observer,
    judge: Judge,
    /// None once it could not be written.
    samples: Option<(Samples, PathBuf)>,
    interval: Duration,
    seen: Arc<Mutex<Option<Crossed>>>,
    reporter: Reporter,
    interrupt: Interrupt,
    began: Instant,
}

impl Task {
    async fn run(mut self, mut asked: watch::Receiver<Asked>) {
        loop {
            let present = asked.borrow_and_update().clone();
            // A look belongs to one step: it is taken when the step ends, and named for it.
            let ended = self.wait(&mut asked, &present.step).await;
            let progress = asked.borrow().progress.filter(|_| ended == Ended::Interval);
            let sample = self.observer.look(&present.step, progress.or(present.progress)).await;
            self.keep(&sample);
            let deeds = self.judge.judge(&sample, self.began.elapsed().as_secs_f64());
            self.act(deeds);
            if ended == Ended::Stop {
                let deeds = self.judge.end();
                return self.act(deeds);
            }
        }
    }

    async fn wait(&self, asked: &mut watch::Receiver<Asked>, step: &str) -> Ended {
        let left = self.interval.saturating_sub(self.observer.since_last());
        let other = asked.wait_for(|asked| asked.stop || asked.step != step);
        match timeout(left, other).await {
            Err(_) => Ended::Interval,
            Ok(Ok(asked)) if !asked.stop => Ended::Step,
            // Nobody is there any more to say that it is over.
            Ok(_) => Ended::Stop,
        }
    }

    fn keep(&mut self, sample: &Sample) {
        let Some((samples, path)) = &mut self.samples else { return };
        if let Err(error) = samples.append(sample) {
            // What is watched does not depend on what is kept of it.
            let words = format!("failed to write into {}: {error}", path.display());
            self.reporter.warning(format!("{words}; what is seen of this run is not kept"));
            self.samples = None;
        }
    }

    fn act(&self, deeds: Vec<Deed>) {
        for deed in deeds {
            match deed {
                Deed::Warn(words) => self.reporter.warning(words),
                Deed::Hold(reason) => self.interrupt.hold(reason),
                Deed::RollBack(words) => {
                    lock(&self.seen).get_or_insert(Crossed { words });
                    self.interrupt.set();
                }
            }
        }
    }
}

/// Why a look is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Interval,
    Step,
    Stop,
}
