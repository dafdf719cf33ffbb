//! Reporting a problem: in one's own words, with the page that one came from.

use askama::Template;
use axum::{
    Extension, Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{HOST, REFERER},
    },
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use bson::oid::ObjectId;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::{
    filled::{Filled, Labels, can_be_mended, shown_again},
    posted::Posted,
    shell::{At, Reader, Shell, page},
};
use crate::{
    api::problems::{Reporter, keep},
    app::Shared,
    failure::Failure,
    observe::RequestId,
    take::Query,
};

const PATH: &str = "/report-a-problem";
/// The fields, and what the page calls them.
const LABELS: Labels = &[("text", "What happened"), ("page", "Where")];

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATH, get(form).post(report))
}

#[derive(Template)]
#[template(path = "pages/report-a-problem.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    /// By which a report is known that was just kept.
    kept: Option<String>,
}

/// What was done on the way here.
#[derive(Debug, Deserialize)]
struct Came {
    kept: Option<String>,
}

async fn form(
    State(app): State<Shared>,
    reader: Reader,
    headers: HeaderMap,
    Query(came): Query<Came>,
) -> Response {
    let from = came_from(&headers, &app.settings.public_url).unwrap_or_default();
    let filled = Filled::with([("page".to_owned(), from)]);
    let kept = came.kept.and_then(|id| ObjectId::parse_str(id).ok()).map(ObjectId::to_hex);
    page(StatusCode::OK, &Page { shell: reader.shell(At::Problem), filled, kept })
}

async fn report(
    State(app): State<Shared>,
    reader: Reader,
    Extension(request): Extension<RequestId>,
    posted: Posted,
) -> Result<Response, Failure> {
    let text = |name: &str| posted.all(name).next().map(Value::from);
    let fields: Map<String, Value> =
        ["text", "page"].iter().filter_map(|it| Some(((*it).to_owned(), text(it)?))).collect();
    let reporter = Reporter { user: reader.person.id, request };
    match keep(&app, reporter, &fields).await {
        Ok(id) => Ok(Redirect::to(&format!("{PATH}?kept={id}")).into_response()),
        Err(failure) if can_be_mended(&failure) => {
            let filled = Filled::sent(&posted).refused(&failure, LABELS);
            let shown = Page { shell: reader.shell(At::Problem), filled, kept: None };
            Ok(shown_again(&failure, &shown))
        }
        Err(failure) => Err(failure),
    }
}

/// The path of the page that led here, if it is one of ours and not this one.
pub(super) fn came_from(headers: &HeaderMap, ours: &Url) -> Option<String> {
    let from = Url::parse(headers.get(REFERER)?.to_str().ok()?).ok()?;
    let authority = from.authority();
    let host = headers.get(HOST).and_then(|it| it.to_str().ok());
    (host == Some(authority) || ours.authority() == authority)
        .then(|| from.path().to_owned())
        .filter(|path| path != PATH)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::REFERER};

    use super::{Url, came_from};

    #[test]
    fn only_a_page_of_ours_led_here() {
        let ours = Url::parse("https://quotes.agency.example/").unwrap();
        let from = |referer: &'static str| {
            let headers = HeaderMap::from_iter([(REFERER, HeaderValue::from_static(referer))]);
            came_from(&headers, &ours)
        };
        let page = from("https://quotes.agency.example/quotes/Q1?done=Q1");
        assert_eq!(page.as_deref(), Some("/quotes/Q1"));
        assert_eq!(from("https://evil.example/quotes/Q1"), None);
        assert_eq!(from("https://quotes.agency.example/report-a-problem"), None);
        assert_eq!(from("nonsense"), None);
    }
}
