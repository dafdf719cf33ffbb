//! `[[smoke]]`: how the application is tried after a migration, before people are let in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::notices::{Mistake, parse_url};
use super::own_steps::{CommandLine, check_name, check_timeout};

const TIMEOUT_SECONDS: u64 = 10;
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// One check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmokeSettings {
    name: Spanned<String>,
    url: Option<Spanned<String>>,
    method: Option<Spanned<String>>,
    /// What is sent, as JSON text; `{name}` is what an earlier check saved.
    pub(crate) body: Option<String>,
    status: Option<u16>,
    /// JSON Pointers into the answer, and what must stand there.
    #[serde(default)]
    pub(crate) expect: BTreeMap<String, toml::Value>,
    /// Texts that the answer must hold.
    #[serde(default)]
    pub(crate) contains: Vec<String>,
    /// Names for later checks, and JSON Pointers to what they stand for.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    /// The address to which DELETE is sent afterwards, whatever happens.
    pub(crate) remove: Option<Spanned<String>>,
    /// A command instead of a request.
    pub(crate) command: Option<CommandLine>,
    timeout_seconds: Option<Spanned<u64>>,
}

impl SmokeSettings {
    pub(super) fn check(all: &[Self]) -> Result<(), Mistake> {
        let mut names = BTreeSet::new();
        let mut saved = BTreeSet::from(["run"]);
        for one in all {
            check_name(&one.name, &mut names)?;
            check_timeout(one.timeout_seconds.as_ref())?;
            let at = one.name.span().start;
            match (&one.url, &one.command) {
                (Some(url), None) => {
                    let _ = parse_url(&without_names(url), &["http", "https"])?;
                }
                (None, Some(_)) if one.is_about_a_request() => {
                    let message = "a command has no method, body, status, expect, save or remove";
                    return Err((at, message.to_owned()));
                }
                (None, Some(_)) => {}
                (Some(_), Some(_)) | (None, None) => {
                    return Err((at, "a smoke check has a url, or a command".to_owned()));
                }
            }
            if let Some(method) = &one.method
                && !METHODS.contains(&method.get_ref().as_str())
            {
                let message = format!("expected one of {}", METHODS.join(", "));
                return Err((method.span().start, message));
            }
            let pointers = one.expect.keys().chain(one.save.values());
            if let Some(wrong) = pointers.into_iter().find(|it| !it.starts_with('/')) {
                let message = format!("`{wrong}` is no JSON Pointer: write /data/total");
                return Err((at, message));
            }
            if let Some(remove) = &one.remove {
                let _ = parse_url(&without_names(remove), &["http", "https"])?;
            }
            let texts = [one.url(), one.body.as_deref()].into_iter().flatten();
            check_names(texts, &saved).map_err(|message| (at, message))?;
            saved.extend(one.save.keys().map(String::as_str));
            let remove = one.remove.iter().map(|remove| remove.get_ref().as_str());
            check_names(remove, &saved).map_err(|message| (at, message))?;
        }
        Ok(())
    }

    fn is_about_a_request(&self) -> bool {
        self.method.is_some()
            || self.body.is_some()
            || self.status.is_some()
            || !self.expect.is_empty()
            || !self.contains.is_empty()
            || !self.save.is_empty()
            || self.remove.is_some()
    }

    pub(crate) fn name(&self) -> &str {
        self.name.get_ref()
    }

    /// The address; none when it is a command.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_ref().map(|url| url.get_ref().as_str())
    }

    pub(crate) fn method(&self) -> &str {
        let usual = if self.body.is_some() { "POST" } else { "GET" };
        self.method.as_ref().map_or(usual, |method| method.get_ref())
    }

    /// The status that is expected; without one any of 200 to 299.
    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    pub(crate) fn timeout(&self) -> Duration {
        let given = self.timeout_seconds.as_ref().map(|given| *given.get_ref());
        Duration::from_secs(given.unwrap_or(TIMEOUT_SECONDS))
    }
}

/// `{name}` is filled in later, and stands where an address may have anything.
fn without_names(url: &Spanned<String>) -> Spanned<String> {
    Spanned::new(url.span(), url.get_ref().replace(['{', '}'], ""))
}

/// `{quote}` in an address or a body, which is JSON and has braces of its own.
fn check_names<'a>(
    texts: impl Iterator<Item = &'a str>,
    saved: &BTreeSet<&str>,
) -> Result<(), String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    for text in texts {
        let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        for (name, _) in names.filter(|(name, _)| is_name(name)) {
            if !saved.contains(name) {
                let known: Vec<&str> = saved.iter().copied().collect();
                return Err(format!(
                    "no check before this one saves `{name}`; there is {}",
                    known.join(", ")
                ));
            }
        }
    }
    Ok(())
}
