//! Who showed what, for a second: thousands of requests a second of one program cost one look-up.

use std::time::Duration;

use moka::sync::Cache;

use super::{Fingerprint, Person};

/// What was revoked elsewhere is still let in for so long.
const REMEMBERED: Duration = Duration::from_secs(1);
const PEOPLE_MAX: u64 = 10_000;

/// What a request showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Credential {
    Session(Fingerprint),
    Token(Fingerprint),
}

/// Those who were found.
#[derive(Debug)]
pub(super) struct Known(Cache<Credential, Person>);

impl Known {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(PEOPLE_MAX).time_to_live(REMEMBERED).build())
    }

    pub(super) fn get(&self, credential: Credential) -> Option<Person> {
        self.0.get(&credential)
    }

    pub(super) fn remember(&self, credential: Credential, found: Option<&Person>) {
        if let Some(person) = found {
            self.0.insert(credential, person.clone());
        }
    }

    /// What was changed through this server counts at once.
    pub(super) fn forget(&self) {
        self.0.invalidate_all();
    }
}
