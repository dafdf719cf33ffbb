//! Smoke checks: the application is tried before people are let in.
//!
//! Requests carry the run's id, by which the application marks what they make and sends no mail for
//! it, and the token that passes its maintenance mode. `docs/run.md` says what an application does
//! with them.

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Method, Request};

use super::conductor::Conductor;
use super::jobs::borrowed;
use super::process;
use super::trying::Evidence;
use crate::config::smoke::SmokeSettings;
use crate::failure::{Failure, Result};

/// Names the run, on every request.
pub(super) const RUN_HEADER: &str = "X-Causeway-Run";
/// Passes the application's maintenance mode.
const TOKEN_HEADER: &str = "X-Maintenance-Token";
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
const SHOWN_CHARACTERS_MAX: usize = 200;

/// What an application answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    body: String,
}

/// One request, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) body: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) time_max: Duration,
}

impl Conductor<'_> {
    pub(super) async fn smoke(&mut self) -> Result<Evidence> {
        let checks = self.session.config.smokes.clone();
        self.remove_what_is_left().await?;
        let mut saved = BTreeMap::from([("run".to_owned(), self.record.id.clone())]);
        let mut words = Vec::new();
        let mut failed = None;
        for check in &checks {
            let begun = Instant::now();
            let tried = self.try_it(check, &mut saved).await;
            match tried.map(|what| self.without_token(&what)) {
                Ok(what) => {
                    let millis = begun.elapsed().as_millis();
                    self.session
                        .reporter
                        .fact("tried", format!("{}: {what}, {millis} ms", check.name()));
                    words.push(format!("{} ({what}, {millis} ms)", check.name()));
                }
                Err(why) => {
                    let why = self.without_token(&why);
                    failed = Some(format!("{}: {why}", check.name()));
                    break;
                }
            }
        }
        let left = self.remove_what_is_left().await?;
        match failed {
            None => Ok(Evidence { text: words.join(", "), lacks: left, left_out: false }),
            Some(why) => Err(Failure::refused(format!("the application does not work: {why}")).hint(
                "see its log; the code that belongs to the migration may not be deployed. When it is mended, \
                 the same command tries again",
            )),
        }
    }

    /// Tries one thing; what was seen, or why it is not as it should be.
    async fn try_it(
        &mut self,
        check: &SmokeSettings,
        saved: &mut BTreeMap<String, String>,
    ) -> Result<String, String> {
        if let Some(command) = &check.command {
            let mut variables = self.variables();
            if let Some(token) = self.token()? {
                variables.push(("CAUSEWAY_SMOKE_TOKEN", token));
            }
            let ended = process::run(command, &borrowed(&variables), check.timeout()).await;
            return if ended.is_well() { Ok(ended.words()) } else { Err(ended.words()) };
        }
        let sent = Sent {
            method: check.method().to_owned(),
            url: address(check.url().unwrap_or_default(), saved)?,
            body: check.body.as_deref().map(|body| filled(body, saved, str::to_owned)),
            headers: self.headers()?,
            time_max: check.timeout(),
        };
        let answer = send(sent).await?;
        // Whatever else is wrong with the answer: what it made has to go again.
        let made = self.note_what_was_made(check, &answer, saved).await;
        judge(check, &answer)?;
        made?;
        Ok(answer.status.to_string())
    }

    async fn note_what_was_made(
        &mut self,
        check: &SmokeSettings,
        answer: &Answer,
        saved: &mut BTreeMap<String, String>,
    ) -> Result<(), String> {
        if !(200..300).contains(&answer.status) {
            return Ok(());
        }
        let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let mut missing = None;
        for (name, pointer) in &check.save {
            match json.pointer(pointer) {
                Some(Value::String(text)) => drop(saved.insert(name.clone(), text.clone())),
                Some(Value::Number(number)) => drop(saved.insert(name.clone(), number.to_string())),
                Some(_) | None => {
                    missing = Some(format!("the answer has nothing to save at {pointer}"))
                }
            }
        }
        if let Some(remove) = &check.remove {
            self.record.left_behind.push(address(remove.get_ref(), saved)?);
            self.save().await.map_err(|failure| failure.to_string())?;
        }
        missing.map_or(Ok(()), Err)
    }

    pub(super) fn headers(&self) -> Result<Vec<(&'static str, String)>, String> {
        let mut headers = vec![(RUN_HEADER, self.record.id.clone())];
        if let Some(token) = self.token()? {
            headers.push((TOKEN_HEADER, token));
        }
        Ok(headers)
    }

    /// Pages that show their request, and commands that print their environment, must not spread it.
    fn without_token(&self, text: &str) -> String {
        match self.token() {
            Ok(Some(token)) if !token.is_empty() => text.replace(&token, "***"),
            _ => text.to_owned(),
        }
    }

    fn token(&self) -> Result<Option<String>, String> {
        let Some(name) = self.session.config.run.smoke_token_env() else { return Ok(None) };
        env::var(name).map(Some).map_err(|_| {
            format!(
                "the variable {name}, which run.smoke_token_env names, is not in the environment"
            )
        })
    }
}

fn judge(check: &SmokeSettings, answer: &Answer) -> Result<(), String> {
    let shown = || -> String {
        let start: String = answer.body.chars().take(SHOWN_CHARACTERS_MAX).collect();
        start.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (is_right, expected) = match check.status() {
        Some(status) => (answer.status == status, status.to_string()),
        None => ((200..300).contains(&answer.status), "200 to 299".to_owned()),
    };
    if !is_right {
        return Err(format!("answered {}, expected {expected}: {}", answer.status, shown()));
    }
    if let Some(missing) = check.contains.iter().find(|text| !answer.body.contains(*text)) {
        return Err(format!("the answer does not hold \"{missing}\""));
    }
    if check.expect.is_empty() {
        return Ok(());
    }
    let json: Value = serde_json::from_str(&answer.body)
        .map_err(|_| format!("the answer is no JSON: {}", shown()))?;
    for (pointer, expected) in &check.expect {
        let expected = serde_json::to_value(expected).unwrap_or_default();
        match json.pointer(pointer) {
            Some(found) if is_same(found, &expected) => {}
            Some(found) => return Err(format!("{pointer} is {found}, expected {expected}")),
            None => return Err(format!("the answer has no {pointer}, expected {expected}")),
        }
    }
    Ok(())
}

/// 7 is 7.0: the two notations of a number are one value.
fn is_same(found: &Value, expected: &Value) -> bool {
    match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => found == expected,
        _ => found == expected,
    }
}

/// `{name}` replaced by what was saved under it; other braces stay, for they are JSON.
fn filled(
    text: &str,
    saved: &BTreeMap<String, String>,
    written: impl Fn(&str) -> String,
) -> String {
    let mut filled = text.to_owned();
    for (name, value) in saved {
        filled = filled.replace(&format!("{{{name}}}"), &written(value));
    }
    filled
}

/// The same for an address. What an application answered may be anything: it stands for one name, and
/// leads nowhere else.
fn address(text: &str, saved: &BTreeMap<String, String>) -> Result<String, String> {
    for (name, value) in saved {
        let is_name = !value.is_empty() && value != "." && value != "..";
        if text.contains(&format!("{{{name}}}")) && !is_name {
            return Err(format!(
                "`{value}` was saved as {name}, which names nothing in an address"
            ));
        }
    }
    let encoded = |value: &str| url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let address = filled(text, saved, encoded).replace('+', "%20");
    match address.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
        Some((name, _)) => Err(format!("nothing was saved as {name}")),
        None => Ok(address),
    }
}

/// Sends it. The client blocks, so it has a thread of its own.
pub(super) async fn send(sent: Sent) -> Result<Answer, String> {
    let sending = tokio::task::spawn_blocking(move || send_blocking(&sent));
    sending.await.unwrap_or_else(|_| Err("the request could not be made".to_owned()))
}

fn send_blocking(sent: &Sent) -> Result<Answer, String> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(sent.time_max))
        // A redirection would carry the token to an address that nobody wrote down.
        .max_redirects(0)
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .user_agent(concat!("causeway/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let method: Method = sent.method.parse().map_err(|_| format!("no method `{}`", sent.method))?;
    let mut request = Request::builder().method(method).uri(&sent.url);
    for (name, value) in &sent.headers {
        request = request.header(*name, value);
    }
    let answered = match &sent.body {
        Some(body) => {
            let request = request.header("Content-Type", "application/json");
            request
                .body(body.clone())
                .map_err(|error| error.to_string())
                .and_then(|request| agent.run(request).map_err(|error| error.to_string()))
        }
        None => request
            .body(())
            .map_err(|error| error.to_string())
            .and_then(|request| agent.run(request).map_err(|error| error.to_string())),
    };
    let mut response = answered?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
    Ok(Answer { status, body: body.map_err(|error| error.to_string())? })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::address;

    #[test]
    fn what_was_saved_stands_for_one_name_of_an_address() {
        let of = |value: &str| {
            let saved = BTreeMap::from([("quote".to_owned(), value.to_owned())]);
            address("http://a/quotes/{quote}/x", &saved)
        };
        assert_eq!(of("63b1").unwrap(), "http://a/quotes/63b1/x");
        assert_eq!(of("../all?x=").unwrap(), "http://a/quotes/..%2Fall%3Fx%3D/x");
        assert_eq!(of("a b").unwrap(), "http://a/quotes/a%20b/x");
        for nothing in ["", ".", ".."] {
            assert!(of(nothing).is_err(), "{nothing:?}");
        }
        assert!(address("http://a/{other}", &BTreeMap::new()).unwrap_err().contains("other"));
    }
}
