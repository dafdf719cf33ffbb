//! Notices: what people are told before, during and after a maintenance, through real channels.
//!
//! A notice is one document of `causeway_notices`, with every delivery in it: written before each
//! attempt and after it. So the same command sends what is missing, after a kill and after a server
//! was down, and never anything twice. `docs/notices.md` is the page for operators.

use bson::DateTime;
use serde::{Deserialize, Serialize};

pub mod announcement;
pub mod moment;
pub mod window;
pub mod wording;

pub mod delivery;
pub mod draft;
mod identity;
pub mod means;
mod retry;
pub mod sending;
pub mod store;

mod email;
mod in_app;
mod status_page;
mod webhook;

mod blocks;
mod fault;

pub use delivery::Delivery;
pub use in_app::InApp;
pub use moment::{Channel, Moment};
pub use window::Window;

/// A text for people about a maintenance, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Notice {
    /// `2026-11-26-0200/1-before`: its maintenance, its number there, its moment.
    #[serde(rename = "_id")]
    pub id: String,
    /// What all notices of one maintenance have in common.
    pub maintenance: String,
    /// Its number among them, from 1.
    pub seq: i64,
    /// What it is about.
    pub moment: Moment,
    /// One line.
    pub subject: String,
    /// Lines; those that begin with `- ` are a list.
    pub text: String,
    /// The time that the maintenance takes.
    pub window: Window,
    /// Through what it goes.
    pub channels: Vec<Channel>,
    /// When it was made.
    pub created_at: DateTime,
    /// Who had it made.
    pub by: By,
    /// The run that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What the application shows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_app: Option<InApp>,
    /// Every channel and recipient, and how far it is.
    pub deliveries: Vec<Delivery>,
}

/// Who had a notice made, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// `--operator`, or the system's user.
    pub operator: String,
    /// Host name.
    pub host: String,
}

impl Notice {
    /// Whether it goes through `channel`.
    #[must_use]
    pub fn goes_through(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    /// Whether everybody got it.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.deliveries.iter().all(Delivery::is_sent)
    }
}
