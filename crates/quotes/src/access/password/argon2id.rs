//! argon2id, with memory that goes back to the system.

use anyhow::{Result, anyhow};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        generate_salt,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};

/// As OWASP advises.
const MEMORY_KIBIBYTES: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// What the allocator of glibc holds in its own pools it keeps, one pool for each thread that ever
/// hashed. Above 32 MiB it never does that (`mallopt(3)`), and room that is not used is not there.
const ROOM_BLOCKS: usize = 33 * 1_024 * 1_024 / Block::SIZE;

/// The hash of a password, as it is stored.
pub(super) fn hash(password: &str) -> Result<String> {
    let cannot = |error| anyhow!("failed to hash a password: {error}");
    let params = Params::new(MEMORY_KIBIBYTES, PASSES, LANES, Some(Params::DEFAULT_OUTPUT_LEN))
        .map_err(|error| anyhow!("failed to set up argon2id: {error}"))?;
    let salt = Salt::new(&generate_salt()).map_err(|error| anyhow!("failed to salt: {error}"))?;
    let stored = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params)
            .map_err(|error| anyhow!("failed to name the parameters of argon2id: {error}"))?,
        salt: Some(salt),
        hash: Some(output(password, &salt, params).map_err(cannot)?),
    };
    Ok(stored.to_string())
}

/// Whether a stored hash is of this password. None when it is no hash of this kind.
pub(super) fn verify(password: &str, stored: &str) -> Option<bool> {
    let stored = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&stored).ok()?;
    let (salt, hash) = (stored.salt?, stored.hash?);
    let is_ours = stored.algorithm == ARGON2ID_IDENT
        && stored.version == Some(Version::V0x13.into())
        && params.m_cost() <= MEMORY_KIBIBYTES;
    // Equality of outputs takes the same time wherever they differ.
    is_ours.then(|| output(password, &salt, params).is_ok_and(|output| output == hash))
}

fn output(password: &str, salt: &[u8], params: Params) -> argon2::Result<Output> {
    let mut memory = Vec::with_capacity(ROOM_BLOCKS);
    memory.resize(params.block_count(), Block::new());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2id = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2id.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut memory)?;
    Output::new(&out).map_err(|_too_long| argon2::Error::OutputTooLong)
}

#[cfg(test)]
mod tests {
    use argon2::{Argon2, PasswordVerifier as _};

    use super::{hash, verify};

    #[test]
    fn a_hash_is_one_that_others_read_and_knows_its_password() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(verify("correct horse", &stored), Some(true));
        assert_eq!(verify("correct horsf", &stored), Some(false));
        Argon2::default().verify_password(b"correct horse", stored.as_str()).unwrap();
        assert_ne!(hash("correct horse").unwrap(), stored);
    }

    #[test]
    fn what_is_none_or_takes_more_memory_is_not_calculated() {
        let stored = hash("correct horse").unwrap();
        for odd in [
            "",
            "$argon2id$v=19$nonsense",
            &stored.replace("argon2id", "argon2i"),
            &stored.replace("v=19", "v=16"),
            &stored.replace("m=19456", "m=4000000"),
        ] {
            assert_eq!(verify("correct horse", odd), None, "{odd}");
        }
    }
}
