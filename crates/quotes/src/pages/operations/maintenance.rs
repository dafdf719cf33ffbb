//! Maintenance, switched by a person: what they type, what people would see of it, and doing it.

use std::time::Duration;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use bson::DateTime;
use causeway_core::maintenance::{Maintenance, Switch};

use super::{
    super::{
        banners::Banner,
        filled::{Filled, Labels, can_be_mended, shown_again},
        posted::{Pairs, Posted},
        shell::{Reader, page},
    },
    PATH, Page,
};
use crate::{
    app::Shared,
    failure::{Detail, Failure},
    operations::{Standing, Switched},
    store::author::Author,
};

/// The fields, and what the page calls them.
const LABELS: Labels = &[("minutes", "Minutes"), ("message", "What people are told")];
const MESSAGE_CHARACTERS_MAX: usize = 500;
const MINUTES_MAX: i64 = 24 * 60;
const MINUTES_USUAL: &str = "30";
/// What this server knows of maintenance is read four times a second.
const CATCH_UP_LOOK: Duration = Duration::from_millis(50);
const CATCH_UP_LOOKS: u32 = 20;
/// What may only be read meanwhile.
const SCOPE: &str = "quotes";
/// What people are told unless somebody knows better.
const USUAL: &str = "We are currently upgrading our quote management system.";

/// The form, filled with what is said at present.
pub(super) fn as_it_is(state: &Maintenance) -> Filled {
    let now = DateTime::now().timestamp_millis();
    let left = state.until.map(|until| until.timestamp_millis().saturating_sub(now) / 60_000);
    let minutes = match left.filter(|left| state.on && *left > 0) {
        Some(left) => left.to_string(),
        None => MINUTES_USUAL.to_owned(),
    };
    let message = if state.on && !state.message.is_empty() { &state.message } else { USUAL };
    let typed: Pairs =
        vec![("minutes".to_owned(), minutes), ("message".to_owned(), message.to_owned())];
    Filled::with(typed)
}

pub(super) async fn switch(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    posted: Posted,
) -> Result<Response, Failure> {
    // What only switches it off carries nothing that was typed.
    let filled = match posted.has("message") {
        true => Filled::sent(&posted),
        false => as_it_is(&app.maintenance.now()),
    };
    let by = reader.person.name.clone();
    let wants = posted.text("action").unwrap_or("preview").to_owned();
    let done = async {
        let switched = match wants.as_str() {
            "off" => Switched::Off,
            "on" => Switched::On(wanted(&posted)?),
            "tell" => Switched::Told(wanted(&posted)?),
            _ => return Ok(Some(wanted(&posted)?)),
        };
        switched.carry_out(&app.store, &author, &by).await?;
        Ok(None)
    };
    match done.await {
        Ok(None) => {
            caught_up(&app).await?;
            // The form leads to its own part of the page; what was done is said at its top.
            Ok(Redirect::to(&format!("{PATH}?done={wants}#main")).into_response())
        }
        Ok(Some(switch)) => {
            let preview = Some(preview(&switch));
            let now = Page::read(&app, &reader, Some(filled)).await?;
            Ok(page(StatusCode::OK, &Page { preview, ..now }))
        }
        Err(failure) if can_be_mended(&failure) => {
            let filled = filled.refused(&failure, LABELS);
            Ok(shown_again(&failure, &Page::read(&app, &reader, Some(filled)).await?))
        }
        Err(failure) => Err(failure),
    }
}

/// Waits until every page of this server says what was just done: soon, and not for long.
async fn caught_up(app: &Shared) -> Result<(), Failure> {
    let wanted = Standing::read(&app.store).await?.maintenance;
    for _ in 0..CATCH_UP_LOOKS {
        if app.maintenance.now() == wanted {
            break;
        }
        tokio::time::sleep(CATCH_UP_LOOK).await;
    }
    Ok(())
}

/// What was typed, if it can be used.
fn wanted(posted: &Posted) -> Result<Switch, Failure> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: String| {
        wrong.push(Detail { field: field.to_owned(), code: "out_of_range".to_owned(), message });
    };
    let minutes = posted.text("minutes").and_then(|text| text.parse::<i64>().ok());
    let minutes = minutes.filter(|minutes| (1..=MINUTES_MAX).contains(minutes));
    if minutes.is_none() {
        refuse("minutes", format!("enter a number of minutes from 1 to {MINUTES_MAX}"));
    }
    let message = posted.text("message").unwrap_or_default().to_owned();
    let length = message.chars().count();
    if length > MESSAGE_CHARACTERS_MAX {
        let over = length - MESSAGE_CHARACTERS_MAX;
        refuse(
            "message",
            format!("this is {over} characters longer than {MESSAGE_CHARACTERS_MAX}"),
        );
    }
    if message.is_empty() {
        refuse("message", "say in a sentence what is going on".to_owned());
    }
    if !wrong.is_empty() {
        return Err(Failure::invalid("VALIDATION_ERROR", wrong));
    }
    let millis = minutes.unwrap_or_default() * 60_000;
    let until = DateTime::from_millis(DateTime::now().timestamp_millis() + millis);
    let scope = vec![SCOPE.to_owned()];
    Ok(Switch { until: Some(until), message, scope, ..Switch::default() })
}

/// The banner that people would see.
fn preview(switch: &Switch) -> Banner {
    let state = Maintenance {
        on: true,
        until: switch.until,
        message: switch.message.clone(),
        ..Maintenance::default()
    };
    Banner::of(&state)
}

#[cfg(test)]
mod tests {
    use super::{super::super::posted::Posted, preview, wanted};

    fn posted(minutes: &str, message: &str) -> Posted {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Posted(vec![pair("minutes", minutes), pair("message", message)])
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        for (minutes, message, fields) in [
            ("0", "We upgrade.", vec!["minutes"]),
            ("soon", " ", vec!["minutes", "message"]),
            ("30", &"x".repeat(501), vec!["message"]),
            ("1441", "We upgrade.", vec!["minutes"]),
        ] {
            let failure = wanted(&posted(minutes, message)).unwrap_err();
            let named: Vec<&str> = failure.details.iter().map(|it| it.field.as_str()).collect();
            assert_eq!(named, fields, "{minutes} {message}");
        }
    }

    #[test]
    fn the_preview_has_the_words_of_the_banner() {
        let switch = wanted(&posted("30", "We upgrade.")).unwrap();
        assert_eq!(switch.scope, ["quotes"]);
        let banner = preview(&switch);
        assert_eq!(banner.text, "We upgrade.");
        assert!(banner.until.is_some());
    }
}
