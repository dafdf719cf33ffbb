//! The status page: for everybody, without sign-in and without a script, from memory, so that it works
//! while the database does not. And its feed.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::get,
};
use bson::DateTime;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::{
    look::Look,
    shell::{At, Reader, Shell, page},
    words::{duration, moment},
};
use crate::{
    access::ClientAddress,
    app::Shared,
    failure::Failure,
    maintenance::{Notice, Period, Told},
    take::Query,
};

/// The zones that can be chosen; any other can be asked for by name.
const ZONES: [&str; 5] =
    ["UTC", "Europe/London", "Europe/Prague", "Europe/Warsaw", "Europe/Madrid"];

#[derive(Template)]
#[template(path = "pages/status.html")]
struct Page {
    shell: Shell,
    sentence: String,
    mark: (&'static str, &'static str),
    /// When this was read, if the database does not answer now.
    away: Option<String>,
    facts: Vec<(&'static str, String)>,
    said: Vec<Said>,
    periods: Vec<Past>,
    zone: String,
    zones: Vec<String>,
}

/// A notice.
struct Said {
    subject: String,
    text: String,
    when: String,
}

/// A maintenance that is over.
struct Past {
    began: String,
    ended: String,
    took: String,
}

#[derive(Template)]
#[template(path = "status.rss", escape = "html")]
struct Feed {
    agency: String,
    address: String,
    items: Vec<Item>,
}

struct Item {
    id: String,
    title: String,
    text: String,
    date: String,
}

#[derive(Debug, Deserialize)]
struct Asked {
    zone: Option<String>,
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/status", get(status)).route("/status.rss", get(feed))
}

async fn status(
    State(app): State<Shared>,
    address: ClientAddress,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let (follower, told) = (&app.maintenance, app.maintenance.told());
    let state = follower.now();
    let announced = told.page.as_ref().and_then(|page| page.notices.first());
    // The zone in which people were told, unless the reader wants another.
    let chosen = Look::read(&headers).zone.map(str::to_owned);
    let wanted = asked.zone.or(chosen).or_else(|| announced.map(|it| it.zone.clone()));
    let zone = wanted.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let clock = Clock { zone };
    let mut zones: Vec<String> = ZONES.iter().map(|it| (*it).to_owned()).collect();
    if !zones.contains(&name) {
        zones.push(name.clone());
    }
    let (sentence, mark) = clock.sentence(&state, &told);
    let away = (!follower.is_fresh()).then(|| match follower.seen() {
        Some(seen) => format!("This is the state of {}.", clock.full(seen.time)),
        None => "It has not answered since this server was started.".to_owned(),
    });
    let mut shell = match Reader::perhaps(&app, &headers, address).await {
        Some(reader) => reader.shell(At::Status),
        None => Shell::for_nobody(&app, At::Status).looking(&headers),
    };
    // The page itself says it.
    shell.banners = shell.banners.none();
    page(
        StatusCode::OK,
        &Page {
            shell,
            sentence,
            mark,
            away,
            facts: clock.facts(&state, announced),
            said: told.page.iter().flat_map(|it| &it.notices).map(|it| clock.said(it)).collect(),
            periods: told.periods.iter().map(|it| clock.past(it)).collect(),
            zone: name,
            zones,
        },
    )
}

async fn feed(State(app): State<Shared>) -> Result<Response, Failure> {
    let told = app.maintenance.told();
    let items = told.page.iter().flat_map(|page| &page.notices).map(|notice| Item {
        id: notice.id.clone(),
        title: plain(&notice.subject),
        text: plain(&notice.text),
        date: rfc2822(&notice.published_at),
    });
    let feed = Feed {
        agency: app.settings.agency.clone(),
        address: app.settings.public_url.join("status").map(String::from).unwrap_or_default(),
        items: items.collect(),
    };
    let text = feed.render().map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
    Ok(([(CONTENT_TYPE, "application/rss+xml; charset=utf-8")], text).into_response())
}

/// XML has no way to hold control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() || *it == '\n').collect()
}

/// `Thu, 26 Nov 2026 02:05:00 +0000`.
fn rfc2822(time: &str) -> String {
    let at: Timestamp = time.parse().unwrap_or_default();
    at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Times in a reader's zone.
struct Clock {
    zone: TimeZone,
}

impl Clock {
    fn show(&self, at: DateTime, format: &str) -> String {
        let at = moment(at).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }

    fn full(&self, at: DateTime) -> String {
        self.show(at, "%-d %b %Y, %H:%M")
    }

    /// One sentence, and what it means.
    fn sentence(
        &self,
        state: &causeway_core::maintenance::Maintenance,
        told: &Told,
    ) -> (String, (&'static str, &'static str)) {
        if state.on {
            let what = match state.covers("quotes") {
                true => "Quotes can be read, editing is paused",
                false => "Maintenance is in progress",
            };
            let until = state.until.filter(|_| !state.is_overdue(DateTime::now()));
            let until = until.map(|at| format!(" until {}", self.show(at, "%H:%M")));
            let sentence = format!("{what}{}", until.unwrap_or_default());
            return (sentence, ("attention", "in progress"));
        }
        match told.page.as_ref() {
            Some(page) if page.state == "scheduled" => {
                (page.sentence.clone(), ("info", "scheduled"))
            }
            Some(page) if page.state == "failed" => (page.sentence.clone(), ("danger", "failed")),
            _ => ("Everything works".to_owned(), ("done", "no maintenance")),
        }
    }

    fn facts(
        &self,
        state: &causeway_core::maintenance::Maintenance,
        announced: Option<&Notice>,
    ) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        let zone = self.zone.iana_name().unwrap_or("UTC");
        if state.on {
            if !state.message.is_empty() {
                facts.push(("What", state.message.clone()));
            }
            let since = state.since.map(|at| format!("since {}", self.full(at)));
            let until = state.until.map(|at| format!("until about {}", self.full(at)));
            let when = since.into_iter().chain(until).collect::<Vec<_>>().join(", ");
            facts.push(("When", format!("{when} ({zone})")));
            facts.push(("For whom", for_whom(&state.scope)));
        } else if let Some(notice) =
            announced.filter(|it| it.moment == "before" || it.moment == "changed")
        {
            let time = |text: &str| {
                let at: Timestamp = text.parse().unwrap_or_default();
                at.to_zoned(self.zone.clone()).strftime("%-d %b %Y, %H:%M").to_string()
            };
            let when = format!("{} to {} ({zone})", time(&notice.start), time(&notice.until));
            facts.push(("When", when));
        }
        facts
    }

    fn said(&self, notice: &Notice) -> Said {
        let at: Timestamp = notice.published_at.parse().unwrap_or_default();
        let when = at.to_zoned(self.zone.clone()).strftime("%-d %b %Y, %H:%M").to_string();
        Said { subject: notice.subject.clone(), text: notice.text.clone(), when }
    }

    fn past(&self, period: &Period) -> Past {
        let millis = period.ended.timestamp_millis() - period.began.timestamp_millis();
        Past {
            began: self.full(period.began),
            ended: self.full(period.ended),
            took: duration(millis.max(0) / 1_000),
        }
    }
}

fn for_whom(scope: &[String]) -> String {
    match scope {
        [] => "Whoever changes anything. Reading works.".to_owned(),
        _ => "Whoever creates or edits quotes. Reading quotes and signing in work.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::rfc2822;

    #[test]
    fn times_are_said_as_feeds_say_them() {
        assert_eq!(rfc2822("2026-11-26T02:05:00+01:00"), "Thu, 26 Nov 2026 01:05:00 +0000");
    }
}
