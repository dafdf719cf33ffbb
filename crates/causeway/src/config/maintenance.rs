//! `[maintenance]`: what a maintenance covers, and what people are told.

use serde::Deserialize;

/// What people are told where nobody wrote anything else.
const MESSAGE: &str = "We are currently upgrading our system. Thank you for your patience.";
/// How long it is expected to take where nobody says otherwise.
const MINUTES: u32 = 30;

/// What the file says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MaintenanceSettings {
    scope: Vec<String>,
    message: Option<String>,
    minutes: Option<u32>,
    fence: Option<bool>,
}

impl MaintenanceSettings {
    /// Collections that may only be read meanwhile.
    pub(crate) fn scope(&self) -> &[String] {
        &self.scope
    }

    /// What people are told.
    pub(crate) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or(MESSAGE)
    }

    /// How many minutes it is expected to take.
    pub(crate) fn minutes(&self) -> u32 {
        self.minutes.unwrap_or(MINUTES)
    }

    /// Whether the database itself is to refuse other writers.
    pub(crate) fn fence(&self) -> bool {
        self.fence.unwrap_or_default()
    }
}
