//! `causeway notice send | list | cancel`: what people are told of a maintenance.

use bson::DateTime;
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::{
    NoticeCancelArguments, NoticeCommand, NoticeListArguments, NoticeManner, NoticeSendArguments,
    NoticeWords,
};
use super::session::Session;
use crate::failure::{Failure, Result};
use crate::notices::announcement::{Asked, Decision};
use crate::notices::draft::{self, Draft};
use crate::notices::window::moment_of;
use crate::notices::{By, Channel, Delivery, Moment, Notice, store};
use crate::target::Target;
use crate::terminal::rows::Row;

mod dispatch;
mod shown;

use dispatch::Dispatch;

/// Carries out a command about notices.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, command: NoticeCommand) -> Result<Outcome> {
    match command {
        NoticeCommand::Send(arguments) => send(session, Wanted::of(session, arguments)?).await,
        NoticeCommand::List(arguments) => list(session, &arguments).await,
        NoticeCommand::Cancel(arguments) => {
            send(session, Wanted::cancelling(session, arguments)).await
        }
    }
}

/// What somebody wants sent.
struct Wanted {
    asked: Asked,
    channels: Vec<Channel>,
    words: NoticeWords,
    to: Vec<String>,
    manner: NoticeManner,
}

impl Wanted {
    fn of(session: &Session, arguments: NoticeSendArguments) -> Result<Self> {
        let zone = session.config.notices.zone();
        let start = arguments.start.as_deref().map(|text| moment_of(text, &zone));
        let start =
            start.transpose().map_err(|message| Failure::usage(format!("--start: {message}")))?;
        let asked = Asked {
            start,
            minutes: arguments.minutes,
            run: arguments.run,
            ..asked(session, arguments.moment)
        };
        Ok(Self {
            asked,
            channels: arguments.channels,
            words: arguments.words,
            to: arguments.to,
            manner: arguments.manner,
        })
    }

    fn cancelling(session: &Session, arguments: NoticeCancelArguments) -> Self {
        Self {
            asked: asked(session, Moment::Cancelled),
            channels: Vec::new(),
            words: arguments.words,
            to: Vec::new(),
            manner: arguments.manner,
        }
    }
}

fn asked(session: &Session, moment: Moment) -> Asked {
    let notices = &session.config.notices;
    Asked {
        moment,
        start: None,
        minutes: None,
        run: None,
        minutes_usual: notices.minutes(),
        zone: notices.zone(),
        now: Timestamp::now(),
    }
}

async fn send(session: &Session, wanted: Wanted) -> Result<Outcome> {
    let target = session.connect().await?;
    let stored = store::of_latest_maintenance(&target).await?;
    let meant = meant(session, &target, (&wanted, &stored)).await?;
    if meant.notice.moment != wanted.asked.moment {
        session
            .reporter
            .fact("changed", "people know another window: they are told that it has moved");
    }
    warn_of_short_notice(session, &meant.notice);
    let dispatch = Dispatch::new(session, (&target, meant), &wanted)?;
    dispatch.run(&wanted.manner).await
}

/// A notice, whether it is stored, and those of its maintenance before it.
struct Meant<'a> {
    notice: Notice,
    is_stored: bool,
    past: &'a [Notice],
}

async fn meant<'a>(
    session: &Session,
    target: &Target,
    (wanted, stored): (&Wanted, &'a [Notice]),
) -> Result<Meant<'a>> {
    let (moment, window, past) = match wanted.asked.decide(stored)? {
        Decision::Repeat(notice) => {
            let mut notice = notice.clone();
            same_words(&notice, &wanted.words)?;
            let added = wanted.channels.iter().filter(|it| !notice.channels.contains(it));
            let added: Vec<Channel> = added.copied().collect();
            notice.channels.extend(added);
            let past = stored.split_last().map_or(&[] as &[Notice], |(_, past)| past);
            return Ok(Meant { notice, is_stored: true, past });
        }
        Decision::Next(moment, window) => (moment, window, stored),
        Decision::First(moment, window) => (moment, window, &[] as &[Notice]),
    };
    let mut wording = session.config.notices.wording(moment);
    wording.subject = wanted.words.subject.clone().unwrap_or(wording.subject);
    wording.text = wanted.words.text.clone().unwrap_or(wording.text);
    check_words(&wanted.words)?;
    let chosen = if wanted.channels.is_empty() { &wording.channels } else { &wanted.channels };
    // A cancellation goes the ways that the announcement went, and no others.
    let chosen: &[Channel] =
        if moment == Moment::Cancelled && wanted.channels.is_empty() { &[] } else { chosen };
    wording.channels = draft::channels(chosen, moment, past);
    let operator = session.operator();
    let by = By { operator: operator.name, host: operator.host };
    let run = wanted.asked.run.clone();
    let notice = Draft { moment, window, past, wording, by, run }.notice(target).await?;
    Ok(Meant { notice, is_stored: false, past })
}

/// Placeholders on the command line are as strict as those in the configuration.
fn check_words(words: &NoticeWords) -> Result<()> {
    for (flag, text) in [("--subject", &words.subject), ("--text", &words.text)] {
        let checked = text.as_deref().map_or(Ok(()), crate::notices::wording::check);
        checked.map_err(|(_, message)| Failure::usage(format!("{flag}: {message}")))?;
    }
    Ok(())
}

/// What some people got already, the others get as well.
fn same_words(notice: &Notice, words: &NoticeWords) -> Result<()> {
    use crate::notices::wording;
    let (window, database) = (&notice.window, "");
    let differs = |given: &Option<String>,
                   stored: &str,
                   fill: fn(&str, &crate::notices::Window, &str) -> String| {
        given.as_deref().is_some_and(|given| {
            !given.contains("{database}") && fill(given, window, database) != stored
        })
    };
    if differs(&words.subject, &notice.subject, wording::subject)
        || differs(&words.text, &notice.text, wording::text)
    {
        return Err(Failure::refused(format!("notice {} was begun with other words", notice.id))
            .hint("without --subject and --text the same command sends what is missing, with the words that were sent"));
    }
    Ok(())
}

fn warn_of_short_notice(session: &Session, notice: &Notice) {
    let lead = session.config.notices.lead();
    let left = notice.window.start().duration_since(Timestamp::now());
    let is_short = left.as_secs_f64() < lead.as_secs_f64() - 60.0;
    if notice.moment == Moment::Before && is_short {
        session.reporter.warning(format!(
            "the maintenance begins in {}; notices.before.lead_hours asks for {}",
            crate::clock::duration_words(left.as_secs_f64().max(0.0)),
            crate::clock::duration_words(lead.as_secs_f64())
        ));
    }
}

async fn list(session: &Session, arguments: &NoticeListArguments) -> Result<Outcome> {
    let target = session.connect().await?;
    let notices = store::latest(&target, arguments.notices_max).await?;
    if notices.is_empty() {
        session.reporter.fact("notices", "none in this database");
    }
    for notice in &notices {
        session.reporter.emit(Event::Row(row(notice)));
    }
    Ok(Outcome::Done)
}

fn row(notice: &Notice) -> Row {
    let text = |at: DateTime| json!(at.try_to_rfc3339_string().ok());
    let arrived = notice.deliveries.iter().filter(|delivery| delivery.is_sent()).count();
    let state = if notice.is_delivered() { "delivered" } else { "incomplete" };
    let deliveries: Vec<Value> =
        notice.deliveries.iter().map(|delivery| json!(shown::row(delivery, None))).collect();
    Row::from([
        ("row", json!("notice")),
        ("notice", json!(notice.id)),
        ("moment", json!(notice.moment)),
        ("state", json!(state)),
        ("arrived", json!(format!("{arrived} of {}", notice.deliveries.len()))),
        ("start", text(notice.window.start)),
        ("minutes", json!(notice.window.length().to_string())),
        ("created_at", text(notice.created_at)),
        ("by", json!(notice.by.operator)),
        ("subject", json!(notice.subject)),
        ("text", json!(notice.text)),
        ("channels", json!(notice.channels)),
        ("run", json!(notice.run)),
        ("deliveries", json!(deliveries)),
    ])
}

/// Those of `all` that `stored` has not.
fn missing(all: Vec<Delivery>, stored: &[Delivery]) -> Vec<Delivery> {
    let is_stored = |new: &Delivery| {
        stored.iter().any(|old| {
            old.channel == new.channel && draft::is_same_recipient(&old.recipient, &new.recipient)
        })
    };
    all.into_iter().filter(|new| !is_stored(new)).collect()
}
