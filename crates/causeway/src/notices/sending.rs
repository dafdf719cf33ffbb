//! Sends what is missing of a notice, one delivery after the other, each recorded before and after.

use std::collections::BTreeMap;

use lettre::message::Mailbox;
use post::{Kind, Post, Trouble};

use super::delivery::{Delivery, Due, Holder, State, Unclear};
use super::email::message;
use super::fault::{self, Point};
use super::means::{Means, Webhook};
use super::moment::Channel;
use super::retry::{Ended, Patience};
use super::store::{Entry, Next};
use super::{Notice, identity, in_app, status_page, webhook};
use crate::config::notices::mailbox;
use crate::confirm::Permission;
use crate::context::Interrupt;
use crate::failure::{Failure, Result};
use crate::target::Target;

/// What sending takes.
pub struct Sending<'a> {
    /// The database.
    pub target: &'a Target,
    /// The notice, as it is stored.
    pub notice: &'a Notice,
    /// What it is sent with.
    pub means: &'a Means,
    /// Set by whoever presses Ctrl-C.
    pub interrupt: &'a Interrupt,
    /// This process.
    pub me: &'a Holder,
    /// Whether what may have arrived is sent once more.
    pub unclear: Unclear,
}

/// What goes from one delivery to the next.
struct Round<'a> {
    post: Option<Post<'a>>,
    mail: Patience,
    hooks: BTreeMap<String, Patience>,
}

impl Sending<'_> {
    /// Sends what is missing, and calls `told` with each delivery as it is then. A delivery that
    /// fails does not keep the others from being made.
    ///
    /// # Errors
    /// Stopped when somebody asked to; unexpected when a delivery can't be recorded.
    pub async fn send(
        &self,
        _permission: &Permission,
        mut told: impl FnMut(&Delivery),
    ) -> Result<Vec<Delivery>> {
        in_app::end_former(self.target, self.notice).await?;
        let mut round = Round {
            post: self.means.email.as_ref().map(|email| Post::new(&email.server)),
            mail: Patience::new(self.means.patience),
            hooks: BTreeMap::new(),
        };
        let mut ended = Vec::new();
        let mut number = 0;
        for delivery in &self.notice.deliveries {
            let now = match delivery.due(self.me, self.unclear) {
                Due::Nothing => {
                    ended.push(delivery.clone());
                    continue;
                }
                Due::Busy => delivery.clone(),
                Due::Unclear => self.leave_unclear(delivery).await?,
                Due::Attempt if self.interrupt.is_set() => {
                    return Err(Failure::stopped("somebody asked to stop between two deliveries")
                        .hint("the same command sends what is missing"));
                }
                Due::Attempt => {
                    number += 1;
                    self.attempt((delivery, number), &mut round).await?
                }
            };
            told(&now);
            ended.push(now);
        }
        if let Some(post) = &mut round.post {
            post.close().await;
        }
        Ok(ended)
    }

    async fn attempt(
        &self,
        (delivery, number): (&Delivery, usize),
        round: &mut Round<'_>,
    ) -> Result<Delivery> {
        let message_id = self.message_id(delivery);
        let next = Next { state: State::Sending, message_id, ..Next::default() };
        let Some(mut claimed) = self.write(delivery, next).await? else {
            return Ok(delivery.clone());
        };
        fault::at(number, Point::Claimed);
        let (attempts, result) = match claimed.channel {
            Channel::InApp => done(in_app::show(self.target, self.notice).await),
            Channel::StatusPage => done(self.publish(&claimed.recipient).await),
            Channel::Email => self.mail(&mut claimed, number, round).await?,
            Channel::Webhook => self.call(&claimed, round).await,
        };
        fault::at(number, Point::Answered);
        let (state, answer) = match result {
            Ok(answer) => (State::Sent, answer),
            Err(trouble) if trouble.kind == Kind::Unclear => (State::Unclear, trouble.words),
            Err(trouble) => (State::Failed, trouble.words),
        };
        let next = Next { state, attempts, answer: Some(answer), message_id: None };
        let settled = self.write(&claimed, next).await?.ok_or_else(|| {
            Failure::unexpected(format!(
                "another process wrote over the delivery to {} while it was made",
                claimed.recipient
            ))
        })?;
        fault::at(number, Point::Settled);
        Ok(settled)
    }

    /// By what a receiver knows this delivery again.
    fn message_id(&self, delivery: &Delivery) -> Option<String> {
        let database = self.target.name();
        match delivery.channel {
            Channel::InApp | Channel::StatusPage => None,
            Channel::Email => {
                let (from, to) = (self.means.email.as_ref()?, mailbox(&delivery.recipient).ok()?);
                let parts = (to.email.to_string(), from.from.email.domain());
                Some(identity::message_id(self.notice, database, (&parts.0, parts.1)))
            }
            Channel::Webhook => {
                let recipient = &delivery.recipient;
                Some(identity::of(self.notice, database, delivery.channel, recipient))
            }
        }
    }

    async fn mail(
        &self,
        claimed: &mut Delivery,
        number: usize,
        round: &mut Round<'_>,
    ) -> Result<Ended> {
        let (Some(post), Some(email)) = (&mut round.post, &self.means.email) else {
            return Ok(done(Err(Failure::usage("the configuration has no [email]"))));
        };
        let to: Mailbox = mailbox(&claimed.recipient).map_err(Failure::usage)?;
        let message = message::message(self.notice, self.target.name(), (&email.from, &to))?;
        let attempt = async || {
            // A second attempt begins where the first did: nothing of the text is out.
            if claimed.state == State::HandedOver {
                self.restate(claimed, State::Sending).await.map_err(unrecorded)?;
            }
            let offered = post.offer(&message).await?;
            self.restate(claimed, State::HandedOver).await.map_err(unrecorded)?;
            fault::at(number, Point::HandedOver);
            offered.hand_over().await
        };
        Ok(round.mail.attempt(self.interrupt, attempt).await)
    }

    async fn restate(&self, claimed: &mut Delivery, state: State) -> Result<()> {
        let next = Next { state, ..Next::default() };
        let written = self.write(claimed, next).await?;
        *claimed = written.ok_or_else(|| {
            Failure::unexpected(format!(
                "another process took the delivery to {}",
                claimed.recipient
            ))
        })?;
        Ok(())
    }

    async fn call(&self, claimed: &Delivery, round: &mut Round<'_>) -> Ended {
        let is_this = |hook: &&Webhook| hook.label == claimed.recipient;
        let Some(hook) = self.means.webhooks.iter().find(is_this) else {
            let words = "this webhook does not stand in the configuration any more";
            return (0, Err(Trouble::new(Kind::Permanent, words)));
        };
        let id = claimed.message_id.clone().unwrap_or_default();
        let body = webhook::body(self.notice, self.target.name(), &id);
        let patience = round.hooks.entry(hook.label.clone());
        let patience = patience.or_insert_with(|| Patience::new(self.means.patience));
        patience.attempt(self.interrupt, async || webhook::post(hook, &id, &body).await).await
    }

    async fn publish(&self, recipient: &str) -> Result<()> {
        let page = &self.means.page;
        match &page.folder {
            Some(folder) if folder.display().to_string() == recipient => {
                status_page::write_folder(self.target, page, folder).await
            }
            _ if recipient == crate::requests::COLLECTION => {
                status_page::write_document(self.target, page).await
            }
            _ => Err(Failure::usage("this folder does not stand in the configuration any more")),
        }
    }

    async fn leave_unclear(&self, delivery: &Delivery) -> Result<Delivery> {
        if delivery.state == State::Unclear {
            return Ok(delivery.clone());
        }
        let answer = "the process that handed it over died before the answer came".to_owned();
        let next = Next { state: State::Unclear, answer: Some(answer), ..Next::default() };
        Ok(self.write(delivery, next).await?.unwrap_or_else(|| delivery.clone()))
    }

    async fn write(&self, delivery: &Delivery, next: Next) -> Result<Option<Delivery>> {
        let entry = Entry { notice: &self.notice.id, delivery, holder: self.me };
        entry.write(self.target, next).await
    }
}

/// A delivery that is one write: the driver and the disk tried what can be tried.
fn done(written: Result<()>) -> Ended {
    let result = written.map(|()| "written".to_owned()).map_err(|failure| {
        let causes = failure.causes().join("; ");
        let gap = if causes.is_empty() { "" } else { ": " };
        Trouble::new(Kind::Permanent, format!("{}{gap}{causes}", failure.message))
    });
    (1, result)
}

fn unrecorded(failure: Failure) -> Trouble {
    Trouble::new(Kind::Permanent, failure.message)
}
