//! Who is let in, who may do what, and for how long.

mod commands;
mod cross_site;
mod known;
mod passwords;
mod roles;
mod runs;
mod sessions;
mod throttle;
mod tokens;
mod users;

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use quotes::{access::Role, settings::Settings};
use reqwest::{
    Method, RequestBuilder,
    header::{COOKIE, SET_COOKIE},
};
use serde_json::{Value, json};
use testbed::{
    TestDatabase,
    data::{self, Options},
};

use crate::app::{self, Answered, TestApp, answered, person};

/// Of all people of the generated data.
const PASSWORD: &str = "correct horse battery staple";
/// An administrator and an agent of the generated data.
const ADMIN: &str = "user0@agency.example";
const AGENT: &str = "user5@agency.example";

/// Over generated people.
async fn agency() -> Result<TestApp> {
    agency_with(app::settings()?).await
}

async fn agency_with(settings: Settings) -> Result<TestApp> {
    let database = TestDatabase::new().await?;
    data::load(&database.database(), &Options { quotes: 1, ..Options::default() }).await?;
    TestApp::over(database, person(Role::Agent), settings).await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Result<Answered> {
    let body = json!({ "email": email, "password": password });
    answered(app.stranger(Method::POST, "/api/session").json(&body)).await
}

/// Somebody who has signed in.
struct Visitor<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Visitor<'a> {
    async fn new(app: &'a TestApp, email: &str) -> Result<Self> {
        Self::with(app, email, PASSWORD).await
    }

    async fn with(app: &'a TestApp, email: &str, password: &str) -> Result<Self> {
        let answered = sign_in(app, email, password).await?;
        assert_eq!(answered.status, 201, "{}", answered.body);
        Ok(Self { app, cookie: cookie(&answered)? })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.stranger(method, path).header(COOKIE, &self.cookie)
    }

    async fn get(&self, path: &str) -> Result<Answered> {
        answered(self.request(Method::GET, path)).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Result<Answered> {
        answered(self.request(method, path).json(&body)).await
    }
}

/// What a browser sends back.
fn cookie(answered: &Answered) -> Result<String> {
    let set = answered.headers.get(SET_COOKIE).context("no cookie was set")?.to_str()?;
    Ok(set.split(';').next().unwrap_or_default().to_owned())
}

/// The account of an e-mail address, as it is stored.
async fn stored(app: &TestApp, email: &str) -> Result<Document> {
    let users = app.database.database().collection::<Document>("users");
    users.find_one(doc! { "contactEmail": email }).await?.context("no such account")
}

/// How often something was written down.
async fn written_down(app: &TestApp, action: &str) -> Result<u64> {
    let logs = app.database.database().collection::<Document>("auditlogs");
    Ok(logs.count_documents(doc! { "action": action }).await?)
}

/// Codes of the fields that are refused.
fn codes(answered: &Answered) -> Vec<(String, String)> {
    let details = answered.body["error"]["details"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    details.iter().map(|it| (text(&it["field"]), text(&it["code"]))).collect()
}
