//! The status page as HTML: no script, nothing from elsewhere, readable on paper.

use jiff::{Timestamp, tz::TimeZone};
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;

use super::content::{Content, Shown};
use crate::failure::{Attempt, Result};
use crate::notices::blocks::{Block, blocks};
use crate::notices::moment::Moment;

const TEMPLATE: &str = include_str!("index.html");

#[derive(Serialize)]
struct Entry<'a> {
    moment: Moment,
    label: &'static str,
    subject: &'a str,
    blocks: Vec<Block>,
    published_at: &'a str,
    published: String,
    start: &'a str,
    until: &'a str,
    window: String,
}

/// The page.
///
/// # Errors
/// When the template is wrong, which a test would have found.
pub(super) fn html(content: &Content) -> Result<String> {
    let making = || "make the status page".to_owned();
    let mut engine = Environment::new();
    engine.add_template("index.html", TEMPLATE).attempt(making)?;
    let entries: Vec<Entry<'_>> = content.notices.iter().map(entry).collect();
    let zone = content.notices.first().map_or("UTC", |latest| &latest.zone);
    engine
        .get_template("index.html")
        .attempt(making)?
        .render(context! {
            title => content.title.as_str(),
            state => content.state,
            state_words => content.state.replace('_', " "),
            sentence => content.sentence.as_str(),
            written_at => content.written_at.as_str(),
            written => local(&content.written_at, zone, "%A, %-d %B %Y, %H:%M %Z"),
            latest => Value::from(Serde(entries.first())),
            former => Value::from(Serde(entries.get(1..).unwrap_or_default())),
        })
        .attempt(making)
}

fn entry(notice: &Shown) -> Entry<'_> {
    let same_day = notice.start.get(..10) == notice.until.get(..10);
    let form = if same_day { "%H:%M %Z" } else { "%A, %-d %B, %H:%M %Z" };
    Entry {
        moment: notice.moment,
        label: label(notice.moment),
        subject: &notice.subject,
        blocks: blocks(&notice.text),
        published_at: &notice.published_at,
        published: local(&notice.published_at, &notice.zone, "%-d %B %Y, %H:%M %Z"),
        start: &notice.start,
        until: &notice.until,
        window: format!(
            "{} to {}",
            local(&notice.start, &notice.zone, "%A, %-d %B %Y, %H:%M"),
            local(&notice.until, &notice.zone, form)
        ),
    }
}

const fn label(moment: Moment) -> &'static str {
    match moment {
        Moment::Before => "Scheduled",
        Moment::During => "In progress",
        Moment::After => "Complete",
        Moment::Failed => "Not completed",
        Moment::Changed => "Moved",
        Moment::Cancelled => "Cancelled",
    }
}

fn local(rfc3339: &str, zone: &str, form: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    rfc3339
        .parse::<Timestamp>()
        .map_or_else(|_| rfc3339.to_owned(), |at| at.to_zoned(zone).strftime(form).to_string())
}
