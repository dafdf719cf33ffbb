//! Random secrets, and the hash by which they are known: the database holds nothing that signs in.

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bson::{Binary, Bson, spec::BinarySubtype};
use rand::{TryRng as _, rngs::SysRng};
use sha2::{Digest as _, Sha256};

const SECRET_BYTES: usize = 32;
const PASSWORD_CHARACTERS: usize = 20;
/// Nothing that is taken for something else when it is read aloud or copied by hand; 32 of them, so that
/// five bits of a byte choose one evenly.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The SHA-256 of a secret of 256 random bits. Those can't be guessed, so that no slow hash is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of what was sent.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// As it is stored: 32 bytes.
    #[must_use]
    pub fn stored(self) -> Bson {
        Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: self.0.to_vec() })
    }
}

/// 256 random bits as 43 characters that stand in a header or a cookie as they are.
///
/// # Errors
///
/// When the system has no randomness.
pub(super) fn random_secret() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?))
}

/// A password for somebody to type once: 20 characters, 100 bits, in groups of five.
///
/// # Errors
///
/// When the system has no randomness.
pub(super) fn random_password() -> Result<String> {
    let letters = random::<PASSWORD_CHARACTERS>()?.map(|byte| LETTERS[usize::from(byte % 32)]);
    let groups: Vec<String> =
        letters.chunks(5).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(groups.join("-"))
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).context("ask the system for randomness")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, random_password, random_secret};

    #[test]
    fn secrets_differ_and_are_known_by_their_hash() {
        let (one, other) = (random_secret().unwrap(), random_secret().unwrap());
        assert_eq!((one.len(), other.len()), (43, 43));
        assert_ne!(Fingerprint::of(&one), Fingerprint::of(&other));
        assert_eq!(Fingerprint::of(&one), Fingerprint::of(&one));
        let password = random_password().unwrap();
        assert_eq!((password.len(), password.matches('-').count()), (23, 3));
        assert_ne!(password, random_password().unwrap());
    }
}
