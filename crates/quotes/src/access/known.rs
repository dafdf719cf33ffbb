//! Who showed what, for a second: thousands of requests a second of one program cost one look-up.

use std::{future::Future, time::Duration};

use moka::future::Cache;

use super::{Fingerprint, Person};
use crate::failure::Failure;

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

    pub(super) async fn get(&self, credential: Credential) -> Option<Person> {
        self.0.get(&credential).await
    }

    /// Looks somebody up who is not known. Those who ask meanwhile wait for the same answer: when a
    /// second is over, all that a busy program has in hand would ask at once.
    pub(super) async fn learn(
        &self,
        credential: Credential,
        look_up: impl Future<Output = Result<Option<Person>, Failure>>,
    ) -> Result<Option<Person>, Failure> {
        let found = async { look_up.await.map_err(Unlearned::Failed)?.ok_or(Unlearned::Nobody) };
        match self.0.try_get_with(credential, found).await {
            Ok(person) => Ok(Some(person)),
            Err(unlearned) => match unlearned.as_ref() {
                Unlearned::Nobody => Ok(None),
                Unlearned::Failed(failure) => Err(failure.clone()),
            },
        }
    }

    /// What was changed through this server counts at once.
    pub(super) fn forget(&self) {
        self.0.invalidate_all();
    }
}

/// Why nobody is known after all. It is not remembered.
enum Unlearned {
    Nobody,
    Failed(Failure),
}
