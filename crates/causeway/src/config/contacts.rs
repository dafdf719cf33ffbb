//! `[contacts]` and `[escalation]`: whom to call when something fails.

use std::collections::BTreeMap;

use causeway_core::runbook::Kind;
use serde::Deserialize;
use toml::Spanned;

use super::notices::Mistake;

/// `[contacts]`: who, and how to reach them.
pub(crate) type ContactSettings = BTreeMap<String, String>;

/// `[escalation]`: which of them, by kind of failure.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EscalationSettings {
    migration: Option<Spanned<String>>,
    application: Option<Spanned<String>>,
    infrastructure: Option<Spanned<String>>,
    outage: Option<Spanned<String>>,
}

impl EscalationSettings {
    const fn of(&self, kind: Kind) -> Option<&Spanned<String>> {
        match kind {
            Kind::Migration => self.migration.as_ref(),
            Kind::Application => self.application.as_ref(),
            Kind::Infrastructure => self.infrastructure.as_ref(),
            Kind::Outage => self.outage.as_ref(),
        }
    }

    pub(super) fn check(&self, contacts: &ContactSettings) -> Result<(), Mistake> {
        for kind in Kind::ALL {
            if let Some(named) = self.of(kind)
                && !contacts.contains_key(named.get_ref())
            {
                let message = format!("[contacts] has no `{}`", named.get_ref());
                return Err((named.span().start, message));
            }
        }
        Ok(())
    }

    /// Whom to call: `database_admin: Ann, +44 …`.
    pub(crate) fn contact(&self, kind: Kind, contacts: &ContactSettings) -> Option<String> {
        let named = self.of(kind)?.get_ref();
        let reach = contacts.get(named)?;
        Some(format!("{}: {reach}", named.replace('_', " ")))
    }
}
