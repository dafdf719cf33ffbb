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
use crate::clock::duration_words;
use crate::failure::{Failure, Result};
use crate::notices::announcement::{Asked, Decision};
use crate::notices::draft::{self, Draft};
use crate::notices::window::{Minutes, moment_of};
use crate::notices::{By, Channel, Delivery, Moment, Notice, store, wording};
use crate::target::Target;
use crate::terminal::rows::Row;

mod dispatch;
mod shown;

use dispatch::Dispatch;

const MINUTE: f64 = 60.0;
/// A maintenance that begins earlier than it was announced is worth a word.
const EARLY_SECONDS_MAX: f64 = 15.0 * MINUTE;

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
        minutes_usual: session.config.minutes(),
        zone: notices.zone(),
        now: Timestamp::now(),
    }
}

/// What a run of the whole plan has to tell people.
pub(crate) struct Telling {
    pub(crate) moment: Moment,
    /// When the maintenance begins.
    pub(crate) start: Timestamp,
    pub(crate) minutes: Minutes,
    pub(crate) run: String,
    /// Where it goes; nowhere else.
    pub(crate) channels: Vec<Channel>,
}

/// Tells them; given again it sends what is missing, and nothing twice.
///
/// # Errors
/// When something did not reach somebody.
pub(crate) async fn tell(session: &Session, target: &Target, telling: Telling) -> Result<Outcome> {
    let asked = Asked {
        start: Some(telling.start),
        minutes: Some(telling.minutes),
        run: Some(telling.run),
        ..asked(session, telling.moment)
    };
    let (words, manner) = (NoticeWords::default(), NoticeManner::default());
    let wanted = Wanted { asked, channels: telling.channels, words, to: Vec::new(), manner };
    send_to(session, target, wanted).await
}

async fn send(session: &Session, wanted: Wanted) -> Result<Outcome> {
    send_to(session, &session.connect().await?, wanted).await
}

async fn send_to(session: &Session, target: &Target, wanted: Wanted) -> Result<Outcome> {
    let stored = store::of_latest_maintenance(target).await?;
    let meant = meant(session, target, (&wanted, &stored)).await?;
    if meant.notice.moment != wanted.asked.moment {
        session
            .reporter
            .fact("changed", "people know another window: they are told that it has moved");
    }
    warn_of_the_time(session, &meant.notice);
    let dispatch = Dispatch::new(session, (target, meant), &wanted)?;
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
            same_words(&notice, &wanted.words, target.name())?;
            let added = wanted.channels.iter().filter(|it| !notice.channels.contains(it));
            let added: Vec<Channel> = added.copied().collect();
            notice.channels.extend(added);
            let past = stored.split_last().map_or(&[] as &[Notice], |(_, past)| past);
            return Ok(Meant { notice, is_stored: true, past });
        }
        Decision::Next(moment, window) => (moment, window, stored),
        Decision::First(moment, window) => (moment, window, &[] as &[Notice]),
    };
    let mut words = session.config.notices.wording(moment);
    words.subject = wanted.words.subject.clone().unwrap_or(words.subject);
    words.text = wanted.words.text.clone().unwrap_or(words.text);
    check_words(&wanted.words)?;
    let chosen = if wanted.channels.is_empty() { &words.channels } else { &wanted.channels };
    // A cancellation goes the ways that the announcement went, and no others.
    let chosen: &[Channel] =
        if moment == Moment::Cancelled && wanted.channels.is_empty() { &[] } else { chosen };
    words.channels = draft::channels(chosen, moment, past);
    let operator = session.operator();
    let by = By { operator: operator.name, host: operator.host };
    let run = wanted.asked.run.clone();
    let notice = Draft { moment, window, past, wording: words, by, run }.notice(target).await?;
    Ok(Meant { notice, is_stored: false, past })
}

/// Placeholders on the command line are as strict as those in the configuration.
fn check_words(words: &NoticeWords) -> Result<()> {
    for (flag, text) in [("--subject", &words.subject), ("--text", &words.text)] {
        let checked = text.as_deref().map_or(Ok(()), wording::check);
        checked.map_err(|(_, message)| Failure::usage(format!("{flag}: {message}")))?;
    }
    Ok(())
}

/// What some people got already, the others get as well.
fn same_words(notice: &Notice, words: &NoticeWords, database: &str) -> Result<()> {
    let window = &notice.window;
    let subject = words.subject.as_ref().map(|it| wording::subject(it, window, database));
    let text = words.text.as_ref().map(|it| wording::text(it, window, database));
    if subject.is_none_or(|it| it == notice.subject) && text.is_none_or(|it| it == notice.text) {
        return Ok(());
    }
    Err(Failure::refused(format!("notice {} was begun with other words", notice.id)).hint(
        "without --subject and --text the same command sends what is missing, with the words that \
         were sent",
    ))
}

/// What is said at another time than people expect it.
fn warn_of_the_time(session: &Session, notice: &Notice) {
    let seconds_max = session.config.notices.lead().as_secs_f64();
    let left = notice.window.start().duration_since(Timestamp::now()).as_secs_f64();
    let begins = format!("the maintenance begins in {}", duration_words(left.max(0.0)));
    // Between the command and this line time passes: a minute is on time.
    if notice.moment == Moment::Before && left < seconds_max - MINUTE {
        let asked = duration_words(seconds_max);
        session.reporter.warning(format!("{begins}; notices.before.lead_hours asks for {asked}"));
    }
    if notice.moment == Moment::During && left > EARLY_SECONDS_MAX {
        session.reporter.warning(format!("{begins}, and people are told that it has begun"));
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
