//! The status page as RSS 2.0: an item for each notice.

use jiff::Timestamp;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;

use super::content::{Content, Shown};
use crate::failure::{Attempt, Result};

const TEMPLATE: &str = include_str!("feed.xml");
/// RSS wants an address: this one says that nobody wrote one into the configuration.
const NO_ADDRESS: &str = "urn:causeway:status-page";

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    subject: &'a str,
    text: &'a str,
    published: String,
}

/// The feed.
///
/// # Errors
/// When the template is wrong, which a test would have found.
pub(super) fn feed(content: &Content, url: Option<&str>) -> Result<String> {
    let making = || "make the feed of the status page".to_owned();
    let mut engine = Environment::new();
    engine.add_template("feed.xml", TEMPLATE).attempt(making)?;
    let items: Vec<Item<'_>> = content.notices.iter().map(item).collect();
    engine
        .get_template("feed.xml")
        .attempt(making)?
        .render(context! {
            title => content.title.as_str(),
            sentence => content.sentence.as_str(),
            link => url.unwrap_or(NO_ADDRESS),
            written => rfc2822(&content.written_at),
            items => Value::from(Serde(items)),
        })
        .attempt(making)
}

fn item(notice: &Shown) -> Item<'_> {
    Item {
        id: &notice.id,
        subject: &notice.subject,
        text: &notice.text,
        published: rfc2822(&notice.published_at),
    }
}

/// RSS keeps the form of dates that e-mail has.
fn rfc2822(rfc3339: &str) -> String {
    rfc3339.parse::<Timestamp>().map_or_else(
        |_| rfc3339.to_owned(),
        |at| at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
    )
}
