//! Who did what, what was approved, and who was told.

use serde::Serialize;

use super::inputs::Inputs;
use super::moments;
use crate::notices::delivery::State;
use crate::notices::{Channel, Delivery, Notice};
use crate::terminal::quantities::counted;

/// The people of a run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct People {
    pub(super) did: Vec<Did>,
    pub(super) approvals: Vec<Approved>,
    pub(super) notices: Vec<Told>,
}

/// What one person did on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Did {
    pub(super) by: String,
    pub(super) host: String,
    /// Ids of steps, in order, each once.
    pub(super) steps: Vec<String>,
}

/// Something that was asked before it was done.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Approved {
    pub(super) at: String,
    pub(super) by: String,
    pub(super) host: String,
    pub(super) what: String,
    pub(super) how: String,
}

/// A notice, and how it went out.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) moment: &'static str,
    pub(super) subject: String,
    pub(super) at: String,
    pub(super) by: String,
    /// `12 people by e-mail, the application`.
    pub(super) to: String,
    pub(super) failed: usize,
    pub(super) deliveries: Vec<Delivered>,
}

/// One channel and recipient.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Delivered {
    pub(super) channel: &'static str,
    pub(super) recipient: String,
    pub(super) state: &'static str,
    pub(super) at: String,
    pub(super) answer: Option<String>,
    pub(super) arrived: bool,
}

/// The people.
pub(super) fn of(inputs: &Inputs) -> People {
    let zone = &inputs.made.zone;
    People {
        did: did(inputs),
        approvals: inputs
            .approvals
            .iter()
            .map(|asked| Approved {
                at: moments::text(asked.at, zone),
                by: asked.operator.clone(),
                host: asked.host.clone(),
                what: asked.what.clone(),
                how: asked.how.clone(),
            })
            .collect(),
        notices: inputs.notices.iter().map(|notice| told(inputs, notice)).collect(),
    }
}

fn did(inputs: &Inputs) -> Vec<Did> {
    let mut people: Vec<Did> = Vec::new();
    for step in &inputs.run.steps {
        let at = people.iter().position(|it| it.by == step.by && it.host == step.host);
        let at = at.unwrap_or_else(|| {
            let (by, host) = (step.by.clone(), step.host.clone());
            people.push(Did { by, host, steps: Vec::new() });
            people.len() - 1
        });
        if !people[at].steps.contains(&step.step) {
            people[at].steps.push(step.step.clone());
        }
    }
    people
}

fn told(inputs: &Inputs, notice: &Notice) -> Told {
    let zone = &inputs.made.zone;
    let arrived = |delivery: &&Delivery| delivery.is_sent();
    let to: Vec<String> = [Channel::Email, Channel::InApp, Channel::StatusPage, Channel::Webhook]
        .into_iter()
        .filter_map(|channel| {
            let through = notice.deliveries.iter().filter(|it| it.channel == channel);
            let many = through.filter(arrived).count();
            (many > 0).then(|| by_channel(channel, many))
        })
        .collect();
    Told {
        id: notice.id.clone(),
        moment: notice.moment.word(),
        subject: notice.subject.clone(),
        at: moments::stored(notice.created_at, zone),
        by: format!("{} on {}", notice.by.operator, notice.by.host),
        to: if to.is_empty() { "nobody yet".to_owned() } else { to.join(", ") },
        failed: notice.deliveries.iter().filter(|it| !it.is_sent()).count(),
        deliveries: notice
            .deliveries
            .iter()
            .map(|delivery| Delivered {
                channel: channel_words(delivery.channel),
                recipient: delivery.recipient.clone(),
                state: state_words(delivery.state),
                at: moments::stored(delivery.at, zone),
                answer: delivery.answer.clone(),
                arrived: delivery.is_sent(),
            })
            .collect(),
    }
}

fn by_channel(channel: Channel, many: usize) -> String {
    match channel {
        Channel::Email => format!("{} by e-mail", counted(many as u64, "people")),
        Channel::InApp => "the application".to_owned(),
        Channel::StatusPage => "the status page".to_owned(),
        Channel::Webhook => counted(many as u64, "webhooks"),
    }
}

const fn channel_words(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "e-mail",
        Channel::InApp => "in the application",
        Channel::StatusPage => "status page",
        Channel::Webhook => "webhook",
    }
}

const fn state_words(state: State) -> &'static str {
    match state {
        State::Waiting => "not tried",
        State::Sending => "being sent",
        State::HandedOver => "handed over",
        State::Sent => "arrived",
        State::Failed => "failed",
        State::Unclear => "nobody knows",
    }
}
