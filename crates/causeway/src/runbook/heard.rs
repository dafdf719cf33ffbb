//! What the steps of a run say: passed on to whoever listens, kept on disk for the report, and looked
//! through for evidence.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use causeway_core::answer::Tally;
use causeway_core::event::{Event, Verification};
use serde_json::json;

use crate::clock::now_text;
use crate::failure::{Attempt, Result};
use crate::reporter::Reporter;

/// File name inside the run's folder.
pub(crate) const FILE: &str = "events.jsonl";
const FILE_MODE: u32 = 0o600;
/// A chart of a short run needs all of it, one of a long run no more than this.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
const ALL_WITHIN: Duration = Duration::from_mins(1);

/// Called with how far a phase is.
pub(super) type Watcher = Box<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// Keeps what the step in hand said.
pub(super) struct Heard {
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    /// When the step in hand was.
    began: Instant,
    progress_kept: Option<Instant>,
    step: Said,
    watcher: Option<Watcher>,
}

/// What one step said.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    /// The last fact of each key.
    pub(super) facts: BTreeMap<&'static str, String>,
    /// Warnings, each once.
    pub(super) warnings: Vec<String>,
    /// Answers to the checklist.
    pub(super) tally: Option<Tally>,
    /// The last verification.
    pub(super) verified: Option<Verification>,
}

impl Heard {
    /// Keeps events in `folder` from now on.
    pub(super) fn new(folder: &Path) -> Result<Arc<Self>> {
        let path = folder.join(FILE);
        let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(&path);
        let mut file = file.attempt(|| format!("open {}", path.display()))?;
        // A line that a kill cut off ends here; whoever reads leaves it out.
        let cut = file.metadata().is_ok_and(|metadata| metadata.len() > 0);
        if cut {
            writeln!(file).attempt(|| format!("write {}", path.display()))?;
        }
        let inner = Inner {
            file,
            began: Instant::now(),
            progress_kept: None,
            step: Said::default(),
            watcher: None,
        };
        Ok(Arc::new(Self { inner: Mutex::new(inner) }))
    }

    /// Tells `watcher` how far phases are; nobody any more when there is none.
    pub(super) fn watched_by(&self, watcher: Option<Watcher>) {
        self.lock().watcher = watcher;
    }

    /// A reporter that keeps what it hears and passes on what belongs into a run: which command would
    /// be next says the run itself.
    pub(super) fn reporter(self: &Arc<Self>, listener: &Reporter) -> Reporter {
        let (heard, listener) = (Arc::clone(self), listener.clone());
        Reporter::new(move |event| {
            heard.hear(&event);
            if !matches!(event, Event::Next { .. } | Event::Migration { .. } | Event::Target(_)) {
                listener.emit(event);
            }
        })
    }

    /// What was said since the last time.
    pub(super) fn take(&self) -> Said {
        std::mem::take(&mut self.lock().step)
    }

    /// What was said since the last time, which stays.
    pub(super) fn so_far(&self) -> Said {
        self.lock().step.clone()
    }

    fn hear(&self, event: &Event) {
        let mut inner = self.lock();
        match event {
            Event::Fact { key, text } => {
                inner.step.facts.insert(key, text.clone());
            }
            Event::Warning { text } if !inner.step.warnings.contains(text) => {
                inner.step.warnings.push(text.clone());
            }
            Event::Checked { tally, .. } => inner.step.tally = Some(*tally),
            Event::Step { .. } => inner.began = Instant::now(),
            Event::Verified(verification) => {
                inner.step.verified = Some(verification.as_ref().clone());
            }
            Event::Progress { done, total, .. } => {
                if let Some(watcher) = &inner.watcher {
                    watcher(*done, *total);
                }
                let now = Instant::now();
                let is_long = now - inner.began > ALL_WITHIN;
                let kept = inner.progress_kept.filter(|_| is_long);
                if kept.is_some_and(|last| now - last < PROGRESS_EVERY) {
                    return;
                }
                inner.progress_kept = Some(now);
            }
            _ => {}
        }
        inner.keep(event);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What was heard so far is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A disk that does not take it costs the report a line; the journal is what a run depends on.
    fn keep(&mut self, event: &Event) {
        let Ok(mut line) = serde_json::to_value(event) else { return };
        if let Some(fields) = line.as_object_mut() {
            fields.shift_insert(0, "at".to_owned(), json!(now_text()));
        }
        let _ = writeln!(self.file, "{line}");
    }
}
