//! The part of the page that moves: four sentences on how it stands, and how far the run is.

use askama::{Template, filters::HtmlSafe};
use causeway_core::{
    live::Phase,
    runbook::{JobState, RunRecord},
};

use super::{
    super::{
        chart::Chart,
        words::{Time, capitalized, duration},
    },
    thousands, time,
    timeline::{Entry, entries},
};
use crate::operations::Standing;

/// What bytes are counted in for people.
const MEGABYTES: &str = "MB";

/// What is sent again whenever it changes. Each element of it with an id takes the place of the one before.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/operations.html")]
pub(super) struct Live {
    heading: String,
    about: String,
    maintenance: Maintained,
    fence: Option<(Option<Time>, String)>,
    jobs: Jobs,
    works: Works,
    /// The run that can be asked to wait, and whether it waits.
    asked: Option<(String, bool)>,
    waits: Option<String>,
    progress: Option<Progress>,
    timeline: Vec<Entry>,
    /// Steps that are still to come, if somebody knows.
    ahead: Option<String>,
}

impl HtmlSafe for Live {}

#[derive(Debug, Clone)]
struct Maintained {
    on: bool,
    /// Whether quotes are among what can only be read.
    quotes: bool,
    /// Collections; empty means all.
    scope: String,
    since: Option<Time>,
    until: Option<Time>,
    overdue: bool,
}

#[derive(Debug, Clone)]
enum Jobs {
    Untouched,
    Stopped(String),
    Running(String),
}

#[derive(Debug, Clone)]
enum Works {
    Nobody,
    Changes(String),
    Carries(String),
    /// It says that it is running, and no process works on it.
    Left(String),
}

/// How far the phase in hand is.
#[derive(Debug, Clone)]
struct Progress {
    name: String,
    /// What the chart shows.
    caption: String,
    unit: String,
    done: String,
    total: Option<String>,
    share: Option<i64>,
    rate: String,
    left: String,
    lag: Option<String>,
    chart: Option<Chart>,
}

impl Live {
    pub(super) fn of(standing: &Standing) -> Self {
        let state = &standing.maintenance;
        let live = standing.live.as_ref();
        let phase = live.and_then(|live| live.phase.as_ref());
        let progress =
            phase.map(|phase| Progress::of(phase, live.map_or(&[][..], |live| &live.rates)));
        let waits = live.and_then(|live| live.waits.clone());
        let step = live.and_then(|live| live.step.as_ref());
        let ahead = step.filter(|step| step.number > 0 && step.of > step.number).map(|step| {
            match step.of - step.number {
                1 => "One more step".to_owned(),
                several => format!("{several} more steps"),
            }
        });
        Self {
            heading: heading(standing, progress.as_ref()),
            about: standing.run.as_ref().map(about).unwrap_or_default(),
            maintenance: Maintained {
                on: state.on,
                quotes: state.covers("quotes"),
                scope: state.scope.join(", "),
                since: time(state.since),
                until: time(state.until),
                overdue: state.is_overdue(bson::DateTime::now()),
            },
            fence: standing
                .fence
                .as_ref()
                .map(|fence| (time(fence.since), fence.collections.join(", "))),
            jobs: standing.run.as_ref().map_or(Jobs::Untouched, jobs),
            works: works(standing),
            asked: standing.lease.clone().map(|run| (run, standing.asked_to_wait)),
            waits,
            progress,
            timeline: standing.run.as_ref().map(entries).unwrap_or_default(),
            ahead,
        }
    }
}

fn heading(standing: &Standing, progress: Option<&Progress>) -> String {
    let Some(live) = &standing.live else {
        return match &standing.run {
            Some(run) if standing.is_at_work(run) => {
                format!("Migration {} is running", run.version)
            }
            _ if standing.lease.is_some() => "A run is under way".to_owned(),
            _ => "Operations".to_owned(),
        };
    };
    let version = standing.run.as_ref().filter(|run| run.id == live.run).map(|run| &run.version);
    let what = match (live.command.as_str(), version) {
        (_, Some(version)) if standing.run.as_ref().is_some_and(RunRecord::goes_back) => {
            format!("Migration {version} goes back")
        }
        (_, Some(version)) => format!("Migration {version} is running"),
        ("up", None) => "A migration is being applied".to_owned(),
        ("down", None) => "A migration is being rolled back".to_owned(),
        ("restore", None) => "A backup is being restored".to_owned(),
        _ => "A run is under way".to_owned(),
    };
    match (&live.waits, progress.and_then(|it| it.share.map(|share| (share, it.unit.as_str())))) {
        (Some(_), _) => format!("{what}, and waits"),
        (None, Some((share, MEGABYTES))) => format!("{what}: {share} % is done"),
        (None, Some((share, unit))) => format!("{what}: {share} % of {unit} are done"),
        (None, None) => what,
    }
}

fn about(run: &RunRecord) -> String {
    format!("{} · run {} · by {} on {}", run.title, run.id, run.operator, run.host)
}

fn jobs(run: &RunRecord) -> Jobs {
    let names = |wanted: &[JobState]| {
        let jobs = run.jobs.iter().filter(|job| wanted.contains(&job.state));
        jobs.map(|job| job.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let stopped = names(&[JobState::Stopping, JobState::Stopped, JobState::Starting]);
    let started = names(&[JobState::Started]);
    match (stopped.is_empty(), started.is_empty()) {
        (false, _) => Jobs::Stopped(stopped),
        (true, false) => Jobs::Running(started),
        (true, true) => Jobs::Untouched,
    }
}

fn works(standing: &Standing) -> Works {
    if let Some(run) = &standing.lease {
        return Works::Changes(run.clone());
    }
    if let Some(run) = &standing.turn {
        return Works::Carries(run.clone());
    }
    let left = standing.run.as_ref().filter(|run| run.status == "running");
    left.map_or(Works::Nobody, |run| Works::Left(run.id.clone()))
}

impl Progress {
    fn of(phase: &Phase, rates: &[f64]) -> Self {
        let whole = |number: i64| u64::try_from(number).unwrap_or_default();
        let share = phase.total.filter(|total| *total > 0);
        let unit = if phase.unit == "bytes" { MEGABYTES } else { &phase.unit };
        let shown = |number: i64| match unit {
            MEGABYTES => thousands(whole(number) / 1_000_000),
            _ => thousands(whole(number)),
        };
        let scale = if unit == MEGABYTES { 1e6 } else { 1.0 };
        let rate = |per_second: f64| per_second / scale;
        Self {
            name: capitalized(&phase.name.replace("  ", ": ")),
            caption: format!("{} a second", capitalized(unit)),
            unit: unit.to_owned(),
            done: shown(phase.done),
            total: phase.total.map(shown),
            share: share.map(|total| (phase.done.saturating_mul(100) / total).clamp(0, 100)),
            rate: thousands(rounded(rate(phase.per_second))),
            left: phase.eta_seconds.map_or_else(
                || "unknown".to_owned(),
                |seconds| duration(i64::try_from(rounded(seconds.ceil())).unwrap_or_default()),
            ),
            lag: phase.lag_seconds.map(|lag| format!("{lag:.1} s")),
            chart: Chart::of_rates(rates.iter().map(|it| rate(*it)), unit),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
fn rounded(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use causeway_core::live::{Live as News, Phase};

    use super::{Live, Works};
    use crate::operations::Standing;

    fn standing() -> Standing {
        let phase = Phase {
            name: "quotes  add selectedEvents".to_owned(),
            unit: "documents".to_owned(),
            done: 684_000,
            total: Some(1_000_000),
            per_second: 66_900.4,
            eta_seconds: Some(4.7),
            lag_seconds: None,
        };
        let live = News {
            run: "r".to_owned(),
            working: "r".to_owned(),
            command: "up".to_owned(),
            phase: Some(phase),
            ..News::default()
        };
        Standing { lease: Some("r".to_owned()), live: Some(live), ..Standing::default() }
    }

    #[test]
    fn the_numbers_are_those_of_the_terminal() {
        let live = Live::of(&standing());
        let progress = live.progress.unwrap();
        assert_eq!((progress.done.as_str(), progress.rate.as_str()), ("684,000", "66,900"));
        assert_eq!((progress.share, progress.left.as_str()), (Some(68), "5 s"));
        assert_eq!(live.heading, "A migration is being applied: 68 % of documents are done");
        assert_eq!(live.asked, Some(("r".to_owned(), false)));
    }

    #[test]
    fn a_run_that_waits_can_be_asked_to_go_on() {
        let mut standing = standing();
        // It waits for a limit: nobody asked it to, and nobody can ask it to go on.
        standing.live.as_mut().unwrap().waits = Some("lag".to_owned());
        let live = Live::of(&standing);
        assert_eq!(live.asked, Some(("r".to_owned(), false)));
        standing.asked_to_wait = true;
        assert_eq!(Live::of(&standing).asked, Some(("r".to_owned(), true)));
        assert!(live.heading.ends_with(", and waits"), "{}", live.heading);
    }

    #[test]
    fn where_nothing_ever_ran_nothing_is_said_to_run() {
        let live = Live::of(&Standing::default());
        assert_eq!(live.heading, "Operations");
        assert!(matches!(live.works, Works::Nobody) && live.asked.is_none());
        assert!(live.timeline.is_empty() && live.progress.is_none());
    }
}
