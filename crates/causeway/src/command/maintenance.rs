//! `causeway maintenance on | off | status`, by hand.

use bson::DateTime;
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use serde_json::json;

use super::arguments::{MaintenanceCommand, MaintenanceOnArguments};
use super::session::Session;
use crate::clock::duration_words;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::maintenance::period::Period;
use crate::maintenance::{self, Switch, fence, period, switching};
use crate::terminal::rows::Row;

/// Periods that `status` shows.
const PERIODS: i64 = 5;

/// Does what was asked.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, command: MaintenanceCommand) -> Result<Outcome> {
    let context = session.context_of(session.connect_unreminded().await?);
    match command {
        MaintenanceCommand::On(arguments) => on(session, &context, arguments).await,
        MaintenanceCommand::Off => off(&context).await,
        MaintenanceCommand::Status => status(&context).await,
    }
}

async fn on(
    session: &Session,
    context: &Context,
    arguments: MaintenanceOnArguments,
) -> Result<Outcome> {
    let target = &context.target;
    let switch = switch(session, arguments)?;
    if let Some(own) = switch.scope.iter().find(|name| !maintenance::may_be_covered(name)) {
        return Err(Failure::refused(format!("{own} is not the application's to write"))
            .hint("name collections that the application writes: --scope COLLECTION"));
    }
    let unknown = maintenance::unknown_in_scope(target, &switch.scope).await?;
    if !unknown.is_empty() {
        return Err(Failure::refused(format!(
            "{} has no collection {}",
            target.name(),
            unknown.join(", ")
        ))
        .hint("name collections that there are: --scope COLLECTION, or maintenance.scope in causeway.toml"));
    }
    let scope = match switch.scope.as_slice() {
        [] => "everything".to_owned(),
        scope => scope.join(", "),
    };
    let fenced = if switch.fence { ", and a fence in the database" } else { "" };
    let what = format!("maintenance of {scope}{fenced}");
    let permission = context.approve(&what).await?;
    let present = switching::begin(context, &permission, &switch).await?;
    switching::show(context, &present).await?;
    let commands = vec!["causeway maintenance off".to_owned()];
    context.reporter.emit(Event::Next { commands });
    Ok(Outcome::Done)
}

fn switch(session: &Session, arguments: MaintenanceOnArguments) -> Result<Switch> {
    let settings = session.config.maintenance();
    let scope =
        if arguments.scope.is_empty() { settings.scope().to_vec() } else { arguments.scope };
    let fence = (arguments.fence || settings.fence()) && !arguments.without_fence;
    if fence && scope.is_empty() {
        return Err(Failure::usage("a fence stands before collections that are named")
            .hint("--scope COLLECTION, or maintenance.scope in causeway.toml"));
    }
    let minutes = i64::from(settings.minutes()) * 60_000;
    let planned = DateTime::from_millis(DateTime::now().timestamp_millis() + minutes);
    Ok(Switch {
        until: Some(arguments.until.unwrap_or(planned)),
        message: arguments.message.unwrap_or_else(|| settings.message().to_owned()),
        scope,
        fence,
        run: None,
    })
}

async fn off(context: &Context) -> Result<Outcome> {
    let target = &context.target;
    let (present, standing) = (maintenance::read(target).await?, fence::read(target).await?);
    if !present.on && standing.is_none() {
        context.reporter.fact("maintenance", "off already; no fence stands");
        return Ok(Outcome::NothingToDo);
    }
    let what = match (&standing, present.on) {
        (Some(_), true) => "validators behind the fence, and the end of maintenance",
        (Some(_), false) => "validators behind the fence",
        (None, _) => "the end of maintenance",
    };
    context.approve(what).await?;
    let mut is_odd = false;
    for lifted in switching::lift(context).await? {
        is_odd |= lifted.is_odd;
        let text = format!("{} {}", lifted.name, lifted.words);
        if lifted.is_odd {
            context.reporter.warning(text);
        } else {
            context.reporter.fact("lifted", text);
        }
    }
    // Last: people are let in when they can write.
    if let Some(ended) = switching::end(context).await? {
        let took = duration_words(ended.seconds());
        context.reporter.fact("maintenance", format!("off after {took}"));
    }
    Ok(if is_odd { Outcome::VerificationFailed } else { Outcome::Done })
}

async fn status(context: &Context) -> Result<Outcome> {
    let (target, now) = (&context.target, DateTime::now());
    let present = maintenance::read(target).await?;
    let standing = fence::read(target).await?;
    let fence = standing.as_ref().map_or_else(|| "none".to_owned(), |fence| fence.words(now));
    let fenced: Vec<_> = standing
        .iter()
        .flat_map(|fence| fence.collections.iter().map(|it| it.name.as_str()))
        .collect();
    let time = |at: Option<DateTime>| at.and_then(|at| at.try_to_rfc3339_string().ok());
    context.reporter.emit(Event::Row(Row::from([
        ("row", json!("maintenance")),
        ("text", json!(maintenance::words(&present, now))),
        ("on", json!(present.on)),
        ("overdue", json!(present.is_overdue(now))),
        ("since", json!(time(present.since.filter(|_| present.on)))),
        ("until", json!(time(present.until.filter(|_| present.on)))),
        ("message", json!(present.message)),
        ("scope", json!(present.scope)),
        ("by", json!(present.by)),
        ("run", json!(present.run)),
    ])));
    if present.on {
        context.reporter.fact("message", present.message.clone());
    }
    context.reporter.emit(Event::Row(Row::from([
        ("row", json!("fence")),
        ("text", json!(fence)),
        ("collections", json!(fenced)),
    ])));
    for period in period::last(target, PERIODS).await? {
        context.reporter.emit(Event::Row(period_row(&period)));
    }
    if present.is_overdue(now) {
        context.reporter.warning("maintenance is overdue: people were told that it would be over");
    }
    if present.on || standing.is_some() {
        let commands = vec!["causeway maintenance off".to_owned()];
        context.reporter.emit(Event::Next { commands });
    }
    Ok(Outcome::Done)
}

fn period_row(period: &Period) -> Row {
    let time = |at: DateTime| at.try_to_rfc3339_string().ok();
    Row::from([
        ("row", json!("maintenance_period")),
        ("began", json!(time(period.began))),
        ("ended", json!(time(period.ended))),
        ("seconds", json!(period.seconds())),
        ("by", json!(period.by)),
        ("ended_by", json!(period.ended_by)),
        ("fence", json!(if period.fence { "fence" } else { "" })),
        ("run", json!(period.run)),
    ])
}
