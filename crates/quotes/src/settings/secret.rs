//! A text that nobody is shown.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A text that is compared in constant time and shown nowhere.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// This text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// How long it is.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether somebody knows it. How long this takes says nothing about where a guess is wrong:
    /// hashes are compared, and nobody can choose theirs.
    #[must_use]
    pub fn is(&self, guess: &[u8]) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(guess)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn it_is_known_or_not_and_never_shown() {
        let secret = Secret::of("correct horse");
        assert!(secret.is(b"correct horse") && !secret.is(b"correct hors") && !secret.is(b""));
        assert_eq!(format!("{secret:?}"), "***");
    }
}
