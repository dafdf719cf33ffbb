//! Requests to a server of this machine, one at a time.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use ureq::{Agent, http};

const SECONDS_MAX: u64 = 20;

/// Asks one server, always with the same headers.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    agent: Agent,
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
        let settings = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(SECONDS_MAX)));
        let agent = settings.build().new_agent();
        Self { agent, address: address.to_owned(), headers: Vec::new() }
    }

    /// The same with a header in every request.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends a request; a body makes it one of JSON.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        let asking = || format!("ask {method} {path}");
        let uri = format!("{}{path}", self.address);
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answered = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                self.agent.run(request.body(body.to_owned())?)
            }
            None => self.agent.run(request.body(())?),
        };
        let mut answer = answered.with_context(asking)?;
        let text = answer.body_mut().read_to_string().with_context(asking)?;
        Ok(Answer { status: answer.status().as_u16(), text })
    }
}

impl Answer {
    /// Its body, when its status is one of success.
    pub(crate) fn data(&self) -> Result<Value> {
        ensure!((200..300).contains(&self.status), "answered {}: {}", self.status, self.text);
        serde_json::from_str(&self.text).context("read the answer as JSON")
    }
}
