//! A notice before it is stored: its words, its channels, and everybody it goes to.

use std::collections::BTreeSet;

use bson::DateTime;

use super::delivery::Delivery;
use super::means::Means;
use super::moment::{Channel, Moment};
use super::window::Window;
use super::wording::{self, Wording};
use super::{By, Notice, store};
use crate::config::notices::mailbox;
use crate::failure::{Failure, Result};
use crate::requests;
use crate::target::Target;

/// A new notice, as somebody asked for it.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Its moment and window.
    pub moment: Moment,
    /// The window.
    pub window: Window,
    /// What was sent of the maintenance before; empty for the first notice.
    pub past: &'a [Notice],
    /// Its words, from the configuration or the command line.
    pub wording: Wording,
    /// Who has it made.
    pub by: By,
    /// The run that it is about.
    pub run: Option<String>,
}

impl Draft<'_> {
    /// The notice, without its deliveries.
    ///
    /// # Errors
    /// When the database can't be read, or a subject or text is empty.
    pub async fn notice(self, target: &Target) -> Result<Notice> {
        let (maintenance, seq) = match self.past.last() {
            Some(last) => (last.maintenance.clone(), last.seq + 1),
            None => (new_maintenance(target, &self.window).await?, 1),
        };
        let subject = wording::subject(&self.wording.subject, &self.window, target.name());
        let text = wording::text(&self.wording.text, &self.window, target.name());
        if subject.is_empty() || text.trim().is_empty() {
            return Err(Failure::usage("a notice needs a subject and a text"));
        }
        Ok(Notice {
            id: format!("{maintenance}/{seq}-{}", self.moment),
            maintenance,
            seq,
            moment: self.moment,
            subject,
            text,
            window: self.window,
            channels: self.wording.channels,
            created_at: DateTime::now(),
            by: self.by,
            run: self.run,
            in_app: None,
            deliveries: Vec::new(),
        })
    }
}

/// A name for another maintenance, by the time at which it begins: `2026-11-26-0200`.
async fn new_maintenance(target: &Target, window: &Window) -> Result<String> {
    let stamp = window.start().strftime("%Y-%m-%d-%H%M").to_string();
    let mut name = stamp.clone();
    // What was cancelled may be announced again for the same time.
    for number in 2.. {
        if !store::is_maintenance(target, &name).await? {
            break;
        }
        name = format!("{stamp}-{number}");
    }
    Ok(name)
}

/// The channels of a notice after those of the same maintenance before it.
///
/// Who was told of a window is told that it moved or is cancelled, on the same channels. A status
/// page that shows a maintenance shows the rest of it: it must not go on saying "in progress".
#[must_use]
pub fn channels(chosen: &[Channel], moment: Moment, past: &[Notice]) -> Vec<Channel> {
    let mut channels: BTreeSet<Channel> = chosen.iter().copied().collect();
    let former = past.iter().flat_map(|notice| notice.channels.iter().copied());
    match moment {
        Moment::Changed | Moment::Cancelled => channels.extend(former),
        Moment::Before | Moment::During | Moment::After | Moment::Failed => {
            channels.extend(former.filter(|channel| *channel == Channel::StatusPage));
        }
    }
    channels.into_iter().collect()
}

/// Everybody the notice goes to, each once. `addresses` are those of e-mail.
///
/// # Errors
/// Usage when an address is none, or e-mail is to go to nobody.
pub fn deliveries(
    notice: &Notice,
    (means, addresses): (&Means, &[String]),
    past: &[Notice],
) -> Result<Vec<Delivery>> {
    let mut deliveries = Vec::new();
    let mut add = |channel, recipient: String| {
        deliveries.push(Delivery::new(channel, recipient, notice.created_at));
    };
    for channel in &notice.channels {
        match channel {
            Channel::InApp => add(*channel, store::COLLECTION.to_owned()),
            Channel::StatusPage => {
                add(*channel, requests::COLLECTION.to_owned());
                if let Some(folder) = &means.page.folder {
                    add(*channel, folder.display().to_string());
                }
            }
            Channel::Email => {
                for recipient in recipients(notice.moment, addresses, past)? {
                    add(*channel, recipient);
                }
            }
            Channel::Webhook => {
                for webhook in &means.webhooks {
                    add(*channel, webhook.label.clone());
                }
            }
        }
    }
    Ok(deliveries)
}

fn recipients(moment: Moment, addresses: &[String], past: &[Notice]) -> Result<Vec<String>> {
    let told = past.iter().flat_map(|notice| &notice.deliveries);
    let told = told.filter(|delivery| delivery.channel == Channel::Email);
    let told: Vec<String> = match moment {
        Moment::Changed | Moment::Cancelled => told.map(|it| it.recipient.clone()).collect(),
        Moment::Before | Moment::During | Moment::After | Moment::Failed => Vec::new(),
    };
    let mut seen = BTreeSet::new();
    let mut recipients = Vec::new();
    for address in addresses.iter().chain(&told) {
        let mailbox = mailbox(address).map_err(Failure::usage)?;
        if seen.insert(address_of(address)) {
            recipients.push(mailbox.to_string());
        }
    }
    if recipients.is_empty() {
        return Err(Failure::usage("this notice goes by e-mail, and nobody is to get it")
            .hint("write addresses under [email] to = [...] into causeway.toml, or give --to"));
    }
    Ok(recipients)
}

/// Whether two recipients are the same one, under whatever name.
#[must_use]
pub fn is_same_recipient(one: &str, other: &str) -> bool {
    one == other || address_of(one) == address_of(other)
}

/// The bare address of a mailbox; other recipients are given back as they are.
fn address_of(recipient: &str) -> String {
    mailbox(recipient)
        .map_or_else(|_| recipient.to_owned(), |it| it.email.to_string().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Moment, recipients};

    #[test]
    fn nobody_gets_it_twice() {
        let given = ["Ann <ann@example.com>", "ANN@example.com", "bea@example.com"];
        let given = given.map(str::to_owned);
        let found = recipients(Moment::Before, &given, &[]).unwrap();
        assert_eq!(found, ["Ann <ann@example.com>", "bea@example.com"]);
    }
}
