//! Two versions of a quote beside each other: what the customer saw, and what came of it.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
    routing::get,
};
use bson::{Bson, Document};
use quotes_core::{
    difference::{self, Difference},
    price::Breakdown,
    quote::Quote,
};
use serde::Deserialize;

use super::{
    receipt::signed,
    shell::{At, Reader, Shell, page},
    words::{address_of, counted},
};
use crate::{api::seen_by, app::Shared, failure::Failure, take::Query};

#[derive(Template)]
#[template(path = "pages/versions.html")]
struct Page {
    shell: Shell,
    reference: String,
    address: String,
    /// All that were sent, the first one first.
    sent: Vec<u32>,
    from: u32,
    /// None for the quote as it is now.
    to: Option<u32>,
    to_words: String,
    summary: String,
    differences: Vec<Difference>,
}

impl Page {
    fn is_to(&self, version: &u32) -> bool {
        self.to == Some(*version)
    }
}

#[derive(Debug, Deserialize)]
struct With {
    from: Option<u32>,
    to: Option<String>,
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/quotes/{id}/versions/{version}", get(compare))
}

async fn compare(
    State(app): State<Shared>,
    reader: Reader,
    path: Result<Path<(String, String)>, PathRejection>,
    Query(with): Query<With>,
) -> Result<Response, Failure> {
    let (id, version) = path.map(|Path(path)| path).map_err(|_unreadable| no_such_version())?;
    let present = seen_by(&app, &reader.principal(), &id).await?;
    let quote = present.quote;
    let id = quote.id.as_bson();
    let kept = app.store.versions_of(id).await?;
    let mut sent: Vec<u32> = kept.iter().filter_map(number).collect();
    sent.sort_unstable();
    let from: u32 = match with.from {
        Some(from) => from,
        None => version.parse().map_err(|_| no_such_version())?,
    };
    // Unless it is said otherwise: with the one that came after it, or with what is there now.
    let to = match with.to.as_deref() {
        None | Some("") => sent.iter().copied().find(|it| *it > from),
        Some("now") => None,
        Some(number) => Some(number.parse().map_err(|_| no_such_version())?),
    };
    let then = version_of(&app, id, from).await?;
    let later = match to {
        Some(to) => version_of(&app, id, to).await?,
        None => quote.clone(),
    };
    let differences = difference::between(&then, &later);
    let page_of_it = Page {
        shell: reader.shell(At::Quotes),
        reference: quote.reference.to_string(),
        address: address_of(&quote),
        summary: summary(&differences, (&then, &later)),
        to_words: to.map_or_else(|| "as it is now".to_owned(), |to| format!("version {to}")),
        differences,
        sent,
        from,
        to,
    };
    Ok(page(StatusCode::OK, &page_of_it))
}

fn number(kept: &Document) -> Option<u32> {
    kept.get("version").and_then(Bson::as_i32).and_then(|it| it.try_into().ok())
}

async fn version_of(app: &Shared, quote: &Bson, version: u32) -> Result<Quote, Failure> {
    let number = i32::try_from(version).map_err(|_| no_such_version())?;
    let raw = app.store.version_of(quote, number).await?.ok_or_else(no_such_version)?;
    Ok(Quote::read(&raw))
}

fn no_such_version() -> Failure {
    Failure::not_found("VERSION_NOT_FOUND", "this version of the quote was never sent")
}

fn summary(differences: &[Difference], (before, after): (&Quote, &Quote)) -> String {
    let count = match differences.len() {
        0 => return "Nothing that a customer sees is another.".to_owned(),
        count => counted(u64::try_from(count).unwrap_or(u64::MAX), ("difference", "differences")),
    };
    let (old, new) = (Breakdown::of(before).total, Breakdown::of(after).total);
    match new.checked_sub(old) {
        Some(moved) if moved.is_zero() => format!("{count}. The total is the same."),
        Some(moved) => format!("{count}. The total moved by {}.", signed(moved)),
        None => format!("{count}. The total is in another currency."),
    }
}
