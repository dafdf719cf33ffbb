//! The form of a quote: trip, events, notes, and the receipt that follows every change.
//!
//! It is worked out here at each change, by the rules that save it, and sent back whole or in parts; the
//! script only fetches and places.

mod choices;
mod chooser;
mod chosen;
mod conflict;
mod desk;
mod fields;
mod sheet;
mod typed;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::oid::ObjectId;
use quotes_core::{changes::Changes, quote::revision};
use serde::Deserialize;
use serde_json::Value;

use super::{
    banners::Banners,
    posted::{self, Posted},
    shell::{Reader, page},
    words::address,
};
use crate::{
    api::seen_by,
    app::Shared,
    failure::Failure,
    store::{author::Author, idempotency::Once},
    take::{Id, Query},
    writing::{self, Act, Deed, Seen},
};
use choices::{Enquiries, PackageNote};
use chooser::Offered;
use desk::{Desk, Live};
use typed::Typed;

/// Under which quotes are made from the form, for its idempotency keys.
const ROUTE: &str = "POST /quotes/new";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/quotes/new", get(new).post(create))
        .route("/quotes/form/receipt", post(parts))
        .route("/quotes/{id}/edit", get(edit).post(save))
        .route("/quotes/{id}/merge", post(conflict::merge))
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
    let (present, was_sent) = (None, false);
    let desk = Desk { app: &app, reader: &reader, author: &author, typed, present, was_sent };
    desk.shown(None).await
}

/// What an enquiry says already need not be typed.
async fn answer(app: &Shared, id: ObjectId, typed: &mut Typed) -> Result<(), Failure> {
    let Some(enquiry) = app.store.enquiry(id).await? else { return Ok(()) };
    typed.set("enquiryId", id.to_hex());
    for (field, said) in choices::said(&enquiry) {
        if typed.get(field).trim().is_empty() {
            typed.set(field, said);
        }
    }
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
    let (present, was_sent) = (Some(&present), false);
    let desk = Desk { app: &app, reader: &reader, author: &author, typed, present, was_sent };
    desk.shown(None).await
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
    let desk = Desk {
        app: &app,
        reader: &reader,
        author: &author,
        typed,
        present: present.as_ref(),
        was_sent: true,
    };
    let sheet = desk.sheet().await?;
    let offered = Offered::read(&app).await?;
    let moved = posted.text("chooserFor").unwrap_or_default() != desk.typed.get("destination");
    let seeks = posted.text("enquiriesFor").unwrap_or_default() != desk.typed.enquiry_search;
    let enquiries = match seeks {
        true => Some(Enquiries::read(&app, &desk.typed).await?),
        false => None,
    };
    let live = Live {
        enquiries,
        package_note: PackageNote::of(&sheet, &desk.typed),
        chooser: moved.then(|| offered.chooser(&desk.typed)),
        chosen: offered.chosen(&desk.typed, &sheet),
        legacy: offered.legacy(&desk.typed, &sheet),
        receipt: desk.receipt(&sheet, None),
        total: sheet.price.total.to_string(),
        banners: Banners::now(&app.maintenance),
    };
    Ok(page(StatusCode::OK, &live))
}

async fn create(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    posted: Posted,
) -> Result<Response, Failure> {
    let typed = Typed::of(&posted);
    let desk = Desk {
        app: &app,
        reader: &reader,
        author: &author,
        typed: typed.clone(),
        present: None,
        was_sent: true,
    };
    let Some(and_send) = saves(&posted) else {
        let mut desk = desk;
        if let Ok(id) = ObjectId::parse_str(desk.typed.get("enquiryId")) {
            answer(&app, id, &mut desk.typed).await?;
        }
        return desk.shown(None).await;
    };
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
        was_sent: true,
    };
    let Some(and_send) = saves(&posted) else { return desk.shown(None).await };
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
    let data = &answer["data"];
    // As its page is addressed: by its id, where that is one of the usual.
    let id = data["_id"].as_str().filter(|id| ObjectId::parse_str(id).is_ok());
    let id = id.or_else(|| data["reference"].as_str()).unwrap_or_default();
    let page = if and_send { "/email" } else { "" };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("done", draft);
    Redirect::to(&format!("{}{page}?{}", address(id), query.finish())).into_response()
}
