//! Requests to a server of this machine, one at a time.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::Value;

const SECONDS_MAX: u64 = 20;

/// Asks one server, always with the same headers.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    client: reqwest::Client,
    address: String,
    headers: Vec<(String, String)>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status, whatever it is.
    pub(crate) status: u16,
    /// The body as it came.
    pub(crate) text: String,
}

impl Client {
    /// For the server at `http://HOST:PORT`.
    pub(crate) fn of(address: &str) -> Self {
        Self { client: reqwest::Client::new(), address: address.to_owned(), headers: Vec::new() }
    }

    /// The same with a header in every request.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same for another server.
    pub(crate) fn at(mut self, address: &str) -> Self {
        address.clone_into(&mut self.address);
        self
    }

    /// Sends a request; a body makes it one of JSON.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
    ) -> Result<Answer> {
        let asking = format!("ask {method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        let request = request.timeout(Duration::from_secs(SECONDS_MAX));
        let answer = request.send().await.with_context(|| asking.clone())?;
        let status = answer.status().as_u16();
        Ok(Answer { status, text: answer.text().await.context(asking)? })
    }
}

impl Answer {
    /// Its body, when its status is one of success.
    pub(crate) fn data(&self) -> Result<Value> {
        ensure!((200..300).contains(&self.status), "answered {}: {}", self.status, self.text);
        serde_json::from_str(&self.text).context("read the answer as JSON")
    }
}
