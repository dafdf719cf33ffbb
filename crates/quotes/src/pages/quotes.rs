//! The list of quotes: a filter that reads as a sentence, a row for each quote, the sum below.

use std::time::{Duration, Instant};

use askama::Template;
use axum::{
    Router,
    extract::{Query as Parameters, State},
    http::StatusCode,
    response::{Redirect, Response},
    routing::get,
};
use quotes_core::{
    price::{Breakdown, Standing},
    quote::Quote,
};

use super::{
    filters::Choices,
    posted::Pairs,
    shell::{At, Reader, Shell, page},
    trouble::sentence,
    words::{State as Status, Time, address_of, counted, short_day},
};
use crate::{
    api::{ListQuery, own_only},
    app::Shared,
    failure::Failure,
    store::listing::{Listed, Order, Sort, Totals},
};

/// A person sees the list before they miss its sum: list and sum together take so long, where they can.
const TIME_MAX: Duration = Duration::from_millis(130);
/// What the sum gets of it at least.
const TOTALS_TIME_MIN: Duration = Duration::from_millis(10);
const STATUSES: [&str; 5] = ["draft", "sent", "updated", "accepted", "booked"];

#[derive(Template)]
#[template(path = "pages/quotes.html")]
struct List {
    shell: Shell,
    asked: Asked,
    choices: Choices,
    rows: Vec<Row>,
    /// What is wrong with what was asked for.
    problem: Option<String>,
    odd: Vec<String>,
    totals: Option<TotalsShown>,
    next: Option<String>,
    previous: Option<String>,
    undo: Option<Undo>,
}

/// What was asked for, as the form shows it again.
struct Asked {
    pairs: Pairs,
    search: String,
    statuses: Vec<String>,
    destination: String,
    event: String,
    arrival_from: String,
    arrival_to: String,
    created_by: String,
    deleted: bool,
    sort: Sort,
    order: Order,
}

/// A quote in the list.
struct Row {
    address: String,
    reference: String,
    lead: Option<String>,
    title: Option<String>,
    trip: String,
    events: Vec<String>,
    total: Option<String>,
    share: Option<String>,
    status: Status,
    version: u32,
    changed: Option<Time>,
    by: String,
    marks: usize,
}

struct TotalsShown {
    count: String,
    sums: Vec<String>,
    note: Option<String>,
}

/// A quote that was deleted a moment ago.
struct Undo {
    address: String,
    reference: String,
    lead: String,
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/", get(async || Redirect::to("/quotes"))).route("/quotes", get(list))
}

async fn list(
    State(app): State<Shared>,
    reader: Reader,
    Parameters(pairs): Parameters<Pairs>,
) -> Result<Response, Failure> {
    let begun = Instant::now();
    let asked = Asked::of(pairs);
    let undo = undo(&app, &reader, &asked).await?;
    let principal = reader.principal();
    let choices = Choices::read(&app).await?;
    let read = ListQuery::read(asked.for_the_list());
    let found = match read {
        Ok(mut query) => {
            own_only(&mut query.wanted.filter, &principal)?;
            app.store.list_quotes(&query.wanted).await.map(|listed| (query, listed))
        }
        Err(failure) => Err(failure),
    };
    let mut list = List {
        shell: reader.shell(At::Quotes),
        asked,
        choices,
        rows: Vec::new(),
        problem: None,
        odd: Vec::new(),
        totals: None,
        next: None,
        previous: None,
        undo,
    };
    match found {
        Ok((query, listed)) => {
            (list.asked.sort, list.asked.order) = (query.wanted.sort, query.wanted.order);
            list.fill(&app, (listed, begun)).await?;
            Ok(page(StatusCode::OK, &list))
        }
        Err(failure) if failure.status == StatusCode::UNPROCESSABLE_ENTITY => {
            list.problem = Some(problem(&failure));
            Ok(page(failure.status, &list))
        }
        Err(failure) => Err(failure),
    }
}

fn problem(failure: &Failure) -> String {
    let details = failure.details.iter().map(|it| sentence(&it.message)).collect::<Vec<_>>();
    if details.is_empty() { sentence(&failure.message) } else { details.join(" ") }
}

async fn undo(app: &Shared, reader: &Reader, asked: &Asked) -> Result<Option<Undo>, Failure> {
    let Some((_, id)) = asked.pairs.iter().find(|(name, _)| name == "undo") else {
        return Ok(None);
    };
    let found = app.store.find_quote(id).await?.map(|raw| Quote::read(&raw));
    let deleted = found.filter(|quote| quote.is_deleted() && reader.principal().is_admin());
    Ok(deleted.map(|quote| Undo {
        address: address_of(&quote),
        reference: quote.reference.to_string(),
        lead: quote.trip.lead_name.unwrap_or_default(),
    }))
}

impl List {
    async fn fill(
        &mut self,
        app: &Shared,
        (listed, begun): (Listed, Instant),
    ) -> Result<(), Failure> {
        let left = TIME_MAX.saturating_sub(begun.elapsed()).max(TOTALS_TIME_MIN);
        let totals = app.store.totals(&listed.matching, left).await?;
        let Listed { quotes, next, previous, sorted_by_age, cut, .. } = listed;
        let quotes: Vec<Quote> = quotes.iter().map(|raw| Quote::read(raw)).collect();
        let authors = quotes.iter().filter_map(|it| it.created_by).collect();
        let names = app.store.names_of_users(&authors).await?;
        let me = self.shell.user.clone();
        self.rows = quotes
            .into_iter()
            .map(|quote| {
                let by = quote.created_by.map(|id| match names.get(&id) {
                    _ if id.to_hex() == me => "by you".to_owned(),
                    Some(name) => format!("by {name}"),
                    None => "author unknown".to_owned(),
                });
                Row::of(quote, by.unwrap_or_default())
            })
            .collect();
        self.next = next.map(|cursor| self.asked.link([("cursor", cursor.as_str())]));
        self.previous = previous.map(|cursor| self.asked.link([("cursor", cursor.as_str())]));
        self.totals = Some(TotalsShown::of(totals));
        if sorted_by_age {
            self.odd
                .push("Sorted by age for now: the index for this order is not there.".to_owned());
        }
        if cut {
            self.odd.push("There are more results: search for another word as well.".to_owned());
        }
        Ok(())
    }

    fn is_filtered(&self) -> bool {
        !self.asked.for_the_list().iter().all(|(name, value)| {
            value.is_empty() || ["sort", "order", "cursor", "limit"].contains(&name.as_str())
        })
    }
}

impl Asked {
    fn of(pairs: Pairs) -> Self {
        let value = |name: &str| {
            pairs.iter().find(|(it, _)| it == name).map(|(_, it)| it.clone()).unwrap_or_default()
        };
        let statuses = pairs.iter().filter(|(name, value)| name == "status" && !value.is_empty());
        Self {
            search: value("search"),
            statuses: statuses
                .flat_map(|(_, it)| it.split(','))
                .map(|it| it.trim().to_owned())
                .collect(),
            destination: value("destination"),
            event: value("event"),
            arrival_from: value("arrivalFrom"),
            arrival_to: value("arrivalTo"),
            created_by: value("createdBy"),
            deleted: value("deleted") == "only",
            sort: Sort::default(),
            order: Order::default(),
            pairs,
        }
    }

    /// Without what only the page knows.
    fn for_the_list(&self) -> Pairs {
        self.pairs.iter().filter(|(name, _)| name != "undo").cloned().collect()
    }

    /// The same list with some things otherwise, from its beginning unless a cursor is given.
    fn link<'a>(&self, other: impl AsRef<[(&'a str, &'a str)]>) -> String {
        let other = other.as_ref();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let gone = |name: &str| {
            ["cursor", "undo"].contains(&name) || other.iter().any(|(it, _)| *it == name)
        };
        let kept = self.pairs.iter().filter(|(name, value)| !value.is_empty() && !gone(name));
        query.extend_pairs(kept);
        query.extend_pairs(other.iter().filter(|(_, value)| !value.is_empty()));
        format!("/quotes?{}", query.finish())
    }

    /// Sorts by it; what is sorted by it already is turned round.
    fn sorted_link(&self, sort: Sort) -> String {
        let word = match sort {
            Sort::Updated => "updated",
            Sort::Created => "created",
            Sort::Arrival => "arrival",
            Sort::Total => "total",
        };
        let turned = self.sort == sort && self.order == Order::Descending;
        self.link([("sort", word), ("order", if turned { "asc" } else { "" })])
    }

    fn sorted(&self, sort: Sort) -> Option<&'static str> {
        let word = match self.order {
            Order::Ascending => "ascending",
            Order::Descending => "descending",
        };
        (self.sort == sort).then_some(word)
    }

    fn has_status(&self, status: &str) -> bool {
        self.statuses.iter().any(|it| it == status)
    }

    fn statuses_in_words(&self) -> String {
        match self.statuses.as_slice() {
            [] => "of any status".to_owned(),
            [only] => only.clone(),
            [several @ .., last] => format!("{} or {last}", several.join(", ")),
        }
    }

    fn arrival_in_words(&self) -> String {
        match (self.arrival_from.as_str(), self.arrival_to.as_str()) {
            ("", "") => "at any time".to_owned(),
            (from, "") => format!("from {from}"),
            ("", to) => format!("until {to}"),
            (from, to) => format!("from {from} to {to}"),
        }
    }
}

impl Row {
    fn of(quote: Quote, by: String) -> Self {
        let price = Breakdown::of(&quote);
        let trip = &quote.trip;
        let day = trip.arrival.map_or_else(|| "no arrival date".to_owned(), short_day);
        let trip_words = [
            trip.destination.clone(),
            Some(day),
            trip.nights.map(|it| counted(it, ("night", "nights"))),
            trip.people.map(|it| counted(it, ("person", "people"))),
        ];
        let events = price.lines.iter().filter(|line| line.standing != Standing::Repeated);
        Self {
            address: address_of(&quote),
            reference: quote.reference.to_string(),
            trip: trip_words.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            events: events.map(super::receipt::in_a_line).collect(),
            total: quote.total.map(|_| price.total.to_string()),
            share: price.per_person.map(|it| format!("{it} per person")),
            status: Status::of(&quote.status),
            version: quote.version,
            changed: quote.times.updated.or(quote.times.created).map(Time::ago),
            marks: quote.marks.len(),
            lead: quote.trip.lead_name,
            title: quote.trip.title,
            by,
        }
    }
}

impl TotalsShown {
    fn of(totals: Totals) -> Self {
        let count = match (totals.count, totals.complete) {
            (Some(count), _) => counted(count, ("quote", "quotes")),
            (None, _) => "More quotes than can be counted at once".to_owned(),
        };
        let sums = totals.sums.iter().filter(|_| totals.complete).map(|it| it.total.to_string());
        let note = match (totals.complete, totals.unreadable) {
            (false, _) => Some("Too many to sum up: filter the list".to_owned()),
            (true, 0) => None,
            (true, some) => Some(format!("{some} in no sum: their total can’t be read")),
        };
        Self { count, sums: sums.collect(), note }
    }
}
