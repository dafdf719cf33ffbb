//! Two people edited a quote: both versions side by side, and a choice for each field. Nobody's work is
//! lost.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use quotes_core::{
    package::Package,
    price::{Breakdown, Line, Standing},
    quote::revision,
};

use super::{desk::Desk, fields::FIELDS, save_typed, sheet::Sheet, typed::Typed};
use crate::{
    api::{price, seen_by},
    app::Shared,
    failure::Failure,
    pages::{
        posted::{Pairs, Posted},
        shell::{At, Reader, Shell, page},
        words::{Time, address_of},
    },
    store::author::Author,
    take::Id,
    writing::Present,
};

/// What the typed form is kept under, on the page that shows both.
const MINE: &str = "mine.";

#[derive(Template)]
#[template(path = "pages/conflict.html")]
struct Page {
    shell: Shell,
    reference: String,
    address: String,
    draft: String,
    revision: String,
    who: String,
    when: Option<Time>,
    rows: Vec<Row>,
    totals: (String, String),
    mine: Pairs,
}

/// A field in which they differ.
struct Row {
    key: String,
    label: String,
    mine: String,
    theirs: String,
    was: Option<String>,
    /// Whether one's own is proposed.
    takes_mine: bool,
    /// Both changed it.
    clashes: bool,
}

/// Shows both.
pub(super) async fn shown(
    desk: &Desk<'_>,
    was: Option<&Typed>,
    reference: &str,
) -> Result<Response, Failure> {
    let Present { raw, quote } = seen_by(desk.app, &desk.reader.principal(), reference).await?;
    let theirs = Typed::of_quote(&quote, revision(&raw));
    let there = price(desk.app, &quote).await?;
    let here = Sheet::of(desk.app, desk.author, (&desk.typed, Some(&quote))).await?.price;
    let who = author_of_the_last_change(desk, &quote).await?;
    let packages = desk.app.store.packages().await?;
    let packages = packages.iter().map(|it| Package::read(it));
    let packages = packages.filter_map(|it| Some((it.id?.to_hex(), it.name))).collect();
    let page_of_it = Page {
        shell: desk.reader.shell(At::Quotes),
        reference: quote.reference.to_string(),
        address: address_of(&quote),
        draft: quote.id.to_string(),
        revision: theirs.revision.clone(),
        who,
        when: quote.times.updated.map(Time::ago),
        rows: rows((&desk.typed, &here), (&theirs, &there), (was, &packages)),
        totals: (here.total.to_string(), there.total.to_string()),
        mine: desk
            .typed
            .pairs()
            .into_iter()
            .map(|(name, value)| (format!("{MINE}{name}"), value))
            .collect(),
    };
    Ok(page(StatusCode::CONFLICT, &page_of_it))
}

async fn author_of_the_last_change(
    desk: &Desk<'_>,
    quote: &quotes_core::quote::Quote,
) -> Result<String, Failure> {
    let log = desk.app.store.audit_of(quote.id.as_bson()).await?;
    let last = log.first().and_then(|entry| entry.get_object_id("userId").ok());
    let Some(last) = last else { return Ok("Somebody".to_owned()) };
    if last == desk.reader.person.id {
        return Ok("You, in another window,".to_owned());
    }
    let names = desk.app.store.names_of_users(&[last].into()).await?;
    Ok(names.get(&last).cloned().unwrap_or_else(|| "Somebody".to_owned()))
}

/// Takes what was chosen of each, and saves it or goes on with it.
pub(super) async fn merge(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let present = seen_by(&app, &reader.principal(), &id).await?;
    let mine = posted
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(MINE)?.to_owned(), value.clone())));
    let mut typed = Typed::of(&Posted(mine.collect()));
    let theirs = Typed::of_quote(&present.quote, revision(&present.raw));
    for (name, value) in &posted.0 {
        if let Some(field) = name.strip_prefix("choose.")
            && value == "theirs"
        {
            typed.take_from(&theirs, field);
        }
    }
    // The state that both were shown in; when it moved on meanwhile both are shown again.
    typed.revision = posted.text("revision").unwrap_or_default().to_owned();
    let and_edit = posted.text("action") == Some("merge-edit");
    let (present, was_sent) = (Some(&present), true);
    let desk = Desk { app: &app, reader: &reader, author: &author, typed, present, was_sent };
    if and_edit {
        return desk.shown(None).await;
    }
    save_typed(&desk, Some(&theirs), false).await
}

fn rows(
    (mine, here): (&Typed, &Breakdown),
    (theirs, there): (&Typed, &Breakdown),
    (was, packages): (Option<&Typed>, &HashMap<String, String>),
) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut compare = |key: &str, label: &str, values: (String, String, Option<String>)| {
        let (mine, theirs, was) = values;
        if mine != theirs {
            let (i_did, they_did) = match &was {
                Some(was) => (*was != mine, *was != theirs),
                None => (true, true),
            };
            rows.push(Row {
                key: key.to_owned(),
                label: label.to_owned(),
                mine,
                theirs,
                was,
                takes_mine: i_did,
                clashes: i_did && they_did,
            });
        }
    };
    for (key, label) in FIELDS {
        let of = |typed: &Typed| typed.get(key).to_owned();
        compare(key, label, (of(mine), of(theirs), was.map(of)));
    }
    for (key, label) in [("transferIncluded", "Transfer"), ("isSuperPackage", "Super package")] {
        let of = |typed: &Typed| if typed.flag(key) { "yes" } else { "no" }.to_owned();
        compare(key, label, (of(mine), of(theirs), was.map(of)));
    }
    let package = |typed: &Typed| match typed.package.as_str() {
        "" => "none".to_owned(),
        id => packages.get(id).cloned().unwrap_or_else(|| "one that is gone".to_owned()),
    };
    compare("package", "Package", (package(mine), package(theirs), was.map(package)));
    let notes = |typed: &Typed| typed.get("internalNotes").to_owned();
    compare("internalNotes", "Internal notes", (notes(mine), notes(theirs), was.map(notes)));
    for event in events(mine, theirs) {
        let name = name(&event, here).or_else(|| name(&event, there));
        let of = |typed: &Typed| wanted(&event, typed);
        let label = name.unwrap_or_else(|| "An event".to_owned());
        compare(&format!("event.{event}"), &label, (of(mine), of(theirs), was.map(of)));
    }
    rows
}

/// How an event is wanted. What that comes to follows from the number of people.
fn wanted(event: &str, typed: &Typed) -> String {
    let Some(chosen) = typed.chosen.iter().find(|it| it.event == event) else {
        return "not on it".to_owned();
    };
    let basis = if chosen.per_person { "per person" } else { "for the group" };
    match (chosen.price.as_str(), chosen.use_current) {
        ("", false) => basis.to_owned(),
        ("", true) => format!("{basis}, at the current price"),
        (price, _) => format!("{basis}, at {price}"),
    }
}

fn events(mine: &Typed, theirs: &Typed) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for chosen in mine.chosen.iter().chain(&theirs.chosen) {
        if !events.contains(&chosen.event) {
            events.push(chosen.event.clone());
        }
    }
    events
}

fn found<'a>(event: &str, price: &'a Breakdown) -> Option<&'a Line> {
    price.lines.iter().find(|line| {
        line.standing != Standing::Repeated && line.event.is_some_and(|it| it.to_hex() == event)
    })
}

fn name(event: &str, price: &Breakdown) -> Option<String> {
    found(event, price).map(|line| line.name.clone())
}
