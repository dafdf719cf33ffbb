//! The form of a quote: trip, events, notes, and the receipt that follows every change.
//!
//! It is worked out here at each change, by the rules that save it, and sent back whole or in parts; the
//! script only fetches and places.

mod chooser;
mod conflict;
mod sheet;
mod typed;

use std::collections::HashMap;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::oid::ObjectId;
use quotes_core::{
    changes::Changes,
    package::Package,
    quote::{Quote, revision},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    posted::{self, Posted},
    receipt::{Controls, Receipt},
    shell::{At, Reader, Shell, page},
    trouble::sentence,
    words::{iso_day, short_day},
};
use crate::{
    api::seen_by,
    app::Shared,
    failure::{Detail, Failure},
    store::{author::Author, enquiries::EnquiriesWanted, idempotency::Once},
    take::Id,
    writing::{self, Act, Deed, Present, Seen},
};
use chooser::{Chooser, ChosenList, Legacy, Offered};
use sheet::Sheet;
use typed::Typed;

/// So many enquiries can be chosen from; others are reached from their own page.
const ENQUIRIES_MAX: usize = 50;
/// Under which quotes are made from the form, for its idempotency keys.
const ROUTE: &str = "POST /quotes/new";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/quotes/new", get(new).post(create))
        .route("/quotes/form/receipt", post(parts))
        .route("/quotes/{id}/edit", get(edit).post(save))
        .route("/quotes/{id}/merge", post(conflict::merge))
}

#[derive(Template)]
#[template(path = "pages/form.html")]
struct Form {
    shell: Shell,
    heading: String,
    /// Where it is sent.
    action: String,
    /// What a draft in the browser is kept under.
    draft: String,
    /// What the parts are asked with, beside the fields.
    of: String,
    /// So that a form that is sent twice makes one quote.
    key: String,
    /// What stood in it at first, for when two people edit.
    was: String,
    typed: Typed,
    /// What is wrong, by field.
    wrong: HashMap<String, String>,
    /// What is wrong and has no field here.
    others: Vec<String>,
    /// Why nothing was saved.
    trouble: Option<String>,
    enquiries: Vec<Choice>,
    packages: Vec<Choice>,
    package_note: Option<String>,
    currencies: [&'static str; 3],
    destinations: Vec<String>,
    sign: &'static str,
    chooser: Chooser,
    chosen: ChosenList,
    legacy: Option<Legacy>,
    receipt: Receipt,
    total: String,
}

/// The parts of the form that a change can move.
#[derive(Template)]
#[template(path = "parts/live.html")]
struct Live {
    chooser: Option<Chooser>,
    chosen: ChosenList,
    legacy: Option<Legacy>,
    receipt: Receipt,
    total: String,
}

#[derive(Debug, Clone)]
struct Choice {
    id: String,
    label: String,
}

/// What is being filled in, and for which quote.
struct Desk<'a> {
    app: &'a Shared,
    reader: &'a Reader,
    author: &'a Author,
    typed: Typed,
    present: Option<&'a Present>,
}

/// Why a form is shown again.
#[derive(Default)]
struct Refused {
    status: Option<StatusCode>,
    details: Vec<Detail>,
    trouble: Option<String>,
    retry_after: Option<HeaderValue>,
}

#[derive(Debug, Deserialize)]
struct For {
    enquiry: Option<String>,
}

async fn new(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    Query(wanted): Query<For>,
) -> Result<Response, Failure> {
    let mut typed = Typed::blank();
    if let Some(id) = wanted.enquiry.and_then(|it| ObjectId::parse_str(it).ok()) {
        answer(&app, id, &mut typed).await?;
    }
    let desk = Desk { app: &app, reader: &reader, author: &author, typed, present: None };
    desk.shown(Refused::default()).await
}

/// What an enquiry says already need not be typed.
async fn answer(app: &Shared, id: ObjectId, typed: &mut Typed) -> Result<(), Failure> {
    let Some(enquiry) = app.store.enquiry(id).await? else { return Ok(()) };
    let text = |key: &str| enquiry.get_str(key).map(str::to_owned).unwrap_or_default();
    let number = |key: &str| {
        let number = enquiry.get(key).ok().flatten().and_then(|it| it.as_i32());
        number.filter(|it| *it > 0).map(|it| it.to_string()).unwrap_or_default()
    };
    typed.set("enquiryId", id.to_hex());
    typed.set("leadName", text("leadName"));
    typed.set("destination", text("firstChoiceDestination"));
    typed.set("numberOfPeople", number("numberOfGuests"));
    typed.set("numberOfNights", number("numberOfNights"));
    let travel = enquiry.get_datetime("travelDate").ok();
    let travel =
        travel.and_then(|at| jiff::Timestamp::from_millisecond(at.timestamp_millis()).ok());
    typed.set("arrivalDate", travel.map(iso_day).unwrap_or_default());
    Ok(())
}

async fn edit(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    Id(id): Id,
) -> Result<Response, Failure> {
    let present = seen_by(&app, &reader.principal(), &id).await?;
    let typed = Typed::of_quote(&present.quote, revision(&present.raw));
    let desk = Desk { app: &app, reader: &reader, author: &author, typed, present: Some(&present) };
    desk.shown(Refused::default()).await
}

/// The parts that follow a change, for the script.
async fn parts(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    posted: Posted,
) -> Result<Response, Failure> {
    let present = match posted.text("of") {
        Some(id) => Some(seen_by(&app, &reader.principal(), id).await?),
        None => None,
    };
    let typed = Typed::of(&posted);
    let desk =
        Desk { app: &app, reader: &reader, author: &author, typed, present: present.as_ref() };
    let sheet = desk.sheet().await?;
    let offered = Offered::read(&app).await?;
    let moved = posted.text("chooserFor").unwrap_or_default() != desk.typed.get("destination");
    let live = Live {
        chooser: moved.then(|| offered.chooser(&desk.typed)),
        chosen: offered.chosen(&desk.typed, &sheet),
        legacy: offered.legacy(&desk.typed, &sheet),
        receipt: desk.receipt(&sheet, None),
        total: sheet.price.total.to_string(),
    };
    let text = live.render().map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
    Ok(Html(text).into_response())
}

async fn create(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    posted: Posted,
) -> Result<Response, Failure> {
    let typed = Typed::of(&posted);
    let desk =
        Desk { app: &app, reader: &reader, author: &author, typed: typed.clone(), present: None };
    let Some(and_send) = saves(&posted) else { return desk.shown(Refused::default()).await };
    let fields = typed.fields(None);
    let body = serde_json::to_string(&fields).unwrap_or_default();
    let key = posted.text("key").unwrap_or_default();
    let once = match key {
        "" => None,
        key => Some(Once::new(&author, ROUTE, key.as_bytes(), &body)?),
    };
    let work = writing::create(app.clone(), author.clone(), Changes::parse(&fields), once.clone());
    match writing::write(&app, once, work).await {
        Ok(ready) => Ok(saved(&ready.kept().body, ("new", and_send))),
        Err(failure) => desk.refused(failure).await,
    }
}

async fn save(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let present = seen_by(&app, &reader.principal(), &id).await?;
    let typed = Typed::of(&posted);
    let desk = Desk {
        app: &app,
        reader: &reader,
        author: &author,
        typed: typed.clone(),
        present: Some(&present),
    };
    let Some(and_send) = saves(&posted) else { return desk.shown(Refused::default()).await };
    let was = posted.text("was").map(|was| Typed::of(&Posted(posted::pairs(was.as_bytes()))));
    save_typed(&desk, was.as_ref(), and_send).await
}

/// Saves an edit. When somebody else was quicker both are shown.
async fn save_typed(
    desk: &Desk<'_>,
    was: Option<&Typed>,
    and_send: bool,
) -> Result<Response, Failure> {
    let (app, typed) = (desk.app, &desk.typed);
    let Some(present) = desk.present else {
        return Err(Failure::unexpected(anyhow::anyhow!("an edit of no quote")));
    };
    let fields = typed.fields(Some(&present.quote));
    let revision = Some(typed.revision.clone()).filter(|it| !it.is_empty());
    let seen = Seen { revision, version: None };
    let deed = Deed::Edit(Box::new(Changes::parse(&fields)));
    let id = present.quote.id.to_string();
    let author = desk.author.clone();
    let act = Act { app: app.clone(), author, id: id.clone(), seen, deed, once: None };
    match writing::write(app, None, act.run()).await {
        Ok(ready) => Ok(saved(&ready.kept().body, (&id, and_send))),
        Err(failure) if failure.code == "VERSION_CONFLICT" => conflict::shown(desk, was, &id).await,
        Err(failure) => desk.refused(failure).await,
    }
}

/// Whether the button that was pressed saves, and whether it also sends.
fn saves(posted: &Posted) -> Option<bool> {
    match posted.text("action") {
        Some("save") => Some(false),
        Some("save-and-send") => Some(true),
        _ => None,
    }
}

/// To the quote as it was saved, or on to its e-mail. `draft` is not needed any more.
fn saved(body: &str, (draft, and_send): (&str, bool)) -> Response {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let reference = answer["data"]["reference"].as_str().unwrap_or_default();
    let page = if and_send { "/email" } else { "" };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("done", draft);
    Redirect::to(&format!("/quotes/{reference}{page}?{}", query.finish())).into_response()
}

impl Desk<'_> {
    fn quote(&self) -> Option<&Quote> {
        self.present.map(|present| &present.quote)
    }

    async fn sheet(&self) -> Result<Sheet, Failure> {
        Sheet::of(self.app, self.author, (&self.typed, self.quote())).await
    }

    /// What can't be saved is shown again with the reason, and nothing of it is lost.
    async fn refused(&self, failure: Failure) -> Result<Response, Failure> {
        let is_ours = failure.status == StatusCode::UNPROCESSABLE_ENTITY
            || failure.status == StatusCode::SERVICE_UNAVAILABLE
            || failure.status == StatusCode::CONFLICT;
        if !is_ours {
            return Err(failure);
        }
        let trouble = match failure.code {
            "VALIDATION_ERROR" | "EVENTS_NOT_FOUND" | "INVALID_EVENTS" => None,
            _ => Some(format!("{} What you typed is kept.", sentence(&failure.message))),
        };
        let retry_after = failure.retry_after.map(|wait| HeaderValue::from(wait.as_secs().max(1)));
        let (status, details) = (Some(failure.status), failure.details);
        self.shown(Refused { status, details, trouble, retry_after }).await
    }

    fn receipt(&self, sheet: &Sheet, problem: Option<String>) -> Receipt {
        let note = sheet.quote.package.as_ref().and_then(|it| it.name.clone());
        Receipt::of(&sheet.price, note).with_controls(Controls {
            custom_total: self.typed.get("customTotal").to_owned(),
            problem,
            sign: sheet.quote.currency.symbol().unwrap_or_default().to_owned(),
            is_custom: sheet.price.is_custom,
        })
    }

    async fn shown(&self, refused: Refused) -> Result<Response, Failure> {
        let mut sheet = self.sheet().await?;
        let (offered, packages, enquiries) = futures_util::try_join!(
            Offered::read(self.app),
            self.app.store.packages(),
            self.enquiries()
        )?;
        // A button that only recalculates blames nobody for what is not filled in yet.
        if refused.status.is_none() {
            sheet.problems.clear();
        }
        let (wrong, others) = self.told(&refused.details);
        let packages: Vec<Package> = packages.iter().map(|it| Package::read(it)).collect();
        let receipt = self.receipt(&sheet, wrong.get("customTotal").cloned());
        let form = Form {
            shell: self.reader.shell(At::Quotes),
            heading: self.heading(),
            action: self.action(),
            draft: self.quote().map_or("new".to_owned(), |quote| quote.id.to_string()),
            of: self.quote().map(|quote| quote.id.to_string()).unwrap_or_default(),
            key: ObjectId::new().to_hex(),
            was: self.first(),
            packages: package_choices(&packages, &self.typed),
            package_note: sheet.package.as_ref().and_then(|_| package_note(&sheet.quote)),
            currencies: ["GBP", "EUR", "USD"],
            destinations: offered.destinations.clone(),
            sign: sheet.quote.currency.symbol().unwrap_or_default(),
            chooser: offered.chooser(&self.typed),
            chosen: offered.chosen(&self.typed, &sheet),
            legacy: offered.legacy(&self.typed, &sheet),
            total: sheet.price.total.to_string(),
            typed: self.filled(&sheet),
            trouble: refused.trouble,
            enquiries,
            receipt,
            wrong,
            others,
        };
        let mut response = page(refused.status.unwrap_or(StatusCode::OK), &form);
        if let Some(wait) = refused.retry_after {
            response.headers_mut().insert(RETRY_AFTER, wait);
        }
        Ok(response)
    }

    /// A price that a package gave stands in its field.
    fn filled(&self, sheet: &Sheet) -> Typed {
        let mut typed = self.typed.clone();
        if typed.recalculate || (typed.get("basePrice").is_empty() && !typed.package.is_empty()) {
            typed.set("basePrice", sheet.price.base.decimal().normalize().to_string());
        }
        typed
    }

    /// What the quote says that the form is about.
    fn first(&self) -> String {
        let first = self.quote().map(|quote| Typed::of_quote(quote, String::new()).pairs());
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(first.unwrap_or_default())
            .finish()
    }

    fn heading(&self) -> String {
        let lead = Some(self.typed.get("leadName")).filter(|it| !it.is_empty());
        match (self.quote(), lead) {
            (Some(quote), Some(lead)) => format!("{} · {lead}", quote.reference),
            (Some(quote), None) => quote.reference.to_string(),
            (None, Some(lead)) => format!("New quote for {lead}"),
            (None, None) => "New quote".to_owned(),
        }
    }

    fn action(&self) -> String {
        match self.quote() {
            Some(quote) => format!("/quotes/{}/edit", quote.reference),
            None => "/quotes/new".to_owned(),
        }
    }

    /// What is wrong beside its field, and the rest above all.
    fn told(&self, details: &[Detail]) -> (HashMap<String, String>, Vec<String>) {
        const SHOWN: [&str; 16] = [
            "enquiryId",
            "leadName",
            "title",
            "destination",
            "hotelName",
            "numberOfPeople",
            "numberOfRooms",
            "numberOfNights",
            "arrivalDate",
            "whatsIncluded",
            "basePrice",
            "currency",
            "customTotal",
            "internalNotes",
            "validUntil",
            "linkedPackage",
        ];
        let (mut wrong, mut others) = (HashMap::<String, String>::new(), Vec::new());
        for detail in details {
            let root = detail.field.split('.').next().unwrap_or_default();
            if SHOWN.contains(&root) && detail.code != "differs" {
                wrong.entry(root.to_owned()).or_insert_with(|| sentence(&detail.message));
            } else {
                others.push(sentence(&detail.message));
            }
        }
        (wrong, others)
    }

    async fn enquiries(&self) -> Result<Vec<Choice>, Failure> {
        let wanted = EnquiriesWanted { limit: ENQUIRIES_MAX, ..EnquiriesWanted::default() };
        let (mut found, _more) = self.app.store.list_enquiries(&wanted).await?;
        let chosen = ObjectId::parse_str(self.typed.get("enquiryId")).ok();
        let is_there =
            |id: ObjectId| found.iter().any(|it| it.get_object_id("_id").ok() == Some(id));
        if let Some(id) = chosen.filter(|id| !is_there(*id))
            && let Some(other) = self.app.store.enquiry(id).await?
        {
            found.insert(0, other);
        }
        Ok(found.iter().filter_map(|it| enquiry_choice(it)).collect())
    }
}

fn enquiry_choice(enquiry: &bson::RawDocument) -> Option<Choice> {
    let text = |key: &str| {
        enquiry.get_str(key).ok().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
    };
    let travel = enquiry.get_datetime("travelDate").ok();
    let travel =
        travel.and_then(|at| jiff::Timestamp::from_millisecond(at.timestamp_millis()).ok());
    let guests = enquiry.get_i32("numberOfGuests").ok().map(|it| format!("{it} guests"));
    let parts = [
        text("leadName"),
        text("tripType"),
        text("firstChoiceDestination"),
        travel.map(short_day),
        guests,
        text("agentName").map(|name| format!("from {name}")),
    ];
    let label = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let id = enquiry.get_object_id("_id").ok()?.to_hex();
    Some(Choice { label: if label.is_empty() { id.clone() } else { label }, id })
}

/// Those that can be chosen, and the one that is.
fn package_choices(packages: &[Package], typed: &Typed) -> Vec<Choice> {
    let mut choices: Vec<Choice> = packages
        .iter()
        .filter_map(|package| {
            let id = package.id?.to_hex();
            let is_shown = package.active || id == typed.package;
            is_shown.then(|| Choice { label: package.name.clone(), id })
        })
        .collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    choices
}

fn package_note(quote: &Quote) -> Option<String> {
    let linked = quote.package.as_ref()?;
    let tier = linked.tier.as_ref().map(|it| it.label.clone());
    let nights = linked.nights.map(|it| format!("{it} nights"));
    let words = [tier, nights, linked.period.clone()];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(", ")).filter(|it| !it.is_empty())
}

impl Form {
    fn error(&self, field: &str) -> Option<&str> {
        self.wrong.get(field).map(String::as_str)
    }
}
