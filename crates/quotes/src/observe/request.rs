//! What is written down of each request: its id, route, status and time; never its path, its query, or
//! who somebody is.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use metrics::{counter, histogram};
use tracing::Instrument as _;

use super::{
    RequestId, Tally,
    metrics::{ERRORS, REQUESTS, SECONDS},
    request_id::HEADER,
};
use crate::{
    access::{BANNERS, NEWS, Principal},
    failure::{ErrorCode, Failure, ShownCode},
};

/// No request takes longer: clients and proxies give up soon after.
const REQUEST_SECONDS_MAX: u64 = 15;
const NO_ROUTE: &str = "none";

/// Gives the request its id, ends it in time, contains a panic, and writes down what became of it.
pub async fn observe(
    State(tally): State<Arc<Tally>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = RequestId::of(request.headers());
    let method = verb(request.method());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| NO_ROUTE.to_owned());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = id.as_str());
    async move {
        let mut response = bounded(next.run(request), &id).await;
        let took = begun.elapsed();
        if is_for_people(&route) {
            tally.add(took.as_secs_f64(), is_our_fault(&response));
        }
        write_down(method, route, &response, took);
        if let Some(id) = id.header() {
            response.headers_mut().insert(HEADER, id);
        }
        response
    }
    .instrument(span)
    .await
}

async fn bounded(answer: impl Future<Output = Response>, id: &RequestId) -> Response {
    let limit = Duration::from_secs(REQUEST_SECONDS_MAX);
    // What a handler holds is its own: nobody sees it after a panic.
    let answer = AssertUnwindSafe(answer).catch_unwind();
    match tokio::time::timeout(limit, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => {
            let mut failure = Failure::unexpected(anyhow!("the handler panicked"));
            failure.message.push_str(&format!(" as request {}", id.as_str()));
            failure.into_response()
        }
        Err(_elapsed) => {
            let message = format!(
                "this took longer than {REQUEST_SECONDS_MAX} s and was given up; \
                 whether something was changed is unknown: look before trying again"
            );
            let mut failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT", message);
            failure.retry_after = Some(Duration::from_secs(5));
            failure.into_response()
        }
    }
}

fn write_down(method: &'static str, route: String, response: &Response, took: Duration) {
    let status = response.status();
    let asker = response.extensions().get::<Asker>().map_or("nobody", |asker| asker.0);
    let ms = (took.as_secs_f64() * 1e6).round() / 1e3;
    tracing::info!(method, route, status = status.as_u16(), ms, asker, "answered");
    if let Some(ErrorCode(code)) = response.extensions().get() {
        counter!(ERRORS, "kind" => *code).increment(1);
    }
    histogram!(SECONDS, "method" => method, "route" => route.clone()).record(took.as_secs_f64());
    let status = status.as_str().to_owned();
    counter!(REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
}

/// What monitoring asks again and again would hide how long people wait.
fn is_for_people(route: &str) -> bool {
    !["/healthz", "/readyz", "/metrics", "/assets/{name}", BANNERS, NEWS].contains(&route)
}

/// Whoever is kept out by maintenance was told so before.
fn is_our_fault(response: &Response) -> bool {
    let extensions = response.extensions();
    let code = extensions.get::<ErrorCode>().map(|ErrorCode(code)| *code);
    let shown = extensions.get::<ShownCode>().map(|ShownCode(code)| *code);
    response.status().is_server_error() && code.or(shown) != Some("MAINTENANCE")
}

/// Anybody may send any word as a method, and each would be a series of its own.
fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// What kind of somebody asked, on the response: what knows who it is stands further inside.
#[derive(Clone, Copy)]
struct Asker(&'static str);

/// Notes what kind of somebody asks, for the log.
pub async fn who(request: Request, next: Next) -> Response {
    let asker = request.extensions().get::<Principal>().map(Principal::kind);
    let mut response = next.run(request).await;
    if let Some(asker) = asker {
        response.extensions_mut().insert(Asker(asker));
    }
    response
}
