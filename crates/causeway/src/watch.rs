//! The day after a migration: whether anything is worse than it was before.
//!
//! Looks only: what it sees is kept on disk, in the folder of the run, and nothing in the database.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use causeway_core::migration::{Migration, Version};
use causeway_core::outcome::Outcome;
use causeway_core::sample::Sample;

use crate::clock::duration_words;
use crate::command::plan;
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::monitor;
use crate::monitor::observer::Observer;
use crate::monitor::samples::{self, Samples};
use crate::runs;
use crate::terminal::moment;
use crate::terminal::rows::Row;

mod away;
mod comparison;
mod course;
mod fields;
mod group;
mod measures;
pub mod run;
mod settings;
mod summary;

pub use settings::WatchSettings;

use away::Away;
use comparison::{Change, Look};
use course::Course;
use fields::{Counted, Fields};

/// Name of the samples in the folder of the run.
pub const FILE: &str = "watch.jsonl";
/// Step of these samples.
pub const STEP: &str = "watch";
/// A line of how it stands, so often; the first comes sooner, for somebody who just began.
const LINE_EVERY: Duration = Duration::from_mins(10);
const FIRST_LINE_AFTER: Duration = Duration::from_mins(1);
/// An interruption is noticed within this.
const NOTICED_WITHIN: Duration = Duration::from_millis(100);

/// What is to be watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watching {
    /// The migration.
    pub version: Version,
    /// The run that it is compared with: its folder holds what was seen before it.
    pub run: String,
    /// How.
    pub settings: WatchSettings,
}

/// What a watch came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// What is worse than before, in words; also what was for a time.
    pub differences: Vec<String>,
    /// Each measure: before, after, judgement.
    pub rows: Vec<Row>,
    /// Done, or that something is worse.
    pub outcome: Outcome,
}

/// Looks until the time is over; goes on with a watch that was begun earlier.
///
/// # Errors
/// Usage when the times make no sense; refused when another process watches; stopped when the person
/// asked for it, or what is seen can't be kept.
pub async fn watch(context: &Context, watching: &Watching) -> Result<Watched> {
    watching.settings.check()?;
    let migration = plan::migration(context, &watching.version)?;
    let mut watch = Watch::begin(context, watching, migration)?;
    watch.tell_beginning();
    if watch.course.left().is_some() {
        watch.look_on().await?;
    }
    watch.count().await;
    Ok(watch.end())
}

struct Watch<'a> {
    context: &'a Context,
    watching: &'a Watching,
    migration: &'a Migration,
    path: PathBuf,
    samples: Samples,
    course: Course,
    fields: Fields,
    counted: Vec<Counted>,
    away: Away,
    line_due: Instant,
    /// Whether somebody looked before this process.
    resumed: bool,
    /// Whether it is known what was before the migration.
    has_baseline: bool,
}

impl<'a> Watch<'a> {
    fn begin(
        context: &'a Context,
        watching: &'a Watching,
        migration: &'a Migration,
    ) -> Result<Self> {
        let folder = runs::make_folder(&context.state_dir, &watching.run)?;
        let path = folder.join(FILE);
        let kept = Samples::open(&path)?;
        let mut before = samples::read(&folder.join(monitor::FILE))?;
        before.retain(|sample| sample.step == monitor::BASELINE);
        let stored = samples::read(&path)?;
        let (has_baseline, resumed) = (!before.is_empty(), !stored.is_empty());
        Ok(Self {
            context,
            watching,
            migration,
            path,
            samples: kept,
            course: Course::begin(&watching.settings, before, stored),
            fields: Fields::of(migration),
            counted: Vec::new(),
            away: Away::default(),
            line_due: Instant::now() + FIRST_LINE_AFTER,
            resumed,
            has_baseline,
        })
    }

    fn tell_beginning(&self) {
        let reporter = &self.context.reporter;
        let settings = &self.watching.settings;
        let until = moment::local(&self.course.until().to_string());
        let length = duration_words(settings.length.as_secs_f64());
        reporter.fact(
            "watch",
            match self.course.left() {
                Some(left) => format!(
                    "{} left of {length}, until {until} ({}); a look every {}",
                    duration_words(left.as_secs_f64()),
                    moment::zone(),
                    duration_words(settings.every.as_secs_f64())
                ),
                None => format!("its {length} were over at {until}"),
            },
        );
        if let (true, Some((since, seconds))) = (self.resumed, self.course.gap(settings.every)) {
            let since = moment::local(&since.to_string());
            reporter
                .warning(format!("nobody looked from {since} on, for {}", duration_words(seconds)));
        }
        if !self.has_baseline {
            reporter.warning(format!(
                "nobody looked before the migration (run {}): the beginning of the watch stands for it",
                self.watching.run
            ));
        }
        if settings.application.is_none() {
            reporter.warning(
                "only the server is looked at: metrics.url of the configuration names no application",
            );
        }
        for words in self.course.comparison().into_iter().flat_map(|it| it.open()) {
            reporter.warning(format!("still: {words}"));
        }
    }

    async fn look_on(&mut self) -> Result<()> {
        let application = self.watching.settings.application.clone();
        let mut observer = Observer::begin(&self.context.target, application).await;
        while let Some(left) = self.course.left() {
            let every = self.watching.settings.every.saturating_sub(observer.since_last());
            self.wait(every.min(left)).await?;
            let sample = observer.look(STEP, None).await;
            self.take(sample).await?;
        }
        Ok(())
    }

    async fn wait(&self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            if self.context.interrupt.is_set() {
                return Err(Failure::stopped("stopped watching as asked")
                    .hint("the same command goes on with it"));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(left.min(NOTICED_WITHIN)).await;
        }
    }

    async fn take(&mut self, sample: Sample) -> Result<()> {
        self.samples
            .append(&sample)
            .attempt(|| format!("write into {}", self.path.display()))
            .map_err(|failure| failure.ending(Outcome::Stopped))?;
        let reporter = &self.context.reporter;
        self.away.take(&sample, reporter);
        let issues = sample.application.as_ref().and_then(|it| it.issues).unwrap_or(0.0);
        let changes = Look::of(sample).map_or_else(Vec::new, |look| self.course.take(look));
        if issues > 0.0 {
            let all = self.course.issues();
            reporter.warning(format!("users reported {issues:.0} problems, {all:.0} in all"));
        }
        for change in changes {
            match change {
                Change::Appeared(words) => reporter.warning(words),
                Change::Over(words) => reporter.fact("watch", words),
            }
        }
        if self.fields.is_due() {
            self.count().await;
        }
        if Instant::now() >= self.line_due {
            self.line_due = Instant::now() + LINE_EVERY;
            self.context.reporter.fact("watch", self.line());
        }
        Ok(())
    }

    /// Says of each field when documents begin to lack it, and when none does any more.
    async fn count(&mut self) {
        let Some(counted) = self.fields.count(self.context, self.migration).await else { return };
        let reporter = &self.context.reporter;
        for now in &counted {
            let before = self.counted.iter().find(|before| before.field == now.field);
            let was = before.is_some_and(Counted::is_lacking);
            match (was, &now.lacking) {
                (false, Ok(1..)) => reporter.warning(now.words()),
                (true, Ok(0)) => reporter.fact("watch", now.words()),
                (_, Err(_)) if before.is_none() => reporter.warning(now.words()),
                _ => {}
            }
        }
        self.counted = counted;
    }

    /// How it stands.
    fn line(&self) -> String {
        const SHOWN: [&str; 6] = [
            "error rate",
            "failed creations",
            "p99 of response times",
            "cpu",
            "queue",
            "replication lag",
        ];
        let of = duration_words(self.watching.settings.length.as_secs_f64());
        let mut parts = vec![format!("{} of {of}", duration_words(self.course.seconds()))];
        if let Some(comparison) = self.course.comparison() {
            parts.extend(SHOWN.iter().filter_map(|name| comparison.lately_words(name)));
            let worse = comparison.open().count();
            parts.push(match worse {
                0 => "nothing is worse than before".to_owned(),
                1 => "1 measure is worse".to_owned(),
                _ => format!("{worse} measures are worse"),
            });
        }
        parts.extend(self.counted.iter().map(Counted::words));
        parts.join(", ")
    }

    fn end(&self) -> Watched {
        let reporter = &self.context.reporter;
        let length = self.watching.settings.length.as_secs_f64();
        let looked = self.course.looked_seconds();
        reporter.fact(
            "watched",
            format!("{} of {}", duration_words(looked.min(length)), duration_words(length)),
        );
        match self.course.comparison() {
            Some(comparison) => {
                let slow = comparison
                    .slow_bound()
                    .map(|bound| format!("; answers are slow above {:.0} ms", 1_000.0 * bound));
                let words = comparison.before_words();
                reporter
                    .fact("compared", format!("with what was {words}{}", slow.unwrap_or_default()));
            }
            None => reporter.warning("too short to compare anything"),
        }
        let has_application = self.watching.settings.application.is_some();
        summary::watched(&self.course, &self.counted, has_application)
    }
}
