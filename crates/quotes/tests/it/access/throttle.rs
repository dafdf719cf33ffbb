//! Guessing is slow, and so is asking too much.

use anyhow::Result;
use quotes::settings::{Sender, Settings};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{ADMIN, AGENT, PASSWORD, agency, agency_with, sign_in, written_down};
use crate::app::{self, Answered, TestApp, answered};

async fn sign_in_from(app: &TestApp, address: &str, password: &str) -> Result<Answered> {
    let body = json!({ "email": AGENT, "password": password });
    let request = app.stranger(Method::POST, "/api/session").json(&body);
    answered(request.header("X-Forwarded-For", address)).await
}

#[tokio::test]
async fn after_five_wrong_passwords_an_address_waits() -> Result<()> {
    let app = agency_with(Settings { sender: Sender::Forwarded, ..app::settings()? }).await?;
    for _ in 0..5 {
        let wrong = sign_in_from(&app, "203.0.113.1", "wrong every time").await?;
        assert_eq!(wrong.refusal(), (401, "SIGN_IN_REFUSED"));
    }
    let refused = sign_in_from(&app, "203.0.113.1", PASSWORD).await?;
    assert_eq!(refused.refusal(), (429, "TOO_MANY_ATTEMPTS"));
    let seconds: u64 = refused.headers["retry-after"].to_str()?.parse()?;
    assert!((1..=30).contains(&seconds), "{seconds}");
    let elsewhere = sign_in_from(&app, "203.0.113.2", PASSWORD).await?;
    assert_eq!(elsewhere.status, 201, "{}", elsewhere.body);
    assert_eq!(written_down(&app, "session.refused").await?, 5);
    Ok(())
}

#[tokio::test]
async fn without_a_proxy_nobody_chooses_their_address() -> Result<()> {
    let app = agency().await?;
    for n in 0..5 {
        let address = format!("203.0.113.{n}");
        assert_eq!(sign_in_from(&app, &address, "wrong every time").await?.status, 401);
    }
    assert_eq!(sign_in_from(&app, "203.0.113.99", PASSWORD).await?.status, 429);
    assert_eq!(sign_in(&app, ADMIN, PASSWORD).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn many_guesses_at_once_are_counted_like_one_after_the_other() -> Result<()> {
    let app = agency().await?;
    let guesses = (0..12).map(|n| {
        let app = &app;
        async move { sign_in(app, AGENT, &format!("guess number {n}")).await }
    });
    let answers = futures_util::future::try_join_all(guesses).await?;
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((tried, refused), (5, 7));
    Ok(())
}

#[tokio::test]
async fn nobody_takes_the_whole_server() -> Result<()> {
    let app = agency_with(Settings { rate_per_second: 2, ..app::settings()? }).await?;
    let mut answers = Vec::new();
    for _ in 0..30 {
        answers.push(app.get("/api/session").await?);
    }
    let limited = answers.iter().find(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS);
    let limited = limited.expect("thirty at once are more than two a second");
    assert_eq!(limited.refusal(), (429, "RATE_LIMITED"));
    assert_eq!(limited.headers["retry-after"], "1");
    assert_eq!(answers[0].status, 200);
    Ok(())
}
