//! Notices and deliveries as people and scripts see them.

use bson::DateTime;
use causeway_core::event::Event;
use serde_json::json;

use crate::notices::delivery::{Due, Holder, State, Unclear};
use crate::notices::{Channel, Delivery, Notice};
use crate::reporter::Reporter;
use crate::terminal::moment;
use crate::terminal::rows::Row;

/// So many addresses are named before somebody is asked; a dry run names all.
const NAMED_MAX: usize = 12;

/// What is asked about: words, and to whom.
pub(super) fn in_short(reporter: &Reporter, notice: &Notice) {
    reporter.fact("notice", format!("{}, {}", notice.id, notice.window.words()));
    reporter.fact("subject", notice.subject.clone());
    reporter.fact("text", notice.text.clone());
    for channel in &notice.channels {
        let to: Vec<&Delivery> = notice
            .deliveries
            .iter()
            .filter(|it| it.channel == *channel && it.state != State::Sent)
            .collect();
        let mut names: Vec<&str> =
            to.iter().take(NAMED_MAX).map(|delivery| delivery.recipient.as_str()).collect();
        let more = to.len().saturating_sub(NAMED_MAX);
        let others = format!("{more} others");
        if more > 0 {
            names.push(&others);
        }
        if !names.is_empty() {
            reporter.fact(key(*channel), names.join(", "));
        }
    }
}

const fn key(channel: Channel) -> &'static str {
    match channel {
        Channel::InApp => "in app",
        Channel::StatusPage => "page",
        Channel::Email => "email",
        Channel::Webhook => "webhook",
    }
}

/// Everything that would go out, as data.
pub(super) fn in_full(reporter: &Reporter, notice: &Notice, (me, unclear): (&Holder, Unclear)) {
    reporter.emit(Event::Row(Row::from([
        ("row", json!("notice_text")),
        ("notice", json!(notice.id)),
        ("moment", json!(notice.moment)),
        ("window", json!(notice.window.words())),
        ("subject", json!(notice.subject)),
        ("text", json!(notice.text)),
    ])));
    for delivery in &notice.deliveries {
        let would = match delivery.due(me, unclear) {
            Due::Attempt => "would_be_sent",
            Due::Nothing | Due::Busy | Due::Unclear => delivery.state.word(),
        };
        reporter.emit(Event::Row(row(delivery, Some(would))));
    }
}

/// A delivery, in its state or in another word for it.
pub(super) fn row(delivery: &Delivery, state: Option<&str>) -> Row {
    Row::from([
        ("row", json!("delivery")),
        ("channel", json!(delivery.channel)),
        ("recipient", json!(delivery.recipient)),
        ("state", json!(state.unwrap_or(delivery.state.word()))),
        ("attempts", json!(delivery.attempts)),
        ("message_id", json!(delivery.message_id)),
        ("answer", json!(delivery.answer)),
    ])
}

/// `2026-11-26 02:00:00`, in this machine's zone.
pub(super) fn local(at: DateTime) -> String {
    moment::local(&at.try_to_rfc3339_string().unwrap_or_default())
}
