//! What was written down about a quote: moves of its price, versions, deeds.

use std::collections::{BTreeSet, HashMap};

use bson::{Bson, Document, oid::ObjectId};
use jiff::Timestamp;
use quotes_core::{
    money::{Currency, Money, decimal_from_json},
    quote::{PriceEntry, Quote, Reason},
};

use crate::{
    app::Shared,
    failure::Failure,
    pages::{
        receipt::signed,
        shell::Reader,
        words::{self, Time, capitalized},
    },
};

/// A change of the price and its line in the log are written in one transaction.
const LOGGED_SECONDS_MAX: i64 = 20;

/// Who stands in records, by name; the reader is `you`.
pub(super) struct Names {
    reader: ObjectId,
    names: HashMap<ObjectId, String>,
}

impl Names {
    /// Looks all of them up at once.
    pub(super) async fn look_up(
        app: &Shared,
        reader: &Reader,
        (quote, audit, mails): (&Quote, &[Document], &[Document]),
    ) -> Result<Self, Failure> {
        let moved = quote.history.iter().filter_map(|entry| entry.user);
        let did = audit.iter().filter_map(|entry| entry.get_object_id("userId").ok());
        let wrote = mails.iter().filter_map(|mail| mail.get_object_id("createdBy").ok());
        let ids: BTreeSet<ObjectId> = moved.chain(did).chain(wrote).collect();
        Ok(Self { reader: reader.person.id, names: app.store.names_of_users(&ids).await? })
    }

    fn of(&self, id: Option<ObjectId>) -> Option<String> {
        match id? {
            id if id == self.reader => Some("you".to_owned()),
            id => self.names.get(&id).cloned(),
        }
    }
}

/// A move of the price.
pub(super) struct Move {
    pub(super) when: Option<Time>,
    pub(super) what: String,
    pub(super) who: Option<String>,
    /// None for the first, and where an amount can't be read.
    pub(super) by: Option<String>,
    pub(super) total: Option<String>,
}

/// The newest first. Which event it was that moved the price stands in the log.
pub(super) fn moves(quote: &Quote, names: &Names, audit: &[Document]) -> Vec<Move> {
    let mut events = EventMoves::of(audit, quote.currency);
    let mut before: Option<Money> = None;
    let mut moves: Vec<Move> = Vec::with_capacity(quote.history.len());
    for entry in &quote.history {
        let by = before.zip(entry.price).and_then(|(old, new)| new.checked_sub(old)).map(signed);
        moves.push(Move {
            when: entry.at.map(Time::full),
            what: events.take(entry).unwrap_or_else(|| reason(&entry.reason)),
            who: names.of(entry.user),
            by,
            total: entry.price.map(|it| it.to_string()),
        });
        before = entry.price.or(before);
    }
    moves.reverse();
    moves
}

/// Events that the log says were added or taken off, each to be told once.
struct EventMoves<'a>(Vec<EventMove<'a>>);

struct EventMove<'a> {
    at: Timestamp,
    action: &'a str,
    name: &'a str,
    total: Money,
}

impl<'a> EventMoves<'a> {
    fn of(audit: &'a [Document], currency: Currency) -> Self {
        let mut moves = Vec::new();
        for entry in audit {
            let Some(at) = moment(entry, "timestamp") else { continue };
            let events = entry.get_document("details").and_then(|it| it.get_array("events"));
            for event in events.into_iter().flatten().filter_map(Bson::as_document) {
                let word = |key: &str| event.get_str(key).ok();
                if let (Some(action), Some(name)) = (word("action"), word("eventName"))
                    && let Some(total) = amount(event, "totalAfter", currency)
                {
                    moves.push(EventMove { at, action, name, total });
                }
            }
        }
        Self(moves)
    }

    /// `Karting added`, where the log has the same move at the same time.
    fn take(&mut self, entry: &PriceEntry) -> Option<String> {
        let verb = match entry.reason {
            Reason::EventAdded => "added",
            Reason::EventRemoved => "removed",
            _ => return None,
        };
        let (at, total) = (entry.at?, entry.price?);
        let found = self.0.iter().position(|it| {
            it.action == entry.reason.as_str()
                && it.total == total
                && it.at.duration_since(at).as_secs().abs() <= LOGGED_SECONDS_MAX
        })?;
        Some(format!("{} {verb}", self.0.remove(found).name))
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::PackageSelection => "Package chosen".to_owned(),
        Reason::Recalculation => "Recalculated".to_owned(),
        Reason::ManualOverride => "Price typed".to_owned(),
        Reason::EventAdded => "Event added".to_owned(),
        Reason::EventRemoved => "Event removed".to_owned(),
        Reason::Other(word) => capitalized(&word.replace('_', " ")),
    }
}

/// A version that was sent, or the present one.
pub(super) struct Version {
    pub(super) number: u32,
    pub(super) sent: Vec<Time>,
    pub(super) to: String,
    /// The one before it that was sent.
    pub(super) before: Option<u32>,
    /// Whether it is what stands in the quote now, and was not sent.
    pub(super) is_unsent: bool,
}

/// The newest first, the present one before them when it was not sent.
pub(super) fn versions(quote: &Quote, kept: &[Document]) -> Vec<Version> {
    let mut versions = Vec::new();
    for document in kept {
        let number = document.get("version").and_then(Bson::as_i32).unwrap_or_default();
        let times = document.get_array("sent").into_iter().flatten().filter_map(Bson::as_document);
        let (mut sent, mut to) = (Vec::new(), Vec::<String>::new());
        for time in times {
            sent.extend(moment(time, "at").map(Time::full));
            let address = time.get_str("to").unwrap_or_default().to_owned();
            if !to.contains(&address) {
                to.push(address);
            }
        }
        versions.push(Version {
            number: u32::try_from(number).unwrap_or_default(),
            sent,
            to: to.join(", "),
            before: None,
            is_unsent: false,
        });
    }
    versions.sort_by_key(|version| std::cmp::Reverse(version.number));
    if versions.first().is_none_or(|latest| latest.number < quote.version) {
        let present = Version {
            number: quote.version,
            sent: Vec::new(),
            to: String::new(),
            before: None,
            is_unsent: true,
        };
        versions.insert(0, present);
    }
    let numbers: Vec<u32> = versions.iter().map(|version| version.number).collect();
    for (version, before) in versions.iter_mut().zip(numbers.into_iter().skip(1)) {
        version.before = Some(before);
    }
    versions
}

/// Something that somebody did.
pub(super) struct Deed {
    pub(super) words: String,
    pub(super) when: Option<Time>,
    pub(super) total: Option<String>,
}

impl Deed {
    pub(super) fn of(entry: &Document, names: &Names, currency: Currency) -> Self {
        let who = match entry.get_str("causewayRun") {
            Ok(run) => format!("Run {run} of Causeway"),
            Err(_) => {
                let name = names.of(entry.get_object_id("userId").ok());
                capitalized(&name.unwrap_or_else(|| "somebody unknown".to_owned()))
            }
        };
        let details = entry.get_document("details").ok();
        let what = what(entry.get_str("action").unwrap_or_default(), details);
        Self {
            words: format!("{who} {what}"),
            when: moment(entry, "timestamp").map(Time::full),
            total: details.and_then(|details| total(details, currency)),
        }
    }
}

fn what(action: &str, details: Option<&Document>) -> String {
    let word = |key: &str| details.and_then(|it| it.get_str(key).ok()).unwrap_or_default();
    let number = |key: &str| details.and_then(|it| it.get(key)).map(plain_number);
    match action {
        "quote.create" => "wrote the quote".to_owned(),
        "quote.update" => edited(details),
        "quote.send" => format!("sent version {}", number("version").unwrap_or_default()),
        "quote.resend" => {
            format!("sent the mail of version {} again", number("version").unwrap_or_default())
        }
        "quote.status" => format!("marked it {}", word("to")),
        "quote.version" => format!("started version {}", number("version").unwrap_or_default()),
        "quote.delete" => "deleted it".to_owned(),
        "quote.restore" => "restored it".to_owned(),
        other => format!("did something that is called {other}"),
    }
}

fn plain_number(value: &Bson) -> String {
    match value {
        Bson::Int32(number) => number.to_string(),
        Bson::Int64(number) => number.to_string(),
        Bson::Double(number) => number.to_string(),
        _ => String::new(),
    }
}

/// `added Karting and changed hotel, rooms`.
fn edited(details: Option<&Document>) -> String {
    let events = details.and_then(|it| it.get_array("events").ok()).into_iter().flatten();
    let mut deeds: Vec<String> = events
        .filter_map(Bson::as_document)
        .map(|event| {
            let verb = match event.get_str("action").unwrap_or_default() {
                "event_added" => "added",
                "event_removed" => "removed",
                _ => "changed",
            };
            format!("{verb} {}", event.get_str("eventName").unwrap_or("an event"))
        })
        .collect();
    let fields = details.and_then(|it| it.get_array("fields").ok()).into_iter().flatten();
    let fields: Vec<String> = fields
        .filter_map(Bson::as_str)
        .filter(|field| *field != "selectedEvents")
        .map(in_words)
        .collect();
    if !fields.is_empty() {
        deeds.push(format!("changed {}", fields.join(", ")));
    }
    match deeds.as_slice() {
        [] => "edited it".to_owned(),
        [only] => only.clone(),
        [several @ .., last] => format!("{} and {last}", several.join(", ")),
    }
}

/// `numberOfPeople` as `number of people`.
fn in_words(field: &str) -> String {
    let mut words = String::new();
    for letter in field.chars() {
        if letter.is_uppercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// How the total moved. The log keeps plain numbers, in what the quote is in.
fn total(details: &Document, currency: Currency) -> Option<String> {
    let amount = |key: &str| amount(details, key, currency);
    let (before, after) = (amount("totalBefore"), amount("totalAfter")?);
    Some(match before {
        Some(before) => format!("Total {before} → {after}"),
        None => format!("Total {after}"),
    })
}

fn amount(document: &Document, key: &str, currency: Currency) -> Option<Money> {
    let decimal = decimal_from_json(&plain_number(document.get(key)?).parse().ok()?)?;
    Money::from_decimal(decimal, currency)
}

pub(super) fn moment(document: &Document, key: &str) -> Option<Timestamp> {
    document.get_datetime(key).ok().copied().and_then(words::moment)
}
