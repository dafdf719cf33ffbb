//! Enquiries, to choose the one that a quote answers.

use std::collections::BTreeSet;

use axum::extract::State;
use bson::{RawBsonRef, RawDocument, oid::ObjectId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::{Answer, Outcome, Warning},
    api::shown::{Moment, ShownId, date},
    app::Shared,
    failure::{Detail, Failure},
    store::enquiries::EnquiriesWanted,
    take::{Id, Query},
};

const LIMIT_DEFAULT: usize = 25;
const LIMIT_MAX: usize = 100;
const SEARCH_CHARACTERS_MAX: usize = 200;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// What somebody asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Enquiry {
    #[serde(rename = "_id")]
    #[schema(value_type = Option<String>)]
    id: Option<ShownId>,
    lead_name: Option<String>,
    /// `stag`, `hen` or `other`.
    trip_type: Option<String>,
    agent_name: Option<String>,
    agent_company: Option<String>,
    /// Where a quote goes unless another address is given.
    agent_email: Option<String>,
    first_choice_destination: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    travel_date: Option<Moment>,
    number_of_nights: Option<i64>,
    number_of_guests: Option<i64>,
    budget_per_person: Option<f64>,
    status: Option<String>,
    /// How many quotes answer it.
    quotes_count: Option<i64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Moment>,
    events_requested: Vec<EventRequested>,
}

/// An event that was asked for; old enquiries have only names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventRequested {
    #[schema(value_type = Option<String>)]
    event_id: Option<ShownId>,
    /// Null in lists, and when the event is gone.
    name: Option<String>,
}

/// A page of enquiries.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the envelope")]
struct EnquiryList {
    #[schema(default = true)]
    success: bool,
    data: Vec<Enquiry>,
    warnings: Vec<Warning>,
    page: NextPage,
}

/// Where the list goes on.
#[derive(Debug, Serialize, ToSchema)]
struct NextPage {
    limit: usize,
    /// The `cursor` of the next page; null on the last.
    next: Option<String>,
}

/// What is looked for.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Words that all stand in lead, agent, company, e-mail or destination.
    #[param(max_length = 200, nullable = false)]
    search: Option<String>,
    /// How many to answer with.
    #[param(minimum = 1, maximum = 100, default = 25, nullable = false)]
    limit: Option<usize>,
    /// `page.next` of the page before.
    #[param(max_length = 8192, nullable = false)]
    cursor: Option<String>,
}

/// List enquiries, the newest first.
#[utoipa::path(
    get,
    path = "/api/admin/enquiries",
    tag = "records",
    operation_id = "list_enquiries",
    params(Wanted),
    responses((status = 200, description = "A page", body = EnquiryList))
)]
async fn list(State(app): State<Shared>, Query(wanted): Query<Wanted>) -> Outcome<Vec<Enquiry>> {
    let limit = wanted.limit.unwrap_or(LIMIT_DEFAULT);
    refuse(&wanted, limit)?;
    let cursor = wanted.cursor.filter(|cursor| !cursor.is_empty());
    let wanted = EnquiriesWanted { search: wanted.search, limit, cursor };
    let (found, next) = app.store.list_enquiries(&wanted).await?;
    let page = serde_json::to_value(NextPage { limit, next });
    let page = page.map_err(|error| Failure::unexpected(error.into()))?;
    let rows = found.iter().map(|document| Enquiry::of(document)).collect();
    Ok(Answer::ok(rows).beside("page", page))
}

fn refuse(wanted: &Wanted, limit: usize) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, code: &str, message: String| {
        wrong.push(Detail { field: field.to_owned(), code: code.to_owned(), message });
    };
    if !(1..=LIMIT_MAX).contains(&limit) {
        refuse("limit", "out_of_range", format!("a page has 1 to {LIMIT_MAX} enquiries"));
    }
    let search = wanted.search.as_deref().unwrap_or_default();
    if search.chars().count() > SEARCH_CHARACTERS_MAX {
        let message = format!("search for at most {SEARCH_CHARACTERS_MAX} characters");
        refuse("search", "too_long", message);
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::invalid("VALIDATION_ERROR", wrong)) }
}

/// Read an enquiry, with the names of the events that were asked for.
#[utoipa::path(
    get,
    path = "/api/admin/enquiries/{id}",
    tag = "records",
    operation_id = "read_enquiry",
    params(("id" = String, Path, description = "`_id`")),
    responses(
        (status = 200, description = "The enquiry", body = Enquiry),
        (status = 404, description = "`ENQUIRY_NOT_FOUND`")
    )
)]
async fn read(State(app): State<Shared>, Id(id): Id) -> Outcome<Enquiry> {
    let none = || Failure::not_found("ENQUIRY_NOT_FOUND", "there is no enquiry of this id");
    let id = ObjectId::parse_str(id).map_err(|_| none())?;
    let found = app.store.enquiry(id).await?.ok_or_else(none)?;
    let mut enquiry = Enquiry::of(&found);
    let events: BTreeSet<ObjectId> =
        enquiry.events_requested.iter().filter_map(|event| Some(event.event_id?.0)).collect();
    let names = app.store.names_of_events(&events).await?;
    for event in &mut enquiry.events_requested {
        let known = event.event_id.and_then(|id| names.get(&id.0).cloned());
        event.name = known.or(event.name.take());
    }
    Ok(Answer::ok(enquiry))
}

impl Enquiry {
    /// Of any document: what can't be read is null.
    fn of(document: &RawDocument) -> Self {
        let text = |key: &str| document.get_str(key).ok().map(str::to_owned);
        let value = |key: &str| document.get(key).ok().flatten();
        let whole = |key: &str| value(key).and_then(whole);
        Self {
            id: document.get_object_id("_id").ok().map(ShownId),
            lead_name: text("leadName"),
            trip_type: text("tripType"),
            agent_name: text("agentName"),
            agent_company: text("agentCompany"),
            agent_email: text("agentEmail"),
            first_choice_destination: text("firstChoiceDestination"),
            travel_date: value("travelDate").and_then(date),
            number_of_nights: whole("numberOfNights"),
            number_of_guests: whole("numberOfGuests"),
            budget_per_person: value("budgetPerPerson").and_then(amount),
            status: text("status"),
            quotes_count: whole("quotesCount"),
            created_at: value("createdAt").and_then(date),
            events_requested: requested(document),
        }
    }
}

fn requested(document: &RawDocument) -> Vec<EventRequested> {
    let Ok(events) = document.get_array("eventsRequested") else { return Vec::new() };
    let event = |event: RawBsonRef<'_>| match event {
        RawBsonRef::ObjectId(id) => {
            Some(EventRequested { event_id: Some(ShownId(id)), name: None })
        }
        RawBsonRef::String(name) => {
            Some(EventRequested { event_id: None, name: Some(name.to_owned()) })
        }
        _ => None,
    };
    events.into_iter().flatten().filter_map(event).collect()
}

fn amount(value: RawBsonRef<'_>) -> Option<f64> {
    match value {
        RawBsonRef::Int32(number) => Some(number.into()),
        RawBsonRef::Double(number) => Some(number).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn whole(value: RawBsonRef<'_>) -> Option<i64> {
    match value {
        RawBsonRef::Int64(number) => Some(number),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and far below the limit")]
        other => amount(other)
            .filter(|number| number.fract() == 0.0 && number.abs() < 1e9)
            .map(|number| number as i64),
    }
}
