//! Passwords: argon2id for new ones; bcrypt is read, and written as long as the application before this
//! one must be able to read what is written.

mod argon2id;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{refusal, user::StoredPassword};
use crate::failure::Failure;

/// Shorter ones are guessed.
const CHARACTERS_MIN: usize = 12;
/// Longer ones only cost time.
const CHARACTERS_MAX: usize = 128;

const BCRYPT_COST: u32 = 12;
const TURN_SECONDS_MAX: u64 = 10;

/// Of "no such password", for accounts that are not there: finding that out is to cost as much.
const NOBODYS: &str = "$2b$12$jj91uNTBj4DkiQKqXoTd2Oj6Fz0XZBIOa8isGsNnXEIRrqNEn2BNK";

/// How new passwords are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hashing {
    /// As OWASP advises: 19 MiB, two passes. Old hashes are replaced when somebody signs in.
    #[default]
    Argon2id,
    /// As the application before this one stores them, while both run.
    Bcrypt,
}

/// Passwords are hashed one at a time: each takes 19 MiB or a quarter of a second of a processor.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    hashing: Hashing,
    permits: Arc<Semaphore>,
}

/// The right to hash now.
pub(super) struct Turn {
    hashing: Hashing,
    // Lent to each calculation, which goes on when nobody waits for it any more.
    permit: Arc<OwnedSemaphorePermit>,
}

impl Passwords {
    pub(super) fn new(hashing: Hashing) -> Self {
        Self { hashing, permits: Arc::new(Semaphore::new(1)) }
    }

    /// Waits for those who came before.
    pub(super) async fn turn(&self) -> Result<Turn, Failure> {
        let wait = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(Duration::from_secs(TURN_SECONDS_MAX), wait).await;
        let permit = permit.map_err(|_elapsed| refusal::busy())?;
        let permit = permit.context("wait for a turn to hash").map_err(Failure::unexpected)?;
        Ok(Turn { hashing: self.hashing, permit: Arc::new(permit) })
    }
}

impl Turn {
    /// Whether it is the password. Nobody's password is none, and costs as much to find out.
    pub(super) async fn is(
        &self,
        password: &str,
        stored: Option<&StoredPassword>,
    ) -> Result<bool, Failure> {
        let known = stored.is_some();
        let stored = stored.map_or_else(|| NOBODYS.to_owned(), |stored| stored.0.clone());
        let password = password.to_owned();
        let right = self.calculate(move || Ok(verify(&password, &stored))).await?;
        Ok(right && known)
    }

    /// The hash to store.
    pub(super) async fn hash(&self, password: &str) -> Result<StoredPassword, Failure> {
        let (password, hashing) = (password.to_owned(), self.hashing);
        self.calculate(move || hash(&password, hashing)).await.map(StoredPassword)
    }

    /// Whether it should be stored in another way than it is.
    pub(super) fn is_outdated(&self, stored: &StoredPassword) -> bool {
        self.hashing == Hashing::Argon2id && !stored.0.starts_with("$argon2id$")
    }

    async fn calculate<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = Arc::clone(&self.permit);
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        let done = done.await.context("failed to wait for a hash").map_err(Failure::unexpected)?;
        done.map_err(Failure::unexpected)
    }
}

fn hash(password: &str, hashing: Hashing) -> anyhow::Result<String> {
    match hashing {
        Hashing::Argon2id => argon2id::hash(password),
        Hashing::Bcrypt => bcrypt::hash(password, BCRYPT_COST).context("failed to hash a password"),
    }
}

/// A stored text that is no hash is nobody's password.
fn verify(password: &str, stored: &str) -> bool {
    let argon2id = argon2id::verify(password, stored);
    argon2id.unwrap_or_else(|| bcrypt::verify(password, stored).unwrap_or(false))
}

/// What is wrong with a new password: code and message.
#[must_use]
pub fn objection(password: &str) -> Option<(&'static str, String)> {
    match password.chars().count() {
        ..CHARACTERS_MIN => {
            Some(("too_short", format!("use at least {CHARACTERS_MIN} characters")))
        }
        CHARACTERS_MIN..=CHARACTERS_MAX => {
            let mut letters = password.chars();
            let first = letters.next();
            let simple = letters.all(|letter| Some(letter) == first);
            simple.then(|| ("too_simple", "use more than one character".to_owned()))
        }
        _ => Some(("too_long", format!("use at most {CHARACTERS_MAX} characters"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Hashing, NOBODYS, hash, objection, verify};

    #[test]
    fn both_kinds_of_hash_know_their_password_and_no_other() {
        for (hashing, begins) in
            [(Hashing::Argon2id, "$argon2id$v=19$m=19456,t=2,p=1$"), (Hashing::Bcrypt, "$2b$12$")]
        {
            let stored = hash("correct horse", hashing).unwrap();
            assert!(stored.starts_with(begins), "{stored}");
            assert!(verify("correct horse", &stored) && !verify("correct horsf", &stored));
        }
        assert!(verify("no such password", NOBODYS));
        for no_hash in ["", "plain text", "$2b$12$short", "$argon2id$v=19$nonsense"] {
            assert!(!verify(no_hash, no_hash), "{no_hash}");
        }
    }

    #[test]
    fn new_passwords_are_neither_short_nor_long() {
        let code = |password: &str| objection(password).map(|(code, _message)| code);
        assert_eq!(code("eleven char"), Some("too_short"));
        assert_eq!(code("twelve chars"), None);
        assert_eq!(code("äöüäöüäöüäöü"), None);
        assert_eq!(code("aaaaaaaaaaaaaaaa"), Some("too_simple"));
        assert_eq!(code(&"ab".repeat(64)), None);
        assert_eq!(code(&"ab".repeat(65)), Some("too_long"));
    }
}
