//! What holds for every answer: headers, the envelope, limits.

use std::sync::Arc;

use anyhow::Result;
use axum::{Router, middleware::from_fn_with_state, routing::get};
use quotes::{access::Role, observe};
use reqwest::Method;
use serde_json::json;
use testbed::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::app::{TestApp, answered, person, settings};

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() -> Result<()> {
    let app = TestApp::start().await?;
    for path in ["/healthz", "/api/status", "/nothing/here", "/readyz", "/metrics"] {
        let headers = app.get(path).await?.headers;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(headers[name], value, "{name} of {path}");
        }
        let policy = headers["content-security-policy"].to_str()?;
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(headers.contains_key("permissions-policy"), "{path}");
        assert!(!headers.contains_key("strict-transport-security"), "served without encryption");
        assert_eq!(headers["x-request-id"].len(), 32, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_request_keeps_its_id() -> Result<()> {
    let app = TestApp::start().await?;
    let named = app.request(Method::GET, "/healthz").header("X-Request-Id", "run-17.a");
    assert_eq!(answered(named).await?.headers["x-request-id"], "run-17.a");
    let odd = app.request(Method::GET, "/healthz").header("X-Request-Id", "ann@agency.example");
    assert_eq!(answered(odd).await?.headers["x-request-id"].len(), 32);
    Ok(())
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_told_in_the_envelope() -> Result<()> {
    let app = TestApp::start().await?;
    let unknown = app.get("/api/nothing").await?;
    assert_eq!((unknown.status, &unknown.body["success"]), (404, &json!(false)));
    assert_eq!(unknown.body["error"]["code"], "NOT_FOUND");
    let wrong = app.ask(Method::DELETE, "/api/status", None).await?;
    assert_eq!((wrong.status, &wrong.body["error"]["code"]), (405, &json!("METHOD_NOT_ALLOWED")));
    assert_eq!(wrong.headers["allow"], "GET,HEAD");
    Ok(())
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_takes_it() -> Result<()> {
    let app = TestApp::start().await?;
    let asked = |path| app.request(Method::GET, path).header("Accept-Encoding", "gzip");
    let long = asked("/api/openapi.json").send().await?;
    assert_eq!(long.headers()["content-encoding"], "gzip");
    let short = asked("/healthz").send().await?;
    assert!(!short.headers().contains_key("content-encoding"));
    Ok(())
}

#[tokio::test]
async fn a_handler_that_panics_is_an_error_of_one_request() -> Result<()> {
    async fn broken() -> &'static str {
        panic!("a bug")
    }
    let router: Router = Router::new()
        .route("/broken", get(broken))
        .route("/sound", get(async || "ok"))
        .layer(from_fn_with_state(Arc::<observe::Tally>::default(), observe::observe));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let never = std::future::pending::<()>;
    tokio::spawn(quotes::server::serve_connections(listener, router, never(), never()));
    let client = reqwest::Client::new();
    let broken = client.get(format!("{url}/broken")).header("X-Request-Id", "r-1");
    let failed = answered(broken).await?;
    assert_eq!((failed.status, &failed.body["error"]["code"]), (500, &json!("INTERNAL_ERROR")));
    let message = failed.body["error"]["message"].as_str().unwrap_or_default();
    assert!(message.ends_with("as request r-1") && !message.contains("a bug"), "{message}");
    assert_eq!(answered(client.get(format!("{url}/sound"))).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn browsers_stay_with_encryption_where_people_come_by_it() -> Result<()> {
    let mut settings = settings()?;
    settings.public_url = "https://quotes.example".parse()?;
    let database = TestDatabase::new().await?;
    let app = TestApp::over(database, person(Role::Agent), settings).await?;
    let headers = app.get("/api/status").await?.headers;
    assert_eq!(headers["strict-transport-security"], "max-age=31536000");
    Ok(())
}

#[tokio::test]
async fn a_request_that_never_ends_is_given_up() -> Result<()> {
    let app = TestApp::start().await?;
    let address = app.request(Method::POST, "/api/session").build()?.url().authority().to_owned();
    let mut connection = TcpStream::connect(&address).await?;
    let head = format!(
        "POST /api/session HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\n\r\n{{"
    );
    connection.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"TIMEOUT\""), "{answer}");
    Ok(())
}
