//! The events that can be chosen, and those that are.

use askama::{Template, filters::HtmlSafe};
use bson::doc;
use quotes_core::{
    event::CatalogueEvent,
    fold::fold,
    money::Money,
    price::{Line, Standing},
    quote::SELECTIONS_MAX,
};

use super::{sheet::Sheet, typed::Typed};
use crate::{
    app::Shared,
    failure::Failure,
    pages::{filters::destinations, receipt},
};

/// What can be chosen where the group goes.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/chooser.html")]
pub(super) struct Chooser {
    destination: String,
    options: Vec<Offer>,
    categories: Vec<Category>,
}

impl HtmlSafe for Chooser {}

#[derive(Debug, Clone)]
struct Offer {
    id: String,
    name: String,
    what: String,
    price: String,
    basis: &'static str,
    categories: String,
    is_chosen: bool,
}

#[derive(Debug, Clone)]
struct Category {
    slug: String,
    name: String,
    count: usize,
}

/// What is chosen, with its price.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/chosen.html")]
pub(super) struct ChosenList {
    rows: Vec<Row>,
    max: usize,
}

impl HtmlSafe for ChosenList {}

#[derive(Debug, Clone)]
pub(super) struct Row {
    id: String,
    name: String,
    per_person: bool,
    amount: String,
    /// How that comes about: `£50.00 × 10 people`.
    basis: Option<String>,
    /// Ticked in the chooser; without it the row has to say so itself.
    is_offered: bool,
    use_current: bool,
    /// What is odd about it.
    notes: Vec<String>,
    /// The catalogue's price of now, where it is another.
    current: Option<String>,
    /// Fields for a price, where the catalogue has none.
    typed: Option<TypedPrice>,
    problems: Vec<String>,
}

impl ChosenList {
    /// The event at a place.
    pub(super) fn row(&self, at: usize) -> Option<&Row> {
        self.rows.get(at)
    }
}

impl Row {
    /// The control that a problem with one of its fields is about, and the event's name.
    pub(super) fn called(&self, field: Option<&str>) -> (String, String) {
        let what = match field.filter(|_| self.typed.is_some()) {
            Some("price") => "price",
            Some("priceReason") => "reason",
            _ => "chosen",
        };
        (format!("{what}-{}", self.id), self.name.clone())
    }
}

#[derive(Debug, Clone)]
struct TypedPrice {
    sign: String,
    price: String,
    reason: String,
    /// What is wrong: the price, or who named it.
    wrong_price: bool,
    wrong_reason: bool,
}

/// What old documents say of activities, with events whose names stand in it.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/legacy.html")]
pub(super) struct Legacy {
    text: String,
    suggestions: Vec<Suggestion>,
}

impl HtmlSafe for Legacy {}

#[derive(Debug, Clone)]
struct Suggestion {
    id: String,
    label: String,
}

/// The catalogue as a form needs it.
pub(super) struct Offered {
    events: Vec<CatalogueEvent>,
    categories: Vec<(Option<bson::oid::ObjectId>, String, String)>,
    pub(super) destinations: Vec<String>,
}

impl Offered {
    /// What can be chosen now.
    pub(super) async fn read(app: &Shared) -> Result<Self, Failure> {
        let can_be_chosen = doc! { "isActive": { "$ne": false }, "deletedAt": null };
        let (raw, categories) =
            tokio::try_join!(app.store.events(can_be_chosen), app.store.categories())?;
        let mut events: Vec<CatalogueEvent> = raw
            .iter()
            .map(|raw| CatalogueEvent::read(raw))
            .filter(|event| event.id.is_some() && event.can_be_chosen())
            .collect();
        events.sort_by_cached_key(|event| (event.order, fold(&event.name)));
        let categories = categories.iter().filter(|it| it.get_bool("isActive").unwrap_or(true));
        let text =
            |it: &bson::RawDocument, key: &str| it.get_str(key).unwrap_or_default().to_owned();
        let categories = categories
            .map(|it| (it.get_object_id("_id").ok(), text(it, "slug"), text(it, "name")))
            .collect();
        Ok(Self { destinations: destinations(&events), events, categories })
    }

    fn at<'a>(&'a self, destination: &'a str) -> impl Iterator<Item = &'a CatalogueEvent> {
        self.events.iter().filter(move |event| event.is_offered_in(Some(destination)))
    }

    /// The chooser for what is typed.
    pub(super) fn chooser(&self, typed: &Typed) -> Chooser {
        let destination = typed.get("destination");
        let mut there: Vec<&CatalogueEvent> = self.at(destination).collect();
        // What is offered there only comes first.
        if !destination.is_empty() {
            there.sort_by_key(|event| event.everywhere);
        }
        let slugs = |event: &CatalogueEvent| {
            let of = self
                .categories
                .iter()
                .filter(|(id, ..)| id.is_some_and(|id| event.categories.contains(&id)));
            of.map(|(_, slug, _)| slug.as_str()).collect::<Vec<_>>().join(" ")
        };
        let offer = |event: &&CatalogueEvent| {
            let id = event.id.map(|id| id.to_hex()).unwrap_or_default();
            let chosen = typed.chosen.iter().find(|it| it.event == id);
            // Before it is chosen, as it will be when it is.
            let per_person = chosen.is_none_or(|it| it.per_person);
            let basis = if per_person { "per person" } else { "for the group" };
            Offer {
                name: event.name.clone(),
                what: what(event),
                price: price(event),
                basis,
                categories: slugs(event),
                is_chosen: chosen.is_some(),
                id,
            }
        };
        let categories = self.categories.iter().filter_map(|(id, slug, name)| {
            let count = there.iter().filter(|it| id.is_some_and(|id| it.categories.contains(&id)));
            let count = count.count();
            (count > 0).then(|| Category { slug: slug.clone(), name: name.clone(), count })
        });
        Chooser {
            destination: destination.to_owned(),
            options: there.iter().map(offer).collect(),
            categories: categories.collect(),
        }
    }

    /// The list of what is chosen.
    pub(super) fn chosen(&self, typed: &Typed, sheet: &Sheet) -> ChosenList {
        let rows = typed.chosen.iter().enumerate().map(|(at, chosen)| {
            let id = chosen.event.clone();
            let is_offered = self
                .at(typed.get("destination"))
                .any(|event| event.id.is_some_and(|it| it.to_hex() == id));
            let line = sheet.price.lines.iter().find(|line| {
                line.standing != Standing::Repeated
                    && line.event.is_some_and(|it| it.to_hex() == id)
            });
            let known = line.and_then(|line| line.event).and_then(|it| sheet.catalogue.get(it));
            let position = sheet
                .quote
                .selection
                .iter()
                .position(|it| !it.repeated && it.event.is_some_and(|it| it.to_hex() == id));
            let about = position.map(|at| format!("selectedEvents.{at}"));
            let warnings = sheet.warnings.iter().filter(|it| Some(&it.field) == about.as_ref());
            let (moved, others): (Vec<_>, Vec<_>) =
                warnings.partition(|it| it.code == "price_moved");
            let prefix = format!("selectedEvents.{at}.");
            let problems: Vec<_> =
                sheet.problems.iter().filter(|it| it.field.starts_with(&prefix)).collect();
            let is_wrong =
                |field: &str| problems.iter().any(|it| it.field == format!("{prefix}{field}"));
            let no_price = known.is_none_or(|event| event.unit.is_none());
            let is_on_request = line.is_none_or(|line| line.unit.is_none());
            Row {
                name: line.map(|it| it.name.clone()).unwrap_or_else(|| "Unknown event".to_owned()),
                per_person: chosen.per_person,
                amount: line.map_or_else(|| "on request".to_owned(), receipt::amount),
                basis: line.filter(|it| it.unit.is_some()).map(receipt::basis),
                is_offered,
                use_current: chosen.use_current,
                notes: others
                    .iter()
                    .filter(|it| it.code != "price_on_request")
                    .map(|it| it.message.clone())
                    .collect(),
                current: moved.first().map(|it| it.message.clone()),
                typed: (no_price && (is_on_request || !chosen.price.is_empty())).then(|| {
                    TypedPrice {
                        sign: sign(line),
                        price: chosen.price.clone(),
                        reason: chosen.reason.clone(),
                        wrong_price: is_wrong("price"),
                        wrong_reason: is_wrong("priceReason"),
                    }
                }),
                problems: problems.iter().map(|it| it.message.clone()).collect(),
                id,
            }
        });
        ChosenList { rows: rows.collect(), max: SELECTIONS_MAX }
    }

    /// What the old document says, with what is mentioned and not chosen.
    pub(super) fn legacy(&self, typed: &Typed, sheet: &Sheet) -> Option<Legacy> {
        let text = sheet.quote.activities_included.clone().filter(|it| !it.trim().is_empty())?;
        let folded = format!(" {} ", words_only(&fold(&text)));
        let chosen = |id: &str| typed.chosen.iter().any(|it| it.event == id);
        let mentioned = self.at(typed.get("destination")).filter_map(|event| {
            let name = words_only(&fold(&event.name));
            let id = event.id?.to_hex();
            let is_mentioned = !name.is_empty() && folded.contains(&format!(" {name} "));
            (is_mentioned && !chosen(&id))
                .then(|| Suggestion { label: format!("{} · {}", event.name, price(event)), id })
        });
        let suggestions = mentioned.take(SELECTIONS_MAX).collect();
        Some(Legacy { text, suggestions })
    }
}

fn words_only(text: &str) -> String {
    let plain: String =
        text.chars().map(|it| if it.is_alphanumeric() { it } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sign(line: Option<&Line>) -> String {
    line.and_then(|line| line.currency.symbol()).unwrap_or("£").to_owned()
}

fn price(event: &CatalogueEvent) -> String {
    let money = event.unit.and_then(|unit| Money::from_decimal(unit, event.currency));
    money.map_or_else(|| "on request".to_owned(), |money| money.to_string())
}

fn what(event: &CatalogueEvent) -> String {
    let description = event.description.clone().unwrap_or_default();
    let first = description.lines().next().unwrap_or_default().trim().to_owned();
    let short: String = first.chars().take(100).collect();
    let minimum =
        event.minimum_people.filter(|it| *it > 1).map(|it| format!("{it} people or more"));
    [Some(short).filter(|it| !it.is_empty()), minimum]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}
