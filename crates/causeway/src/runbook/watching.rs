//! Server and application while a run is under way, and for some minutes after it.

use std::path::Path;
use std::sync::Arc;

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::conductor::Conductor;
use super::heard::Heard;
use super::trying::Evidence;
use crate::command::session::Session;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::monitor::{self, BASELINE, Monitor, samples};
use crate::watch::{WatchSettings, Watching, watch};

/// Begins to look, until the run ends; none where that can't be.
pub(super) async fn begin(
    session: &Session,
    context: &Context,
    (folder, heard): (&Path, &Arc<Heard>),
) -> Option<Arc<Monitor>> {
    let listeners = (&session.reporter, &context.interrupt);
    let settings = session.config.monitor();
    let file = folder.join(monitor::FILE);
    let started = Monitor::start(&context.target, settings, &file, listeners).await;
    let monitor = match started {
        Ok(monitor) => Arc::new(monitor),
        Err(failure) => {
            // A run does not depend on being looked at: a stopped process may hold the file.
            let words = "neither thresholds nor charts for this run";
            session.reporter.warning(format!("{failure}: {words}"));
            return None;
        }
    };
    let told = Arc::clone(&monitor);
    heard.watched_by(Some(Box::new(move |done, total| told.progress(done, total))));
    Some(monitor)
}

impl Conductor<'_> {
    /// Looks for some seconds at what is normal, unless that was done before.
    pub(super) async fn baseline(&self) {
        let length = self.session.config.run.baseline();
        let Some(monitor) = self.monitor.as_ref().filter(|_| !length.is_zero()) else { return };
        let known = samples::read(&Path::new(&self.record.folder).join(monitor::FILE));
        let is_known = |sample: &causeway_core::sample::Sample| sample.step == BASELINE;
        if known.is_ok_and(|known| known.iter().any(is_known)) {
            return;
        }
        let text =
            format!("server and application for {} s, before anything changes", length.as_secs());
        self.session.reporter.fact("looks at", text);
        monitor.baseline(length).await;
    }

    /// The failure of a run that a threshold sends back, once.
    pub(super) fn crossed(&self) -> Option<Failure> {
        let crossed = self.monitor.as_ref().and_then(|monitor| monitor.verdict())?;
        // What the threshold asked to stop has stopped; the way back is not to.
        self.context.interrupt.clear();
        Some(Failure::unexpected(format!("a threshold was crossed: {}", crossed.words)).hint(
            "what an application or a server bears less of than was thought: see the charts of the report",
        ))
    }

    /// Ends the looking; what was seen is on disk.
    pub(super) async fn stop_monitor(&mut self) {
        self.heard.watched_by(None);
        let monitor = self.monitor.take().and_then(|monitor| Arc::try_unwrap(monitor).ok());
        if let Some(monitor) = monitor {
            monitor.stop().await;
        }
    }

    pub(super) async fn watch(&mut self) -> Result<Evidence> {
        let Some(length) = self.session.config.watch_in_run() else {
            return Ok(Evidence::not_needed(
                "watch.in_run is 0s; `causeway watch` looks afterwards",
            ));
        };
        let settings = WatchSettings { length, ..self.session.config.watch(None, None) };
        let (version, run) = (self.options.version.clone(), self.record.id.clone());
        let watched = watch(&self.context, &Watching { version, run, settings }).await?;
        for row in watched.rows {
            self.session.reporter.emit(Event::Row(row));
        }
        Ok(match watched.outcome {
            Outcome::Done | Outcome::NothingToDo => Evidence::of("nothing is worse than before"),
            _ => Evidence {
                text: "something is worse than before".to_owned(),
                lacks: watched.differences,
                left_out: false,
            },
        })
    }
}
