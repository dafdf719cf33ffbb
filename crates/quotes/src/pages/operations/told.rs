//! What people were told: by a run or a command of Causeway, and by maintenance that somebody switched on.

use bson::DateTime;

use super::{
    super::{
        banners::PAUSED,
        words::{Time, capitalized, counted, moment},
    },
    took,
};
use crate::operations::{Announced, ByHand};

/// Something that people were told.
pub(super) struct Notice {
    at: Option<DateTime>,
    pub(super) subject: String,
    /// What they read, where that is not in a mail.
    pub(super) text: Option<String>,
    pub(super) how: String,
}

impl Notice {
    fn of(notice: Announced) -> Self {
        let mut ways = Vec::new();
        let mails = |count: usize| counted(count as u64, ("e-mail", "e-mails"));
        if notice.mails_sent > 0 {
            ways.push(format!("{} sent", mails(notice.mails_sent)));
        }
        if notice.mails_waiting > 0 {
            ways.push(format!("{} on the way", mails(notice.mails_waiting)));
        }
        if notice.mails_failed > 0 {
            ways.push(format!("{} not delivered", mails(notice.mails_failed)));
        }
        match notice.in_application.as_deref() {
            Some("notification") => {
                let readers = match notice.read_by {
                    0 => "nobody yet".to_owned(),
                    several => counted(several, ("person", "people")),
                };
                ways.push(format!("notification in the application, read by {readers}"));
            }
            Some("banner") if notice.is_over => {
                ways.push("banner on every page, which is over".to_owned());
            }
            Some("banner") => ways.push("banner on every page".to_owned()),
            _ => {}
        }
        if notice.on_status_page {
            ways.push("status page".to_owned());
        }
        if notice.webhooks > 0 {
            ways.push(counted(notice.webhooks as u64, ("webhook", "webhooks")));
        }
        let how = match ways.is_empty() {
            true => "Not sent yet".to_owned(),
            false => capitalized(&ways.join(", ")),
        };
        Self { at: notice.at, subject: notice.subject, text: None, how }
    }

    fn by_hand(maintenance: ByHand) -> Self {
        let ByHand { began, ended, message, by } = maintenance;
        let long = match ended {
            Some(ended) => format!("for {}", took(began, ended)),
            None => "now".to_owned(),
        };
        let by = if by.is_empty() { String::new() } else { format!(", switched on by {by}") };
        Self {
            at: Some(began),
            subject: PAUSED.to_owned(),
            text: Some(message).filter(|it| !it.is_empty()),
            how: format!("Banner on every page and status page, {long}{by}"),
        }
    }

    /// When that was.
    pub(super) fn when(&self) -> Option<Time> {
        self.at.and_then(moment).map(Time::full)
    }
}

/// Both kinds, the newest first.
pub(super) fn merged(announced: Vec<Announced>, by_hand: Vec<ByHand>) -> Vec<Notice> {
    let announced = announced.into_iter().map(Notice::of);
    let mut all: Vec<Notice> = announced.chain(by_hand.into_iter().map(Notice::by_hand)).collect();
    all.sort_by_key(|notice| std::cmp::Reverse(notice.at));
    all
}
