//! `GET /api/admin/quotes`: searched, filtered, sorted, page by page.

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{query::Query, row::QuoteRow};
use crate::{
    access::Principal,
    answer::{Answer, Outcome, Warning},
    app::Shared,
    failure::Failure,
    store::listing::{Filter, Listed, TOTALS_TIME_MAX, Totals},
    take,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A page of quotes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the envelope is put together from its parts; this documents it")]
struct QuoteList {
    /// Always true.
    success: bool,
    data: Vec<QuoteRow>,
    page: Page,
    totals: Option<ListTotals>,
    warnings: Vec<Warning>,
}

/// Where a list goes on.
#[derive(Debug, Serialize, ToSchema)]
struct Page {
    /// The most quotes on a page.
    limit: usize,
    /// The `cursor` of the next page; null on the last.
    next: Option<String>,
    /// The `cursor` of the page before; null on the first.
    previous: Option<String>,
}

/// What the quotes of the whole list add up to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ListTotals {
    /// Whether everything was counted in time.
    complete: bool,
    /// How many quotes, when that is known.
    count: Option<u64>,
    /// One for each currency.
    by_currency: Vec<CurrencyTotal>,
    /// How many are in no sum, because their total can't be read.
    unreadable: u64,
}

/// The sum of one currency.
#[derive(Debug, Serialize, ToSchema)]
struct CurrencyTotal {
    #[schema(example = "GBP")]
    currency: &'static str,
    /// How many quotes.
    count: u64,
    #[schema(value_type = f64)]
    total: quotes_core::money::Money,
}

/// List quotes.
///
/// Sorted by an index and paged by cursors, so that a list that grows meanwhile shows no quote twice.
/// Agents see their own. `search` takes a reference or an id, else words: all must stand as whole words in
/// lead's name, hotel, title, destination or the names of events, case and accents aside; the first
/// 500 results can be paged through.
#[utoipa::path(
    get,
    path = "/api/admin/quotes",
    tag = "quotes",
    params(
        ("search" = Option<String>, Query, max_length = 200, description = "A reference, an id, or words"),
        ("status" = Option<Vec<String>>, Query, description = "One or several of `draft`, `sent`, `updated`, `accepted`, `booked`; also separated by commas"),
        ("destination" = Option<String>, Query, max_length = 100, description = "Case and accents aside"),
        ("event" = Option<String>, Query, pattern = "^([0-9a-fA-F]{24})?$", description = "Id of an event that is on it"),
        ("arrivalFrom" = Option<String>, Query, pattern = r"^(\d{4}-\d{2}-\d{2})?$", description = "The first day of arrival"),
        ("arrivalTo" = Option<String>, Query, pattern = r"^(\d{4}-\d{2}-\d{2})?$", description = "The last day of arrival"),
        ("createdBy" = Option<String>, Query, pattern = "^([0-9a-fA-F]{24})?$", description = "Id of the author"),
        ("deleted" = Option<String>, Query, pattern = "^(no|only)?$", description = "Whether to list what was deleted; `no` unless said"),
        ("sort" = Option<String>, Query, pattern = "^(updated|created|arrival|total)?$", description = "`updated`, or `arrival` with dates, unless said"),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)?$", description = "`desc` unless said"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "The most quotes on a page; 25 unless said"),
        ("cursor" = Option<String>, Query, max_length = 8192, description = "`page.next` or `page.previous` of a page of the same list"),
        ("totals" = Option<bool>, Query, description = "Also what the whole list adds up to"),
    ),
    responses((status = 200, description = "A page", body = QuoteList))
)]
async fn list(
    State(app): State<Shared>,
    principal: Principal,
    take::Query(parameters): take::Query<Vec<(String, String)>>,
) -> Outcome<Vec<QuoteRow>> {
    let mut query = Query::read(parameters)?;
    own_only(&mut query.wanted.filter, &principal)?;
    let listed = app.store.list_quotes(&query.wanted).await?;
    let totals = match query.totals {
        true => Some(app.store.totals(&listed.matching, TOTALS_TIME_MAX).await?),
        false => None,
    };
    let mut warnings = query.warnings;
    warnings.extend(odd(&listed, totals.as_ref()));
    let rows = listed.quotes.iter().map(|document| QuoteRow::of(document)).collect();
    let Listed { next, previous, .. } = listed;
    let page = Page { limit: query.wanted.limit, next, previous };
    let mut answer = Answer::ok(rows).warn(warnings).beside("page", json(&page)?);
    if let Some(totals) = totals {
        answer = answer.beside("totals", json(&ListTotals::of(totals))?);
    }
    Ok(answer)
}

/// Whoever is no administrator sees what they made, whatever they ask for.
pub(crate) fn own_only(filter: &mut Filter, principal: &Principal) -> Result<(), Failure> {
    if principal.is_admin() {
        return Ok(());
    }
    if let Some(run) = principal.run() {
        filter.made_by_run = Some(run.to_owned());
        return Ok(());
    }
    let own = principal.user_id();
    if filter.created_by.is_some_and(|author| author != own) {
        let status = axum::http::StatusCode::FORBIDDEN;
        return Err(Failure::new(status, "FORBIDDEN", "agents see their own quotes only"));
    }
    filter.created_by = Some(own);
    Ok(())
}

fn odd(listed: &Listed, totals: Option<&Totals>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, field: &str, message: &str| {
        let (code, field) = (code.to_owned(), Some(field.to_owned()));
        warnings.push(Warning { code, field, message: message.to_owned() });
    };
    if listed.sorted_by_age {
        warn(
            "sorted_by_age",
            "sort",
            "sorted by age for now: the index for this order is not there",
        );
    }
    if listed.cut {
        warn("search_cut", "search", "there are more results: search for another word as well");
    }
    if totals.is_some_and(|totals| !totals.complete) {
        warn("totals_incomplete", "totals", "these are too many quotes to sum up: filter the list");
    }
    warnings
}

impl ListTotals {
    fn of(totals: Totals) -> Self {
        let by_currency = totals.sums.into_iter().map(|sum| CurrencyTotal {
            currency: sum.currency.code(),
            count: sum.count,
            total: sum.total,
        });
        Self {
            complete: totals.complete,
            count: totals.count,
            by_currency: by_currency.collect(),
            unreadable: totals.unreadable,
        }
    }
}

fn json(part: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(part).map_err(|error| Failure::unexpected(error.into()))
}
