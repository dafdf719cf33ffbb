//! Reporting a problem. Reports are counted, so that a run of Causeway sees them come.

use axum::{Extension, extract::State};
use bson::oid::ObjectId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::Principal,
    answer::{Answer, Outcome},
    app::Shared,
    failure::{Detail, Failure},
    observe::RequestId,
    store::problems,
    take::Fields,
};

const TEXT_CHARACTERS_MAX: usize = 2_000;
const PAGE_CHARACTERS_MAX: usize = 500;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(report))
}

/// What went wrong, in a person's words.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "documentation: the fields are taken apart one by one")]
struct Report {
    /// What happened, and what should have.
    #[schema(min_length = 1, max_length = 2000, example = "The total does not change")]
    text: String,
    /// Where it happened.
    #[schema(max_length = 500, example = "/quotes/Q1A2B3C4D")]
    page: Option<String>,
}

/// A report that was kept.
#[derive(Debug, Serialize, ToSchema)]
struct Reported {
    /// By which it is known.
    id: String,
}

/// Report a problem.
///
/// It is kept for whoever operates the server. Works in maintenance, too.
#[utoipa::path(
    post,
    path = "/api/problems",
    tag = "operation",
    request_body = Report,
    responses((status = 201, description = "It was kept", body = Reported))
)]
async fn report(
    State(app): State<Shared>,
    principal: Principal,
    Extension(request): Extension<RequestId>,
    Fields(fields): Fields,
) -> Outcome<Reported> {
    let reporter = Reporter { user: principal.user_id(), request };
    let id = keep(&app, reporter, &fields).await?;
    Ok(Answer::created(Reported { id: id.to_hex() }))
}

/// Whose report it is, and by which request it came.
pub(crate) struct Reporter {
    pub(crate) user: ObjectId,
    pub(crate) request: RequestId,
}

/// Keeps and counts a report, from wherever it comes.
pub(crate) async fn keep(
    app: &Shared,
    reporter: Reporter,
    fields: &Map<String, Value>,
) -> Result<ObjectId, Failure> {
    let (text, page) = read(fields)?;
    let (user, request) = (reporter.user, reporter.request.as_str().to_owned());
    let id = app.store.report_problem(problems::Report { text, page, user, request }).await?;
    metrics::counter!("quotes_problems_reported_total").increment(1);
    Ok(id)
}

fn read(fields: &Map<String, Value>) -> Result<(String, Option<String>), Failure> {
    let mut wrong = Vec::new();
    let text = text(fields, "text", TEXT_CHARACTERS_MAX, &mut wrong);
    let page = text_or_none(fields, "page", PAGE_CHARACTERS_MAX, &mut wrong);
    match text {
        Some(text) if wrong.is_empty() => Ok((text, page)),
        _ => Err(Failure::invalid("VALIDATION_ERROR", wrong)),
    }
}

fn text(
    fields: &Map<String, Value>,
    field: &'static str,
    characters_max: usize,
    wrong: &mut Vec<Detail>,
) -> Option<String> {
    let before = wrong.len();
    let text = text_or_none(fields, field, characters_max, wrong);
    if text.is_none() && wrong.len() == before {
        wrong.push(detail(field, "required", "say what happened".to_owned()));
    }
    text
}

fn text_or_none(
    fields: &Map<String, Value>,
    field: &'static str,
    characters_max: usize,
    wrong: &mut Vec<Detail>,
) -> Option<String> {
    let text = match fields.get(field) {
        None | Some(Value::Null) => return None,
        Some(Value::String(text)) => text.trim(),
        Some(_) => {
            wrong.push(detail(field, "not_text", format!("{field} must be a text")));
            return None;
        }
    };
    if text.chars().count() > characters_max {
        let message = format!("{field} is longer than {characters_max} characters");
        wrong.push(detail(field, "too_long", message));
        return None;
    }
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn detail(field: &str, code: &str, message: String) -> Detail {
    Detail { field: field.to_owned(), code: code.to_owned(), message }
}
