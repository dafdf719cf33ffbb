//! Operations: what stands in people's way now, how far a run is, what changed since, and what can be done
//! about it from here.

mod maintenance;
mod measured;
mod news;
mod standing;
mod timeline;
mod told;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::DateTime;
use causeway_core::runbook::{Back, Step, StepRecord, StepState};
use jiff::tz::TimeZone;

use super::{
    banners::Banner,
    came::Came,
    filled::Filled,
    shell::{At, Reader, Shell, page},
    words::{Time, duration, moment},
};
use crate::{
    access::NEWS,
    app::Shared,
    failure::Failure,
    operations::{Adoption, Announced, ByHand, Ran, Report, Request, Standing},
    store::{author::Author, problems::Problems},
    take::Query,
};
use measured::Measured;
use standing::Live;
use told::Notice;

const PATH: &str = "/operations";
/// The report is a page of its own, with its own style and nothing else.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                             frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route(PATH, get(show))
        .route(NEWS, get(news::follow))
        .route("/operations/maintenance", post(maintenance::switch))
        .route("/operations/runs/{run}/pause", post(pause))
        .route("/operations/runs/{run}/resume", post(resume))
        .route("/operations/runs/{run}/report", get(report))
}

#[derive(Template)]
#[template(path = "pages/operations.html")]
struct Page {
    shell: Shell,
    done: Option<&'static str>,
    live: Live,
    measured: Measured,
    adoption: Vec<(String, String)>,
    /// Reports that nobody has dealt with.
    problems: String,
    /// Parts that can't be read.
    unread: Vec<&'static str>,
    filled: Filled,
    /// What people would see.
    preview: Option<Banner>,
    is_on: bool,
    /// Why maintenance can't be switched off here.
    needed: Option<String>,
    notices: Vec<Notice>,
    runs: Vec<Row>,
}

/// A run in the table.
struct Row {
    id: String,
    what: String,
    mark: (&'static str, String),
    began: Option<Time>,
    took: String,
    has_report: bool,
}

async fn show(
    State(app): State<Shared>,
    reader: Reader,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let done = match came.done.as_deref() {
        Some("on") => Some("Maintenance is on: people can read quotes, and edit none."),
        Some("tell") => Some("People are told that from now on."),
        Some("off") => Some("Maintenance is off: people can work again."),
        Some("pause") => Some("The run is asked to wait. It does after the batch in hand."),
        Some("resume") => Some("The run is asked to go on."),
        _ => None,
    };
    let now = Page::read(&app, &reader, None).await?;
    Ok(page(StatusCode::OK, &Page { done, ..now }))
}

impl Page {
    /// Whether this part could be read.
    fn is_known(&self, part: &str) -> bool {
        !self.unread.contains(&part)
    }

    /// As it stands, with what was typed, where somebody did.
    async fn read(app: &Shared, reader: &Reader, typed: Option<Filled>) -> Result<Self, Failure> {
        let store = &app.store;
        let standing = Standing::read(store).await?;
        let span = Span::around(&standing);
        let state = &standing.maintenance;
        let (measured, adoption, open, announced, by_hand, runs) = futures_util::join!(
            Measured::read(store, span, zone_of(reader)),
            Adoption::count(store, span.changed),
            Problems::count_open(store),
            Announced::latest(store),
            ByHand::latest(store, state),
            Ran::latest(store),
        );
        // What can't be read is said, and takes nothing else with it.
        let mut unread = Unread::default();
        let measured = unread.or_nothing(MEASURED, measured);
        let adoption = unread.or_nothing(ADOPTION, adoption);
        let open = unread.or_nothing(REPORTED, open);
        let announced = unread.or_nothing(TOLD, announced);
        let by_hand = unread.or_nothing(TOLD, by_hand);
        let runs = unread.or_nothing(RUNS, runs);
        Ok(Self {
            shell: reader.shell(At::Operations),
            done: None,
            live: Live::of(&standing),
            measured,
            adoption: adopted(&adoption),
            problems: match open {
                0 => "none is open".to_owned(),
                several => format!("{} open", thousands(several)),
            },
            unread: unread.0,
            filled: typed.unwrap_or_else(|| maintenance::as_it_is(state)),
            preview: None,
            is_on: state.on,
            needed: standing.needs_maintenance.clone(),
            notices: told::merged(announced, by_hand),
            runs: runs.into_iter().map(Row::of).collect(),
        })
    }
}

/// Parts of the page, as people call them.
const MEASURED: &str = "What was measured";
const ADOPTION: &str = "Events on quotes";
const REPORTED: &str = "What people reported";
const TOLD: &str = "What people were told";
const RUNS: &str = "The list of runs";

/// Parts of the page that can't be read.
#[derive(Default)]
struct Unread(Vec<&'static str>);

impl Unread {
    fn or_nothing<T: Default>(&mut self, part: &'static str, read: Result<T, Failure>) -> T {
        read.unwrap_or_else(|failure| {
            let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
            tracing::warn!(cause, part, "failed to read a part of the page of operations");
            if !self.0.contains(&part) {
                self.0.push(part);
            }
            T::default()
        })
    }
}

/// Which time is looked at.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: DateTime,
    until: DateTime,
    /// When people could not work because of the run.
    run: Option<(DateTime, DateTime)>,
    /// Since when the migration is there.
    changed: Option<DateTime>,
}

impl Span {
    /// A day before the latest run and a day after it, a week at the most; without one, the last day.
    fn around(standing: &Standing) -> Self {
        const DAY: i64 = 24 * 3_600 * 1_000;
        let now = DateTime::now();
        let shifted = |at: DateTime, by: i64| DateTime::from_millis(at.timestamp_millis() + by);
        let Some(run) = &standing.run else {
            return Self { from: shifted(now, -DAY), until: now, run: None, changed: None };
        };
        let counts =
            |step: &&StepRecord| matches!(step.state, StepState::Done | StepState::Incomplete);
        let of = |steps: &[Step]| {
            let ids: Vec<String> = steps.iter().map(Step::id).collect();
            let found = run.steps.iter().filter(counts).filter(|it| ids.contains(&it.step));
            found.collect::<Vec<&StepRecord>>()
        };
        let shut = of(&[Step::BeginMaintenance, Step::Back(Back::BeginMaintenance)]);
        let let_in = of(&[Step::EndMaintenance, Step::Back(Back::EndMaintenance)]);
        let applied = of(&[Step::Up]);
        let began = shut.first().or(applied.first()).map_or(run.started_at, |step| step.began);
        let is_over = run.status == "completed" || !let_in.is_empty();
        let last = let_in.last().or(applied.last()).and_then(|step| step.ended);
        // A run that was left lying has no end.
        let ended = last.filter(|_| is_over).or(run.ended_at).unwrap_or(now).max(began);
        let changed = applied.last().and_then(|step| step.ended).filter(|_| !run.goes_back());
        let from = shifted(began, -DAY);
        let until = shifted(ended, DAY).min(now).min(shifted(from, 7 * DAY));
        Self { from, until, run: Some((began, ended)), changed }
    }
}

fn zone_of(reader: &Reader) -> TimeZone {
    let named = reader.shell(At::Operations).look.zone;
    named.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

async fn pause(app: State<Shared>, author: Author, run: Path<String>) -> Result<Response, Failure> {
    ask(Request::Pause, app, author, run).await
}

async fn resume(
    app: State<Shared>,
    author: Author,
    run: Path<String>,
) -> Result<Response, Failure> {
    ask(Request::Resume, app, author, run).await
}

async fn ask(
    request: Request,
    State(app): State<Shared>,
    author: Author,
    Path(run): Path<String>,
) -> Result<Response, Failure> {
    request.ask(&app.store, &author, &run).await?;
    Ok(Redirect::to(&format!("{PATH}?done={}#main", request.word())).into_response())
}

async fn report(
    State(app): State<Shared>,
    _reader: Reader,
    Path(run): Path<String>,
) -> Result<Response, Failure> {
    let report = Report::of(&app.store, &run).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(REPORT_POLICY)),
    ];
    Ok((headers, report.html).into_response())
}

fn adopted(adoption: &Adoption) -> Vec<(String, String)> {
    let number = |count: Option<u64>| count.map_or("too many to count at once".into(), thousands);
    let mut facts = vec![(
        "Quotes with events".to_owned(),
        format!("{} of {}", number(adoption.with_events), number(adoption.quotes)),
    )];
    if let Some(made) = adoption.made_since {
        let share = adoption.percent().map_or_else(String::new, |it| format!(", {it} %"));
        let with = number(adoption.made_since_with_events);
        facts.push((
            "Of those made since".to_owned(),
            format!("{with} of {}{share}", thousands(made)),
        ));
    }
    if let Some(problems) = adoption.problems_since {
        let said = match problems {
            0 => "none".to_owned(),
            several => thousands(several),
        };
        facts.push(("Problems reported since".to_owned(), said));
    }
    facts
}

impl Row {
    fn of(run: Ran) -> Self {
        let version = run.version.as_deref().unwrap_or_default();
        let what = match run.direction.as_str() {
            "run" => format!("{version}, the whole plan"),
            "up" => format!("{version} applied"),
            "down" => format!("{version} rolled back"),
            "restore" => "a backup restored".to_owned(),
            other => format!("{version} {other}"),
        };
        let (class, state) = match (run.status.as_str(), run.goes_back) {
            ("completed", false) => ("done", "completed"),
            ("completed", true) => ("attention", "rolled back"),
            ("running", false) => ("info", "running"),
            ("running" | "stopped", true) => ("attention", "on its way back"),
            ("stopped", false) => ("attention", "stopped"),
            ("failed", true) => ("danger", "the way back failed"),
            ("superseded", _) => ("calm", "superseded"),
            (other, _) => ("danger", other),
        };
        let mark = (class, state.to_owned());
        let took = match (run.began, run.ended) {
            (Some(began), Some(ended)) => took(began, ended),
            _ => String::new(),
        };
        Self {
            id: run.id,
            what,
            mark,
            began: run.began.and_then(moment).map(Time::full),
            took,
            has_report: run.has_report,
        }
    }
}

/// `38 s`, `1 min 52 s`, `24 h`.
fn took(began: DateTime, ended: DateTime) -> String {
    let millis = ended.timestamp_millis().saturating_sub(began.timestamp_millis()).max(0);
    duration(millis / 1_000)
}

/// `1,000,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn time(at: Option<DateTime>) -> Option<Time> {
    at.and_then(moment).map(Time::near)
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!([7, 1_000, 1_234_567].map(thousands), ["7", "1,000", "1,234,567"]);
    }
}
